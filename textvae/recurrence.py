"""The LSTM layer: cuDNN's kernel on a GPU, a loop of our own on a processor."""

from typing import Any

import keras
import tensorflow as tf

from textvae.types import Tensor


class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM(units, return_sequences=True)`: the same weights, the same states.

    Where there is a GPU it is that layer, whose settings qualify for cuDNN. On a processor the
    recurrence runs in `_scan`, which leaves to the loop only what depends on the state before.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(units, return_sequences=True, **kwargs)

    def call(
        self, sequences: Tensor, initial_state: Any = None, mask: Any = None, **options: Any
    ) -> Tensor:
        """`[B, T, I]` -> `[B, T, units]`; `initial_state` is h and c, `[B, units]` each."""
        if tf.config.list_logical_devices("GPU"):
            return super().call(sequences, initial_state, mask, **options)
        if mask is not None:
            raise ValueError("a mask is not looked at: put padding behind the words")
        kernel, recurrent, bias = (
            tf.cast(each.value, sequences.dtype)
            for each in (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
        )
        if initial_state is None:
            zeros = tf.zeros((tf.shape(sequences)[0], self.units), sequences.dtype)
            initial_state = (zeros, zeros)
        by_time = tf.transpose(sequences, (1, 0, 2))
        states = _scan(tf.tensordot(by_time, kernel, 1) + bias, recurrent, *initial_state)
        return tf.transpose(states, (1, 0, 2))


def step(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """What all four gates are given, `[B, 4H]`, and the cell before -> h, c and their parts.

    The gates stand in Keras's order: input, forget, candidate, output.

    Source: Hochreiter & Schmidhuber 1997, with the forget gates of Gers et al. 2000.
    """
    i, f, g, o = tf.split(gates, 4, axis=-1)
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    c = f * c + i * g
    squashed = tf.tanh(c)
    return o * squashed, c, (i, f, g, o, squashed)


@tf.custom_gradient
def _scan(inputs: Tensor, recurrent: Tensor, h: Tensor, c: Tensor) -> Any:
    """`[T, B, 4H]`, what the gates get of the input -> the states h, `[T, B, H]`.

    Both loops multiply by the recurrent matrix alone. Its gradient is one product over all
    positions when the loop is done, where automatic differentiation would make a small one at
    each position and add them up.
    """
    length = tf.shape(inputs)[0]

    def sequence() -> tf.TensorArray:
        return tf.TensorArray(inputs.dtype, size=length, clear_after_read=False)

    fed = sequence().unstack(inputs)

    def advance(t: Tensor, h: Tensor, c: Tensor, states: Any, cells: Any, kept: Any) -> Any:
        cells = cells.write(t, c)  # the one before, which the way back needs
        h, c, parts = step(fed.read(t) + tf.matmul(h, recurrent), c)
        kept = tuple(each.write(t, part) for each, part in zip(kept, parts, strict=True))
        return t + 1, h, c, states.write(t, h), cells, kept

    empty = (sequence(), sequence(), tuple(sequence() for _ in range(5)))
    *_, written, cells, kept = tf.while_loop(
        lambda t, *_: t < length, advance, (0, h, c, *empty), parallel_iterations=1
    )
    states = written.stack()

    def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
        given = sequence().unstack(upstream)
        back = tf.transpose(recurrent)

        def retreat(t: Tensor, to_h: Tensor, to_c: Tensor, to_gates: Any) -> Any:
            i, f, g, o, squashed = (each.read(t) for each in kept)
            to_h += given.read(t)
            to_c += to_h * o * (1.0 - squashed * squashed)
            slopes = (
                to_c * g * i * (1.0 - i),
                to_c * cells.read(t) * f * (1.0 - f),
                to_c * i * (1.0 - g * g),
                to_h * squashed * o * (1.0 - o),
            )
            slope = tf.concat(slopes, axis=-1)
            return t - 1, tf.matmul(slope, back), to_c * f, to_gates.write(t, slope)

        start = (length - 1, tf.zeros_like(h), tf.zeros_like(c), sequence())
        _, to_h, to_c, to_gates = tf.while_loop(
            lambda t, *_: t >= 0, retreat, start, parallel_iterations=1
        )
        to_inputs = to_gates.stack()
        before = tf.concat([h[None], states[:-1]], axis=0)
        to_recurrent = tf.tensordot(before, to_inputs, [[0, 1], [0, 1]])
        return to_inputs, to_recurrent, to_h, to_c

    return states, gradient
