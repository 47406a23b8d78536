"""The information of a code about each word: log p(word|z) - log p(word|0)."""

from typing import Any

import tensorflow as tf

from textvae.types import Tensor

State = tuple[Any, Any]


class DecoderPair:
    """A decoder run twice on the same words: from the given codes, and from 0.

    Args:
        decoder: see `textvae.nn.decoders` for its methods.

    Example:
        >>> from textvae.nn.decoders import build_decoder
        >>> from textvae.nn.embedding import WordEmbedding
        >>> decoder = build_decoder("lstm", WordEmbedding(11, 4), latent_dim=3, hidden_dim=5)
        >>> pair = DecoderPair(decoder)
        >>> state = pair.initial_state(tf.zeros((2, 3)))
        >>> (given_z, given_0), _ = pair.step(tf.zeros((2, 20)), state)
        >>> bool(tf.reduce_all(given_z == given_0))  # here z is 0
        True
    """

    def __init__(self, decoder: Any) -> None:
        self.decoder = decoder

    def initial_state(self, z: Tensor) -> State:
        """The initial states, given z `[B, D]` and given 0."""
        return self.decoder.initial_state(z), self.decoder.initial_state(tf.zeros_like(z))

    def step(
        self, word_inputs: Tensor, state: State, recurrent: Tensor | None = None
    ) -> tuple[tuple[Tensor, Tensor], State]:
        """One position: `[B, I]` -> features `[B, F]` given z and given 0, and the states."""
        # Both in one product: with few captions, reading the weights takes most of the time.
        joined = tf.nest.map_structure(lambda *each: tf.concat(each, axis=0), *state)
        both = tf.concat([word_inputs] * 2, axis=0)
        features, joined = self.decoder.step(both, joined, recurrent)
        first, second = (
            tf.nest.map_structure(lambda each, half=half: tf.split(each, 2)[half], joined)
            for half in (0, 1)
        )
        given_z, given_0 = tf.split(features, 2)
        return (given_z, given_0), (first, second)


def log_probability(logits: Tensor, ids: Tensor) -> Tensor:
    """The log-probability of one word in each row, nats: `[B, V]`, `[B]` -> `[B]`.

    Example:
        >>> log_probability(tf.zeros((1, 4)), tf.constant([2])).numpy()
        array([-1.3862944], dtype=float32)
    """
    chosen = tf.gather(logits, ids, batch_dims=1)
    return chosen - tf.reduce_logsumexp(logits, axis=-1)
