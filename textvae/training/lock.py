"""One training run per folder: a lock that is released even if its process is killed."""

import contextlib
import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from textvae.checks import one_line
from textvae.errors import BadInput, naming
from textvae.runtime.file_locks import HeldError, open_locked

NAME = ".lock"
LONGEST_HOLDER = 200  # bytes read from the lock file to name the holder

log = logging.getLogger(__name__)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Within the block, no other training run can use the folder.

    A missing folder is created, and removed afterwards if it is still empty.

    If the system or the file system has no locks, a warning is logged and nothing is locked.

    Raises:
        BadInput: another process trains there; the message names it.

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
        with _locked_file(folder / NAME):
            yield
    finally:
        for each in made:
            with contextlib.suppress(OSError):  # it is not empty
                each.rmdir()


@contextlib.contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    descriptor, is_locked = _acquired(path)
    if not is_locked:
        log.warning(
            "no file locks on this system; make sure that no other training uses %s",
            path.parent,
        )
        os.close(descriptor)
        path.unlink(missing_ok=True)
        yield
        return
    try:
        place, since = socket.gethostname(), time.strftime("%Y-%m-%d %H:%M:%S")
        with naming(path):
            os.truncate(descriptor, 0)
            os.write(descriptor, f"process {os.getpid()} on {place} since {since}".encode())
        yield
    finally:
        path.unlink(missing_ok=True)  # while still locked: the next to acquire it checks
        os.close(descriptor)


def check_unlocked(folder: Path) -> None:
    """Raise if a training run is in progress in the folder, which need not exist.

    Raises:
        BadInput: names the process.

    Example:
        >>> check_unlocked(Path("empty"))
    """
    if (folder / NAME).is_file():
        os.close(_acquired(folder / NAME)[0])


def _acquired(path: Path) -> tuple[int, bool]:
    """The descriptor of the file, and whether it is locked; locks may be unsupported."""
    with naming(path):
        try:
            return open_locked(path)
        except HeldError as error:
            raise BadInput(
                f"{path.parent} is being trained by {_holder(path) or 'another process'};"
                " wait for it, stop it, or choose another folder"
            ) from error


def _holder(path: Path) -> str:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        return one_line(file.read(LONGEST_HOLDER).decode(errors="replace"))
    return ""
