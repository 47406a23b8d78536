"""The LSTM layer: cuDNN's kernel on a GPU, our own loop on a CPU."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from textvae.nn.packed_sequence import PackedSequence
from textvae.nn.products import matmul
from textvae.runtime import devices
from textvae.types import Tensor


class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM(units, return_sequences=True)` over packed rows, with equal weights.

    Its forget gates start half open (bias 0). Keras starts with open ones (bias 1), which suits
    long sequences; captions are short, and training on them is faster this way.

    If its weights are on a GPU, it is Keras's layer over padded rows, with the settings that
    cuDNN's kernel requires. On a CPU the recurrence runs in `_scan`, whose loop computes only
    what depends on the previous state.

    Args:
        units: H.
        initializer: of the kernels; None means Keras's defaults for an LSTM.

    Example:
        >>> lstm, packed = LSTM(4), PackedSequence(tf.constant([2, 3]))
        >>> lstm.build((None, None, 6))
        >>> lstm(tf.zeros((5, 6)), packed=packed).shape.as_list()
        [5, 4]
    """

    def __init__(self, units: int, initializer: str | None = None, **kwargs: Any) -> None:
        super().__init__(
            units,
            return_sequences=True,
            unit_forget_bias=False,
            kernel_initializer=initializer or "glorot_uniform",
            recurrent_initializer=initializer or "orthogonal",
            **kwargs,
        )
        self.input_spec = None  # Keras's asks for [B, T, I]

    def call(
        self,
        inputs: Tensor,
        packed: PackedSequence,
        initial_state: Any = None,
        products: tf.DType = tf.float32,
    ) -> Tensor:
        """`[M, I]` -> `[M, H]`.

        Args:
            inputs: packed.
            packed: their layout.
            initial_state: h and c, `[B, H]` each; None means zeros.
            products: the precision of the matrix products, see `matmul`; cuDNN has its own.
        """
        if self.reads_padded:
            return packed.pack(self.padded(packed.unpack(inputs), initial_state))
        kernel, recurrent, bias = (each.value for each in self.cell.trainable_variables)
        state = tuple(tf.gather(each, packed.order) for each in initial_state or ())
        gates = tf.nn.bias_add(matmul(inputs, kernel, products), bias)
        return _scan(gates, recurrent, packed.counts, state, products)

    @property
    def reads_padded(self) -> bool:
        """Whether the layer is on a GPU, where `call` unpacks the rows for `padded`."""
        return devices.is_gpu(self.cell.recurrent_kernel.value.device)

    def padded(self, inputs: Tensor, initial_state: Any = None) -> Tensor:
        """Keras's layer: `[B, T, I]` -> `[B, T, H]`, meaningless after the end of a row."""
        return super().call(inputs, initial_state)


def step(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """The next h and c, `[B, H]` each, from the gate pre-activations `[B, 4H]` and the last c.

    The gates are in Keras's order: input, forget, candidate, output. The third result holds
    what the gradient needs: the four activated gates and tanh(c).

    Example:
        >>> gates = tf.constant([[10.0, -10.0, 0.5, 10.0]])  # H = 1: write, forget, output
        >>> h, c, _ = step(gates, tf.constant([[7.0]]))
        >>> round(float(c[0, 0]), 2), round(float(h[0, 0]), 2)  # tanh(0.5), tanh(tanh(0.5))
        (0.46, 0.43)

    Source: Hochreiter & Schmidhuber 1997, with the forget gates of Gers et al. 2000.
    """
    i, f, g, o = tf.split(gates, 4, axis=-1)
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    c = f * c + i * g
    squashed = tf.tanh(c)
    return o * squashed, c, (i, f, g, o, squashed)


def _scan(
    gates: Tensor,
    recurrent: Tensor,
    counts: Tensor,
    state: Sequence[Tensor],
    products: tf.DType,
) -> Tensor:
    """The states h of all positions, from the input's part of the gates: `[M, 4H]` -> `[M, H]`.

    `state` is the first h and c, `[B, H]` each in the packed order, or empty for zeros, with
    which the first position needs no matrix product, forward or backward. A row that has ended
    takes no part in later positions.

    Both loops multiply by the recurrent matrix only. Its gradient is one product over all
    positions after the loop; automatic differentiation would compute a small product at each
    position and add them up.
    """

    @tf.custom_gradient
    def scan(gates: Tensor, recurrent: Tensor, *state: Tensor) -> Any:
        return _scan_with_gradient(gates, tf.cast(recurrent, products), counts, *state)

    states: Tensor = scan(gates, recurrent, *state)
    return states


def _scan_with_gradient(
    gates: Tensor, recurrent: Tensor, counts: Tensor, *state: Tensor
) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, ...]]]:
    """The states, and the function from their gradient to the gradients of the arguments.

    The products are in the precision of `recurrent`.
    """
    length, starts = tf.size(counts), tf.cumsum(counts, exclusive=True)
    units, products = recurrent.shape[0], recurrent.dtype
    first = 0 if state else 1  # the first position with a product

    def sequence(width: int = units) -> tf.TensorArray:
        return tf.TensorArray(
            gates.dtype, length, False, False, infer_shape=False, element_shape=(None, width)
        )

    def at(values: Tensor, t: Tensor) -> Tensor:
        return values[starts[t] : starts[t] + counts[t]]

    def write(arrays: Any, t: Tensor, parts: Any) -> Any:
        return tuple(each.write(t, part) for each, part in zip(arrays, parts, strict=True))

    def forward(t: Tensor, gates_at: Tensor, h: Tensor, c: Tensor, arrays: Any) -> Any:
        next_h, next_c, parts = step(gates_at, c)
        return t + 1, next_h, next_c, write(arrays, t, (next_h, h, c, *parts))

    def advance(t: Tensor, h: Tensor, c: Tensor, arrays: Any) -> Any:
        h, c = h[: counts[t]], c[: counts[t]]
        return forward(t, at(gates, t) + matmul(h, recurrent, products), h, c, arrays)

    empty = tuple(sequence() for _ in range(8))
    if state:
        start = (0, *state, empty)
    else:
        zeros = tf.zeros((counts[0], units), gates.dtype)
        start = forward(0, at(gates, 0), zeros, zeros, empty)
    rows = tf.TensorShape((None, units))
    *_, (states, states_before, cells_before, *kept) = tf.while_loop(
        lambda t, *_: t < length,
        advance,
        start,
        (None, rows, rows, (None,) * 8),
        parallel_iterations=1,
    )

    def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
        transposed = tf.transpose(recurrent)
        num_ending = counts - tf.concat([counts[1:], [0]], axis=0)

        def backward(t: Tensor, to_h: Tensor, to_c: Tensor) -> Any:
            i, f, g, o, squashed = (each.read(t) for each in kept)
            added = [[0, num_ending[t]], [0, 0]]  # rows that end here
            to_h = tf.pad(to_h, added) + at(upstream, t)
            to_c = tf.pad(to_c, added) + _tanh_gradient(squashed, to_h * o)
            to_gates_at = (
                _sigmoid_gradient(i, to_c * g),
                _sigmoid_gradient(f, to_c * cells_before.read(t)),
                _tanh_gradient(g, to_c * i),
                _sigmoid_gradient(o, to_h * squashed),
            )
            return tf.concat(to_gates_at, axis=-1), to_c * f

        def retreat(t: Tensor, to_h: Tensor, to_c: Tensor, to_gates: Any) -> Any:
            to_gates_at, to_c = backward(t, to_h, to_c)
            to_h = matmul(to_gates_at, transposed, products)
            return t - 1, to_h, to_c, to_gates.write(t, to_gates_at)

        no_rows = tf.zeros((0, units), gates.dtype)
        _, to_h, to_c, to_gates = tf.while_loop(
            lambda t, *_: t >= first,
            retreat,
            (length - 1, no_rows, no_rows, sequence(4 * units)),
            (None, rows, rows, None),
            parallel_iterations=1,
        )
        if not state:
            to_gates = to_gates.write(0, backward(0, to_h, to_c)[0])
        to_all_gates, before = to_gates.concat(), states_before.concat()
        skipped = 0 if state else counts[0]
        to_recurrent = matmul(
            before[skipped:], to_all_gates[skipped:], products, transpose_a=True
        )
        return to_all_gates, to_recurrent, *((to_h, to_c) if state else ())

    return states.concat(), gradient


# The gradients with respect to x of y = tanh(x) and y = sigmoid(x), each in one operation
# instead of the three of the formula.
def _tanh_gradient(y: Tensor, upstream: Tensor) -> Tensor:
    return tf.raw_ops.TanhGrad(y=y, dy=upstream)


def _sigmoid_gradient(y: Tensor, upstream: Tensor) -> Tensor:
    return tf.raw_ops.SigmoidGrad(y=y, dy=upstream)
