"""Pairing each caption with an input caption of the same meaning in other words."""

from collections.abc import Hashable, Sequence
from itertools import count

import numpy as np

from textvae.data.ragged import Ragged
from textvae.types import Ints

PAIRING_STREAM = 2  # separates its random numbers from those of shuffling


class Pairing:
    """For each caption of an epoch, the input caption from which it is reconstructed.

    It is another caption of the same group, drawn anew each epoch, so that the code can only
    hold what both have in common. A caption that is alone in its group is its own input, and so
    is a share of the others. Some words of the input are dropped, so that no code depends on a
    single word.

    Args:
        groups: the group of each caption; names or numbers.
        seed: of the draws, which are a function of (seed, epoch).
        own_share: share of captions that are their own input although their group has others.
        word_noise: share of words that are dropped from the input.
        window: the number of this part of the captions, if they are not all in memory.

    Example:
        >>> pairing = Pairing(["image 1", "image 1", "image 2"], seed=0, word_noise=0.5)
        >>> rows = Ragged.of([[1, 5, 2], [1, 6, 7, 2], [1, 8, 9, 2]])
        >>> pairing.read(rows, epoch=0).tolist()
        [[1, 6, 2], [1, 5, 2], [1, 8, 2]]

    Source: reading one caption to write another of its image is paraphrasing (Prakash et al.
    2016, arXiv 1610.03098); words missing from what is read, Shen et al. 2020 (arXiv
    1905.12777).
    """

    def __init__(
        self,
        groups: Sequence[Hashable] | Ints,
        seed: int,
        own_share: float = 0.0,
        word_noise: float = 0.0,
        window: int = 0,
    ) -> None:
        self.seed, self.own_share, self.word_noise = seed, own_share, word_noise
        self.groups, self.window = numbered(groups), window
        # Stable, so that the captions of a group keep their order.
        self._members: Ints = np.argsort(self.groups, kind="stable")
        sizes = np.bincount(self.groups)
        by_member = np.repeat(sizes, sizes), np.repeat(np.cumsum(sizes) - sizes, sizes)
        self._size, self._start = (np.empty_like(self._members) for _ in range(2))
        self._size[self._members], self._start[self._members] = by_member
        self._rank = np.empty_like(self._members)  # of each caption within its group
        self._rank[self._members] = np.arange(len(self._members)) - by_member[1]

    def within(self, groups: Ints, window: int) -> "Pairing":
        """The same pairing for part of the captions, with these groups."""
        return Pairing(groups, self.seed, self.own_share, self.word_noise, window)

    def partners(self, epoch: int) -> Ints:
        """The index of the input caption for each caption, `[N]`.

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

    def read(self, rows: Ragged, epoch: int) -> Ragged:
        """The token ids of the input for each row, `<bos> words <eos>`."""
        read = rows.take(self.partners(epoch))
        if not self.word_noise:
            return read
        drawn = self._rng(epoch, 1).random(len(read.ids), np.float32)
        return read.without(drawn < self.word_noise)

    def _rng(self, epoch: int, what: int = 0) -> np.random.Generator:
        window = (self.window,) if self.window else ()
        return np.random.default_rng([self.seed, epoch, PAIRING_STREAM, what, *window])


def numbered(groups: Sequence[Hashable] | Ints) -> Ints:
    """The number of each caption's group, `[N]`.

    Example:
        >>> numbered(["b", "a", "b"]).tolist()
        [0, 1, 0]
    """
    if isinstance(groups, np.ndarray):
        return np.unique(groups, return_inverse=True)[1]
    numbers = dict(zip(dict.fromkeys(groups), count(), strict=False))
    return np.fromiter((numbers[group] for group in groups), np.int64, len(groups))
