"""The nearest codes to a code, by distance in all latent units."""

from typing import NamedTuple

import numpy as np

from textvae.types import Array, Floats, Ints

BLOCK = 2**20  # entries of the codes compared at once: 8 MB in double precision


class Neighbours(NamedTuple):
    """The nearest codes to each of Q codes, nearest first.

    Attributes:
        indices: rows of the codes that were searched, `[Q, K]`.
        distances: Euclidean distances to them, `[Q, K]`.

    Example:
        >>> found = nearest_codes(np.zeros((1, 2)), np.array([[0.0, 2.0], [1.0, 0.0]]), 1)
        >>> found.indices.tolist(), found.distances.tolist()
        ([[1]], [[1.0]])
    """

    indices: Ints
    distances: Floats


def nearest_codes(queries: Array, codes: Array, count: int) -> Neighbours:
    """The `count` nearest of `codes` to each of `queries`: `[Q, D]`, `[N, D]` -> `[Q, K]`.

    The search is exact, and codes at the same distance keep their order. K is `count`, or N if
    there are fewer codes. Memory beyond the arguments does not grow with N.

    Example:
        >>> codes = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0]])
        >>> found = nearest_codes(np.array([[0.0, 0.0]]), codes, 2)
        >>> found.indices.tolist(), found.distances.tolist()
        ([[0, 2]], [[0.0, 1.0]])
    """
    indices: list[Ints] = [np.empty(0, np.int64)] * len(queries)
    squares: list[Floats] = [np.empty(0)] * len(queries)
    rows = max(BLOCK // max(codes.shape[1], 1), 1)
    for start in range(0, len(codes), rows):
        block = codes[start : start + rows].astype(np.float64)
        places = np.arange(start, start + len(block))
        for i, query in enumerate(queries.astype(np.float64)):
            both = np.concatenate([squares[i], ((block - query) ** 2).sum(axis=1)])
            kept = _smallest(both, count)
            indices[i], squares[i] = np.concatenate([indices[i], places])[kept], both[kept]
    shape = (len(queries), min(count, len(codes)))
    return Neighbours(np.reshape(indices, shape), np.sqrt(np.reshape(squares, shape)))


def _smallest(values: Floats, count: int) -> Ints:
    """Indices of the `count` smallest values, smallest first; ties keep their order."""
    if count < len(values):
        candidates = np.flatnonzero(values <= np.partition(values, count - 1)[count - 1])
    else:
        candidates = np.arange(len(values))
    order: Ints = candidates[np.argsort(values[candidates], kind="stable")][:count]
    return order
