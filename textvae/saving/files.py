"""Files as they reach the disk: a set of files whole or not at all.

A path that a user names may be a link, a pipe or a device. A link is followed and stays; only a
regular file is replaced by renaming a new one over it; everything else is written into.
"""

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def json_bytes(value: Any) -> bytes:
    r"""Indented JSON in UTF-8 with a final newline.

    Example:
        >>> json_bytes({"name": "café"})
        b'{\n  "name": "caf\xc3\xa9"\n}\n'
    """
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def write_file(path: Path, data: bytes) -> None:
    """Write one file whole or not at all; see `write_files`.

    Example:
        >>> write_file(Path("results/dogs.txt"), b"a dog")
        >>> Path("results/dogs.txt").read_bytes()
        b'a dog'
    """
    write_files(path.parent, {path.name: data})


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all of `files` into a folder, which is made if it is missing, or none of them.

    Each file is first written beside the one that it replaces. When all are on disk, they are
    renamed. A symbolic link stays, and the file that it leads to is replaced. A pipe, a device
    or an open descriptor such as `/dev/stdout` is written into before any file is renamed; what
    has gone into it cannot be taken back.

    Args:
        folder: where the files go.
        files: their content by name.

    Raises:
        OSError: the disk is full, or a target cannot be written to, such as a folder. All files
            are as they were before.

    Example:
        >>> write_files(Path("pets"), {"dogs.txt": b"a dog", "cats.txt": b"a cat"})
        >>> sorted(path.name for path in Path("pets").iterdir())
        ['cats.txt', 'dogs.txt']
    """
    folder.mkdir(parents=True, exist_ok=True)
    regular = {}  # the file to replace -> the new one beside it
    streams = {}
    try:
        for name, data in files.items():
            target = _regular_file(folder / name)
            if target is None:
                streams[folder / name] = data
            else:
                regular[target] = target.with_name(f".{target.name}.partial")
                _write_beside(target, regular[target], data)
        for path, data in streams.items():
            _write_into(path, data)
        for target, partial in regular.items():
            partial.replace(target)
    finally:
        for partial in regular.values():
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


def _regular_file(path: Path) -> Path | None:
    """The regular file that `path` leads to, existing or not; None if it leads elsewhere."""
    with contextlib.suppress(FileNotFoundError):  # to be made, perhaps where a link leads
        if not stat.S_ISREG(path.stat().st_mode):
            return None
    if _descriptor(path) is not None:
        return None
    while path.is_symlink():
        path = path.parent / path.readlink()
    return path


def _descriptor(path: Path) -> int | None:
    """The descriptor of this process that `path` names or links to, as `/dev/stdout` does.

    Opened by its path, it would have another position in the file than the descriptor itself.
    """
    while True:
        real = path.parent.resolve() / path.name
        if real.parent in (Path("/dev/fd"), Path(f"/proc/{os.getpid()}/fd")):
            return int(real.name) if real.name.isdecimal() else None
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()


def _write_beside(target: Path, partial: Path, data: bytes) -> None:
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if target.exists():
        partial.chmod(stat.S_IMODE(target.stat().st_mode))


def _write_into(path: Path, data: bytes) -> None:
    number = _descriptor(path)
    descriptor = os.open(path, os.O_WRONLY) if number is None else os.dup(number)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
