"""One table of word vectors, shared by the encoder, the decoder and the output layer."""

from typing import Any

import keras
import tensorflow as tf

from textvae.nn.losses import cross_entropy
from textvae.types import Tensor


class WordEmbedding(keras.Layer):
    """Word ids -> vectors, and features -> logits with the same table.

    A table of pretrained vectors may be narrower or wider than the network: a projection from
    `vector_dim` to `embed_dim` then stands between, and serves both directions.

    Args:
        vocab_size: V.
        embed_dim: E, what the network sees.
        vector_dim: what the table holds; None means E, without a projection.
        freeze: leave the table as it is; the projection still learns.
    """

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int,
        vector_dim: int | None = None,
        freeze: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.vocab_size, self.embed_dim = vocab_size, embed_dim
        width = vector_dim or embed_dim
        # Of this size a vector has norm 1, so tied logits start out of the order of 1.
        scale = keras.initializers.RandomNormal(stddev=width**-0.5)
        self.table = self.add_weight(
            shape=(vocab_size, width), initializer=scale, trainable=not freeze, name="table"
        )
        self.projection = None
        if vector_dim is not None:
            self.projection = self.add_weight(
                shape=(width, embed_dim), initializer="glorot_uniform", name="projection"
            )
        self.bias = self.add_weight(shape=(vocab_size,), initializer="zeros", name="bias")

    def call(self, token_ids: Tensor) -> Tensor:
        """`[...]` int -> `[..., E]`."""
        # Gathered from the variable itself, it would be copied each time it is read elsewhere.
        vectors = tf.gather(tf.convert_to_tensor(self.table.value), token_ids)
        if self.projection is None:
            return vectors
        return tf.tensordot(vectors, self.projection.value, 1)

    def logits(self, features: Tensor) -> Tensor:
        """`[M, E]` -> `[M, V]`, the tied output layer (Press & Wolf 2017, arXiv 1608.05859)."""
        vectors = self._as_vectors(features)
        return tf.matmul(vectors, self.table.value, transpose_b=True) + self.bias.value

    def token_nll(self, features: Tensor, targets: Tensor) -> Tensor:
        """-log softmax(logits)[target] in nats: `[M, E]`, `[M]` -> `[M]`."""
        table, bias = (tf.convert_to_tensor(each.value) for each in (self.table, self.bias))
        return cross_entropy(self._as_vectors(features), table, bias, targets)

    def _as_vectors(self, features: Tensor) -> Tensor:
        """What the network says, as wide as the table: `[M, E]` -> `[M, width]`."""
        features = tf.cast(features, self.table.value.dtype)
        if self.projection is None:
            return features
        return tf.matmul(features, self.projection.value, transpose_b=True)

    def output_weights(self) -> tuple[Tensor, Tensor]:
        """`logits` as one product: matrix `[E, V]` and bias `[V]`."""
        words = self(tf.range(self.vocab_size))
        return tf.transpose(words), self.bias.value
