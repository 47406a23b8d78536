"""Atomic writes: all files of a set, or none of them.

A path given by a user may be a link, a pipe or a device. A link is followed and kept; only a
regular file is replaced by renaming a new one over it; others are written to.
"""

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from textvae.errors import naming


def json_bytes(value: Any) -> bytes:
    r"""Indented JSON in UTF-8 with a final newline.

    Example:
        >>> json_bytes({"name": "café"})
        b'{\n  "name": "caf\xc3\xa9"\n}\n'
    """
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def named_path(name: Path | str) -> Path:
    """The path given by a user, in which `~` is the home folder, and `~ann` that of a user.

    If there is no such user, the path is unchanged, as in a shell.

    Example:
        >>> named_path("~/runs") == Path.home() / "runs"
        True
        >>> named_path("./~/runs") == Path("~/runs")
        True
        >>> named_path("~nobody-of-this-name/runs").as_posix()
        '~nobody-of-this-name/runs'
    """
    return Path(os.path.expanduser(os.fspath(name)))  # noqa: PTH111  # Path's raises RuntimeError


def write_file(path: Path, data: bytes) -> None:
    """Write one file atomically; see `write_files`.

    Example:
        >>> write_file(Path("results/dogs.txt"), b"a dog")
        >>> Path("results/dogs.txt").read_bytes()
        b'a dog'
    """
    write_files(path.parent, {path.name: data})


def write_files(folder: Path, files: Mapping[str, bytes], first: str = "") -> None:
    """Write all of `files` into a folder, created if missing, or none of them.

    Each file is first written next to the one that it replaces. When all are on disk, they are
    renamed. A symbolic link is kept, and its target replaced. A pipe, a device or an open
    descriptor such as `/dev/stdout` is written to before any file is renamed; this cannot be
    undone.

    Args:
        folder: where the files go.
        files: their contents by name.
        first: the name of the file that is renamed before the others and lists them. If the
            process ends in between, the others are still at `partial_of`.

    Raises:
        OSError: the disk is full, or a target cannot be written to, such as a folder. All files
            are unchanged. The error names the target.

    Example:
        >>> write_files(Path("pets"), {"dogs.txt": b"a dog", "cats.txt": b"a cat"})
        >>> sorted(path.name for path in Path("pets").iterdir())
        ['cats.txt', 'dogs.txt']
    """
    folder.mkdir(parents=True, exist_ok=True)
    regular = {}  # the file to replace -> the new one next to it
    streams = {}
    try:
        for name in sorted(files, key=lambda name: name != first):
            target = regular_file(folder / name)
            if target is None:
                streams[folder / name] = files[name]
            else:
                regular[target] = _beside(target)
                _write_beside(target, regular[target], files[name])
        for path, data in streams.items():
            _write_into(path, data)
        for number, (target, partial) in enumerate(regular.items()):
            partial.replace(target)
            if first and not number:
                sync_folder(target.parent)  # so that a power failure keeps the order
        for parent in {target.parent for target in regular}:
            sync_folder(parent)
    except BaseException:  # also a signal
        if not first or partial_of(folder / first).exists():  # nothing has been renamed
            for partial in regular.values():
                with contextlib.suppress(OSError):
                    partial.unlink(missing_ok=True)
        raise


def regular_file(path: Path) -> Path | None:
    """The regular file that `path` points to, existing or not; None if it is no regular file.

    Example:
        >>> regular_file(Path("pets/dogs.txt")).name, regular_file(Path("/dev/null"))
        ('dogs.txt', None)
    """
    with contextlib.suppress(FileNotFoundError):  # it, or its target, does not exist yet
        if not stat.S_ISREG(path.stat().st_mode):
            return None
    if _descriptor(path) is not None:
        return None
    while path.is_symlink():
        path = path.parent / path.readlink()
    return path


@contextlib.contextmanager
def open_stream(path: Path) -> Iterator[BinaryIO]:
    """A pipe, a device or an open descriptor such as `/dev/stdout`, opened for writing.

    Raises:
        OSError: it cannot be opened or written to; the error names it.

    Example:
        >>> with open_stream(Path("/dev/null")) as stream:
        ...     stream.write(b"a dog")
        5
    """
    number = _descriptor(path)
    with naming(path):
        descriptor = os.open(path, os.O_WRONLY) if number is None else os.dup(number)
        with os.fdopen(descriptor, "wb") as stream:
            yield stream


def keep_mode(target: Path, partial: Path) -> None:
    """Give the file that will replace `target` the same permissions, if `target` exists.

    Example:
        >>> keep_mode(Path("dogs.txt"), Path(".dogs.txt.partial"))
    """
    if target.exists():
        partial.chmod(stat.S_IMODE(target.stat().st_mode))


def partial_of(path: Path) -> Path:
    """The path of a file's new content until it is renamed: next to it, or its link's target.

    Example:
        >>> partial_of(Path("pets/dogs.txt")).as_posix()
        'pets/.dogs.txt.partial'
    """
    return _beside(regular_file(path) or path)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial")


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk, if the system supports it.

    Example:
        >>> sync_folder(Path("."))
    """
    with contextlib.suppress(OSError):  # the folder may be writable but not readable
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _descriptor(path: Path) -> int | None:
    """The descriptor of this process that `path` refers to, as `/dev/stdout` does.

    If opened by path, its position in the file would differ from that of the descriptor.
    """
    while True:
        real = path.parent.resolve() / path.name
        if real.parent in (Path("/dev/fd"), Path(f"/proc/{os.getpid()}/fd")):
            return int(real.name) if real.name.isdecimal() else None
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()


def _write_beside(target: Path, partial: Path, data: bytes) -> None:
    with naming(target):
        partial.unlink(missing_ok=True)  # it may be a link
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        keep_mode(target, partial)


def _write_into(path: Path, data: bytes) -> None:
    with open_stream(path) as stream:
        stream.write(data)
