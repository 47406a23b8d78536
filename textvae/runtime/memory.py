"""Memory management settings of Python, the C library and TensorFlow.

A library should not change these, so only the commands that serve the page or train do. Those
of the C library exist in glibc; with other libraries they have no effect. A setting made in the
environment is not changed.
"""

import contextlib
import ctypes
import gc
import os
from collections.abc import Iterator

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8  # from glibc's malloc.h
ARENAS = 2
UNLIMITED = 2**31 - 1  # free bytes at the top of the heap before they are returned


@contextlib.contextmanager
def gc_disabled() -> Iterator[None]:
    """Within the block, Python's garbage collector does not run.

    Imports create a million objects, all of which stay. Repeatedly searching them for garbage
    takes a fifth of the time of importing Gradio and TensorFlow.

    Example:
        >>> with gc_disabled():
        ...     gc.isenabled()
        False
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def limit_malloc_arenas() -> None:
    """Make all threads that start from now on allocate from the same two arenas.

    By default glibc opens up to eight per core. The requests of a page run on dozens of
    threads, so each arena grows to the size of the largest request, and little is returned.
    """
    _mallopt(M_ARENA_MAX, ARENAS, "MALLOC_ARENA_MAX")


def disable_malloc_trim() -> None:
    """Keep freed memory for later allocations instead of returning it to the system.

    Each training step allocates and frees the same hundreds of megabytes. By default glibc
    takes large blocks from the system and returns them each time, so each of their pages is
    mapped and cleared again at the next write: a fifth of the time of a step.
    """
    _mallopt(M_MMAP_MAX, 0, "MALLOC_MMAP_MAX_")
    _mallopt(M_TRIM_THRESHOLD, UNLIMITED, "MALLOC_TRIM_THRESHOLD_")


def let_tensorflow_free() -> None:
    """Make TensorFlow return the memory of each freed tensor.

    Call this before importing it. Its builds with oneDNN take regions of 16, 32, 64 ... MB and
    never return one. Any part of them that tensors have used stays allocated, so the memory of
    a page that is visited for hours grows.
    """
    os.environ.setdefault("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "true")


def return_freed_memory() -> None:
    """Return all free whole pages to the system, anywhere in the heap.

    By default glibc returns only those at the top, so one small block in use keeps all beneath
    it. The memory of a page that is visited for hours would grow with each new block.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _mallopt(option: int, value: int, environment: str) -> None:
    if environment not in os.environ:
        with contextlib.suppress(OSError, TypeError, AttributeError):
            ctypes.CDLL(None).mallopt(option, value)
