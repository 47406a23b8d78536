"""What Python and the C library do with memory, made to fit what a process does.

Settings of the C library are glibc's; others have none such, and there nothing happens. Who has
made one in the environment knows better, and is left alone.
"""

import contextlib
import ctypes
import gc
import os
from collections.abc import Iterator

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8  # of glibc's malloc.h
ARENAS = 2
NEVER = 2**31 - 1  # bytes free at the top before they go back to the system


@contextlib.contextmanager
def gc_disabled() -> Iterator[None]:
    """Within, Python does not look for garbage.

    Imports make a million objects, all of which stay. To look through them again and again for
    what may go is a fifth of the time that gradio and tensorflow take.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def limit_malloc_arenas() -> None:
    """Let all threads that start from now on take their memory from the same two arenas.

    By itself glibc opens up to eight for each core. A request of the page runs on any of dozens
    of threads, so each arena grows until it has held the largest request, and little of it
    comes back.
    """
    _set(M_ARENA_MAX, ARENAS, "MALLOC_ARENA_MAX")


def disable_malloc_trim() -> None:
    """Keep memory that is freed for what is allocated next, rather than give it back.

    Each step of a training allocates and frees the same hundreds of megabytes. By itself glibc
    takes large pieces from the system and returns them each time, and every page of them is
    cleared and mapped anew when it is first written: a fifth of the time of a step.
    """
    _set(M_MMAP_MAX, 0, "MALLOC_MMAP_MAX_")
    _set(M_TRIM_THRESHOLD, NEVER, "MALLOC_TRIM_THRESHOLD_")


def _set(option: int, value: int, environment: str) -> None:
    if environment not in os.environ:
        with contextlib.suppress(OSError, TypeError, AttributeError):
            ctypes.CDLL(None).mallopt(option, value)
