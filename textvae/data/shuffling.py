"""The order of captions in an epoch, one window at a time, for any number of captions."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from textvae.data.ragged import Ragged, concatenated_ranges
from textvae.data.token_rows import TokenRows
from textvae.types import Bools, Ints

WINDOW = 2**19  # captions held and shuffled at once; COCO has fewer
LONGEST_FRAGMENT = 6  # words; human captions are rarely shorter
FRAGMENT_STREAM = 1  # separates its random numbers from those of shuffling
WINDOW_STREAM = 3


class Window:
    """Captions that are shuffled together in an epoch.

    Args:
        stored: all captions.
        blocks: those of the window.
        number: of the window within its epoch, from 0 on.
        seeds: (seed, epoch); None sorts captions by length.
        fragments: share of captions that are cut to a fragment.

    Example:
        >>> from textvae.data.token_rows import HeldRows
        >>> rows = HeldRows([[1, 5, 6, 2], [1, 2], [1, 7, 2]])
        >>> window = Window(rows, np.array([0]), number=0, seeds=None, fragments=0.0)
        >>> window.order().tolist(), window.lengths().tolist()
        ([1, 2, 0], [4, 2, 3])
    """

    def __init__(
        self,
        stored: TokenRows,
        blocks: Ints,
        number: int,
        seeds: tuple[int, int] | None,
        fragments: float,
    ) -> None:
        self.stored, self.blocks, self.number = stored, blocks.tolist(), number
        self.seeds, self.fragments = seeds, fragments
        self.num_rows = int(stored.sizes[blocks].sum())

    def places(self) -> Ints:
        """The indices of the window's captions among all captions, `[N]`."""
        sizes = self.stored.sizes
        return concatenated_ranges((np.cumsum(sizes) - sizes)[self.blocks], sizes[self.blocks])

    def order(self) -> Ints:
        """The order of the captions in the window, `[N]`."""
        if self.seeds is None:
            return np.argsort(self.stored.lengths(self.blocks), kind="stable")
        stream = (WINDOW_STREAM, self.number) if self.number else ()
        return np.random.default_rng([*self.seeds, *stream]).permutation(self.num_rows)

    def lengths(self) -> Ints:
        """The tokens of each caption, `[N]`, some of them cut to a fragment."""
        lengths = self.stored.lengths(self.blocks)
        is_cut, _, sizes = self._cuts(lengths)
        lengths[is_cut] = sizes + 2
        return lengths

    def rows(self) -> Ragged:
        """The captions, some of them cut to a fragment."""
        rows = self.stored.read(self.blocks)
        cuts = self._cuts(rows.lengths)
        return rows.cut(*cuts) if cuts[0].any() else rows

    def _cuts(self, lengths: Ints) -> tuple[Bools, Ints, Ints]:
        """Which captions are cut, `[N]`, the first word kept of each, and how many."""
        if self.seeds is None or not self.fragments:
            return np.zeros(self.num_rows, bool), *np.zeros((2, 0), np.int64)
        window = (self.number,) if self.number else ()
        rng = np.random.default_rng([*self.seeds, FRAGMENT_STREAM, *window])
        is_cut = (rng.random(self.num_rows) < self.fragments) & (lengths > 2)
        starts, sizes = [], []
        # One by one, as former versions drew them, so that their runs can be resumed.
        for words in (lengths[is_cut] - 2).tolist():
            sizes.append(int(rng.integers(1, min(LONGEST_FRAGMENT, words) + 1)))
            starts.append(int(rng.integers(words - sizes[-1] + 1)))
        return is_cut, np.array(starts, np.int64), np.array(sizes, np.int64)


class DrawnRows:
    """The rows of an epoch in order, of which at most two windows are in memory.

    Args:
        drawn: the windows of the epoch.
        prepare: returns the rows of a window, and the places of the rows to use, `[N, K]`: K
            consecutive rows for each of N captions.

    Example:
        >>> from textvae.data.token_rows import HeldRows
        >>> found = windows(HeldRows([[1, 5, 6, 2], [1, 2], [1, 7, 2]]), None, 0, fragments=0.0)
        >>> drawn = DrawnRows(found, lambda window: (window.order()[:, None], window.rows()))
        >>> drawn.between(1, 3).tolist()
        [[1, 7, 2], [1, 5, 6, 2]]
    """

    def __init__(
        self, drawn: Iterable[Window], prepare: Callable[[Window], tuple[Ints, Ragged]]
    ) -> None:
        self._windows, self._prepare = list(drawn), prepare
        sizes = [window.num_rows for window in self._windows]
        self._firsts = np.cumsum([0, *sizes]).tolist()
        self._in_memory: dict[int, tuple[Ints, Ragged]] = {}

    def between(self, start: int, stop: int) -> Ragged:
        """The rows of the captions between two places in the epoch."""
        found, used = [], {}
        for window, first in zip(self._windows, self._firsts, strict=False):
            places = slice(max(start - first, 0), max(stop - first, 0))
            if places.start < min(places.stop, window.num_rows):
                order, rows = self._in_memory.get(window.number) or self._prepare(window)
                used = {window.number: (order, rows)}  # earlier ones are not used again
                found.append(rows.take(order[places].ravel()))
        self._in_memory = used
        return Ragged.joined(found)


def windows(
    stored: TokenRows, seed: int | None, epoch: int, fragments: float
) -> Iterator[Window]:
    """The windows of an epoch, a function of (seed, epoch).

    Up to `WINDOW` captions form one window, regardless of the blocks they are stored in.

    Example:
        >>> from textvae.data.token_rows import HeldRows
        >>> [window] = windows(HeldRows([[1, 5, 2], [1, 2]]), seed=0, epoch=0, fragments=0.0)
        >>> window.order().tolist(), window.rows().tolist()
        ([0, 1], [[1, 5, 2], [1, 2]])
    """
    blocks: Ints = np.arange(len(stored.sizes))
    seeds = None if seed is None else (seed, epoch)
    if seeds and len(stored) > WINDOW:
        blocks = np.random.default_rng([*seeds, WINDOW_STREAM]).permutation(blocks)
    window_of = (np.cumsum(stored.sizes[blocks]) - 1) // WINDOW
    starts = np.flatnonzero(np.diff(window_of, prepend=-1))
    for number, part in enumerate(np.split(blocks, starts[1:])):
        yield Window(stored, part, number, seeds, fragments)
