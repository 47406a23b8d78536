"""Importing TensorFlow in a process of our own: a command, or the page that a command serves.

TensorFlow writes to standard error while it is imported, whatever its log level is: twice that
it uses oneDNN and, on most machines, that there is no CUDA driver. Which of it a program shows
is for the program to decide, so the library itself imports TensorFlow in the ordinary way, and
only the commands call this module.
"""

import contextlib
import gc
import os
import re
import sys
import tempfile
from collections.abc import Iterator

from textvae.runtime.memory import gc_disabled

# Notices of TensorFlow's C++ code, such as: I0000 00:00:1795611601.72 12788 port.cc:153] oneDNN
NOTICE = re.compile(rb"I0000 |WARNING: All log messages before absl::InitializeLog")


def import_tensorflow(device: str = "auto") -> None:
    """Import TensorFlow without its notices, and without starting GPUs for the device `cpu`.

    Nothing happens if it is imported already.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read by TensorFlow when it is imported
    keep_keras_in_cache()
    with gc_disabled(), notices_dropped(), _without("pandas"):
        from textvae.runtime.devices import hide_gpus, share_gpu_memory
    gc.freeze()  # what is imported stays; each search for garbage would look through it
    if device == "cpu":
        hide_gpus()
    else:
        share_gpu_memory()


def keep_keras_in_cache() -> None:
    """Have Keras keep its settings in the cache folder, unless it has a place for them already.

    As it is imported, it writes them to `~/.keras`, or to `/tmp/.keras` where the home folder
    cannot be written. A cache that cannot be written either goes without.
    """
    home = os.path.expanduser("~")  # noqa: PTH111  # of Path's, a missing home is an error
    if "KERAS_HOME" not in os.environ and not os.path.isdir(f"{home}/.keras"):  # noqa: PTH112
        cache = os.environ.get("XDG_CACHE_HOME") or f"{home}/.cache"
        os.environ["KERAS_HOME"] = f"{cache}/textvae/keras"


@contextlib.contextmanager
def _without(library: str) -> Iterator[None]:
    """Within, `library` cannot be imported, unless it is imported already.

    Keras imports pandas, if it is there, for data frames given to `fit`, which nothing here
    does. It is a sixth of the time that importing TensorFlow and Keras takes.
    """
    if library in sys.modules:
        yield
        return
    sys.modules[library] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[library]


@contextlib.contextmanager
def notices_dropped() -> Iterator[None]:
    """Within, standard error is held back; afterwards it is written, but for the notices.

    It is that of the process, so what other threads write is held back too, and not lost.
    """
    if sys.stderr is None:  # closed by the program that started the command
        yield
        return
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            held.seek(0)
            for line in held:
                if not NOTICE.match(line):
                    os.write(2, line)
