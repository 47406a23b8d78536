"""Embedded captions -> the posterior q(z|x)."""

from typing import Any

import keras
import tensorflow as tf

from textvae.nn.gaussian import DiagonalGaussian
from textvae.nn.lstm import LSTM
from textvae.nn.packed_sequence import PackedSequence
from textvae.types import Tensor


class BiLSTMEncoder(keras.Layer):
    """Reads a caption both ways and pools what it saw: mean, maximum and final states.

    Padding stands after the words, so the forward direction never meets it before the last
    word, and the backward one reads each row reversed within its own length. Neither LSTM
    needs a mask, which keeps cuDNN's kernel available on a GPU.
    """

    def __init__(self, embed_dim: int, hidden_dim: int, latent_dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.forward = LSTM(hidden_dim)
        self.backward = LSTM(hidden_dim)
        self.to_mu = keras.layers.Dense(latent_dim)
        # A narrow posterior at the start: the decoder hears z above the noise from step one.
        self.to_log_var = keras.layers.Dense(
            latent_dim,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(-2),
        )
        for layer in (self.forward, self.backward):
            layer.build((None, None, embed_dim))
        for layer in (self.to_mu, self.to_log_var):  # of mean, maximum and last, each way
            layer.build((None, 6 * hidden_dim))

    def call(self, embedded: Tensor, packing: PackedSequence) -> DiagonalGaussian:
        """Packed `[M, E]` -> parameters `[B, D]`."""
        ahead = self.forward(embedded, packing=packing)
        back = self.backward(packing.reverse(embedded), packing=packing)
        ways = (ahead, back)  # `back` stays reversed: no pooling asks for the order
        total = tf.concat([packing.total(states) for states in ways], axis=-1)
        mean = total / tf.cast(packing.lengths, total.dtype)[:, None]
        peaks, lasts = map(packing.peak, ways), map(packing.last, ways)
        pooled = tf.concat([mean, *peaks, *lasts], axis=-1)
        parameters = (self.to_mu(pooled), self.to_log_var(pooled))
        # The KL needs more digits than mixed precision computes with.
        return DiagonalGaussian(*(tf.cast(each, tf.float32) for each in parameters))
