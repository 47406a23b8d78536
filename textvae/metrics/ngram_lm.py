"""An n-gram language model of captions.

Words are numbered, and each step is done for all captions at once: about a second for 10,000.
"""

import itertools
import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from textvae.errors import BadInput
from textvae.types import Floats, Ints
from textvae.words import split_words

ORDER = 4  # words in the longest n-gram; Zhao et al. 2018 score text with 4- and 5-grams
START, END, UNKNOWN = range(3)  # the numbers before those of words


class WittenBell:
    """An n-gram language model with Witten-Bell smoothing, of words and the end of captions.

        p_k(w | h) = (c(h w) + t(h) p_{k-1}(w | h')) / (c(h) + t(h))

    with h the k - 1 preceding words, h' the last k - 2 of them, c counts and t(h) the number of
    distinct words seen after h. p_0 is uniform over the vocabulary, the end and the unknown
    word. After a history never seen in training, p_k is p_{k-1}.

    Args:
        captions: to learn from, at least one.
        vocabulary: the known words; all others are one unknown word. None means the words of
            `captions`. Perplexities are comparable only with the same vocabulary.
        order: words in the longest n-gram, at least 1.

    Raises:
        BadInput: there are no captions.

    Example:
        >>> lm = WittenBell(["a dog runs", "a cat runs"])
        >>> lm.perplexity(["a dog runs"]) < lm.perplexity(["runs dog a"])
        True

    Source: Witten & Bell 1991; Chen & Goodman 1998, section 2.4.
    """

    def __init__(
        self,
        captions: Sequence[str],
        vocabulary: Collection[str] | None = None,
        order: int = ORDER,
    ) -> None:
        if not captions:
            raise BadInput("an n-gram language model needs captions to learn from, got none")
        words = (
            {w for text in captions for w in split_words(text)} if vocabulary is None else None
        )
        self.vocabulary = frozenset(vocabulary or words or ())
        self.order = order
        self.word_ids = {word: i for i, word in enumerate(sorted(self.vocabulary), UNKNOWN + 1)}
        self.base = len(self.word_ids) + UNKNOWN + 1
        self.levels: list[_Level] = []
        windows = self._windows(captions)
        histories = np.zeros(len(windows), np.int64)
        for length in range(1, order + 1):
            histories = self._longer(histories, windows, length)
            self.levels.append(_Level.from_tokens(histories, windows[:, -1], self.base))
            histories = _places(self.levels[-1].histories, histories)

    def log_prob(self, captions: Sequence[str]) -> Floats:
        """log p of every word and of the end of each caption, in order, in nats: `[tokens]`."""
        windows = self._windows(captions)
        histories = np.zeros(len(windows), np.int64)
        prob = np.full(len(windows), 1.0 / (len(self.vocabulary) + 2))
        for length, level in enumerate(self.levels, 1):
            histories = _places(level.histories, self._longer(histories, windows, length))
            is_seen = histories >= 0  # a history is unseen if a shorter one was
            prob[is_seen] = level.smooth(
                histories[is_seen], windows[is_seen, -1], prob[is_seen]
            )
        log_prob: Floats = np.log(prob)
        return log_prob

    def perplexity(self, captions: Sequence[str]) -> float:
        """exp of the mean nll per token, where tokens are words and the ends of captions."""
        return math.exp(-float(self.log_prob(captions).mean()))

    def _longer(self, histories: Ints, windows: Ints, length: int) -> Ints:
        """Keys of histories of `length - 1` words, from indices of those one word shorter."""
        return histories if length == 1 else histories * self.base + windows[:, -length]

    def _windows(self, captions: Sequence[str]) -> Ints:
        """The last `order` tokens, including the predicted one: `[tokens, order]`."""
        rows = [split_words(caption) for caption in captions]
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
        histories: sorted keys of the k - 1 words before; the number of a history is its index.
        grams: sorted keys of history and word.
        counts: of each of `grams`.
        totals: tokens after each history, c(h).
        kinds: distinct words after each history, t(h).
        base: larger than the number of any word.
    """

    histories: Ints
    grams: Ints
    counts: Ints
    totals: Ints
    kinds: Ints
    base: int

    @classmethod
    def from_tokens(cls, histories: Ints, words: Ints, base: int) -> "_Level":
        keys, places = np.unique(histories, return_inverse=True)
        grams, counts = np.unique(places * base + words, return_counts=True)
        return cls(keys, grams, counts, np.bincount(places), np.bincount(grams // base), base)

    def smooth(self, histories: Ints, words: Ints, shorter: Floats) -> Floats:
        """p_k of `words` after `histories` seen in training, from p_{k-1}."""
        places = _places(self.grams, histories * self.base + words)
        counts = np.where(places >= 0, self.counts[places], 0)
        totals, kinds = self.totals[histories], self.kinds[histories]
        prob: Floats = (counts + kinds * shorter) / (totals + kinds)
        return prob


def _places(ordered: Ints, keys: Ints) -> Ints:
    """The index of each key in `ordered`, -1 if missing."""
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.where(ordered[places] == keys, places, -1)
