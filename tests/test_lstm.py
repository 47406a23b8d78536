"""Our loop against Keras's layer, against numpy, and against differences of its own values."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import plain_lstm

from textvae.nn.lstm import LSTM
from textvae.nn.packed_sequence import PackedSequence

RAGGED = (5, 12, 1, 12, 8)
SIZES = [(3, 2), (5, 6), (8, 16)]  # inputs, units
# Rows of every kind in one size, and rows of different lengths in every size.
CASES = [((1,), (5, 6)), ((7, 7, 7, 7), (5, 6)), *((RAGGED, size) for size in SIZES)]
COMPILED = [((1,), (5, 6)), (RAGGED, (5, 6))]  # loops without an iteration, and with some


def layers(inputs, units):
    """Ours and Keras's, with the same weights, none of which is zero."""
    rng = np.random.default_rng(units)
    ours, plain = LSTM(units), keras.layers.LSTM(units, return_sequences=True)
    for layer in (ours, plain):
        layer.build((None, None, inputs))
    for mine, theirs in zip(ours.weights, plain.weights, strict=True):
        mine.assign(rng.normal(0.0, 0.5, mine.shape))
        theirs.assign(mine)
    return ours, plain


def random_values(*shape):
    return tf.constant(np.random.default_rng(sum(shape)).normal(size=shape), tf.float32)


def ours_padded(layer, sequences, state, lengths):
    """States `[B, T, H]` by way of packed rows, zeros after the end of each row."""
    packed = PackedSequence(tf.constant(lengths))
    return packed.unpack(
        layer(packed.pack(sequences), packed=packed, initial_state=list(state) or None)
    )


def keras_padded(layer, sequences, state, lengths):
    """The states of Keras's layer for the same rows, zeros after the end of each row."""
    mask = tf.sequence_mask(lengths, sequences.shape[1], sequences.dtype)[..., None]
    return layer(sequences, initial_state=list(state) or None) * mask


def gradients(states_of, layer, sequences, state, lengths):
    """The states, and the gradients of a weighted sum of them by input, state and weights."""
    weights = [weight.value for weight in layer.weights]
    with tf.GradientTape() as tape:
        tape.watch([sequences, *state])
        states = states_of(layer, sequences, state, lengths)
        loss = tf.reduce_sum(states * random_values(len(lengths), max(lengths), layer.units))
    found = tape.gradient(loss, [sequences, *state, *weights])
    return states, [tf.convert_to_tensor(each) for each in found]


@functools.cache
def of_keras(lengths, size, has_state):
    """Our layer and its arguments, and what Keras's gives for them: states and gradients."""
    inputs, units = size
    ours, plain = layers(inputs, units)
    rows = len(lengths)
    state = (random_values(rows, units), 0.5 - random_values(rows, units)) if has_state else ()
    arguments = (random_values(rows, max(lengths), inputs), state, list(lengths))
    return ours, arguments, gradients(keras_padded, plain, *arguments)


@pytest.mark.parametrize("has_state", [False, True])
@pytest.mark.parametrize(
    ("lengths", "size", "is_compiled"),
    [*((*case, False) for case in CASES), *((*case, True) for case in COMPILED)],
)
def test_states_and_gradients_are_those_of_keras(lengths, size, is_compiled, has_state):
    """With a first state and without one, where the first position is computed separately."""
    ours, arguments, (expected_states, expected) = of_keras(lengths, size, has_state)
    units = size[1]
    run = tf.function(gradients, autograph=False) if is_compiled else gradients
    states, found = run(ours_padded, ours, *arguments)
    np.testing.assert_allclose(states, expected_states, atol=1e-5)
    for mine, theirs in zip(found, expected, strict=True):
        # One position without a state before it does not depend on the recurrent weights.
        is_alone = not has_state and max(lengths) == 1 and theirs.shape == (units, 4 * units)
        assert np.abs(theirs).max() > 1e-3 or is_alone
        np.testing.assert_allclose(mine, theirs, atol=1e-5 * max(1.0, np.abs(theirs).max()))


def test_states_are_those_of_the_recurrence_written_in_numpy():
    ours, _ = layers(5, 6)
    sequences, lengths = random_values(3, 9, 5), [4, 9, 6]
    packed = PackedSequence(tf.constant(lengths))
    states = packed.unpack(ours(packed.pack(sequences), packed=packed)).numpy()
    for row, found, length in zip(sequences.numpy(), states, lengths, strict=True):
        np.testing.assert_allclose(found[:length], plain_lstm(ours, row[:length]), atol=1e-5)


def test_a_gradient_is_the_slope_of_the_sum():
    ours, _ = layers(3, 4)
    sequences, lengths = random_values(2, 5, 3), [3, 5]
    state = (random_values(2, 4), random_values(2, 4))
    _, (_, _, to_c, *_) = gradients(ours_padded, ours, sequences, state, lengths)

    def value(c):
        states = ours_padded(ours, sequences, (state[0], c), lengths)
        return float(tf.reduce_sum(states * random_values(2, 5, 4)))

    nudge = np.zeros((2, 4), np.float32)
    nudge[1, 2] = 1e-2
    slope = (value(state[1] + nudge) - value(state[1] - nudge)) / 2e-2
    assert slope == pytest.approx(float(to_c[1, 2]), rel=1e-2)


@pytest.mark.parametrize("state", [None, [tf.zeros((0, 4))] * 2])
def test_no_rows_are_no_states(state):
    ours, _ = layers(3, 4)
    packed = PackedSequence(tf.zeros((0,), tf.int32))
    inputs = tf.zeros((0, 3))

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            states = ours(inputs, packed=packed, initial_state=state)
        weights = [weight.value for weight in ours.weights]
        return states, tape.gradient(states, [inputs, *weights])

    states, found = run()
    assert states.shape == (0, 4)
    assert all(np.abs(gradient).sum() == 0 for gradient in found)


def test_forget_gates_start_half_open():
    """Keras's start open, which suits sequences longer than captions."""
    layer = LSTM(4)
    layer.build((None, None, 3))
    assert np.abs(layer.cell.bias.numpy()).max() == 0.0
