"""Whether captions of one image lie near each other."""

import math

import numpy as np
import pytest

from textvae.metrics import siblings
from textvae.metrics.siblings import sibling_recall


def plain_recall(codes, groups, count):
    """By the definition: cosines in Python, a caption after the other."""

    def cosine(a, b):
        return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)

    hits, asked = 0, 0
    for i, code in enumerate(codes):
        others = [j for j in range(len(codes)) if j != i]
        if not any(groups[j] == groups[i] for j in others):
            continue
        nearest = sorted(others, key=lambda j: -cosine(code, codes[j]))[:count]
        hits += any(groups[j] == groups[i] for j in nearest)
        asked += 1
    return hits / asked, asked


def some_codes(count, dim=6, seed=0):
    return np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 3, 10])
def test_the_recall_is_its_definition(count, monkeypatch):
    monkeypatch.setattr(siblings, "BLOCK", 16)  # several blocks
    codes = some_codes(90)
    rng = np.random.default_rng(1)
    groups = [f"image {number}" for number in rng.integers(0, 40, 90)]
    for i, group in enumerate(groups):  # some lean towards their image, as those of scenes do
        codes[i] += 0.8 * some_codes(1, seed=hash_of(group))[0]
    share, asked = plain_recall(codes.tolist(), groups, count)
    assert sibling_recall(codes, groups, count) == pytest.approx((share, asked))
    assert asked < 90  # some are alone
    assert 0.05 < share < 0.95


def hash_of(group):
    return int(group.split()[1]) + 100


def test_lengths_of_codes_do_not_count():
    codes, groups = some_codes(40), [i // 2 for i in range(40)]
    stretched = codes * np.random.default_rng(2).uniform(0.1, 9.0, (40, 1))
    assert sibling_recall(codes, groups, 3) == sibling_recall(stretched, groups, 3)


def test_a_caption_is_not_its_own_sibling_and_chance_is_low():
    codes, groups = some_codes(400), [i // 2 for i in range(400)]
    found = sibling_recall(codes, groups)
    assert found.recall < 0.08  # by chance 10 / 399
    assert sibling_recall(np.repeat(codes[::2], 2, axis=0), groups, 1).recall == 1.0


def test_only_the_first_captions_count(monkeypatch):
    monkeypatch.setattr(siblings, "MAX_CAPTIONS", 50)
    codes, groups = some_codes(80), [i % 20 for i in range(80)]
    assert sibling_recall(codes, groups) == sibling_recall(codes[:50], groups[:50])


def test_without_siblings_there_is_nothing_to_find():
    assert sibling_recall(some_codes(5), list("abcde")) is None
    assert sibling_recall(some_codes(0), []) is None
    assert sibling_recall(some_codes(2), ["a", "a"]).recall == 1.0
    assert sibling_recall(np.zeros((3, 2)), ["a", "a", "b"]).num_captions == 2  # no direction
