"""Definitions written out the slow way, to test the fast ones against."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np

WORDS = ["a", "man", "dog", "cat", "red", "bus", "on", "the", "beach", "sits", "near", "two"]


def real_looking(count, seed, shortest=1, longest=14):
    """Captions with frequent and rare words, repeats inside and whole captions twice."""
    rng = np.random.default_rng(seed)
    shares = 1.0 / np.arange(1, len(WORDS) + 1)
    lengths = rng.integers(shortest, longest, count)
    rows = [rng.choice(WORDS, n, p=shares / shares.sum()) for n in lengths]
    captions = [" ".join(row) for row in rows]
    return captions + captions[: count // 10]


def grams(caption, length):
    """The n-grams of one caption as tuples of words."""
    words = caption.split()
    return [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]


class SlowWittenBell:
    """The recursion of Witten & Bell over strings, in exact fractions."""

    def __init__(self, captions, vocabulary, order):
        self.vocabulary, self.order = vocabulary, order
        self.followers = {}
        for caption in captions:
            for *history, word in self.windows(caption):
                for used in range(order):
                    seen = tuple(history[len(history) - used :])
                    self.followers.setdefault(seen, Counter())[word] += 1

    def windows(self, caption):
        words = [w if w in self.vocabulary else "<unk>" for w in caption.split()]
        padded = ["<s>"] * (self.order - 1) + words + ["</s>"]
        return [padded[i : i + self.order] for i in range(len(words) + 1)]

    def prob(self, history, word):
        shorter = (
            self.prob(history[1:], word) if history else Fraction(1, len(self.vocabulary) + 2)
        )
        seen = self.followers.get(tuple(history))
        if seen is None:
            return shorter
        return (seen[word] + len(seen) * shorter) / Fraction(seen.total() + len(seen))

    def perplexity(self, captions):
        probs = [self.prob(h, word) for text in captions for *h, word in self.windows(text)]
        return math.exp(-sum(math.log(p) for p in probs) / len(probs))
