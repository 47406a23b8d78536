"""Files of blocks of captions: TFRecord files of `tf.train.Example`, each with an index file.

The index is written last, so a file that has one is complete. It records the version that wrote
the file, its purpose, its length and its checksum: a file of another version or purpose, or one
that was truncated or changed, is not used but rebuilt.
"""

import contextlib
import errno
import json
import logging
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from textvae.runtime.scratch import ScratchFolder
from textvae.types import Array
from textvae.version import __version__

FORMAT = 1  # to be raised when the format changes
HEAD, TAIL = 12, 4  # bytes of a record of a TFRecord file before and after its content

Block = Mapping[str, Array | list[bytes]]  # integers, or texts
log = logging.getLogger(__name__)


class BlockFile:
    """A complete file of blocks.

    Args:
        path: the TFRecord file.
        index: the contents of its index file.

    Attributes:
        identity: the purpose that it was written for.
        facts: recorded by the writer of the file.
        checksum: of its content.
        sizes: captions of each block.

    Example:
        >>> with BlockWriter(Path("pets.tfrecord"), "pets") as writer:
        ...     writer.write({"length": np.array([3, 5])}, size=2)
        ...     _ = writer.finish({"language": "en"})
        >>> file = BlockFile.find(Path("pets.tfrecord"), "pets")
        >>> file.facts, file.sizes.tolist(), file.read(0)["length"].tolist()
        ({'language': 'en'}, [2], [3, 5])
    """

    def __init__(self, path: Path, index: Mapping[str, Any]) -> None:
        self.path, self.facts, self.identity = path, index["facts"], index["identity"]
        self.checksum: int = index["checksum"]
        self.sizes = np.array(index["sizes"], np.int64)
        self._ends = np.cumsum(index["bytes"])

    @classmethod
    def find(cls, path: Path, identity: Any) -> Self | None:
        """The file at `path`, if it is complete and was written for this purpose; else None.

        An existing file that cannot be used is named in a warning.
        """
        if not path.exists() and not _index_of(path).exists():
            return None
        index = _read_index(path)
        if index is None:
            why = "is of another version or damaged"
        elif index["identity"] != json.loads(json.dumps(identity)):
            why = "is of other captions or settings"
        elif not _is_whole(path, index):
            why = "was cut short or changed"
        else:
            return cls(path, index)
        log.warning("the cache %s %s; rebuilding it", path, why)
        return None

    def __len__(self) -> int:
        return len(self.sizes)

    def read(self, block: int, *names: str) -> dict[str, Any]:
        """The values of a block by name: arrays of integers, or lists of bytes.

        Args:
            block: its number.
            names: of the values; all by default.

        Raises:
            OSError: the file is gone or cannot be read.
        """
        from tensorflow.core.example.example_pb2 import Example

        end = int(self._ends[block])
        start = int(self._ends[block - 1]) if block else 0
        with self.path.open("rb") as file:
            file.seek(start + HEAD)
            record = file.read(end - TAIL - HEAD - start)
        features = Example.FromString(record).features.feature
        return {name: _values(features[name]) for name in names or features}


class BlockWriter:
    """Writes a file of blocks; to be used in a `with` statement.

    The file is at `path` only after `finish` has been called; otherwise nothing remains.

    Raises:
        OSError: the disk is full; the error names the file.

    Example:
        >>> with BlockWriter(Path("pets.tfrecord"), "pets") as writer:
        ...     writer.write({"text": [b"a dog", b"a cat"]}, size=2)
        ...     file = writer.finish()
        >>> file.read(0)
        {'text': [b'a dog', b'a cat']}
    """

    def __init__(self, path: Path, identity: Any) -> None:
        import tensorflow as tf

        self.path, self.identity = path, identity
        self._sizes: list[int] = []
        self._bytes: list[int] = []
        with disk_errors(path):
            self._folder = ScratchFolder(path.parent)
            self.partial = self._folder.path / path.name
            self._writer = tf.io.TFRecordWriter(str(self.partial))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(Exception):
            self._writer.close()
        self._folder.remove()

    def write(self, block: Block, size: int) -> None:
        """Add a block of `size` captions."""
        from tensorflow.core.example.example_pb2 import Example

        example = Example()
        for name, values in block.items():
            feature = example.features.feature[name]
            if isinstance(values, list):
                feature.bytes_list.value.extend(values)
            else:
                feature.int64_list.value.extend(values.tolist())
        record = example.SerializeToString(deterministic=True)
        with disk_errors(self.path):
            self._writer.write(record)
        self._sizes.append(size)
        self._bytes.append(HEAD + len(record) + TAIL)

    def finish(self, facts: Any = None) -> BlockFile:
        """Move the file to its path, and write its index."""
        with disk_errors(self.path):
            self._writer.close()
            index = {
                "format": FORMAT,
                "version": __version__,
                "identity": self.identity,
                "facts": facts,
                "sizes": self._sizes,
                "bytes": self._bytes,
                "checksum": _checksum(self.partial),
            }
            _index_of(self.path).unlink(missing_ok=True)
            self.partial.replace(self.path)
            partial = _index_of(self.partial)
            partial.write_text(json.dumps(index), encoding="utf-8")
            partial.replace(_index_of(self.path))
        return BlockFile(self.path, index)


def _index_of(path: Path) -> Path:
    return path.with_suffix(".json")


def _read_index(path: Path) -> dict[str, Any] | None:
    """The index, if it is of this version."""
    try:
        index = json.loads(_index_of(path).read_text(encoding="utf-8"))
        is_ours = (index["format"], index["version"]) == (FORMAT, __version__)
        has_all = index.keys() >= {"identity", "facts", "sizes", "bytes", "checksum"}
        return index if is_ours and has_all else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _is_whole(path: Path, index: Mapping[str, Any]) -> bool:
    try:
        is_long = path.stat().st_size == sum(index["bytes"])
        return bool(is_long and _checksum(path) == index["checksum"])
    except OSError:
        return False


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while data := file.read(2**20):
            checksum = zlib.crc32(data, checksum)
    return checksum


def _values(feature: Any) -> Any:
    if feature.HasField("bytes_list"):
        return list(feature.bytes_list.value)
    values = feature.int64_list.value
    return np.fromiter(values, np.int64, len(values))


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Within the block, disk errors of TensorFlow or Python name the file.

    Example:
        >>> import tensorflow as tf
        >>> with disk_errors(Path("pets.tfrecord")):
        ...     raise tf.errors.ResourceExhaustedError(None, None, "no space")
        Traceback (most recent call last):
        OSError: [Errno 28] ...: 'pets.tfrecord'
    """
    import tensorflow as tf

    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
    except tf.errors.OpError as error:
        raise OSError(errno.EIO, error.message, str(path)) from error
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
