"""One table of word vectors, shared by the encoder, the decoder and the output layer."""

from typing import Any

import keras
import tensorflow as tf

from textvae.nn.losses import cross_entropy
from textvae.types import Tensor


class WordEmbedding(keras.Layer):
    """Word ids to vectors, and features to logits with the same table.

    Pretrained vectors may differ in width from the network. Then there is a projection from
    `vector_dim` to `embed_dim`, used in both directions.

    Args:
        vocab_size: V.
        embed_dim: E, the width inside the network.
        vector_dim: the width of the table; None means E, without a projection.
        freeze: do not train the table; the projection is trained anyway.
        initializer: of the table and the projection; None means normal and Glorot's.

    Example:
        >>> embedding = WordEmbedding(vocab_size=11, embed_dim=4)
        >>> vectors = embedding(tf.constant([5, 6, 2]))
        >>> vectors.shape.as_list(), embedding.logits(vectors).shape.as_list()
        ([3, 4], [3, 11])
    """

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int,
        vector_dim: int | None = None,
        freeze: bool = False,
        initializer: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.vocab_size, self.embed_dim = vocab_size, embed_dim
        width = vector_dim or embed_dim
        # With this scale vectors have a norm of about 1, and tied logits are of order 1.
        unit_norm = keras.initializers.RandomNormal(stddev=width**-0.5)
        self.table = self.add_weight(
            shape=(vocab_size, width),
            initializer=initializer or unit_norm,
            trainable=not freeze,
            name="table",
        )
        self.projection = None
        if vector_dim is not None:
            self.projection = self.add_weight(
                shape=(width, embed_dim),
                initializer=initializer or "glorot_uniform",
                name="projection",
            )
        self.bias = self.add_weight(shape=(vocab_size,), initializer="zeros", name="bias")

    def call(self, token_ids: Tensor) -> Tensor:
        """`[...]` int -> `[..., E]`."""
        # Gathering from the variable itself makes TensorFlow copy it at every other read.
        vectors = tf.gather(tf.convert_to_tensor(self.table.value), token_ids)
        if self.projection is None:
            return vectors
        return tf.tensordot(vectors, self.projection.value, 1)

    def logits(self, features: Tensor) -> Tensor:
        """`[M, E]` -> `[M, V]`, the tied output layer.

        Source: Press & Wolf 2017 (arXiv 1608.05859).
        """
        vectors = self._to_vectors(features)
        return tf.matmul(vectors, self.table.value, transpose_b=True) + self.bias.value

    def token_nll(
        self, features: Tensor, targets: Tensor, products: tf.DType = tf.float32
    ) -> Tensor:
        """-log softmax(logits)[target] in nats: `[M, E]`, `[M]` -> `[M]`."""
        table, bias = (tf.convert_to_tensor(each.value) for each in (self.table, self.bias))
        return cross_entropy(self._to_vectors(features), table, bias, targets, products)

    def output_weights(self) -> tuple[Tensor, Tensor]:
        """`logits` as one product: its matrix `[E, V]` and bias `[V]`."""
        words = self(tf.range(self.vocab_size))
        return tf.transpose(words), self.bias.value

    def _to_vectors(self, features: Tensor) -> Tensor:
        """Features projected back to the width of the table: `[M, E]` -> `[M, width]`."""
        if self.projection is None:
            return features
        return tf.matmul(features, self.projection.value, transpose_b=True)
