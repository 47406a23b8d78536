"""Statistics of words in two sets of captions: lengths, frequencies, overlap."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from textvae.errors import BadInput
from textvae.words import split_words


class WordUse(NamedTuple):
    """The frequency of a word in two sets of captions.

    Attributes:
        word: the word.
        rate: occurrences per thousand words of the first set.
        other_rate: occurrences per thousand words of the second.
        log_likelihood_ratio: G^2 against the hypothesis of equal use, negative if the first set
            uses the word less; by chance it rarely exceeds 10.

    Example:
        >>> use = word_use(["a dog", "a dog"], ["a cat", "a dog"])[0]
        >>> use.word, use.rate, use.other_rate, round(use.log_likelihood_ratio, 2)
        ('dog', 500.0, 250.0, 0.54)
    """

    word: str
    rate: float
    other_rate: float
    log_likelihood_ratio: float


def length_shares(captions: Sequence[str]) -> dict[int, float]:
    """The share of captions with each number of words, from the fewest words to the most.

    Example:
        >>> length_shares(["a dog", "a cat", "a big dog", "a cow"])
        {2: 0.75, 3: 0.25}
    """
    counts = Counter(len(split_words(text)) for text in captions)
    return {length: counts[length] / len(captions) for length in sorted(counts)}


def word_counts(captions: Sequence[str]) -> Counter[str]:
    """The number of occurrences of each word.

    Example:
        >>> word_counts(["a dog", "a cat"])
        Counter({'a': 2, 'dog': 1, 'cat': 1})
    """
    return Counter(itertools.chain.from_iterable(split_words(text) for text in captions))


def word_use(captions: Sequence[str], others: Sequence[str]) -> list[WordUse]:
    """The words of both sets, from the one most overused in `captions` to the most underused.

    Raises:
        BadInput: one of the sets has no words.

    Example:
        >>> [use.word for use in word_use(["a dog", "a dog"], ["a cat", "a cat"])]
        ['dog', 'a', 'cat']

    Source: Dunning 1993, section 4 (Computational Linguistics 19).
    """
    ours, theirs = word_counts(captions), word_counts(others)
    total, other_total = ours.total(), theirs.total()
    if not total or not other_total:
        raise BadInput(
            f"comparing the use of words needs words in both sets of captions, got {total} and"
            f" {other_total}"
        )
    found = []
    for word in sorted(ours.keys() | theirs.keys()):
        count, other = ours[word], theirs[word]
        ratio = _log_likelihood_ratio(count, total, other, other_total)
        rate, other_rate = 1000.0 * count / total, 1000.0 * other / other_total
        found.append(WordUse(word, rate, other_rate, ratio if rate >= other_rate else -ratio))
    return sorted(found, key=lambda use: (-use.log_likelihood_ratio, use.word))


def _log_likelihood_ratio(count: int, total: int, other: int, other_total: int) -> float:
    """G^2 of a two-by-two table: this word and all other words, in each of two sets."""
    share = (count + other) / (total + other_total)
    cells = (
        (count, share * total),
        (total - count, (1.0 - share) * total),
        (other, share * other_total),
        (other_total - other, (1.0 - share) * other_total),
    )
    return 2.0 * sum(n * math.log(n / expected) for n, expected in cells if n)


class OverlapSearch:
    """Finds the caption, among many, that has the most words in common with a given one.

    The overlap of two captions is the Jaccard index of their words: the number of distinct
    words that both have, divided by the number that either has. Among captions with equal
    overlap, the first in alphabetical order is found.

    Args:
        captions: to search, at least one.

    Example:
        >>> OverlapSearch(["a dog runs", "a cat sits", "two buses"]).find("a dog sits")
        ('a cat sits', 0.5)
    """

    def __init__(self, captions: Sequence[str]) -> None:
        self.captions = sorted(set(captions))
        bags = [sorted(set(split_words(text))) for text in self.captions]
        self.sizes = np.array([len(bag) for bag in bags], np.int64)
        ids: dict[str, int] = {}
        flat = np.array(
            [ids.setdefault(word, len(ids)) for bag in bags for word in bag], np.int64
        )
        owners = np.repeat(np.arange(len(bags)), self.sizes)
        order = np.argsort(flat, kind="stable")
        bounds = np.searchsorted(flat[order], np.arange(len(ids) + 1))
        self.owners, self.bounds, self.ids = owners[order], bounds, ids

    def find(self, caption: str) -> tuple[str, float]:
        """The caption with the largest overlap, and the overlap, 0..1."""
        bag = set(split_words(caption))
        known = [self.ids[word] for word in bag if word in self.ids]
        places = [self.owners[self.bounds[i] : self.bounds[i + 1]] for i in known]
        together = np.concatenate([*places, np.empty(0, np.int64)])
        shared = np.bincount(together, minlength=len(self.captions))
        overlap = shared / np.maximum(self.sizes + len(bag) - shared, 1)
        best = int(overlap.argmax())
        return self.captions[best], float(overlap[best])
