"""Rows of token ids concatenated in one array, to select rows without a Python loop."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple, Self

import numpy as np

from textvae.types import Array, Bools, Ints

PART = 2**16  # rows gathered at once: the indices take more memory than the ids


class Ragged(NamedTuple):
    """Rows of different lengths.

    Attributes:
        ids: int32, the rows one after the other.
        lengths: int64 `[N]`, tokens of each row.

    Example:
        >>> rows = Ragged.of([[1, 5, 2], [1, 2], [1, 6, 7, 2]])
        >>> rows.take([2, 0]).tolist()
        [[1, 6, 7, 2], [1, 5, 2]]
    """

    ids: Array
    lengths: Ints

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Self:
        """Concatenate lists of token ids."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        return cls(np.fromiter(chain.from_iterable(rows), np.int32, lengths.sum()), lengths)

    @classmethod
    def joined(cls, parts: Iterable["Ragged"]) -> Self:
        """The rows of all parts, in order."""
        parts = list(parts)
        nothing = np.empty(0, np.int64)
        return cls(
            np.concatenate([nothing.astype(np.int32), *(part.ids for part in parts)]),
            np.concatenate([nothing, *(part.lengths for part in parts)]),
        )

    def tolist(self) -> list[list[int]]:
        """Each row as a list."""
        ids, ends = self.ids.tolist(), np.cumsum(self.lengths)
        starts = (ends - self.lengths).tolist()
        return [ids[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]

    def take(self, places: Sequence[int] | Ints) -> "Ragged":
        """The rows at these places."""
        starts, places = np.cumsum(self.lengths) - self.lengths, np.asarray(places, np.int64)
        parts = (places[place : place + PART] for place in range(0, len(places), PART))
        return Ragged.joined(
            Ragged(self.ids[concatenated_ranges(starts[part], lengths)], lengths)
            for part in parts
            for lengths in [self.lengths[part]]
        )

    def cut(self, is_cut: Bools, starts: Ints, lengths: Ints) -> "Ragged":
        """These rows; those in `is_cut` keep only some of the tokens between first and last.

        Args:
            is_cut: `[N]`, of C rows.
            starts: `[C]`, the first token between first and last to keep.
            lengths: `[C]`, how many of them to keep.

        Example:
            >>> rows = Ragged.of([[1, 5, 6, 7, 2], [1, 8, 2]])
            >>> rows.cut(np.array([True, False]), np.array([1]), np.array([2])).tolist()
            [[1, 6, 7, 2], [1, 8, 2]]
        """
        before = np.cumsum(self.lengths) - self.lengths
        stays = np.repeat(~is_cut, self.lengths)
        first, size = before[is_cut], self.lengths[is_cut]
        stays[first] = stays[first + size - 1] = True
        stays[concatenated_ranges(first + 1 + starts, lengths)] = True
        kept = self.lengths.copy()
        kept[is_cut] = lengths + 2
        return Ragged(self.ids[stays], kept)

    def without(self, missing: Bools) -> "Ragged":
        """These rows without the `missing` tokens, but always with their first and last ones.

        If a row would lose all tokens between those two, it keeps the last of them.

        Example:
            >>> rows = Ragged.of([[1, 5, 6, 2], [1, 7, 2]])
            >>> rows.without(np.array([1, 1, 1, 1, 0, 0, 0], bool)).tolist()
            [[1, 6, 2], [1, 7, 2]]
        """
        ends = np.cumsum(self.lengths)
        stays = ~missing
        stays[ends - self.lengths] = stays[ends - 1] = True
        kept = self._sums(stays, ends)
        stays[ends[kept == 2] - 2] = True  # of an empty row, its <bos>
        return Ragged(self.ids[stays], np.maximum(kept, np.minimum(self.lengths, 3)))

    def _sums(self, counted: Bools, ends: Ints) -> Ints:
        """The number of places that count in each row, `[N]`."""
        sums = np.concatenate([[0], np.cumsum(counted, dtype=np.int32)])
        found: Ints = (sums[ends] - sums[ends - self.lengths]).astype(np.int64)
        return found


def concatenated_ranges(starts: Ints, lengths: Ints) -> Ints:
    """The concatenated ranges that begin at `starts` and have these `lengths`.

    Example:
        >>> concatenated_ranges(np.array([10, 20]), np.array([2, 3])).tolist()
        [10, 11, 20, 21, 22]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    found: Ints = np.repeat(starts - (ends - lengths), lengths) + np.arange(total)
    return found
