"""Importing TensorFlow without its greeting."""

import os
import sys


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
        import tensorflow  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
