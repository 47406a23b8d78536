"""Whether captions of one image are near each other, as when codes represent meaning."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from textvae.types import Array, Bools

NUM_NEAREST = 10
MAX_CAPTIONS = 6000  # the first ones, each compared with all others
BLOCK = 512  # captions compared with all others at a time


class Siblings(NamedTuple):
    """How many captions have a sibling among their nearest.

    Attributes:
        recall: of the captions with siblings, the share with one among their nearest, 0..1.
        num_captions: captions with siblings.

    Example:
        >>> codes = np.array([[1.0, 0.0], [0.8, 0.2], [0.7, 0.3]])
        >>> sibling_recall(codes, ["image 1", "image 1", "image 2"], 1)
        Siblings(recall=0.5, num_captions=2)
    """

    recall: float
    num_captions: int


def sibling_recall(
    codes: Array, groups: Sequence[Hashable], count: int = NUM_NEAREST
) -> Siblings | None:
    """How many captions have a sibling among the `count` nearest other codes by cosine.

    Siblings are captions of the same group, such as an image. Only the first 6,000 captions
    count.

    Args:
        codes: `[N, D]`.
        groups: the group of each caption.
        count: the number of nearest codes searched for a sibling.

    Returns:
        None if no group has two captions.

    Example:
        >>> codes = np.array([[1.0, 0.1], [0.1, 1.0], [0.9, -1.0], [9.0, 1.0]])
        >>> sibling_recall(codes, "abba", 1).recall  # the first and last codes are parallel
        0.5
    """
    codes, groups = codes[:MAX_CAPTIONS].astype(np.float64), list(groups)[:MAX_CAPTIONS]
    sizes = Counter(groups)
    numbers = {group: number for number, group in enumerate(sizes)}
    group_of = np.array([numbers[group] for group in groups], np.int64)
    places = np.flatnonzero([sizes[group] > 1 for group in groups])
    if not len(places):
        return None
    lengths = np.linalg.norm(codes, axis=1, keepdims=True)
    directions = codes / np.where(lengths > 0.0, lengths, 1.0)
    kept = min(count, len(codes) - 1)  # without the caption itself
    found: list[Bools] = []
    for start in range(0, len(places), BLOCK):
        rows = places[start : start + BLOCK]
        likeness = directions[rows] @ directions.T
        likeness[np.arange(len(rows)), rows] = -np.inf
        nearest = np.argpartition(-likeness, kept - 1, axis=1)[:, :kept]
        found.append((group_of[nearest] == group_of[rows, None]).any(axis=1))
    return Siblings(float(np.concatenate(found).mean()), len(places))
