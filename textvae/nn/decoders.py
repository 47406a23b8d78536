"""Decoders: z and the previous words -> features of the next word -> logits.

A decoder is a `keras.Layer` made from (embedding, latent_dim, hidden_dim, initializer). It is
built on construction, and has these methods:

    hidden(input_ids [M], z [B, D], packed, dropout, products)
                                       -> features [M, F], by teacher forcing
    initial_state(z [B, D])            -> state, a tuple of [B, ...] tensors
    word_inputs(token_ids [M])         -> [M, I], the part of a step that depends on the word
    recurrent()                        -> the matrix of all steps, laid out for many of them
    step(word_inputs [B, I], state, recurrent=None)
                                       -> features [B, F], next state
    logits(features [M, F])            -> [M, V]
    output_weights()                   -> matrix [F, V] and bias [V] of `logits`
    token_nll(features [M, F], targets [M], products)
                                       -> -log softmax(logits)[target], [M] nats
    bias                               -> the variable [V] that `logits` adds last

`hidden` must equal `initial_state` followed by `step` in a loop, and `logits` the product with
`output_weights`; a test checks both for every registered decoder.

Features and logits are separate because logits cost the most: training computes `token_nll`
only at real positions, not at padding. Word inputs and steps are separate because the input of
a word does not depend on the words before it, so generation computes those of all words once.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from textvae.errors import BadInput
from textvae.nn.embedding import WordEmbedding
from textvae.nn.losses import cross_entropy
from textvae.nn.lstm import LSTM
from textvae.nn.noise import Dropout
from textvae.nn.packed_sequence import PackedSequence
from textvae.nn.products import matmul
from textvae.types import Tensor

DECODERS: dict[str, type[keras.Layer]] = {}
State = tuple[Tensor, ...]
Step = tuple[Tensor, State]


def register_decoder(name: str) -> Callable[[type], type]:
    """Class decorator that registers a decoder as a value of the setting `model.decoder`.

    Raises:
        ValueError: the name is taken.

    Example:
        >>> @register_decoder("example")
        ... class ExampleDecoder(keras.Layer):
        ...     ...
        >>> DECODERS.pop("example").__name__
        'ExampleDecoder'
    """

    def add(cls: type) -> type:
        if name in DECODERS:
            raise ValueError(f"decoder {name!r} is already {DECODERS[name].__name__}")
        DECODERS[name] = cls
        return cls

    return add


def build_decoder(
    name: str,
    embedding: WordEmbedding,
    latent_dim: int,
    hidden_dim: int,
    initializer: str | None = None,
) -> keras.Layer:
    """The registered decoder `name`, with all its weights.

    Raises:
        BadInput: no decoder has this name.

    Example:
        >>> embedding = WordEmbedding(vocab_size=11, embed_dim=4)
        >>> decoder = build_decoder("lstm", embedding, latent_dim=3, hidden_dim=5)
        >>> h, c, _ = decoder.initial_state(tf.zeros((1, 3)))
        >>> h.shape.as_list()
        [1, 5]
    """
    if name not in DECODERS:
        raise BadInput(f"unknown decoder {name!r}; choose one of {', '.join(sorted(DECODERS))}")
    return DECODERS[name](embedding, latent_dim, hidden_dim, initializer)


class LatentDense(keras.layers.Dense):
    """A dense layer of z. In a language model, without latent units, only its bias has effect.

    Example:
        >>> layer = LatentDense(2, bias_initializer="ones")
        >>> layer.build((None, 0))
        >>> layer(tf.zeros((1, 0))).numpy().tolist()
        [[1.0, 1.0]]
    """

    def call(self, z: Tensor) -> Tensor:
        """`[B, D]` -> `[B, units]`."""
        if self.kernel.shape[0] > 0:
            return super().call(z)
        # oneDNN cannot multiply by a matrix without rows; this empty sum is zero.
        product = tf.reduce_sum(z[:, :, None] * self.kernel.value, axis=1)
        return self.activation(product + self.bias.value)


@register_decoder("lstm")
class LSTMDecoder(keras.Layer):
    """An LSTM over the previous words; z sets its initial state and is added to every input.

    The output layer is the embedding table, transposed.

    Args:
        embedding: shared with the encoder.
        latent_dim: D.
        hidden_dim: H.
        initializer: of every kernel; None means each layer's default.

    Example:
        >>> decoder = LSTMDecoder(WordEmbedding(11, embed_dim=4), latent_dim=3, hidden_dim=5)
        >>> words = decoder.word_inputs(tf.constant([1]))  # <bos>
        >>> features, state = decoder.step(words, decoder.initial_state(tf.zeros((1, 3))))
        >>> decoder.logits(features).shape.as_list()
        [1, 11]
    """

    def __init__(
        self,
        embedding: WordEmbedding,
        latent_dim: int,
        hidden_dim: int,
        initializer: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        kernel = initializer or "glorot_uniform"
        self.embedding = embedding
        self.to_state = LatentDense(
            2 * hidden_dim, activation="tanh", kernel_initializer=kernel
        )
        self.to_input = LatentDense(embedding.embed_dim, kernel_initializer=kernel)
        self.lstm = LSTM(hidden_dim, initializer)
        self.to_features = keras.layers.Dense(embedding.embed_dim, kernel_initializer=kernel)
        for layer in (self.to_state, self.to_input):
            layer.build((None, latent_dim))
        self.lstm.build((None, None, embedding.embed_dim))
        self.to_features.build((None, None, hidden_dim))

    @property
    def bias(self) -> keras.Variable:
        """The bias of the logits, `[V]`."""
        return self.embedding.bias

    def hidden(
        self,
        input_ids: Tensor,
        z: Tensor,
        packed: PackedSequence,
        dropout: Dropout = tf.identity,
        products: tf.DType = tf.float32,
    ) -> Tensor:
        """Packed `[M]`, `[B, D]` -> `[M, E]`."""
        inputs = dropout(self.embedding(input_ids)) + packed.repeat(self.to_input(z))
        first = self._first_state(z)
        states = self.lstm(inputs, packed=packed, initial_state=first, products=products)
        kernel, bias = self.to_features.kernel.value, self.to_features.bias.value
        return dropout(matmul(dropout(states), kernel, products) + bias)

    def initial_state(self, z: Tensor) -> State:
        """`[B, D]` -> h `[B, H]`, c `[B, H]` and the part of the gates due to z, `[B, 4H]`."""
        cell = self.lstm.cell
        z_gates = tf.matmul(self.to_input(z), cell.kernel.value) + cell.bias.value
        return *self._first_state(z), z_gates

    def word_inputs(self, token_ids: Tensor) -> Tensor:
        """`[M]` -> the part of the gates due to each word, `[M, 4H]`."""
        return tf.matmul(self.embedding(token_ids), self.lstm.cell.kernel.value)

    def recurrent(self) -> Tensor:
        """As `LSTM.recurrent`."""
        return self.lstm.recurrent()

    def step(self, word_inputs: Tensor, state: State, recurrent: Any = None) -> Step:
        """One position: `[B, 4H]` and the state -> `[B, E]` and the next state."""
        h, c, z_gates = state
        h, c = self.lstm.step(word_inputs + z_gates, h, c, recurrent)
        return self.to_features(h), (h, c, z_gates)

    def logits(self, features: Tensor) -> Tensor:
        """`[M, E]` -> `[M, V]`."""
        return self.embedding.logits(features)

    def output_weights(self) -> tuple[Tensor, Tensor]:
        """Matrix `[E, V]` and bias `[V]`."""
        return self.embedding.output_weights()

    def token_nll(
        self, features: Tensor, targets: Tensor, products: tf.DType = tf.float32
    ) -> Tensor:
        """`[M, E]`, `[M]` -> `[M]` nats."""
        token_nll: Tensor = self.embedding.token_nll(features, targets, products)
        return token_nll

    def _first_state(self, z: Tensor) -> tuple[Tensor, Tensor]:
        h, c = tf.split(self.to_state(z), 2, axis=-1)
        return h, c


@register_decoder("repeat")
class RepeatDecoder(keras.Layer):
    """The article's decoder: an LSTM reads z at each position and never reads a word.

    Args:
        embedding: provides the size of the vocabulary; its vectors are not used.
        latent_dim: D.
        hidden_dim: H.
        initializer: of every kernel; None means each layer's default.

    Example:
        >>> decoder = RepeatDecoder(WordEmbedding(11, embed_dim=4), latent_dim=3, hidden_dim=5)
        >>> decoder.word_inputs(tf.constant([1, 7])).shape.as_list()
        [2, 0]
    """

    def __init__(
        self,
        embedding: WordEmbedding,
        latent_dim: int,
        hidden_dim: int,
        initializer: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.lstm = LSTM(hidden_dim, initializer)
        self.to_logits = keras.layers.Dense(
            embedding.vocab_size, kernel_initializer=initializer or "glorot_uniform"
        )
        self.lstm.build((None, None, latent_dim))
        self.to_logits.build((None, None, hidden_dim))
        embedding.bias.trainable = False  # it belongs to the tied output layer, not used here

    @property
    def bias(self) -> keras.Variable:
        """The bias of the logits, `[V]`."""
        return self.to_logits.bias

    def hidden(
        self,
        input_ids: Tensor,
        z: Tensor,
        packed: PackedSequence,
        dropout: Dropout = tf.identity,
        products: tf.DType = tf.float32,
    ) -> Tensor:
        """`[B, D]` -> `[M, H]`; `input_ids` are ignored."""
        del input_ids
        return dropout(self.lstm(packed.repeat(z), packed=packed, products=products))

    def initial_state(self, z: Tensor) -> State:
        """`[B, D]` -> zeros h and c `[B, H]`, and the part of the gates due to z, `[B, 4H]`."""
        cell = self.lstm.cell
        zeros = tf.zeros((tf.shape(z)[0], self.lstm.units), z.dtype)
        return zeros, zeros, tf.matmul(z, cell.kernel.value) + cell.bias.value

    def word_inputs(self, token_ids: Tensor) -> Tensor:
        """`[M]` -> `[M, 0]`: no input depends on a word."""
        return tf.zeros((tf.shape(token_ids)[0], 0))

    def recurrent(self) -> Tensor:
        """As `LSTM.recurrent`."""
        return self.lstm.recurrent()

    def step(self, word_inputs: Tensor, state: State, recurrent: Any = None) -> Step:
        """One position -> `[B, H]` and the next state."""
        del word_inputs
        h, c, z_gates = state
        h, c = self.lstm.step(z_gates, h, c, recurrent)
        return h, (h, c, z_gates)

    def logits(self, features: Tensor) -> Tensor:
        """`[M, H]` -> `[M, V]`."""
        return self.to_logits(features)

    def token_nll(
        self, features: Tensor, targets: Tensor, products: tf.DType = tf.float32
    ) -> Tensor:
        """`[M, H]`, `[M]` -> `[M]` nats."""
        table = tf.transpose(self.to_logits.kernel.value)
        bias = tf.convert_to_tensor(self.to_logits.bias.value)
        return cross_entropy(features, table, bias, targets, products)

    def output_weights(self) -> tuple[Tensor, Tensor]:
        """Matrix `[H, V]` and bias `[V]`."""
        return self.to_logits.kernel.value, self.to_logits.bias.value
