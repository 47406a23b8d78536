"""Active units, accumulated over batches in training and validation."""

import keras
import tensorflow as tf

from textvae.metrics.active_units import ACTIVE_VARIANCE
from textvae.types import Tensor


class ActiveUnits(keras.metrics.Metric):
    """Number of latent units with Var_x[mu_d] above 0.01, over captions since the last reset.

    Example:
        >>> metric = ActiveUnits(latent_dim=2)
        >>> metric.update_state(tf.constant([[0.0, 1.0], [0.1, -1.0]]))
        >>> float(metric.result())
        1.0

    Source: Burda et al. 2016, section 5 (arXiv 1509.00519). Related: `metrics.active_units`,
    from all captions at once.
    """

    def __init__(self, latent_dim: int, name: str = "active_units") -> None:
        super().__init__(name=name)
        self.total = self.add_weight(shape=(latent_dim,), initializer="zeros", name="total")
        self.squares = self.add_weight(shape=(latent_dim,), initializer="zeros", name="squares")
        self.count = self.add_weight(shape=(), initializer="zeros", name="count")

    def update_state(self, mu: Tensor) -> None:
        """Add the posterior means of a batch, `[B, D]`."""
        self.add(
            tf.reduce_sum(mu, axis=0),
            tf.reduce_sum(tf.square(mu), axis=0),
            tf.cast(tf.shape(mu)[0], tf.float32),
        )

    def add(self, total: Tensor, squares: Tensor, count: Tensor) -> None:
        """Add a batch as its sums of mu and of mu squared, `[D]`, and its number of rows."""
        self.total.assign_add(total)
        self.squares.assign_add(squares)
        self.count.assign_add(count)

    def result(self) -> Tensor:
        """The count, a float32 scalar."""
        count = tf.maximum(self.count.value, 1.0)
        variance = self.squares.value / count - tf.square(self.total.value / count)
        return tf.reduce_sum(tf.cast(variance > ACTIVE_VARIANCE, tf.float32))
