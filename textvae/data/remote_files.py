"""Files that are not on this machine, such as `gs://bucket/captions.txt`, read by TensorFlow.

TensorFlow determines the available file systems: Google Cloud Storage, HDFS, and others if a
package that adds them is installed.
"""

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

from textvae.errors import BadInput

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
HAS_MAGIC = re.compile(r"[*?\[]")


def is_remote(name: object) -> bool:
    """Whether it is an address for TensorFlow rather than a path.

    A file of the Hub, which its own client downloads, keeps its address as its name.

    Example:
        >>> is_remote("gs://bucket/captions.txt"), is_remote("captions.txt")
        (True, False)
    """
    return ADDRESS.match(str(name)) is not None and not str(name).startswith("hf://")


def matching(address: str, is_wanted: Callable[[str], bool]) -> list[str]:
    """The files that an address refers to: a pattern's, a folder's, or itself.

    Args:
        address: of a file, a folder or a pattern.
        is_wanted: whether to include a file of a folder, by its name.

    Raises:
        BadInput: there are no files, or the address cannot be read.

    Example:
        >>> from pathlib import Path
        >>> Path("pets").mkdir()
        >>> _ = [Path("pets", name).touch() for name in ("dogs.txt", "cats.txt", "cat.png")]
        >>> matching("pets/", lambda name: name.endswith(".txt"))
        ['pets/cats.txt', 'pets/dogs.txt']
    """
    with _readable(address) as files:
        if HAS_MAGIC.search(address):
            found = sorted(files.glob(address))
            if not found:
                raise BadInput(f"no file matches {address}; check the pattern")
            return [each for each in found if not files.isdir(each)]
        if not files.isdir(address):
            return [address]
        inside = sorted(files.listdir(address))
        found = [name for name in inside if not name.endswith("/") and is_wanted(name)]
        if not found:
            raise BadInput(f"{address} is a folder without a file of captions; name one")
        return [f"{address.rstrip('/')}/{name}" for name in found]


def fingerprint(address: str) -> list[Any]:
    """Values that change with the file: its address, length and modification time.

    Raises:
        BadInput: it cannot be accessed.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("dogs.txt").write_text("A dog.")
        >>> fingerprint("dogs.txt")
        ['dogs.txt', 6, ...]
    """
    with _readable(address) as files:
        found = files.stat(address)
        return [address, found.length, found.mtime_nsec]


@contextlib.contextmanager
def open_remote(address: str) -> Iterator[BinaryIO]:
    """The bytes of a file, read on demand.

    Raises:
        BadInput: it does not exist or cannot be read.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("dogs.txt").write_text("A dog.")
        >>> with open_remote("dogs.txt") as file:
        ...     file.read()
        b'A dog.'
    """
    with _readable(address) as files, files.GFile(address, "rb") as file:
        file.size()  # fails now if there is no such file
        yield cast(BinaryIO, io.BufferedReader(_Raw(file), 2**20))


class _Raw(io.RawIOBase):
    """A TensorFlow file as a Python file."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.file.seek(offset, whence)
        return self.tell()

    def tell(self) -> int:
        return int(self.file.tell())

    def readinto(self, buffer: "bytearray | memoryview[int]") -> int:  # type: ignore[override]
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextlib.contextmanager
def _readable(address: str) -> Iterator[Any]:
    """TensorFlow's file system, with one-line errors."""
    import tensorflow as tf

    try:
        yield tf.io.gfile
    except tf.errors.NotFoundError as error:
        raise BadInput(f"{address} does not exist; check the address") from error
    except tf.errors.UnimplementedError as error:
        raise BadInput(
            f"{address}: TensorFlow knows no files of this kind; give a path, or an address"
            " such as gs://bucket/captions.txt"
        ) from error
    except tf.errors.OpError as error:
        reason = " ".join(str(error.message).split())
        raise BadInput(f"{address} cannot be read: {reason}") from error
