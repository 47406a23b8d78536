"""How much a code says about which caption it came from."""

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
BLOCK = 2**22  # pairs of a code and a posterior held at once: 32 MB


def mutual_information(mu: Array, log_var: Array, z: Array) -> float:
    """I(x; z) under q in nats, estimated with one draw z_n of each posterior; all `[N, D]`.

        I = mean_n KL(q(z|x_n) || p(z)) - KL(q(z) || p(z))
          = mean_n E_q(z|x_n)[log q(z|x_n) - log q(z)],  q(z) = 1/N sum_m q(z|x_m)

    Both terms take the same draws, so log p(z) cancels and the estimate, unbiased as it is, is
    never above log N: what tells N captions apart. q(z) is the mixture over all N, whatever is
    held at once.

    Source: Hoffman & Johnson 2016, "ELBO surgery".
    """
    mu, log_var, z = (np.asarray(each, np.float64) for each in (mu, log_var, z))
    precision = np.exp(-log_var)
    constants = (mu**2 * precision + log_var).sum(axis=1)
    rows = max(BLOCK // len(mu), 1)
    total = 0.0
    for start in range(0, len(z), rows):
        part = z[start : start + rows]
        log_q = part @ (mu * precision).T - 0.5 * (part**2 @ precision.T + constants)
        own = log_q[np.arange(len(part)), start + np.arange(len(part))]
        total += float((own - _log_sum_exp(log_q)).sum())
    return total / len(z) + math.log(len(mu))


def _log_sum_exp(values: Floats) -> Floats:
    peak = values.max(axis=1)
    values -= peak[:, None]
    total: Floats = peak + np.log(np.exp(values, out=values).sum(axis=1))
    return total
