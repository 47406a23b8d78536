"""One training run per folder: a lock that is released however its process ends."""

import contextlib
import errno
import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None  # type: ignore[assignment]

from textvae.checks import one_line
from textvae.errors import BadInput, naming

NAME = ".lock"
HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
LONGEST_HOLDER = 200  # bytes of the lock file that are read to name the holder

log = logging.getLogger(__name__)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Within the block, no other training run can use the folder.

    A folder that is missing is made, and is gone afterwards if nothing has come into it.

    If the system or the file system has no locks, a warning is logged and nothing is locked.

    Raises:
        BadInput: another process trains there; the message says which.

    Example:
        >>> with locked(Path("runs/lines")):
        ...     check_unlocked(Path("runs/lines"))
        Traceback (most recent call last):
        textvae.errors.BadInput: runs/lines is being trained by process ... since ...; ...
        >>> Path("runs").exists()
        False
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _held(folder / NAME):
            yield
    finally:
        for each in made:
            with contextlib.suppress(OSError):  # something is in it
                each.rmdir()


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    descriptor = _acquired(path)
    if descriptor is None:
        log.warning(
            "no file locks on this system; make sure that no other training uses %s",
            path.parent,
        )
        yield
        return
    try:
        place, since = socket.gethostname(), time.strftime("%Y-%m-%d %H:%M:%S")
        with naming(path):
            os.truncate(descriptor, 0)
            os.write(descriptor, f"process {os.getpid()} on {place} since {since}".encode())
        yield
    finally:
        path.unlink(missing_ok=True)  # while still locked: whoever acquires it next checks
        os.close(descriptor)


def check_unlocked(folder: Path) -> None:
    """Raise if a training run is under way in the folder, which need not exist.

    Raises:
        BadInput: names the process.

    Example:
        >>> check_unlocked(Path("empty"))
    """
    if (folder / NAME).is_file():
        descriptor = _acquired(folder / NAME)
        if descriptor is not None:
            os.close(descriptor)


def _acquired(path: Path) -> int | None:
    """The descriptor of the file, with its lock; None where there are no locks."""
    if fcntl is None:
        return None
    while True:
        with naming(path):
            # Not through a link, which a folder from elsewhere may hold.
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, descriptor):
                return descriptor
        except OSError as error:
            holder = os.pread(descriptor, LONGEST_HOLDER, 0).decode(errors="replace")
            if error.errno not in HELD:
                os.close(descriptor)
                return None
            os.close(descriptor)
            raise BadInput(
                f"{path.parent} is being trained by {one_line(holder) or 'another process'};"
                " wait for it, stop it, or choose another folder"
            ) from error
        os.close(descriptor)  # the last holder has just removed the file


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the file is still the one that is found by its path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
