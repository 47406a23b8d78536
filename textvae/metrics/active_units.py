"""Active units: latent units that the encoder uses."""

import numpy as np

from textvae.types import Array

ACTIVE_VARIANCE = 0.01  # the threshold of Burda et al. 2016


def active_units(mu: Array) -> int:
    """The number of latent units with Var_x[mu_d] above `ACTIVE_VARIANCE`.

    Args:
        mu: posterior means of all captions, `[N, D]`.

    Example:
        >>> active_units(np.array([[0.0, 1.0], [0.1, -1.0]]))  # variances 0.0025 and 1
        1

    Source: Burda et al. 2016, section 5 (arXiv 1509.00519). Related: `nn.active_units`, which
    counts them over the batches of a training run.
    """
    return int((mu.astype(np.float64).var(axis=0) > ACTIVE_VARIANCE).sum())
