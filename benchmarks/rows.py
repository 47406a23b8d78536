"""Captions for measuring speed: real lengths, invented words.

The cost of a step depends on the lengths of its captions, not on their words, so lengths are
those of the COCO training set (or of a given file) and words follow Zipf's law.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textvae.data.captions import load_captions
from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID

# How many of the 159,780 cleaned captions of the COCO training set have 6, 7, ... 20 words.
SHORTEST = 6
COUNTS = (
    7, 1345, 26180, 34995, 34430, 24887, 15871, 9216, 5305, 3009, 1779, 1169, 701, 526, 360
)  # fmt: skip
MAX_WORDS = 20
NUM_INVENTED = 40_000

Rows = list[list[int]]


def real_lengths(files: Sequence[Path]) -> list[int]:
    """Words in each caption of `files`, cleaned as for training. Raises `BadInput`."""
    captions = load_captions([str(file) for file in files], max_length=MAX_WORDS)
    return [len(text.split()) for text in captions.texts]


def invented_lengths(count: int = NUM_INVENTED, seed: int = 0) -> list[int]:
    """`count` numbers of words, distributed as in the COCO training set."""
    shares = np.array(COUNTS) / sum(COUNTS)
    words = np.arange(SHORTEST, SHORTEST + len(COUNTS))
    drawn: list[int] = np.random.default_rng(seed).choice(words, count, p=shares).tolist()
    return drawn


def invented_rows(lengths: Sequence[int], vocab_size: int, seed: int = 0) -> Rows:
    """`<bos> words <eos>` for each length; word k is drawn with a share of about 1 / k."""
    known = np.arange(UNK_ID + 1, vocab_size)
    shares = 1.0 / np.arange(1, len(known) + 1)
    rng = np.random.default_rng([seed, 1])
    words = rng.choice(known, sum(lengths), p=shares / shares.sum())
    ends = np.cumsum(lengths)
    return [[BOS_ID, *part.tolist(), EOS_ID] for part in np.split(words, ends[:-1])]


def random_batches(rows: Rows, batch_size: int, count: int, seed: int) -> tuple[list[Any], int]:
    """Captions in random order, each batch padded to its longest, and their real tokens."""
    picked = np.random.default_rng(seed).permutation(len(rows))[: count * batch_size]
    return list(batches_of(rows, picked, batch_size)), sum(len(rows[i]) - 1 for i in picked)


def batches_of(rows: Rows, order: Iterable[int], batch_size: int) -> Iterator[Any]:
    """The rows in this order, `[B, T]` int32, each batch as wide as its longest."""
    order = list(order)
    for start in range(0, len(order), batch_size):
        part = [rows[i] for i in order[start : start + batch_size]]
        width = max(map(len, part))
        yield np.array([row + [PAD_ID] * (width - len(row)) for row in part], np.int32)
