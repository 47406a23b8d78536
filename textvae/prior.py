"""The prior fitted to where captions really are: a mixture of full-covariance Gaussians.

A low beta buys good reconstructions with codes that do not fill the standard normal; drawing
from that normal then lands where no caption is. The mixture is fitted to the posterior means of
the training captions, after training.
"""

import dataclasses
import math
from typing import Any

import numpy as np

from textvae.gaussian import LOG_2_PI

Array = np.ndarray[Any, np.dtype[np.float64]]
RIDGE = 1e-4  # added to each variance: keeps a component with few captions invertible


@dataclasses.dataclass(frozen=True)
class GaussianMixture:
    """weights `[K]`, means `[K, D]`, and Cholesky factors of the covariances `[K, D, D]`."""

    weights: Array
    means: Array
    factors: Array

    def log_joint(self, z: Array) -> Array:
        """log w_k + log N(z; mean_k, covariance_k) in nats: `[N, D]` -> `[N, K]`."""
        dim = self.means.shape[1]
        out = np.empty((len(z), len(self.weights)))
        for k, (weight, mean, factor) in enumerate(
            zip(self.weights, self.means, self.factors, strict=True)
        ):
            whitened = (z - mean) @ np.linalg.inv(factor).T
            log_det = 2.0 * np.log(np.diag(factor)).sum()
            distance = np.einsum("nd,nd->n", whitened, whitened)
            out[:, k] = math.log(weight) - 0.5 * (distance + log_det + dim * LOG_2_PI)
        return out

    def log_prob(self, z: Array) -> Array:
        """log p(z) in nats: `[N, D]` -> `[N]`."""
        return _log_sum_exp(self.log_joint(z))

    def sample(self, num_samples: int, seed: int) -> Array:
        """`[N, D]` draws; the i-th is the same whatever `num_samples` is."""
        uniform = np.random.default_rng([seed, 0]).random(num_samples)
        normals = np.random.default_rng([seed, 1]).standard_normal(
            (num_samples, self.means.shape[1])
        )
        bounds = np.cumsum(self.weights)[:-1]  # the last component takes what rounding leaves
        picked = np.searchsorted(bounds, uniform, side="right")
        draws = self.means[picked]
        for start in range(0, num_samples, 1024):  # a factor for each draw takes much memory
            part = slice(start, start + 1024)
            draws[part] += np.einsum("nij,nj->ni", self.factors[picked[part]], normals[part])
        return draws


def fit_mixture(
    z: Array, num_components: int, seed: int, num_rounds: int = 40
) -> GaussianMixture:
    """Expectation-maximisation from `num_components` captions picked at random.

    Args:
        z: `[N, D]` codes of captions.
        num_components: K; fewer are kept when some lose all their captions.
        seed: of the start.
        num_rounds: at most; ends early when a round gains less than 0.001 nats a caption.

    Source: Dempster, Laird & Rubin 1977; Bishop 2006, section 9.2.
    """
    rng = np.random.default_rng(seed)
    means = z[rng.choice(len(z), num_components, replace=False)]
    spread = np.linalg.cholesky(_covariance(z, np.full(len(z), 1.0 / len(z))))
    mixture = GaussianMixture(
        np.full(num_components, 1.0 / num_components),
        means,
        np.array([spread] * num_components),
    )
    before = -math.inf
    for _ in range(num_rounds):
        log_joint = mixture.log_joint(z)
        log_prob = _log_sum_exp(log_joint)
        mixture = _maximise(z, np.exp(log_joint - log_prob[:, None]))
        if (now := float(log_prob.mean())) - before < 1e-3:
            break
        before = now
    return mixture


def choose_mixture(
    z: Array, held_out: Array, most_components: int, seed: int
) -> tuple[GaussianMixture, float]:
    """Of 1, 2, 4, ... components the mixture likeliest on `held_out`, and its nats a caption.

    Stops at the first size that is no better, so a small domain ends with few components.
    """
    best, score = None, -math.inf
    num_components = 1
    while num_components <= min(most_components, len(z) // 2):
        mixture = fit_mixture(z, num_components, seed)
        now = float(mixture.log_prob(held_out).mean())
        if best is not None and now <= score:
            break
        best, score = mixture, now
        num_components *= 2
    assert best is not None  # one component always fits
    return best, score


def _maximise(z: Array, shares: Array) -> GaussianMixture:
    """The mixture that fits best when caption n belongs to component k by `shares` `[N, K]`."""
    totals = shares.sum(axis=0)
    alive = totals > 2.0
    weights, means, factors = [], [], []
    for share, total in zip(shares.T[alive], totals[alive], strict=True):
        weights.append(total)
        means.append(share @ z / total)
        factors.append(np.linalg.cholesky(_covariance(z, share / total)))
    return GaussianMixture(np.array(weights) / sum(weights), np.array(means), np.array(factors))


def _covariance(z: Array, weights: Array) -> Array:
    """Of the rows of `z` `[N, D]` with `weights` `[N]` that sum to 1: `[D, D]`."""
    centred = z - weights @ z
    ridge: Array = RIDGE * np.eye(z.shape[1])
    return (centred * weights[:, None]).T @ centred + ridge


def _log_sum_exp(values: Array) -> Array:
    peak = values.max(axis=1)
    total: Array = peak + np.log(np.exp(values - peak[:, None]).sum(axis=1))
    return total
