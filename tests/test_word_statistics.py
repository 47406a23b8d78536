import math

import pytest
from tiny import CAPTIONS, some_captions

from textvae.errors import BadInput
from textvae.metrics.word_statistics import (
    OverlapSearch,
    length_shares,
    word_counts,
    word_use,
)


def test_lengths_and_counts_by_hand():
    captions = ["a dog", "a big dog", "a cat", "the dog saw the dog"]
    assert length_shares(captions) == {2: 0.5, 3: 0.25, 5: 0.25}
    assert word_counts(captions) == {"a": 3, "dog": 4, "big": 1, "cat": 1, "the": 2, "saw": 1}


def log_likelihood(successes, trials, p):
    """Of a binomial, without the constant."""
    hits = successes * math.log(p) if successes else 0.0
    misses = (trials - successes) * math.log(1 - p) if trials > successes else 0.0
    return hits + misses


def test_the_ratio_is_twice_the_log_of_a_ratio_of_binomial_likelihoods():
    ours = ["a dog runs", "a dog sits", "a dog runs home"]
    theirs = ["a cat runs", "the cat sits", "a red cat", "a dog sits"]
    used = {use.word: use for use in word_use(ours, theirs)}
    a, b = word_counts(ours), word_counts(theirs)
    n, m = a.total(), b.total()
    for word in a | b:
        k, j = a[word], b[word]
        apart = log_likelihood(k, n, k / n) + log_likelihood(j, m, j / m)
        shared = log_likelihood(k, n, (k + j) / (n + m)) + log_likelihood(
            j, m, (k + j) / (n + m)
        )
        sign = 1 if k / n >= j / m else -1
        assert used[word].log_likelihood_ratio == pytest.approx(
            sign * 2 * (apart - shared), abs=1e-9
        ), word
        assert used[word][1:3] == pytest.approx((1000 * k / n, 1000 * j / m))
    assert next(iter(used)) == "dog"
    assert list(used)[-1] == "cat"


def test_words_used_alike_have_a_ratio_of_zero():
    used = word_use(CAPTIONS, CAPTIONS * 3)
    assert [use.log_likelihood_ratio for use in used] == pytest.approx(
        [0.0] * len(used), abs=1e-9
    )


def test_comparing_the_use_of_words_needs_words():
    with pytest.raises(BadInput, match="words in both sets of captions, got 0 and"):
        word_use([""], CAPTIONS)


def test_the_caption_found_has_the_largest_overlap_of_all():
    captions, asked = some_captions(180)[:120], some_captions(180)[120:]
    search = OverlapSearch(captions)
    for text in [*asked, *captions[:5], "a purple dog", "nothing in common", ""]:
        bag = set(text.split())
        overlap = {
            c: len(bag & set(c.split())) / max(len(bag | set(c.split())), 1) for c in captions
        }
        best = max(overlap.values())
        first = min(c for c, value in overlap.items() if value == best)
        assert search.find(text) == (first, pytest.approx(best)), text
    assert search.find(captions[0])[1] == 1.0


def test_characters_are_words_where_a_script_has_no_spaces():
    assert word_counts(["床前，床"]) == {"床": 2, "前": 1, "，": 1}
    assert length_shares(["床前", "two words", "one 床"]) == {2: 1.0}
