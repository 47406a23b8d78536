"""z and the words so far -> features of the next word -> logits.

A decoder is a `keras.Layer` made from (embedding, latent_dim, hidden_dim), with all its weights
from the start, and five methods. `hidden` must equal `initial_state` and `step` in a loop; a
test holds every registered decoder to it.

    hidden(input_ids [B, T], z [B, D], drop)  -> features [B, T, F]   teacher forcing
    initial_state(z [B, D])                   -> state, a tuple of [B, ...] tensors
    step(token_ids [B], state)                -> features [B, F], next state
    logits(features [M, F])                   -> [M, V]
    surprise(features [M, F], targets [M])    -> -log softmax(logits)[target], [M] nats

Features and logits are apart because logits cost the most: training asks for the surprise at
real positions only, never at padding. `drop` is a function that drops features in training.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from textvae.embedding import WordEmbedding
from textvae.errors import BadInput
from textvae.objective import cross_entropy
from textvae.recurrence import LSTM
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


def _spread(rows: Tensor, like: Tensor) -> Tensor:
    """`[B, E]` repeated at each position of `like` `[B, T]` -> `[B, T, E]`."""
    return tf.repeat(rows[:, None, :], tf.shape(like)[1], axis=1)


class FromCode(keras.layers.Dense):
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
        self.to_state = FromCode(2 * hidden_dim, activation="tanh")
        self.to_input = FromCode(embedding.embed_dim)
        self.lstm = LSTM(hidden_dim)
        self.to_features = keras.layers.Dense(embedding.embed_dim)
        for layer in (self.to_state, self.to_input):
            layer.build((None, latent_dim))
        self.lstm.build((None, None, embedding.embed_dim))
        self.to_features.build((None, None, hidden_dim))

    def hidden(self, input_ids: Tensor, z: Tensor, drop: Drop = tf.identity) -> Tensor:
        """`[B, T]`, `[B, D]` -> `[B, T, E]`."""
        state_h, state_c, z_input = self.initial_state(z)
        inputs = drop(self.embedding(input_ids)) + _spread(z_input, input_ids)
        states = self.lstm(inputs, initial_state=[state_h, state_c])
        return drop(self.to_features(drop(states)))

    def initial_state(self, z: Tensor) -> State:
        """`[B, D]` -> h `[B, H]`, c `[B, H]` and z as an input `[B, E]`."""
        h, c = tf.split(self.to_state(z), 2, axis=-1)
        return h, c, self.to_input(z)

    def step(self, token_ids: Tensor, state: State) -> tuple[Tensor, State]:
        """One position: `[B]` and the state -> `[B, E]` and the next state."""
        h, c, z_input = state
        out, (h, c) = self.lstm.cell(self.embedding(token_ids) + z_input, [h, c])
        return self.to_features(out), (h, c, z_input)

    def logits(self, features: Tensor) -> Tensor:
        """`[M, E]` -> `[M, V]`."""
        return self.embedding.logits(features)

    def surprise(self, features: Tensor, targets: Tensor) -> Tensor:
        """`[M, E]`, `[M]` -> `[M]` nats."""
        surprise: Tensor = self.embedding.surprise(features, targets)
        return surprise


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

    def hidden(self, input_ids: Tensor, z: Tensor, drop: Drop = tf.identity) -> Tensor:
        """`[B, T]` (for its length alone), `[B, D]` -> `[B, T, H]`."""
        return drop(self.lstm(_spread(z, input_ids)))

    def initial_state(self, z: Tensor) -> State:
        """`[B, D]` -> h and c `[B, H]`, zeros, and z itself."""
        zeros = tf.zeros((tf.shape(z)[0], self.lstm.units), z.dtype)
        return zeros, zeros, z

    def step(self, token_ids: Tensor, state: State) -> tuple[Tensor, State]:
        """One position -> `[B, H]` and the next state; `token_ids` are not looked at."""
        del token_ids
        h, c, z = state
        out, (h, c) = self.lstm.cell(z, [h, c])
        return out, (h, c, z)

    def logits(self, features: Tensor) -> Tensor:
        """`[M, H]` -> `[M, V]`."""
        return self.to_logits(features)

    def surprise(self, features: Tensor, targets: Tensor) -> Tensor:
        """`[M, H]`, `[M]` -> `[M]` nats."""
        table = tf.transpose(self.to_logits.kernel.value)
        bias = tf.convert_to_tensor(self.to_logits.bias.value)
        return cross_entropy(tf.cast(features, table.dtype), table, bias, targets)
