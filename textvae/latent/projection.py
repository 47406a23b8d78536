"""Planes through the space of codes, and the topics that give the points on them a colour."""

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
FEWEST, LARGEST = 20, 0.15  # captions, and share of captions, that a topic's word may be in
SHARED = 0.15  # of a word's captions that may have another topic's word too
SMOOTHING = 20.0  # words of the whole set, mixed into the company of each word


class Plane(NamedTuple):
    """Codes seen along two directions.

    Attributes:
        points: where each code is, `[N, 2]`.
        shares: of the variance of the codes, what lies along each direction, `[2]`.
    """

    points: Floats
    shares: Floats


def principal_plane(codes: Array) -> Plane:
    """The plane in which `codes` `[N, D]` vary most; D is at least 2.

    Source: Pearson 1901.
    """
    centred = codes.astype(np.float64) - codes.mean(axis=0, dtype=np.float64)
    variances, directions = np.linalg.eigh(_covariance(centred))
    first_two = _turned(directions[:, :-3:-1])
    return Plane(centred @ first_two, variances[:-3:-1] / variances.sum())


def topic_plane(codes: Array, topics: Ints, is_fitted: Array) -> Plane:
    """The plane that sets the topics of the fitted codes furthest apart, seen from within one.

    Between-topic over within-topic variance is largest along its two directions. It should be
    judged by the codes it was not fitted to: many directions part a few codes by chance.

    Args:
        codes: `[N, D]`.
        topics: the topic of each code, below 0 for none; at least 3 different ones.
        is_fitted: which codes the plane is fitted to, `[N]` bool; the others are only seen.

    Source: Fisher 1936; Rao 1948.
    """
    codes = codes.astype(np.float64)
    chosen = is_fitted & (topics >= 0)
    found, places = np.unique(topics[chosen], return_inverse=True)
    means = np.array([codes[chosen & (topics == topic)].mean(axis=0) for topic in found])
    within = _covariance(codes[chosen] - means[places])
    # With few captions for many units the covariance is shrunk halfway to a multiple of one.
    within = 0.5 * (within + np.eye(len(within)) * within.trace() / len(within))
    whiten = np.linalg.inv(np.linalg.cholesky(within))
    _, directions = np.linalg.eigh(_covariance((means - means.mean(axis=0)) @ whiten.T))
    first_two = _turned(whiten.T @ directions[:, :-3:-1])
    first_two /= np.linalg.norm(first_two, axis=0)
    centred = codes - codes.mean(axis=0)
    variance = (centred @ first_two).var(axis=0) / centred.var(axis=0).sum()
    return Plane(centred @ first_two, variance)


def telling_words(captions: Sequence[str], count: int = 6) -> list[str]:
    """Words that say what a caption is about: those that keep the most unusual company.

    A word scores the KL divergence of the words beside it from all words, by the cube root of
    how many captions it is in; `the` stands beside everything, `tennis` beside a few words.
    """
    bags = [frozenset(text.split()) for text in captions]
    totals = Counter(word for bag in bags for word in bag)
    most = LARGEST * len(bags)
    known = [word for word in sorted(totals) if FEWEST <= totals[word] <= most]
    company = {word: Counter[str]() for word in known}
    for bag in bags:
        for word in bag & company.keys():
            company[word].update(bag)
    scores = {word: _strangeness(word, company[word], totals) for word in known}
    chosen: list[str] = []
    for word in sorted(known, key=lambda word: (-scores[word], word)):
        fewer = {other: min(totals[word], totals[other]) for other in chosen}
        if all(company[word][other] <= SHARED * fewer[other] for other in chosen):
            chosen.append(word)
        if len(chosen) == count:
            break
    return chosen


def _strangeness(word: str, company: Counter[str], totals: Counter[str]) -> float:
    """cbrt(captions) KL(company of `word` || all words), without the word itself."""
    everything = totals.total() - totals[word]
    size = company.total() - company[word] + SMOOTHING
    terms = []
    for other, times in company.items():
        if other != word:
            base = totals[other] / everything
            share = (times + SMOOTHING * base) / size
            terms.append(share * math.log(share / base))
    absent = 1.0 - math.fsum(totals[w] for w in company if w != word) / everything
    share_absent = SMOOTHING / size  # of each word never beside it, relative to its base
    terms.append(absent * share_absent * math.log(share_absent))
    return math.cbrt(company[word]) * math.fsum(terms)


def topics_of(captions: Sequence[str], words: Sequence[str]) -> Ints:
    """The place in `words` of the one that each caption has; -1 for none or several: `[N]`."""
    places = {word: place for place, word in enumerate(words)}
    found = [[places[w] for w in set(text.split()) if w in places] for text in captions]
    return np.array([each[0] if len(each) == 1 else -1 for each in found], np.int64)


def halves(captions: Sequence[str]) -> Array:
    """Whether each caption is in the first half by a hash of its text: `[N]` bool."""
    return np.array([zlib.crc32(text.encode()) % 2 == 0 for text in captions], bool)


def nearest_topic_share(points: Array, topics: Ints, is_fitted: Array) -> float:
    """Of the codes with a topic that no plane was fitted to, the share nearest to its centre.

    The centres are those of the fitted codes; a topic without any is nobody's nearest.
    """
    found = np.unique(topics[is_fitted & (topics >= 0)])
    centres = np.array([points[is_fitted & (topics == topic)].mean(axis=0) for topic in found])
    seen = ~is_fitted & (topics >= 0)
    distances = np.linalg.norm(points[seen][:, None] - centres, axis=2)
    return float((found[distances.argmin(axis=1)] == topics[seen]).mean())


def _covariance(centred: Floats) -> Floats:
    covariance: Floats = centred.T @ centred / len(centred)
    return covariance


def _turned(directions: Floats) -> Floats:
    """Each column with the sign that makes its largest entry positive."""
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    turned: Floats = directions * signs
    return turned
