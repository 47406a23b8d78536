"""The posterior q(z|x) as a value, and the log-density of the prior p(z) = N(0, I)."""

import math
from typing import NamedTuple

import tensorflow as tf

from textvae.metrics import gaussian_kl
from textvae.nn.noise import Place, draw_at
from textvae.types import Seed, Tensor

LOG_2_PI = math.log(2.0 * math.pi)


class DiagonalGaussian(NamedTuple):
    """Independent normals, one row per caption; `mu` and `log_var` are `[B, D]`.

    Example:
        >>> posterior = DiagonalGaussian(mu=tf.constant([[0.0, 3.0]]), log_var=tf.zeros((1, 2)))
        >>> posterior.sigma.numpy().tolist(), posterior.kl_per_unit().numpy().tolist()
        ([[1.0, 1.0]], [[0.0, 4.5]])
        >>> posterior.sample(seed=(0, 1)).shape.as_list()
        [1, 2]
    """

    mu: Tensor
    log_var: Tensor

    @property
    def sigma(self) -> Tensor:
        """Standard deviation, `[B, D]`."""
        return tf.exp(0.5 * self.log_var)

    def sample(self, seed: Seed, place: Place | None = None) -> Tensor:
        """One draw `mu + sigma * epsilon` for each caption, `[B, D]`.

        The draw is differentiable with respect to `mu` and `log_var`. With a `place`, it is the
        draw that these rows have in a larger batch.

        Source: Kingma & Welling 2014, section 2.4 (arXiv 1312.6114).
        """
        shape = tf.shape(self.mu)
        return self.mu + self.sigma * draw_at(tf.random.stateless_normal, shape, seed, place)

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z|x) in nats: `[B, D]` -> `[B]`."""
        distance = tf.square((z - self.mu) / self.sigma)
        return -0.5 * tf.reduce_sum(distance + self.log_var + LOG_2_PI, axis=-1)

    def kl_per_unit(self) -> Tensor:
        """KL(q(z_d|x) || N(0, 1)) in nats, `[B, D]`."""
        return gaussian_kl.kl_per_unit(self.mu, self.log_var, exp=tf.exp)


def standard_log_prob(z: Tensor) -> Tensor:
    """log N(z; 0, I) in nats: `[..., D]` -> `[...]`.

    Example:
        >>> round(float(standard_log_prob(tf.zeros(1))), 4)  # -log sqrt(2 pi)
        -0.9189
    """
    return -0.5 * tf.reduce_sum(tf.square(z) + LOG_2_PI, axis=-1)
