"""A layout of codes on a plane that preserves neighbourhoods."""

import logging
from typing import NamedTuple

import numpy as np

from textvae.latent.projection import principal_plane
from textvae.types import Array, Codes, Floats

EXTENT = 10.0  # of a layout, from its centre to the furthest point along an axis
MIN_CODES = 10  # for t-SNE; with fewer, principal components are enough
PERPLEXITY = 30.0  # roughly the number of neighbours that t-SNE preserves
ITERATIONS = 1000

log = logging.getLogger(__name__)


class Layout(NamedTuple):
    """Points for codes, and the method that found them.

    Attributes:
        points: the positions of the codes, `[N, 2]` float32, around (0, 0) and at most `EXTENT`
            away along each axis.
        method: `t-SNE` or `PCA`.

    Example:
        >>> found = layout(np.array([[2.0, 0.0, 1.0], [-2.0, 0.0, 1.0]]), 0)
        >>> (found.points.round(3) + 0.0).tolist(), found.method
        ([[10.0, 0.0], [-10.0, 0.0]], 'PCA')
    """

    points: Array
    method: str


def layout(codes: Array, seed: int) -> Layout:
    """A layout of `codes` `[N, D]`, D at least 2; the same seed gives the same layout.

    t-SNE needs scikit-learn, which the extra `train` installs. Without it the points are the
    first two principal components, which keep far fewer neighbours, and a warning is logged.

    Example:
        >>> codes = np.random.default_rng(0).normal(size=(40, 8))
        >>> layout(codes, 0).points.shape
        (40, 2)

    Source: van der Maaten & Hinton 2008 (JMLR 9).
    """
    start = _principal(codes)
    if len(codes) < MIN_CODES or not start.any():
        return Layout(_scaled(start), "PCA")
    try:
        points = _t_sne(codes, start, seed)
    except ImportError:
        log.warning(
            "scikit-learn is not installed, so the map shows principal components, which keep"
            " few neighbours together; for a better one, pip install 'textvae[train]' and run"
            " textvae map --weights FOLDER"
        )
        return Layout(_scaled(start), "PCA")
    return Layout(_scaled(points), "t-SNE")


def _t_sne(codes: Array, start: Floats, seed: int) -> Floats:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    t_sne = TSNE(
        init=1e-4 * start / start[:, 0].std(),
        perplexity=min(PERPLEXITY, (len(codes) - 1) / 3),
        max_iter=ITERATIONS,
        random_state=seed % 2**32,
    )
    with threadpool_limits(1):  # sums over several threads vary between runs
        points: Floats = t_sne.fit_transform(codes.astype(np.float64))
    return points


def _principal(codes: Array) -> Floats:
    """The first two principal components; zeros if codes do not differ."""
    if len(codes) < 2 or not np.ptp(codes, axis=0).any():
        return np.zeros((len(codes), 2))
    return principal_plane(codes).points


def _scaled(points: Floats) -> Codes:
    centred = points - (points.min(axis=0) + points.max(axis=0)) / 2
    furthest = float(np.abs(centred).max())
    scaled: Codes = (EXTENT * centred / (furthest or 1.0)).astype(np.float32)
    return scaled
