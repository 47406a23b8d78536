"""Projections of codes onto a plane, and the covariances for them."""

from typing import NamedTuple

import numpy as np

from textvae.types import Array, Floats, Ints


class Plane(NamedTuple):
    """Codes projected onto two directions.

    Attributes:
        points: the projection of each code, `[N, 2]`.
        shares: the share of the variance of the codes along each direction, `[2]`.

    Example:
        >>> codes = np.array([[0, 1, 0], [0, -1, 0], [3, 0, 0], [-3, 0, 0]])
        >>> principal_plane(codes).shares.tolist()
        [0.9, 0.1]
    """

    points: Floats
    shares: Floats


def principal_plane(codes: Array) -> Plane:
    """The plane in which `codes` `[N, D]` vary most; D is at least 2.

    Example:
        >>> codes = np.array([[0, 1, 0], [0, -1, 0], [3, 0, 0], [-3, 0, 0]])
        >>> plane = principal_plane(codes)
        >>> (plane.points + 0.0).tolist()
        [[0.0, 1.0], [0.0, -1.0], [3.0, 0.0], [-3.0, 0.0]]
        >>> plane.shares.tolist()
        [0.9, 0.1]

    Source: Pearson 1901 (Philosophical Magazine 2).
    """
    variances, directions = np.linalg.eigh(covariance(codes))
    axes = _oriented(directions[:, :-3:-1])
    return Plane(_centred(codes) @ axes, variances[:-3:-1] / variances.sum())


def topic_plane(codes: Array, topics: Ints, is_fitted: Array) -> Plane:
    """The plane that best separates the topics of the fitted codes: a linear discriminant.

    The ratio of between-topic to within-topic variance is largest along its directions.
    Evaluate a plane on codes that it was not fitted to, since in many dimensions a few codes
    can always be separated, regardless of their meaning.

    Args:
        codes: `[N, D]`.
        topics: the topic of each code, below 0 for none; at least 3 distinct ones.
        is_fitted: which codes the plane is fitted to, `[N]` bool; the others are projected.

    Example:
        >>> topics = np.array([0, 0, 1, 1, 2, 2])
        >>> signal = np.array([[0, 0], [1, 0], [0, 1]])[topics]
        >>> noise = np.array([[9], [-9], [9], [-9], [9], [-9]])
        >>> plane = topic_plane(np.hstack([signal, noise]), topics, np.ones(6, bool))
        >>> np.allclose(plane.points[::2], plane.points[1::2])  # without the noise
        True

    Source: Fisher 1936 (Annals of Eugenics 7); Rao 1948 (JRSS B 10).
    """
    codes = codes.astype(np.float64)
    chosen = is_fitted & (topics >= 0)
    found, places = np.unique(topics[chosen], return_inverse=True)
    means = np.array([codes[chosen & (topics == topic)].mean(axis=0) for topic in found])
    within = covariance(codes[chosen] - means[places])
    # Shrunk halfway to a multiple of the identity, since there may be few captions per unit.
    within = 0.5 * (within + np.eye(len(within)) * within.trace() / len(within))
    axes = _discriminant_axes(within, covariance(means))
    axes /= np.linalg.norm(axes, axis=0)
    points = _centred(codes) @ axes
    return Plane(points, points.var(axis=0) / codes.var(axis=0).sum())


def covariance(points: Array, weights: Array | None = None) -> Floats:
    """The covariance of points, divided by N or the sum of weights: `[N, D]` -> `[D, D]`.

    Example:
        >>> covariance(np.array([[0.0, 0.0], [2.0, 4.0]])).tolist()
        [[1.0, 2.0], [2.0, 4.0]]
    """
    return np.cov(points, rowvar=False, aweights=weights, ddof=0, dtype=np.float64)


def _discriminant_axes(within: Floats, between: Floats) -> Floats:
    """The two directions with the largest ratio of `between` to `within`, `[D, 2]`.

    They are scaled so that the variance within is 1 along each.
    """
    whiten = np.linalg.inv(np.linalg.cholesky(within))
    _, vectors = np.linalg.eigh(whiten @ between @ whiten.T)
    return _oriented(whiten.T @ vectors[:, :-3:-1])


def _oriented(axes: Floats) -> Floats:
    """Each column with its largest entry positive, since `eigh` leaves the sign open."""
    signs = np.sign(np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0))
    oriented: Floats = axes * signs
    return oriented


def _centred(codes: Array) -> Floats:
    out: Floats = codes - codes.mean(axis=0, dtype=np.float64)
    return out
