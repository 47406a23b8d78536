"""What latent units stand for: the words that go with their low and their high values."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from textvae.latent.scene_kinds import FUNCTION_WORDS
from textvae.types import Array
from textvae.words import split_words

MIN_SHARE, MAX_SHARE = 0.01, 0.6  # of the captions that a word may be in to describe a unit
NUM_WORDS = 2  # for each end of a unit


class Unit(NamedTuple):
    """A latent unit.

    Attributes:
        number: its place in a code.
        mean: of its values.
        std: of its values.
        low: the words that go most with low values, at most two.
        high: the words that go most with high values, at most two.

    Example:
        >>> codes = np.array([[3.0], [3.0], [-3.0], [-3.0]])
        >>> [unit] = describe_units(["red bus", "old bus", "red cat", "old cat"], codes)
        >>> unit.number, unit.mean, unit.std, unit.low, unit.high
        (0, 0.0, 3.0, ('cat',), ('bus',))
    """

    number: int
    mean: float
    std: float
    low: tuple[str, ...]
    high: tuple[str, ...]


def describe_units(captions: Sequence[str], codes: Array) -> tuple[Unit, ...]:
    """The units of codes `[N, D]`, from the one in which the captions differ most.

    A word goes with high values of a unit where having the word correlates with the value.

    Example:
        >>> captions = ["red bus", "old bus", "red cat", "old cat"]
        >>> codes = np.array([[3.0, 1.0], [3.0, -1.0], [-3.0, 1.0], [-3.0, -1.0]])
        >>> for unit in describe_units(captions, codes):
        ...     print(unit.number, unit.std, unit.low, unit.high)
        0 3.0 ('cat',) ('bus',)
        1 1.0 ('old',) ('red',)
    """
    words, presence = _standardised_presence(captions)
    mean, std = codes.mean(axis=0), codes.std(axis=0)
    standardised = (codes - mean) / np.maximum(std, 1e-6)
    correlations = standardised.T @ presence / len(presence)  # [D, words]
    order = np.argsort(-std, kind="stable").tolist()
    return tuple(
        Unit(i, float(mean[i]), float(std[i]), *_ends(words, correlations[i])) for i in order
    )


def _standardised_presence(captions: Sequence[str]) -> tuple[list[str], Array]:
    """The words that may describe a unit, and which captions have them, `[N, words]`."""
    bags = [set(split_words(caption)) for caption in captions]
    counts = Counter(word for bag in bags for word in bag)
    words = sorted(
        word
        for word, count in counts.items()
        if MIN_SHARE <= count / len(bags) <= MAX_SHARE and word not in FUNCTION_WORDS
    )
    presence = np.array([[word in bag for word in words] for bag in bags], np.float32)
    return words, (presence - presence.mean(axis=0)) / np.maximum(presence.std(axis=0), 1e-6)


def _ends(words: Sequence[str], correlations: Array) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words with the most negative and with the most positive correlations."""
    order = np.argsort(correlations, kind="stable")
    low = tuple(words[i] for i in order[:NUM_WORDS] if correlations[i] < 0)
    high = tuple(words[i] for i in order[::-1][:NUM_WORDS] if correlations[i] > 0)
    return low, high
