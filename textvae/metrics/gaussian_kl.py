"""The KL divergence of a diagonal Gaussian from the standard normal."""

from collections.abc import Callable
from typing import Any

import numpy as np


def kl_per_unit(mu: Any, log_var: Any, exp: Callable[[Any], Any] = np.exp) -> Any:
    """KL(N(mu_d, sigma_d^2) || N(0, 1)) in nats for each unit, in the shape of `mu`.

        kl_d = (mu_d^2 + sigma_d^2 - log sigma_d^2 - 1) / 2

    Args:
        mu: the means, a NumPy array or a tensor.
        log_var: log sigma_d^2, of the same shape and kind.
        exp: the exponential function of that kind: `np.exp`, or `tf.exp` for tensors.

    Example:
        >>> kl_per_unit(np.array([0.0, 3.0]), np.zeros(2)).tolist()
        [0.0, 4.5]

    Source: Kingma & Welling 2014, appendix B (arXiv 1312.6114).
    """
    return 0.5 * (mu * mu + exp(log_var) - log_var - 1.0)
