"""Token ids of many captions, in blocks that can be read one by one."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from textvae.data.ragged import Ragged
from textvae.types import Ints

BLOCK = 4096  # captions


class TokenRows(ABC):
    """Rows of token ids, in memory or on disk.

    Attributes:
        sizes: the number of rows in each block.
        num_tokens: of all rows, including `<bos>` and `<eos>`.
    """

    sizes: Ints
    num_tokens: int

    def __len__(self) -> int:
        return int(self.sizes.sum())

    def __iter__(self) -> Iterator[list[int]]:
        for block in range(len(self.sizes)):
            yield from self.read([block]).tolist()

    def __getitem__(self, place: int) -> list[int]:
        block = int(np.searchsorted(np.cumsum(self.sizes), place, side="right"))
        first = int(self.sizes[:block].sum())
        [row] = self.read([block]).take([place - first]).tolist()
        return row

    @abstractmethod
    def read(self, blocks: Iterable[int]) -> Ragged:
        """The rows of some blocks."""

    @abstractmethod
    def lengths(self, blocks: Iterable[int]) -> Ints:
        """The lengths of the rows of some blocks."""

    def groups(self, blocks: Iterable[int]) -> Ints:
        """The numbers of their groups, if stored with the rows; else empty."""
        del blocks
        return np.empty(0, np.int64)


class HeldRows(TokenRows):
    """Rows in memory.

    Example:
        >>> rows = HeldRows([[1, 5, 2], [1, 2]])
        >>> rows.num_tokens, rows.lengths([0]).tolist(), rows.read([0]).ids.tolist()
        (5, [3, 2], [1, 5, 2, 1, 2])
    """

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._rows = rows
        self._lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        self.num_tokens = int(self._lengths.sum())
        starts = np.arange(0, len(rows), BLOCK)
        self.sizes = np.minimum(BLOCK, len(rows) - starts)

    def read(self, blocks: Iterable[int]) -> Ragged:
        """The rows of some blocks."""
        ends = self._ends
        return Ragged.joined(
            Ragged(self._ids[ends[place] : ends[place + len(lengths)]], lengths)
            for block in blocks
            for place, lengths in [(block * BLOCK, self.lengths([block]))]
        )

    def lengths(self, blocks: Iterable[int]) -> Ints:
        """The lengths of the rows of some blocks."""
        parts = [self._lengths[block * BLOCK : (block + 1) * BLOCK] for block in blocks]
        return np.concatenate([self._lengths[:0], *parts])

    @cached_property
    def _ids(self) -> Ints:
        return Ragged.of(self._rows).ids

    @cached_property
    def _ends(self) -> Ints:
        return np.concatenate([[0], np.cumsum(self._lengths)])
