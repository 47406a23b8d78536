"""Output formats: captions as lines or as one JSON list, and codes as `.npy`.

A format converts the results to bytes in parts, so that few are in memory at once.
"""

import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from textvae.types import Codes


class Format(Protocol):
    """An output format.

    Attributes:
        is_text: whether results can be streamed; otherwise the head has their number.
    """

    is_text: bool

    def head(self, count: int) -> bytes:
        """The bytes before `count` results, of the same length for every number."""

    def body(self, part: Any, number: int) -> bytes:
        """The bytes of some results; the first has this number, counted from 0."""

    def tail(self, count: int) -> bytes:
        """The bytes after `count` results."""


class CaptionLines:
    r"""One caption per line.

    Example:
        >>> CaptionLines().body(["a dog", "a cat"], number=0)
        b'a dog\na cat\n'
    """

    is_text = True

    def head(self, count: int) -> bytes:  # noqa: ARG002
        """Nothing."""
        return b""

    def body(self, part: Sequence[str], number: int) -> bytes:  # noqa: ARG002
        """The lines of captions."""
        return "".join(f"{caption}\n" for caption in part).encode()

    def tail(self, count: int) -> bytes:  # noqa: ARG002
        """Nothing."""
        return b""


class CaptionList:
    r"""One JSON list.

    Example:
        >>> captions = CaptionList()
        >>> captions.body(["a dog"], 0) + captions.body(["a cat"], 1) + captions.tail(2)
        b'[\n  "a dog",\n  "a cat"\n]\n'
        >>> captions.tail(0)
        b'[]\n'
    """

    is_text = True

    def head(self, count: int) -> bytes:  # noqa: ARG002
        """Empty: the beginning of a list depends on whether it is empty."""
        return b""

    def body(self, part: Sequence[str], number: int) -> bytes:
        """Items, each after its separator."""
        return "".join(
            f"{',' if place else '['}\n  {json.dumps(caption, ensure_ascii=False)}"
            for place, caption in enumerate(part, number)
        ).encode()

    def tail(self, count: int) -> bytes:
        """The end of the list."""
        return b"\n]\n" if count else b"[]\n"


class CodesArray:
    """Codes `[N, D]` float32 in NumPy's format.

    Args:
        latent_dim: D.

    Example:
        >>> import numpy as np
        >>> codes = np.ones((3, 2), np.float32)
        >>> array = CodesArray(latent_dim=2)
        >>> np.load(io.BytesIO(array.head(3) + array.body(codes, 0))).shape
        (3, 2)
    """

    is_text = False

    def __init__(self, latent_dim: int) -> None:
        self.latent_dim = latent_dim

    def head(self, count: int) -> bytes:
        """The header of the file, in which NumPy leaves room for any number of rows."""
        from numpy.lib import format as npy

        header, shape = io.BytesIO(), (count, self.latent_dim)
        npy.write_array_header_1_0(
            header, {"descr": "<f4", "fortran_order": False, "shape": shape}
        )
        return header.getvalue()

    def body(self, part: "Codes", number: int) -> bytes:  # noqa: ARG002
        """Rows of codes."""
        return part.astype("<f4", copy=False).tobytes()

    def tail(self, count: int) -> bytes:  # noqa: ARG002
        """Nothing."""
        return b""


def captions_format(as_json: bool) -> Format:
    r"""Captions as one JSON list, or one per line.

    Example:
        >>> captions_format(as_json=True).tail(0)
        b'[]\n'
    """
    return CaptionList() if as_json else CaptionLines()
