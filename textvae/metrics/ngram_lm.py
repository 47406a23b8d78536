"""n-grams of captions: counting them, and a language model made of them.

Captions are strings of words with spaces between. Words become numbers and every step runs over
all captions at once, which makes 10,000 captions a matter of a second.
"""

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from textvae.errors import BadInput

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
ORDER = 4  # of the language model: Zhao et al. 2018 score text with 4- and 5-grams
START, END, UNKNOWN = range(3)  # the numbers of what is no word


class Grams(NamedTuple):
    """The n-grams of one length, once for each caption they are in; all `[M]`.

    Attributes:
        captions: which caption, by its place.
        ids: which n-gram; equal n-grams have equal numbers, from 0 on without gaps.
        counts: how many times this caption has this n-gram.
    """

    captions: Ints
    ids: Ints
    counts: Ints


def counted_grams(captions: Sequence[str], longest: int) -> Iterator[Grams]:
    """The 1-grams of `captions`, then the 2-grams, up to `longest`; none spans two captions."""
    rows = [caption.split() for caption in captions]
    words = _numbers(itertools.chain.from_iterable(rows), {})
    owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    base = int(words.max(initial=0)) + 1
    ids = words
    for length in range(1, longest + 1):
        if length > 1:  # the n-gram one shorter, and one word more
            ids = _compact(ids[:-1] * base + words[length - 1 :])
        whole = owners[: len(ids)] == owners[length - 1 :]
        inside = _compact(ids[whole])
        size = int(inside.max(initial=0)) + 1
        keys, counts = np.unique(owners[: len(ids)][whole] * size + inside, return_counts=True)
        yield Grams(keys // size, keys % size, counts)


def distinct_share(captions: Sequence[str], length: int) -> float:
    """Distinct n-grams over all n-grams, 0..1; 0 where no caption has that many words.

    Source: Li et al. 2016, section 5 (arXiv 1510.03055).
    """
    *_, grams = counted_grams(captions, length)
    return float(len(np.unique(grams.ids)) / max(grams.counts.sum(), 1))


class WittenBell:
    """An n-gram language model with Witten-Bell smoothing, of words and the end of a caption.

        p_k(w | h) = (c(h w) + t(h) p_{k-1}(w | h')) / (c(h) + t(h))

    with h the k - 1 words before, h' one word less of it, c counts and t(h) the number of
    different words seen after h. p_0 is uniform over the vocabulary, the end and the unknown
    word; a history never seen leaves it at the longest one that was.

    Args:
        captions: to learn from, at least one.
        vocabulary: the words it knows, all others are one unknown word; None means the words
            of `captions`. Perplexities compare only between models of one vocabulary.
        order: words of the longest n-gram, at least 1.

    Raises:
        BadInput: no captions.

    Source: Witten & Bell 1991; Chen & Goodman 1998, section 2.4.
    """

    def __init__(
        self,
        captions: Sequence[str],
        vocabulary: Collection[str] | None = None,
        order: int = ORDER,
    ) -> None:
        if not captions:
            raise BadInput("a language model needs captions to learn from, got none")
        words = {w for text in captions for w in text.split()} if vocabulary is None else None
        self.vocabulary = frozenset(vocabulary or words or ())
        self.order = order
        self.word_ids = {word: i for i, word in enumerate(sorted(self.vocabulary), UNKNOWN + 1)}
        self.base = len(self.word_ids) + UNKNOWN + 1
        self.levels: list[_Level] = []
        windows = self._windows(captions)
        histories = np.zeros(len(windows), np.int64)
        for length in range(1, order + 1):
            histories = self._longer(histories, windows, length)
            self.levels.append(_Level.counted(histories, windows[:, -1], self.base))
            histories = _places(self.levels[-1].histories, histories)

    def log_prob(self, captions: Sequence[str]) -> Floats:
        """Nats of every word and every end of `captions`, in order: `[tokens]`."""
        windows = self._windows(captions)
        histories = np.zeros(len(windows), np.int64)
        prob = np.full(len(windows), 1.0 / (len(self.vocabulary) + 2))
        for length, level in enumerate(self.levels, 1):
            histories = _places(level.histories, self._longer(histories, windows, length))
            seen = histories >= 0  # never again where a shorter history was not
            prob[seen] = level.smoothed(histories[seen], windows[seen, -1], prob[seen])
        log_prob: Floats = np.log(prob)
        return log_prob

    def perplexity(self, captions: Sequence[str]) -> float:
        """exp of the mean nats a token; tokens are words and the end of each caption."""
        return math.exp(-float(self.log_prob(captions).mean()))

    def _longer(self, histories: Ints, windows: Ints, length: int) -> Ints:
        """Keys of the `length - 1` words before, from places of one word less."""
        return histories if length == 1 else histories * self.base + windows[:, -length]

    def _windows(self, captions: Sequence[str]) -> Ints:
        """The `order` tokens up to each token that is predicted: `[tokens, order]`."""
        rows = [caption.split() for caption in captions]
        starts, ends = [""] * (self.order - 1), [" "]  # no word is empty or a space
        marked = itertools.chain.from_iterable((*starts, *row, *ends) for row in rows)
        known = {"": START, " ": END, **self.word_ids}
        stream = np.fromiter((known.get(word, UNKNOWN) for word in marked), np.int64)
        windows = np.lib.stride_tricks.sliding_window_view(stream, self.order)
        predicted: Ints = windows[windows[:, -1] != START]
        return predicted


class _Level(NamedTuple):
    """The n-grams of one length k in a Witten-Bell model.

    Attributes:
        histories: sorted keys of the k - 1 words before; a history's number is its place.
        grams: sorted keys of history and word.
        counts: of each of `grams`.
        totals: tokens after each history, c(h).
        kinds: different words after each history, t(h).
        base: numbers of words are below it.
    """

    histories: Ints
    grams: Ints
    counts: Ints
    totals: Ints
    kinds: Ints
    base: int

    @classmethod
    def counted(cls, histories: Ints, words: Ints, base: int) -> "_Level":
        keys, places = np.unique(histories, return_inverse=True)
        grams, counts = np.unique(places * base + words, return_counts=True)
        return cls(keys, grams, counts, np.bincount(places), np.bincount(grams // base), base)

    def smoothed(self, histories: Ints, words: Ints, shorter: Floats) -> Floats:
        """p_k of `words` after seen `histories`, from p_{k-1}."""
        places = _places(self.grams, histories * self.base + words)
        counts = np.where(places >= 0, self.counts[places], 0)
        totals, kinds = self.totals[histories], self.kinds[histories]
        prob: Floats = (counts + kinds * shorter) / (totals + kinds)
        return prob


def _numbers(words: Iterable[str], known: dict[str, int]) -> Ints:
    """A number for each word, the same for equal words; new ones join `known`."""
    return np.fromiter((known.setdefault(word, len(known)) for word in words), np.int64)


def _compact(keys: Ints) -> Ints:
    """The keys renumbered from 0 without gaps, so that products of them stay below 2^63."""
    return np.unique(keys, return_inverse=True)[1]


def _places(ordered: Ints, keys: Ints) -> Ints:
    """Where each key is in `ordered`, -1 where it is not."""
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.where(ordered[places] == keys, places, -1)
