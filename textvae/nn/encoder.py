"""Embedded captions -> the posterior q(z|x)."""

from typing import Any

import keras
import tensorflow as tf

from textvae.nn.gaussian import DiagonalGaussian
from textvae.nn.lstm import LSTM
from textvae.nn.packed_sequence import PackedSequence
from textvae.types import Tensor

# In an untrained encoder. The posterior is then narrow (sigma 0.37), so that the decoder can
# distinguish the codes of different captions from the first step on.
FIRST_LOG_VAR = -2.0


class BiLSTMEncoder(keras.Layer):
    """A bidirectional LSTM whose states are pooled to their mean, maximum and last state.

    Padding comes after the words, so the forward LSTM never reads it before the last word, and
    the backward LSTM reads each row reversed within its own length. Neither needs a mask, which
    cuDNN's kernel does not support.

    Args:
        embed_dim: E.
        hidden_dim: units of each LSTM.
        latent_dim: D.
        initializer: of every kernel; None means each layer's default.

    Example:
        >>> encoder = BiLSTMEncoder(embed_dim=6, hidden_dim=4, latent_dim=3)
        >>> packed = PackedSequence(tf.constant([2, 5]))
        >>> posterior = encoder(tf.zeros((7, 6)), packed=packed)
        >>> posterior.log_var.numpy().tolist()  # before training
        [[-2.0, -2.0, -2.0], [-2.0, -2.0, -2.0]]
    """

    def __init__(
        self,
        embed_dim: int,
        hidden_dim: int,
        latent_dim: int,
        initializer: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.forward = LSTM(hidden_dim, initializer)
        self.backward = LSTM(hidden_dim, initializer)
        self.to_mu = keras.layers.Dense(
            latent_dim, kernel_initializer=initializer or "glorot_uniform"
        )
        self.to_log_var = keras.layers.Dense(
            latent_dim,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(FIRST_LOG_VAR),
        )
        for layer in (self.forward, self.backward):
            layer.build((None, None, embed_dim))
        for layer in (self.to_mu, self.to_log_var):
            layer.build((None, 6 * hidden_dim))  # three poolings of each direction

    def call(
        self, embedded: Tensor, packed: PackedSequence, products: tf.DType = tf.float32
    ) -> DiagonalGaussian:
        """Packed `[M, E]` -> parameters `[B, D]`."""
        directions = self._directions(embedded, packed, products)
        sums = tf.concat([packed.sum_pool(states) for states in directions], axis=-1)
        mean = sums / tf.cast(packed.lengths, sums.dtype)[:, None]
        maxima = map(packed.max_pool, directions)
        last = map(packed.last_states, directions)
        pooled = tf.concat([mean, *maxima, *last], axis=-1)
        return DiagonalGaussian(self.to_mu(pooled), self.to_log_var(pooled))

    def _directions(
        self, embedded: Tensor, packed: PackedSequence, products: tf.DType
    ) -> tuple[Tensor, Tensor]:
        """The states of both directions, `[M, H]` each, in the order of computation.

        The backward states are not reversed again, since no pooling depends on their order.
        """
        if not self.forward.reads_padded:
            return (
                self.forward(embedded, packed=packed, products=products),
                self.backward(packed.reverse(embedded), packed=packed, products=products),
            )
        rows = packed.unpack(embedded)
        reversed_rows = tf.reverse_sequence(rows, packed.lengths, seq_axis=1)
        states = (self.forward.padded(rows), self.backward.padded(reversed_rows))
        forward, backward = tf.split(packed.pack(tf.concat(states, axis=-1)), 2, axis=-1)
        return forward, backward
