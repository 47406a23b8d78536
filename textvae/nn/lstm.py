"""The LSTM layer: cuDNN's kernel on a GPU, a loop of our own on a processor."""

from typing import Any

import keras
import tensorflow as tf

from textvae.nn.packed_sequence import PackedSequence
from textvae.types import Tensor


class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM(units, return_sequences=True)` over packed rows: the same weights.

    But its forget gates start half open. Keras opens them, as suits long sequences; captions
    are short, and learned faster so.

    Where there is a GPU it is that layer, whose settings qualify for cuDNN. On a processor the
    recurrence runs in `_scan`, which leaves to the loop only what depends on the state before.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(units, return_sequences=True, unit_forget_bias=False, **kwargs)
        self.input_spec = None  # Keras's asks for [B, T, I]

    def call(
        self, packed: Tensor, packing: PackedSequence, initial_state: Any = None
    ) -> Tensor:
        """`[M, I]` -> `[M, units]`; `initial_state` is h and c, `[B, units]` each."""
        if tf.config.list_logical_devices("GPU"):
            return packing.pack(super().call(packing.unpack(packed), initial_state))
        kernel, recurrent, bias = (
            tf.cast(each.value, packed.dtype)
            for each in (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
        )
        state = tuple(tf.gather(each, packing.order) for each in initial_state or ())
        inputs = tf.nn.bias_add(tf.matmul(packed, kernel), bias)
        return _scan(inputs, recurrent, packing.counts, *state)


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
def _scan(inputs: Tensor, recurrent: Tensor, counts: Tensor, *state: Tensor) -> Any:
    """`[M, 4H]`, what the gates get of the packed input -> the states h, `[M, H]`.

    The first state, h and c `[B, H]` in the packing's order, is zeros when left out: then the
    first position has no product, and neither has the way back to there. A row that has ended
    is left out of what follows.

    Both loops multiply by the recurrent matrix alone. Its gradient is one product over all
    positions when the loop is done, where automatic differentiation would make a small one at
    each position and add them up.
    """
    length, starts = tf.size(counts), tf.cumsum(counts, exclusive=True)
    units = recurrent.shape[0]
    first = 0 if state else 1  # position with a product

    def sequence(width: int = units) -> tf.TensorArray:
        return tf.TensorArray(
            inputs.dtype, length, False, False, infer_shape=False, element_shape=(None, width)
        )

    def at(packed: Tensor, t: Tensor) -> Tensor:
        return packed[starts[t] : starts[t] + counts[t]]

    def write(arrays: Any, t: Tensor, parts: Any) -> Any:
        return tuple(each.write(t, part) for each, part in zip(arrays, parts, strict=True))

    def enter(t: Tensor, gates: Tensor, h: Tensor, c: Tensor, arrays: Any) -> Any:
        after_h, after_c, parts = step(gates, c)
        return t + 1, after_h, after_c, write(arrays, t, (after_h, h, c, *parts))

    def advance(t: Tensor, h: Tensor, c: Tensor, arrays: Any) -> Any:
        h, c = h[: counts[t]], c[: counts[t]]
        return enter(t, at(inputs, t) + tf.matmul(h, recurrent), h, c, arrays)

    empty = tuple(sequence() for _ in range(8))
    if state:
        start = (0, *state, empty)
    else:
        zeros = tf.zeros((counts[0], units), inputs.dtype)
        start = enter(0, at(inputs, 0), zeros, zeros, empty)
    rows = tf.TensorShape((None, units))
    *_, (states, states_before, cells_before, *kept) = tf.while_loop(
        lambda t, *_: t < length,
        advance,
        start,
        (None, rows, rows, (None,) * 8),
        parallel_iterations=1,
    )

    def gradient(upstream: Tensor) -> tuple[Tensor | None, ...]:
        back, ending = tf.transpose(recurrent), counts - tf.concat([counts[1:], [0]], axis=0)

        def leave(t: Tensor, to_h: Tensor, to_c: Tensor) -> Any:
            i, f, g, o, squashed = (each.read(t) for each in kept)
            more = [[0, ending[t]], [0, 0]]  # the rows that end here
            to_h = tf.pad(to_h, more) + at(upstream, t)
            to_c = tf.pad(to_c, more) + _through_tanh(squashed, to_h * o)
            slopes = (
                _through_sigmoid(i, to_c * g),
                _through_sigmoid(f, to_c * cells_before.read(t)),
                _through_tanh(g, to_c * i),
                _through_sigmoid(o, to_h * squashed),
            )
            return tf.concat(slopes, axis=-1), to_c * f

        def retreat(t: Tensor, to_h: Tensor, to_c: Tensor, to_gates: Any) -> Any:
            slope, to_c = leave(t, to_h, to_c)
            return t - 1, tf.matmul(slope, back), to_c, to_gates.write(t, slope)

        none = tf.zeros((0, units), inputs.dtype)
        _, to_h, to_c, to_gates = tf.while_loop(
            lambda t, *_: t >= first,
            retreat,
            (length - 1, none, none, sequence(4 * units)),
            (None, rows, rows, None),
            parallel_iterations=1,
        )
        if not state:
            to_gates = to_gates.write(0, leave(0, to_h, to_c)[0])
        to_inputs, before = to_gates.concat(), states_before.concat()
        skipped = 0 if state else counts[0]
        to_recurrent = tf.matmul(before[skipped:], to_inputs[skipped:], transpose_a=True)
        return to_inputs, to_recurrent, None, *((to_h, to_c) if state else ())

    return states.concat(), gradient


def _through_tanh(y: Tensor, upstream: Tensor) -> Tensor:
    """The gradient at x of y = tanh(x), in one operation where the formula takes three."""
    return tf.raw_ops.TanhGrad(y=y, dy=upstream)


def _through_sigmoid(y: Tensor, upstream: Tensor) -> Tensor:
    return tf.raw_ops.SigmoidGrad(y=y, dy=upstream)
