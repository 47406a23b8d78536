"""Dividing rows into slices, and among several machines."""

import argparse
import re
from collections.abc import Iterator
from typing import NamedTuple

FIRST_SLICE, LARGEST_SLICE = 64, 4096  # rows


def slices(count: int | None = None) -> Iterator[slice]:
    """Cut `count` rows into slices of growing size, so that the first results appear soon.

    The end of a slice depends only on its place. So a run that starts anywhere has the same
    slices as one that started at the first row, and therefore bitwise the same results.

    Args:
        count: the number of rows; None if unlimited.

    Example:
        >>> [(each.start, each.stop) for each in slices(500)]
        [(0, 64), (64, 192), (192, 448), (448, 500)]
    """
    start, size = 0, FIRST_SLICE
    while count is None or start < count:
        stop = start + size
        yield slice(start, stop if count is None else min(stop, count))
        start, size = stop, min(2 * size, LARGEST_SLICE)


class Shard(NamedTuple):
    """One of several parts of about the same size, each made of whole slices.

    Attributes:
        number: which one, from 1.
        parts: the number of parts.

    Example:
        >>> [Shard(number, 3).rows(1000) for number in (1, 2, 3)]
        [range(0, 448), range(448, 960), range(960, 1000)]
    """

    number: int
    parts: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """The value of `--shard`.

        Raises:
            argparse.ArgumentTypeError: it is not I/N with I from 1 to N.

        Example:
            >>> Shard.parse("2/8")
            Shard(number=2, parts=8)
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        shard = cls(*map(int, found.groups())) if found else cls(0, 0)
        if not 1 <= shard.number <= shard.parts:
            raise argparse.ArgumentTypeError(
                f"must be I/N, the I-th of N parts, such as 2/8, with I from 1 to N, got"
                f" {text!r}"
            )
        return shard

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"

    def rows(self, total: int) -> range:
        """Its rows among `total`; empty if there are too few slices for all parts."""
        return range(self._end(self.number - 1, total), self._end(self.number, total))

    def _end(self, number: int, total: int) -> int:
        """The end of part `number`: the end of the slice in which its share of rows ends."""
        share = total * number // self.parts
        return next(each.stop for each in slices(total) if each.stop >= share) if share else 0
