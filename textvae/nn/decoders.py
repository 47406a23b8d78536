"""z and the words so far -> features of the next word -> logits.

A decoder is a `keras.Layer` made from (embedding, latent_dim, hidden_dim), with all its weights
from the start, and these methods. `hidden` must equal `initial_state` and `step` in a loop, and
`logits` the product with `output_weights`; a test holds every registered decoder to both.

    hidden(input_ids [M], z [B, D], packing, drop)  -> features [M, F]   teacher forcing
    initial_state(z [B, D])                   -> state, a tuple of [B, ...] tensors
    word_inputs(token_ids [M])                -> [M, I], what `step` takes of each word
    step(word_inputs [B, I], state)           -> features [B, F], next state
    logits(features [M, F])                   -> [M, V]
    readout()                                 -> matrix [F, V] and bias [V] of `logits`
    surprise(features [M, F], targets [M])    -> -log softmax(logits)[target], [M] nats
    bias                                      -> the variable [V] that `logits` ends with

Features and logits are apart because logits cost the most: training asks for the surprise at
real positions only, never at padding. Word inputs and steps are apart because what a step takes
of a word does not depend on the words before: for many steps all words' inputs are made once.
`drop` is a function that drops features in training.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from textvae.errors import BadInput
from textvae.nn.embedding import WordEmbedding
from textvae.nn.losses import cross_entropy
from textvae.nn.lstm import LSTM, step
from textvae.nn.packed_sequence import PackedSequence
from textvae.types import Tensor

DECODERS: dict[str, type[keras.Layer]] = {}
State = tuple[Tensor, ...]
Drop = Callable[[Tensor], Tensor]


def register_decoder(name: str) -> Callable[[type], type]:
    """Class decorator: make the decoder buildable by `name`."""

    def add(cls: type) -> type:
        if name in DECODERS:
            raise ValueError(f"decoder {name!r} is already {DECODERS[name].__name__}")
        DECODERS[name] = cls
        return cls

    return add


def build_decoder(
    name: str, embedding: WordEmbedding, latent_dim: int, hidden_dim: int
) -> keras.Layer:
    """The registered decoder `name`, with all its weights."""
    if name not in DECODERS:
        raise BadInput(f"unknown decoder {name!r}; choose one of {', '.join(sorted(DECODERS))}")
    return DECODERS[name](embedding, latent_dim, hidden_dim)


def _lstm_step(lstm: LSTM, inputs: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """The LSTM's next state, given what its gates get of the input and the bias, `[B, 4H]`."""
    h, c, _ = step(inputs + tf.matmul(h, lstm.cell.recurrent_kernel.value), c)
    return h, c


class LatentDense(keras.layers.Dense):
    """A dense layer of z. In a language model, which has no latent units, its bias is left."""

    def call(self, z: Tensor) -> Tensor:
        """`[B, D]` -> `[B, units]`."""
        if self.kernel.shape[0] > 0:
            return super().call(z)
        # The product with a matrix of no rows, which oneDNN cannot multiply by: zeros.
        product = tf.reduce_sum(z[:, :, None] * self.kernel.value, axis=1)
        return self.activation(product + self.bias.value)


@register_decoder("lstm")
class LSTMDecoder(keras.Layer):
    """Word by word: z sets the first state and is added to every input word.

    The output layer is the input table read the other way round.
    """

    def __init__(
        self, embedding: WordEmbedding, latent_dim: int, hidden_dim: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.embedding = embedding
        self.to_state = LatentDense(2 * hidden_dim, activation="tanh")
        self.to_input = LatentDense(embedding.embed_dim)
        self.lstm = LSTM(hidden_dim)
        self.to_features = keras.layers.Dense(embedding.embed_dim)
        for layer in (self.to_state, self.to_input):
            layer.build((None, latent_dim))
        self.lstm.build((None, None, embedding.embed_dim))
        self.to_features.build((None, None, hidden_dim))

    @property
    def bias(self) -> keras.Variable:
        """Of the logits, `[V]`."""
        return self.embedding.bias

    def hidden(
        self, input_ids: Tensor, z: Tensor, packing: PackedSequence, drop: Drop = tf.identity
    ) -> Tensor:
        """Packed `[M]`, `[B, D]` -> `[M, E]`."""
        inputs = drop(self.embedding(input_ids)) + packing.repeat(self.to_input(z))
        states = self.lstm(inputs, packing=packing, initial_state=self._first_state(z))
        return drop(self.to_features(drop(states)))

    def initial_state(self, z: Tensor) -> State:
        """`[B, D]` -> h `[B, H]`, c `[B, H]` and what the gates get of z, `[B, 4H]`."""
        cell = self.lstm.cell
        z_gates = tf.matmul(self.to_input(z), cell.kernel.value) + cell.bias.value
        return *self._first_state(z), z_gates

    def word_inputs(self, token_ids: Tensor) -> Tensor:
        """`[M]` -> what the gates get of each word, `[M, 4H]`."""
        return tf.matmul(self.embedding(token_ids), self.lstm.cell.kernel.value)

    def step(self, word_inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """One position: `[B, 4H]` and the state -> `[B, E]` and the next state."""
        h, c, z_gates = state
        h, c = _lstm_step(self.lstm, word_inputs + z_gates, h, c)
        return self.to_features(h), (h, c, z_gates)

    def logits(self, features: Tensor) -> Tensor:
        """`[M, E]` -> `[M, V]`."""
        return self.embedding.logits(features)

    def output_weights(self) -> tuple[Tensor, Tensor]:
        """Matrix `[E, V]` and bias `[V]`."""
        return self.embedding.output_weights()

    def token_nll(self, features: Tensor, targets: Tensor) -> Tensor:
        """`[M, E]`, `[M]` -> `[M]` nats."""
        token_nll: Tensor = self.embedding.token_nll(features, targets)
        return token_nll

    def _first_state(self, z: Tensor) -> tuple[Tensor, Tensor]:
        h, c = tf.split(self.to_state(z), 2, axis=-1)
        return h, c


@register_decoder("repeat")
class RepeatDecoder(keras.Layer):
    """The article's: z at each position, an LSTM, a softmax; words are never fed back."""

    def __init__(
        self, embedding: WordEmbedding, latent_dim: int, hidden_dim: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.lstm = LSTM(hidden_dim)
        self.to_logits = keras.layers.Dense(embedding.vocab_size)
        self.lstm.build((None, None, latent_dim))
        self.to_logits.build((None, None, hidden_dim))
        embedding.bias.trainable = False  # of the tied output layer, which is not used here

    @property
    def bias(self) -> keras.Variable:
        """Of the logits, `[V]`."""
        return self.to_logits.bias

    def hidden(
        self, input_ids: Tensor, z: Tensor, packing: PackedSequence, drop: Drop = tf.identity
    ) -> Tensor:
        """`[B, D]` -> `[M, H]`; words are not looked at."""
        del input_ids
        return drop(self.lstm(packing.repeat(z), packing=packing))

    def initial_state(self, z: Tensor) -> State:
        """`[B, D]` -> h and c `[B, H]`, zeros, and what the gates get of z, `[B, 4H]`."""
        cell = self.lstm.cell
        zeros = tf.zeros((tf.shape(z)[0], self.lstm.units), z.dtype)
        return zeros, zeros, tf.matmul(z, cell.kernel.value) + cell.bias.value

    def word_inputs(self, token_ids: Tensor) -> Tensor:
        """`[M]` -> `[M, 0]`: words are not looked at."""
        return tf.zeros((tf.shape(token_ids)[0], 0))

    def step(self, word_inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """One position -> `[B, H]` and the next state."""
        del word_inputs
        h, c, z_gates = state
        h, c = _lstm_step(self.lstm, z_gates, h, c)
        return h, (h, c, z_gates)

    def logits(self, features: Tensor) -> Tensor:
        """`[M, H]` -> `[M, V]`."""
        return self.to_logits(features)

    def token_nll(self, features: Tensor, targets: Tensor) -> Tensor:
        """`[M, H]`, `[M]` -> `[M]` nats."""
        table = tf.transpose(self.to_logits.kernel.value)
        bias = tf.convert_to_tensor(self.to_logits.bias.value)
        return cross_entropy(tf.cast(features, table.dtype), table, bias, targets)

    def output_weights(self) -> tuple[Tensor, Tensor]:
        """Matrix `[H, V]` and bias `[V]`."""
        return self.to_logits.kernel.value, self.to_logits.bias.value
