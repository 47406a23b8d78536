"""The LSTM layer: cuDNN's kernel on a GPU, a custom loop on a CPU."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from textvae.nn.packed_sequence import PackedSequence
from textvae.nn.products import matmul, matmul_widened, widened
from textvae.runtime import devices
from textvae.types import Tensor


class LSTM(keras.layers.LSTM):
    """`keras.layers.LSTM(units, return_sequences=True)` over packed rows, with equal weights.

    Its forget gates start half open (bias 0). Keras starts with open ones (bias 1), which suits
    long sequences; captions are short, and training on them is faster with bias 0.

    If its weights are on a GPU, it is Keras's layer over padded rows, with the settings that
    cuDNN's kernel requires. On a CPU the recurrence runs in `_scan`, whose loop computes only
    the terms that depend on the previous state.

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
        self.input_spec = None  # Keras's requires [B, T, I]

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

    def recurrent(self) -> Tensor:
        """The recurrent kernel as `widened` lays it out, `[H, 4H + EXTRA]`."""
        return widened(self.cell.recurrent_kernel.value)

    def step(
        self, inputs: Tensor, h: Tensor, c: Tensor, recurrent: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """The next h and c.

        Args:
            inputs: the gates without the recurrent part, `[B, 4H]`.
            h: `[B, H]`.
            c: `[B, H]`.
            recurrent: of the method of that name, computed once for many steps.
        """
        if recurrent is None:
            product = tf.matmul(h, self.cell.recurrent_kernel.value)
        else:
            product = matmul_widened(h, recurrent)
        h, c, _ = step(inputs + product, c)
        return h, c


def step(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """The next h and c, `[B, H]` each, from the gate pre-activations `[B, 4H]` and the last c.

    The gates are in Keras's order: input, forget, candidate, output. The third result is for
    the gradient: the four activated gates and tanh(c).

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
    """The states h of all positions, from the input part of the gates: `[M, 4H]` -> `[M, H]`.

    `state` is the initial h and c, `[B, H]` each in the packed order, or empty for zeros, with
    which the first position needs no matrix product, forward or backward. A row that has ended
    is not part of later positions.

    Both loops multiply by the recurrent matrix only. Its gradient is one product over all
    positions after the loop; automatic differentiation would compute a small product at each
    position and add them up.
    """

    @tf.custom_gradient
    def scan(gates: Tensor, recurrent: Tensor, *state: Tensor) -> Any:
        recurrence = _Recurrence(gates, tf.cast(recurrent, products), counts, state)
        return recurrence.forward(), recurrence.backward

    states: Tensor = scan(gates, recurrent, *state)
    return states


class _Recurrence:
    """The two loops of `_scan`, whose products are in the precision of `recurrent`.

    In both loops the second factor is laid out for many products with few rows: in float32 as
    `widened` does, in bfloat16 transposed, since oneDNN is a sixth faster this way. (Eigen,
    which multiplies in float32, takes two to ten times as long with a transposed factor.)
    """

    def __init__(
        self, gates: Tensor, recurrent: Tensor, counts: Tensor, state: Sequence[Tensor]
    ) -> None:
        self.gates, self.counts, self.state = gates, counts, state
        self.starts, self.length = tf.cumsum(counts, exclusive=True), tf.size(counts)
        self.num_ending = counts - tf.concat([counts[1:], [0]], axis=0)
        self.units, self.products = recurrent.shape[0], recurrent.dtype
        self.rows = tf.TensorShape((None, self.units))
        transposed = tf.transpose(recurrent)
        self.ahead, self.back = (
            (transposed, recurrent)
            if self.products == tf.bfloat16
            else (widened(recurrent), widened(transposed))
        )

    def forward(self) -> Tensor:
        """The states h of all positions, `[M, H]`, with the arrays stored for the gradient."""
        empty = tuple(self._sequence(self.units) for _ in range(8))
        if self.state:
            start = (0, *self.state, empty)
        else:
            zeros = tf.zeros((self.counts[0], self.units), self.gates.dtype)
            start = self._write(0, self._at(self.gates, 0), zeros, zeros, empty)
        *_, (states, self.states_before, self.cells_before, *self.kept) = tf.while_loop(
            lambda t, *_: t < self.length,
            self._advance,
            start,
            (None, self.rows, self.rows, (None,) * 8),
            parallel_iterations=1,
        )
        return states.concat()

    def backward(self, upstream: Tensor) -> tuple[Tensor, ...]:
        """The gradients of all float arguments from that of the states, `[M, H]`."""
        first = 0 if self.state else 1  # the first position with a product

        def retreat(t: Tensor, to_h: Tensor, to_c: Tensor, to_gates: Any) -> Any:
            to_gates_at, to_c = self._gradient_at(t, upstream, to_h, to_c)
            to_h = self._product(to_gates_at, self.back)
            return t - 1, to_h, to_c, to_gates.write(t, to_gates_at)

        no_rows = tf.zeros((0, self.units), self.gates.dtype)
        _, to_h, to_c, to_gates = tf.while_loop(
            lambda t, *_: t >= first,
            retreat,
            (self.length - 1, no_rows, no_rows, self._sequence(4 * self.units)),
            (None, self.rows, self.rows, None),
            parallel_iterations=1,
        )
        if not self.state:
            to_gates = to_gates.write(0, self._gradient_at(0, upstream, to_h, to_c)[0])
        to_all_gates, before = to_gates.concat(), self.states_before.concat()
        skipped = 0 if self.state else self.counts[0]
        to_recurrent = matmul(
            before[skipped:], to_all_gates[skipped:], self.products, transpose_a=True
        )
        return to_all_gates, to_recurrent, *((to_h, to_c) if self.state else ())

    def _advance(self, t: Tensor, h: Tensor, c: Tensor, arrays: Any) -> Any:
        h, c = h[: self.counts[t]], c[: self.counts[t]]
        gates = self._at(self.gates, t) + self._product(h, self.ahead)
        return self._write(t, gates, h, c, arrays)

    def _product(self, rows: Tensor, factor: Tensor) -> Tensor:
        """Of few rows and `ahead` or `back`."""
        if self.products == tf.bfloat16:
            return matmul(rows, factor, self.products, transpose_b=True)
        return matmul_widened(rows, factor)

    def _write(self, t: Tensor, gates: Tensor, h: Tensor, c: Tensor, arrays: Any) -> Any:
        """The next position with its h and c, and the arrays with the values of this one."""
        next_h, next_c, parts = step(gates, c)
        written = zip(arrays, (next_h, h, c, *parts), strict=True)
        return t + 1, next_h, next_c, tuple(each.write(t, part) for each, part in written)

    def _gradient_at(
        self, t: Tensor, upstream: Tensor, to_h: Tensor, to_c: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The gradients of the gates at a position and of the previous c."""
        i, f, g, o, squashed = (each.read(t) for each in self.kept)
        added = [[0, self.num_ending[t]], [0, 0]]  # rows that end here
        to_h = tf.pad(to_h, added) + self._at(upstream, t)
        to_c = tf.pad(to_c, added) + _tanh_gradient(squashed, to_h * o)
        to_gates = (
            _sigmoid_gradient(i, to_c * g),
            _sigmoid_gradient(f, to_c * self.cells_before.read(t)),
            _tanh_gradient(g, to_c * i),
            _sigmoid_gradient(o, to_h * squashed),
        )
        return tf.concat(to_gates, axis=-1), to_c * f

    def _at(self, values: Tensor, t: Tensor) -> Tensor:
        """The values of one position."""
        return values[self.starts[t] : self.starts[t] + self.counts[t]]

    def _sequence(self, width: int) -> tf.TensorArray:
        """An empty array of values by position, `[rows, width]` each."""
        return tf.TensorArray(
            self.gates.dtype,
            self.length,
            False,
            False,
            infer_shape=False,
            element_shape=(None, width),
        )


# The gradients with respect to x of y = tanh(x) and y = sigmoid(x), each as one operation
# instead of the formula's three.
def _tanh_gradient(y: Tensor, upstream: Tensor) -> Tensor:
    return tf.raw_ops.TanhGrad(y=y, dy=upstream)


def _sigmoid_gradient(y: Tensor, upstream: Tensor) -> Tensor:
    return tf.raw_ops.SigmoidGrad(y=y, dy=upstream)
