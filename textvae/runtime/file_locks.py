"""Locks on files and folders, which the system releases when their process ends."""

import contextlib
import errno
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None  # type: ignore[assignment]

HAS_LOCKS = fcntl is not None
HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


class HeldError(Exception):
    """Another process holds the lock, or another descriptor of the file in this one."""


def lock(descriptor: int, *, waits: bool = False) -> bool:
    """Lock an open file or folder until it is closed; False if it cannot be locked.

    Not every system or file system has such locks.

    Args:
        descriptor: of the file or folder.
        waits: whether to wait for another holder.

    Raises:
        HeldError: the lock has another holder, and `waits` is false.

    Example:
        >>> with open("notes", "w") as first, open("notes") as second:
        ...     print(lock(first.fileno()))
        ...     lock(second.fileno())
        Traceback (most recent call last):
        textvae.runtime.file_locks.HeldError
    """
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in HELD:
            raise HeldError from error
        return False
    return True


def open_locked(path: Path) -> tuple[int, bool]:
    """Open a file, created if missing, for reading and writing: its descriptor, whether locked.

    The file is still at `path` when it is locked: another holder may have moved or removed the
    one that was opened. Links are not followed, since an external folder may contain one.

    Raises:
        HeldError: another process holds the lock.
        OSError: the file cannot be opened.

    Example:
        >>> descriptor, is_locked = open_locked(Path("numbers"))
        >>> open_locked(Path("numbers"))
        Traceback (most recent call last):
        textvae.runtime.file_locks.HeldError
        >>> os.close(descriptor)
    """
    while True:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(path, flags, 0o666)
        try:
            is_locked = lock(descriptor)
        except HeldError:
            os.close(descriptor)
            raise
        if not is_locked:
            return descriptor, False
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(descriptor)):
                return descriptor, True
        os.close(descriptor)
