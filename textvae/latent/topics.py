"""Topics of captions by distinctive words, and how well a plane of codes separates them."""

import math
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from textvae.latent.scene_kinds import FUNCTION_WORDS
from textvae.types import Array, Ints
from textvae.words import split_words

MIN_CAPTIONS, MAX_SHARE = 20, 0.15  # of captions with a topic's word
MAX_OVERLAP = 0.15  # of a word's captions, the maximum share with another topic's word
SMOOTHING = 20.0  # pseudocount: words of all captions, added to the co-occurring ones


def distinctive_words(captions: Sequence[str], count: int = 6) -> list[str]:
    """Up to `count` words that identify the topic of a caption, the most distinctive first.

    The score of a word is the KL divergence of its co-occurring words from all words, times the
    cube root of the number of its captions: `the` occurs with all words, `tennis` with few. No
    two of the words found share many captions.

    Example:
        >>> tennis = [f"a tennis court with {n} balls" for n in range(30)]
        >>> photos = [f"a photo of {n} things" for n in range(170)]
        >>> distinctive_words(tennis + photos, 1)
        ['balls']
    """
    bags = [frozenset(split_words(text)) for text in captions]
    totals = Counter(word for bag in bags for word in bag)
    most = MAX_SHARE * len(bags)
    eligible = [
        word
        for word in sorted(totals.keys() - FUNCTION_WORDS)
        if MIN_CAPTIONS <= totals[word] <= most
    ]
    beside = {word: Counter[str]() for word in eligible}
    for bag in bags:
        for word in bag & beside.keys():
            beside[word].update(bag)
    scores = {word: _distinctiveness(word, beside[word], totals) for word in eligible}
    chosen: list[str] = []
    for word in sorted(eligible, key=lambda word: (-scores[word], word)):
        fewer = {other: min(totals[word], totals[other]) for other in chosen}
        if all(beside[word][other] <= MAX_OVERLAP * fewer[other] for other in chosen):
            chosen.append(word)
        if len(chosen) == count:
            break
    return chosen


def _distinctiveness(word: str, beside: Counter[str], totals: Counter[str]) -> float:
    """cbrt(captions) KL(words that occur with `word` || all words), without the word itself."""
    everything = totals.total() - totals[word]
    size = beside.total() - beside[word] + SMOOTHING
    terms = []
    for other, times in beside.items():
        if other != word:
            base = totals[other] / everything
            share = (times + SMOOTHING * base) / size
            terms.append(share * math.log(share / base))
    absent = 1.0 - math.fsum(totals[w] for w in beside if w != word) / everything
    share_absent = SMOOTHING / size  # of each word that never co-occurs, over its base
    terms.append(absent * share_absent * math.log(share_absent))
    return math.cbrt(beside[word]) * math.fsum(terms)


def topics_of(captions: Sequence[str], words: Sequence[str]) -> Ints:
    """The index in `words` of the only one in a caption; -1 for none or several: `[N]`.

    Example:
        >>> topics_of(["a dog", "a cat and a dog", "a cat", "a bus"], ["cat", "dog"]).tolist()
        [1, -1, 0, -1]
    """
    places = {word: place for place, word in enumerate(words)}
    found = [[places[w] for w in set(split_words(text)) if w in places] for text in captions]
    return np.array([each[0] if len(each) == 1 else -1 for each in found], np.int64)


def in_first_half(captions: Sequence[str]) -> Array:
    """Whether a hash of its text puts each caption into the first of two halves: `[N]` bool.

    Example:
        >>> in_first_half(["a dog", "a cat", "a dog"]).tolist()
        [False, True, False]
    """
    return np.array([zlib.crc32(text.encode()) % 2 == 0 for text in captions], bool)


def nearest_topic_share(points: Array, topics: Ints, is_fitted: Array) -> float:
    """The share of held-out codes with a topic that are nearest to their own topic's centre.

    Args:
        points: the codes on a plane, `[N, 2]`.
        topics: the topic of each, `[N]`, below 0 for none.
        is_fitted: which codes the plane was fitted to, `[N]` bool; the others are held out. The
            centres are means of fitted codes; a topic without these has no centre.

    Example:
        >>> points = np.array([[0.0, 0.0], [9.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
        >>> is_fitted = np.array([True, True, False, False])
        >>> nearest_topic_share(points, np.array([0, 1, 0, 1]), is_fitted)
        0.5
    """
    found = np.unique(topics[is_fitted & (topics >= 0)])
    centres = np.array([points[is_fitted & (topics == topic)].mean(axis=0) for topic in found])
    is_held_out = ~is_fitted & (topics >= 0)
    distances = np.linalg.norm(points[is_held_out][:, None] - centres, axis=2)
    return float((found[distances.argmin(axis=1)] == topics[is_held_out]).mean())
