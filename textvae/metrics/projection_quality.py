"""How well points on a plane preserve the neighbourhoods of a space."""

from typing import NamedTuple

import numpy as np

from textvae.types import Array, Floats, Ints

NUM_NEIGHBOURS = 10
BLOCK = 512  # rows whose distances to all others are computed at once


class ProjectionQuality(NamedTuple):
    """How well points on a plane preserve the neighbourhoods of codes.

    Attributes:
        trustworthiness: 0..1: 1 minus a penalty for each neighbour on the plane that is not a
            neighbour in the space, larger the further away it is there.
        neighbours: the share of neighbours on the plane that are neighbours in the space, 0..1.

    Example:
        >>> codes = np.random.default_rng(0).normal(size=(50, 2))
        >>> projection_quality(codes, codes)
        ProjectionQuality(trustworthiness=1.0, neighbours=1.0)
    """

    trustworthiness: float
    neighbours: float


def projection_quality(
    points: Array, codes: Array, count: int = NUM_NEIGHBOURS
) -> ProjectionQuality:
    """How well `points` `[N, 2]` keep the `count` nearest of each of `codes` `[N, D]`.

    With few codes, fewer neighbours are compared. With fewer than three codes there is nothing
    to compare, and both values are 1.

    Example:
        >>> codes = np.array([[0.0], [1.0], [9.0], [10.0]])
        >>> kept = projection_quality(codes, codes, 1)
        >>> mixed = projection_quality(codes[[0, 2, 1, 3]], codes, 1)
        >>> kept.trustworthiness > mixed.trustworthiness, mixed.neighbours
        (True, 0.0)

    Source: Venna & Kaski 2001 (ICANN), for the trustworthiness.
    """
    size = len(codes)
    count = min(count, (size - 1) // 2)
    if count < 1:
        return ProjectionQuality(1.0, 1.0)
    excess, shared = 0, 0
    for start in range(0, size, BLOCK):
        rows = np.arange(start, min(start + BLOCK, size))
        near = _order(points, rows)[:, :count]
        ranks = _ranks(_order(codes, rows))
        found = np.take_along_axis(ranks, near, axis=1)  # from 1, of the nearest
        excess += int(np.maximum(found - count, 0).sum())
        shared += int((found <= count).sum())
    worst = size * count * (2 * size - 3 * count - 1) / 2
    return ProjectionQuality(1.0 - excess / worst, shared / (size * count))


def _order(codes: Array, rows: Ints) -> Ints:
    """For each of these rows, all others, nearest first, and the row itself at the end."""
    codes = codes.astype(np.float64)
    squares = (codes**2).sum(axis=1)
    distances: Floats = squares[rows, None] + squares - 2.0 * codes[rows] @ codes.T
    distances[np.arange(len(rows)), rows] = np.inf
    order: Ints = np.argsort(distances, axis=1, kind="stable")
    return order


def _ranks(order: Ints) -> Ints:
    """The rank of each column in the order of its row, from 1."""
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, order.shape[1] + 1)[None], axis=1)
    return ranks
