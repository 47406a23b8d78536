"""Sentence BLEU against shared references, and self-BLEU: the Texygen protocol, in seconds.

The scores equal those of nltk's `sentence_bleu` with smoothing method 1. All captions share
their references, so the largest count of each n-gram in one reference is found once. For
self-BLEU, a caption that itself has the largest count is compared with the second largest.
"""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from textvae.errors import BadInput
from textvae.metrics.ngrams import NGrams, count_ngrams
from textvae.types import Floats, Ints
from textvae.words import split_words

MAX_ORDER = 5  # n of the longest n-grams
NO_MATCH = 0.1  # in place of a count of 0; method 1 of Chen & Cherry 2014, as in nltk


def bleu(captions: Sequence[str], references: Sequence[str]) -> Floats:
    """BLEU-1 to BLEU-5 of each caption against all references, 0..1: `[N, 5]`.

    The n-gram lengths have equal weights, and words are split at spaces. The benchmark reports
    the mean over captions.

    Raises:
        BadInput: there are no references.

    Example:
        >>> scores = bleu(["a dog sits"], ["a dog runs"])[0]
        >>> scores[:2].round(3).tolist()  # 2/3, and (2/3 1/2)^(1/2)
        [0.667, 0.577]

    Source: Papineni et al. 2002; Zhu et al. 2018 for the protocol (arXiv 1802.01886).
    """
    if not references:
        raise BadInput("BLEU needs at least 1 reference, got none")
    count = len(captions)
    matched = np.empty((count, MAX_ORDER))
    for column, grams in enumerate(count_ngrams([*captions, *references], MAX_ORDER)):
        own = grams.captions < count
        most = np.zeros(grams.ids.max(initial=0) + 1, np.int64)
        np.maximum.at(most, grams.ids[~own], grams.counts[~own])
        clipped = np.minimum(grams.counts[own], most[grams.ids[own]])
        matched[:, column] = np.bincount(grams.captions[own], clipped, count)
    lengths, choices = _lengths(captions), set(_lengths(references).tolist())
    nearest = {length: _nearest(length, choices) for length in set(lengths.tolist())}
    return _scores(matched, lengths, nearest)


def self_bleu(captions: Sequence[str]) -> Floats:
    """BLEU-1 to BLEU-5 of each caption against all others, 0..1: `[N, 5]`.

    Only the caption itself is left out, so one that occurs twice has a perfect match. Lower is
    more varied.

    Raises:
        BadInput: there are fewer than 2 captions.

    Example:
        >>> self_bleu(["a dog runs", "a dog runs", "two cats"])[:, 0].tolist()
        [1.0, 1.0, 0.0]

    Source: Zhu et al. 2018, section 3.2 (arXiv 1802.01886). Related: `bleu`.
    """
    if len(captions) < 2:
        raise BadInput(f"self-BLEU needs at least 2 captions, got {len(captions)}")
    matched = np.empty((len(captions), MAX_ORDER))
    for column, grams in enumerate(count_ngrams(captions, MAX_ORDER)):
        clipped = np.minimum(grams.counts, _max_in_others(grams))
        matched[:, column] = np.bincount(grams.captions, clipped, len(captions))
    lengths = _lengths(captions)
    times = Counter(lengths.tolist())
    nearest = {
        length: _nearest(length, times if times[length] > 1 else times.keys() - {length})
        for length in times
    }
    return _scores(matched, lengths, nearest)


def _max_in_others(grams: NGrams) -> Ints:
    """For each n-gram of a caption, its largest count in another caption: `[M]`."""
    order = np.lexsort((-grams.counts, grams.ids))
    ids, counts = grams.ids[order], grams.counts[order]
    is_most = np.append(True, ids[1:] != ids[:-1])[: len(ids)]
    has_second = np.append(~is_most[1:], False)[: len(ids)]
    second = np.where(has_second, np.append(counts[1:], 0)[: len(ids)], 0)
    most = counts[is_most][np.cumsum(is_most) - 1]
    others = np.empty_like(counts)
    others[order] = np.where(is_most, second, most)
    return others


def _scores(matched: Floats, lengths: Ints, nearest: dict[int, int]) -> Floats:
    """BLEU, given matched n-grams `[N, 5]`, lengths `[N]` and nearest reference lengths."""
    possible = np.maximum(lengths[:, None] - np.arange(MAX_ORDER), 1)
    precision = np.where(matched == 0, NO_MATCH, matched) / possible
    means = np.cumsum(np.log(precision), axis=1) / np.arange(1, MAX_ORDER + 1)
    references = np.array([nearest[length] for length in lengths.tolist()], np.float64)
    penalty = np.exp(np.minimum(1.0 - references / np.maximum(lengths, 1), 0.0))
    # As in nltk, a caption without a matching word scores 0 despite the smoothing.
    return np.where(matched[:, :1] == 0, 0.0, penalty[:, None] * np.exp(means))


def _nearest(length: int, choices: Collection[int]) -> int:
    """The reference length nearest to `length`; of two, the shorter."""
    return min(choices, key=lambda choice: (abs(choice - length), choice))


def _lengths(captions: Sequence[str]) -> Ints:
    return np.array([len(split_words(caption)) for caption in captions], np.int64)
