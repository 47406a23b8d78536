"""The mutual information between captions and their codes."""

import math

import numpy as np

from textvae.types import Array, Floats

BLOCK = 2**22  # pairs of a code and a posterior in memory at once: 32 MB


def mutual_information(mu: Array, log_var: Array, z: Array) -> float:
    """I(x; z) under q in nats, estimated with one draw z_n of each posterior; all `[N, D]`.

        I = mean_n KL(q(z|x_n) || p(z)) - KL(q(z) || p(z))
          = mean_n E_q(z|x_n)[log q(z|x_n) - log q(z)],  q(z) = 1/N sum_m q(z|x_m)

    Both terms use the same draws, so log p(z) cancels. q(z) is the mixture over all N captions.
    The estimate is unbiased and never above log N, the information that identifies one of N
    captions. Pairs are evaluated in blocks, so memory does not grow with N.

    Example:
        >>> mu = np.array([[0.0], [0.0], [50.0], [50.0]])  # two pairs of captions
        >>> round(mutual_information(mu, np.zeros((4, 1)), mu), 4)  # log 2
        0.6931

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
