"""Temporary folders that are removed even if their process is killed.

A killed process cannot remove anything, but its locks end with it. So a folder of this kind
without a lock is abandoned, and is removed when the next one is made.
"""

import contextlib
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Self

from textvae.runtime import file_locks

PREFIX = ".textvae-scratch-"


class ScratchFolder:
    """A new folder that lasts until the end of a `with` block, this object or the process.

    Args:
        parent: where to create it, and to remove those of killed processes; created if missing.
            None means the system's temporary folder.

    Attributes:
        path: of the folder.

    Raises:
        OSError: the folder cannot be created.

    Example:
        >>> with ScratchFolder(Path("run")) as folder:
        ...     (folder.path / "part").write_text("half of it")
        10
        >>> list(Path("run").iterdir())
        []
    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(parent)
        self.path, lock = _made(parent)
        self._end = weakref.finalize(self, _remove, self.path, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder now."""
        self._end()


def _made(parent: Path) -> tuple[Path, int | None]:
    """A new folder, and the descriptor that locks it; None without support for locks."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = _locked(path, waits=True)
        if path.exists():  # no other process removed it before it was locked
            return path, lock
        _remove(path, lock)


def _remove_abandoned(parent: Path) -> None:
    for path in parent.glob(f"{PREFIX}*"):
        if (lock := _locked(path, waits=False)) is not None:
            _remove(path, lock)


def _locked(path: Path, waits: bool) -> int | None:
    """A descriptor that locks the folder; None if it is locked, or cannot be."""
    if not file_locks.HAS_LOCKS:  # a killed process then leaves its folder behind
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)  # a pipe would block
    except OSError:
        return None
    with contextlib.suppress(file_locks.HeldError):
        if file_locks.lock(descriptor, waits=waits):
            return descriptor
    os.close(descriptor)
    return None


def _remove(path: Path, lock: int | None) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if lock is not None:
        os.close(lock)
