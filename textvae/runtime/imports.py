"""Importing TensorFlow without its greeting."""

import logging
import os
import sys

from textvae.runtime.memory import gc_disabled


def import_tensorflow() -> None:
    """Import TensorFlow with standard error shut: it greets there whatever its log level is.

    An import that fails still says so, by its exception.
    """
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        with gc_disabled():
            import tensorflow  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
    # Each generator is compiled once, which a test counts. Three models make six generators,
    # and TensorFlow, which counts them all as one, would advise against that.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
