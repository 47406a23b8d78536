"""Importing TensorFlow quietly, in commands and in the page served by a command.

TensorFlow writes to standard error during its import, regardless of its log level: twice that
it uses oneDNN and, on most machines, that there is no CUDA driver. Whether to show that is up
to the program, so the library imports TensorFlow in the ordinary way, and only commands use
this module.
"""

import contextlib
import gc
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from typing import Any

from textvae.runtime.memory import gc_disabled

# Notices of TensorFlow's C++ code, such as: I0000 00:00:1795611601.72 12788 port.cc:153] oneDNN
NOTICE = re.compile(rb"I0000 |WARNING: All log messages before absl::InitializeLog")
# TensorFlow and Keras import them if installed, for features that are not used here: data
# frames, the estimators of scikit-learn, sparse arrays, and HDF5.
UNUSED = ("pandas", "sklearn", "scipy", "h5py")


def import_tensorflow(device: str = "auto") -> None:
    """Import TensorFlow without its notices, and without starting GPUs for the device `cpu`.

    If it has already been imported, there is no effect.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read by TensorFlow during its import
    keep_keras_in_cache()
    with gc_disabled(), notices_dropped(), without(*UNUSED):
        from textvae.runtime.devices import hide_gpus, share_gpu_memory
    gc.freeze()  # imported objects stay, so the garbage collector can skip them
    if device == "cpu":
        hide_gpus()
    else:
        share_gpu_memory()


def keep_keras_in_cache() -> None:
    """Make Keras keep its settings in the cache folder, unless it already has a place for them.

    On import it writes them to `~/.keras`, or to `/tmp/.keras` if the home folder cannot be
    written. If the cache folder cannot be written either, it does without.
    """
    home = os.path.expanduser("~")  # noqa: PTH111  # of Path's, a missing home is an error
    if "KERAS_HOME" not in os.environ and not os.path.isdir(f"{home}/.keras"):  # noqa: PTH112
        cache = os.environ.get("XDG_CACHE_HOME") or f"{home}/.cache"
        os.environ["KERAS_HOME"] = f"{cache}/textvae/keras"


@contextlib.contextmanager
def without(*libraries: str) -> Iterator[None]:
    """Within the block, this thread finds none of these that was not imported before.

    Other threads may be answering visitors, for which Gradio imports pandas.

    Example:
        >>> with without("turtledemo"):
        ...     import turtledemo
        Traceback (most recent call last):
        ModuleNotFoundError: No module named 'turtledemo'
    """
    finder = _AbsentFinder(libraries)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _AbsentFinder(MetaPathFinder):
    """Has the thread that made it find no module of these names."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names, self.thread = names, threading.get_ident()

    def find_spec(self, fullname: str, *_: Any) -> None:
        """Import hook."""
        if fullname in self.names and threading.get_ident() == self.thread:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


@contextlib.contextmanager
def notices_dropped() -> Iterator[None]:
    r"""Within the block, standard error is buffered, then written without TensorFlow's notices.

    That is the standard error of the process, so output of other threads is delayed as well,
    but not lost.

    Example:
        >>> with notices_dropped():
        ...     _ = os.write(2, b"I0000 00:00:1795611601.72 12788 port.cc:153] oneDNN\n")
    """
    if sys.stderr is None:  # closed by the program that started the command
        yield
        return
    with contextlib.suppress(OSError):  # for output that could not be written before
        sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            held.seek(0)
            for line in held:
                if not NOTICE.match(line):
                    with contextlib.suppress(OSError):
                        os.write(2, line)
