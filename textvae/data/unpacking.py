"""Decompressing files as they are read: gzip, bzip2, xz, and zip with a single file.

A small compressed file can be crafted to exhaust the memory or the disk. Human text compresses
to a third or a tenth of its size, so a file that unpacks to more than `MAX_RATIO` times its
size is rejected.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from textvae.data.remote_files import is_remote, open_remote
from textvae.errors import BadInput

MAX_RATIO = 100  # unpacked bytes per compressed byte
FREE_BYTES = 2**23  # before the ratio applies, since a short text may be repetitive
EXTENSIONS = (".gz", ".bz2", ".xz", ".zip")
# The first bytes of a file, its extension, and the function that opens it.
PACKINGS: tuple[tuple[bytes, str, Callable[[BinaryIO], object]], ...] = (
    (b"\x1f\x8b", ".gz", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", ".bz2", bz2.BZ2File),
    (b"\xfd7zXZ\0", ".xz", lzma.LZMAFile),
)
ZIP = b"PK\x03\x04"
UNREADABLE = (
    gzip.BadGzipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


def without_packing(name: str) -> str:
    """The name of a file without the extension of its compression.

    Example:
        >>> without_packing("dogs.txt.gz"), without_packing("dogs.txt")
        ('dogs.txt', 'dogs.txt')
    """
    path = PurePosixPath(name)
    return name[: -len(path.suffix)] if path.suffix.lower() in EXTENSIONS else name


@contextlib.contextmanager
def open_unpacked(path: Path | str, member: str = "", name: str = "") -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed as they are read.

    Args:
        path: a file. Its first bytes show whether it is compressed; a zip archive is not
            unpacked unless `member` is given.
        member: the file to read in a zip archive.
        name: what messages call the file, if not by its path.

    Raises:
        BadInput: the file is missing, a folder, damaged, not compressed as its name implies, or
            holds more than a text can.

    Example:
        >>> _ = Path("dogs.txt.gz").write_bytes(gzip.compress(b"a dog"))
        >>> with open_unpacked("dogs.txt.gz") as file:
        ...     file.read()
        b'a dog'
    """
    path, name = Path(path), name or str(path)
    with _readable(name), _opened(path, name) as file:
        if member:
            with zipfile.ZipFile(file) as archive, _opened_member(archive, member) as unpacked:
                size = archive.getinfo(member).compress_size
                yield _guarded(cast(BinaryIO, unpacked), lambda: size, name)
            return
        first = file.peek(8)[:8]  # a pipe cannot seek to its beginning
        for mark, extension, unpack in PACKINGS:
            if first.startswith(mark):
                packed = _Counted(file)
                plain = unpack(cast(BinaryIO, packed))
                yield _guarded(cast(BinaryIO, plain), packed.count, name)
                return
            if path.suffix.lower() == extension and first:
                raise BadInput(
                    f"{name} is damaged or not compressed as its name says; download or"
                    " compress it again"
                )
        yield file


def _opened_member(archive: zipfile.ZipFile, member: str) -> IO[bytes]:
    if archive.getinfo(member).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # For other methods, Python unpacks all that it reads at once, whatever its size.
        raise RuntimeError("its compression method is not supported")
    return archive.open(member)


def members(path: Path, name: str) -> list[str]:
    """The files in a zip archive, without folders, hidden files and those of macOS.

    Raises:
        BadInput: it cannot be read, or is an office document, which is also a zip archive.

    Example:
        >>> with zipfile.ZipFile("pets.zip", "w") as archive:
        ...     for name in ("pets/dogs.txt", "__MACOSX/pets/._dogs.txt", ".DS_Store"):
        ...         archive.writestr(name, "A dog.")
        >>> members(Path("pets.zip"), "pets.zip")
        ['pets/dogs.txt']
    """
    with _readable(name), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if {"[Content_Types].xml", "mimetype"} & {*names}:
        raise BadInput(f"{name} is an office document; save it as .csv or .txt")
    return [
        each
        for each in names
        if not each.endswith("/")
        and not any(part.startswith((".", "__")) for part in PurePosixPath(each).parts)
    ]


def is_zip(path: Path) -> bool:
    """Whether the file begins like a zip archive; False if it cannot be read.

    Example:
        >>> _ = Path("dogs.csv").write_bytes(ZIP), Path("dogs.zip").write_text("A dog.")
        >>> is_zip(Path("dogs.csv")), is_zip(Path("dogs.zip")), is_zip(Path("missing.zip"))
        (True, False, False)
    """
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(len(ZIP)) == ZIP
    return False


def is_pipe(path: Path) -> bool:
    """Whether it is a pipe, which can be read only once; False if it cannot be accessed.

    Example:
        >>> import os
        >>> os.mkfifo("captions")
        >>> is_pipe(Path("captions")), is_pipe(Path("missing.txt"))
        (True, False)
    """
    with contextlib.suppress(OSError):
        return path.is_fifo()
    return False


class _Counted:
    """A file that counts the bytes read, since a pipe has no position."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.num_bytes = file, 0

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.num_bytes += len(data)
        return data

    def seekable(self) -> bool:
        return False

    def count(self) -> int:
        return self.num_bytes


def _opened(path: Path, name: str) -> Any:
    return open_remote(name) if is_remote(name) else path.open("rb")


@contextlib.contextmanager
def _readable(name: str) -> Iterator[None]:
    """Converts errors while a file is read into one line that names it."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadInput(f"{name} does not exist; check the path") from error
    except IsADirectoryError as error:
        raise BadInput(f"{name} is a folder; give a file in it") from error
    except (*UNREADABLE, UnicodeDecodeError) as error:  # the latter for a name in an archive
        raise BadInput(
            f"{name} is damaged or not compressed as its name says ({error}); download or"
            " compress it again"
        ) from error
    except RuntimeError as error:  # zipfile's, for a password or an unknown method
        raise BadInput(f"{name} cannot be unpacked: {error}; unpack it yourself") from error
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror or error}") from error


def _guarded(unpacked: BinaryIO, packed_bytes: Callable[[], int], name: str) -> BinaryIO:
    raw = _Guard(unpacked, packed_bytes, name)
    return cast(BinaryIO, io.BufferedReader(raw, 2**16))


class _Guard(io.RawIOBase):
    """Unpacked bytes, with an error once there are more than text can have."""

    def __init__(self, unpacked: BinaryIO, packed_bytes: Callable[[], int], name: str) -> None:
        self.unpacked, self.packed_bytes, self.name = unpacked, packed_bytes, name
        self.num_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview[int]") -> int:  # type: ignore[override]
        data = self.unpacked.read(len(buffer))
        buffer[: len(data)] = data
        self.num_bytes += len(data)
        if self.num_bytes > FREE_BYTES and self.num_bytes > MAX_RATIO * self.packed_bytes():
            raise BadInput(
                f"{self.name} unpacks to more than {MAX_RATIO} times its size, which captions"
                " do not; unpack it yourself if that is intended"
            )
        return len(data)
