"""The page's memory, which is to stay the same however long it runs."""

import contextlib
import ctypes
import os

M_ARENA_MAX = -8  # of glibc's malloc.h
ARENAS = 2


def share_arenas() -> None:
    """Let all threads that start from now on take their memory from the same two arenas.

    By itself glibc opens up to eight for each core. A request runs on any of dozens of threads,
    so each arena grows until it has held the largest request, and little of it comes back.
    Other C libraries have no such setting, and who has made it in the environment knows better.
    """
    if "MALLOC_ARENA_MAX" in os.environ:
        return
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
