"""What the verbs read: lines and codes, from files or from standard input."""

import contextlib
import io
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textvae.data import text_files
from textvae.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

STANDARD = "-"  # the name of standard input and of standard output


def read_lines(source: str | None) -> list[str]:
    """The lines of a file, or of standard input if it is `-`: one caption each.

    Raises:
        BadInput: no file is named, it cannot be read, or it is empty.
    """
    if source is None:
        raise BadInput(
            "no captions: type some, or name a file with --file (- is standard input)"
        )
    if source == STANDARD:
        text = text_files.decode_text(sys.stdin.buffer.read(), "standard input")
        lines = text_files.split_lines(text)
    else:
        lines = text_files.read_lines(source)
    if not lines:
        raise BadInput(f"{_name(source)} is empty; give one caption per line")
    return lines


def read_codes(source: str) -> "np.ndarray[Any, Any]":
    """The array in a `.npy` file, or in standard input if it is `-`; of one code `[1, D]`.

    Raises:
        BadInput: it cannot be read, or is not an array of numbers.
    """
    import numpy as np

    try:
        # A pipe cannot go back to the beginning, as reading an array must.
        data = sys.stdin.buffer.read() if source == STANDARD else Path(source).read_bytes()
        codes: np.ndarray[Any, Any] = np.load(io.BytesIO(data), allow_pickle=False)
    except OSError as error:
        raise BadInput(f"cannot read {source}: {error.strerror or error}") from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"{_name(source)} is not an array written by encode: {error}") from None
    return np.atleast_2d(codes)


@contextlib.contextmanager
def as_files(sources: Sequence[str]) -> Iterator[list[str]]:
    """`sources` with a temporary file in place of `-`, for what reads a file several times."""
    if STANDARD not in sources:
        yield list(sources)
        return
    with tempfile.TemporaryDirectory(prefix="textvae-") as folder:
        path = Path(folder) / "standard-input.txt"
        path.write_bytes(sys.stdin.buffer.read())
        yield [str(path) if source == STANDARD else source for source in sources]


def _name(source: str) -> str:
    return "standard input" if source == STANDARD else source
