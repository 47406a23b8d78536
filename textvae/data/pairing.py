"""Which caption is read to write another: one that says the same in other words."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from textvae.types import Bools, Ints

PAIRING_STREAM = 2  # keeps its random numbers apart from the shuffling's of the same epoch


class Pairing:
    """For each caption of an epoch, the caption that is read to write it.

    That is another caption of the same group, a new draw each epoch, so that the code of what
    is read can only hold what both say. A caption that is alone in its group is read itself,
    and so is a share of the others. Some words of what is read are missing, so that no code
    depends on a single word.

    Args:
        groups: the group of each caption.
        seed: of the draws, which are a function of (seed, epoch).
        own_share: share of captions that are read themselves although their group has others.
        word_noise: share of words that are missing from what is read.

    Example:
        >>> pairing = Pairing(["image 1", "image 1", "image 2"], seed=0, word_noise=0.5)
        >>> rows = [[1, 5, 2], [1, 6, 7, 2], [1, 8, 9, 2]]
        >>> pairing.rows_read(rows, epoch=0)
        [[1, 6, 7, 2], [1, 5, 2], [1, 8, 2]]

    Source: reading one caption to write another of its image is paraphrasing (Prakash et al.
    2016, arXiv 1610.03098); words missing from what is read, Shen et al. 2020 (arXiv
    1905.12777).
    """

    def __init__(
        self,
        groups: Sequence[Hashable],
        seed: int,
        own_share: float = 0.0,
        word_noise: float = 0.0,
    ) -> None:
        self.seed, self.own_share, self.word_noise = seed, own_share, word_noise
        members: dict[Hashable, list[int]] = defaultdict(list)
        for place, group in enumerate(groups):
            members[group].append(place)
        ordered = [place for places in members.values() for place in places]
        self._members = np.array(ordered, np.int64)
        sizes = np.array([len(places) for places in members.values()], np.int64)
        by_member = np.repeat(sizes, sizes), np.repeat(np.cumsum(sizes) - sizes, sizes)
        self._size, self._start = (np.empty_like(self._members) for _ in range(2))
        self._size[self._members], self._start[self._members] = by_member
        self._rank = np.empty_like(self._members)  # of each caption within its group
        self._rank[self._members] = np.arange(len(ordered)) - by_member[1]

    def partners(self, epoch: int) -> Ints:
        """The place of the caption that is read to write each caption, `[N]`.

        Example:
            >>> Pairing(["a", "b", "b"], seed=0).partners(epoch=0).tolist()
            [0, 2, 1]
        """
        rng = self._rng(epoch)
        others = np.maximum(self._size - 1, 1)
        step = 1 + (rng.random(len(others)) * others).astype(np.int64)
        is_own = (self._size == 1) | (rng.random(len(others)) < self.own_share)
        rank = np.where(is_own, self._rank, (self._rank + step) % self._size)
        return self._members[self._start + rank]

    def rows_read(self, rows: Sequence[Sequence[int]], epoch: int) -> list[Sequence[int]]:
        """The token ids that are read to write each row, `<bos> words <eos>`."""
        read = [rows[place] for place in self.partners(epoch).tolist()]
        if not self.word_noise:
            return read
        missing = self._rng(epoch, 1).random((len(read), max(map(len, read)))) < self.word_noise
        return [_without(row, absent) for row, absent in zip(read, missing, strict=True)]

    def _rng(self, epoch: int, *more: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, epoch, PAIRING_STREAM, *more])


def _without(row: Sequence[int], missing: Bools) -> Sequence[int]:
    """The row without the words at these places; the last one stays if all are to go."""
    first, *words, last = row
    absent = missing[: len(words)].tolist()
    kept = [word for word, is_absent in zip(words, absent, strict=True) if not is_absent]
    return [first, *(kept or words[-1:]), last]
