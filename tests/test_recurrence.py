"""Our loop against Keras's layer, against numpy, and against differences of its own values."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import plain_lstm

from textvae.recurrence import LSTM

SHAPES = [(1, 1, 3, 2), (4, 7, 5, 6), (3, 12, 8, 16)]  # rows, positions, inputs, units


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


def drawn(*shape):
    return tf.constant(np.random.default_rng(sum(shape)).normal(size=shape), tf.float32)


def gradients(layer, sequences, state, upstream):
    """Of a weighted sum of all states: with respect to input, first state and weights."""
    weights = [weight.value for weight in layer.weights]
    with tf.GradientTape() as tape:
        tape.watch([sequences, *state])
        states = layer(sequences, initial_state=list(state))
        loss = tf.reduce_sum(states * upstream)
    return states, tape.gradient(loss, [sequences, *state, *weights])


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize(("rows", "positions", "inputs", "units"), SHAPES)
def test_states_and_gradients_are_those_of_keras(rows, positions, inputs, units, is_compiled):
    ours, plain = layers(inputs, units)
    arguments = (
        drawn(rows, positions, inputs),
        (drawn(rows, units), 0.5 - drawn(rows, units)),
        drawn(rows, positions, units),
    )
    run = tf.function(gradients) if is_compiled else gradients
    states, found = run(ours, *arguments)
    expected_states, expected = gradients(plain, *arguments)
    np.testing.assert_allclose(states, expected_states, atol=1e-5)
    for mine, theirs in zip(found, expected, strict=True):
        assert np.abs(theirs).max() > 1e-3
        np.testing.assert_allclose(mine, theirs, atol=1e-5 * max(1.0, np.abs(theirs).max()))


def test_states_are_those_of_the_recurrence_written_in_numpy():
    ours, _ = layers(5, 6)
    sequences = drawn(3, 9, 5)
    states = ours(sequences).numpy()
    for row, found in zip(sequences.numpy(), states, strict=True):
        np.testing.assert_allclose(found, plain_lstm(ours, row), atol=1e-5)


def test_a_gradient_is_the_slope_of_the_sum():
    ours, _ = layers(3, 4)
    sequences, upstream = drawn(2, 5, 3), drawn(2, 5, 4)
    state = (drawn(2, 4), drawn(2, 4))
    _, (_, _, to_c, *_) = gradients(ours, sequences, state, upstream)

    def value(c):
        return float(tf.reduce_sum(ours(sequences, initial_state=[state[0], c]) * upstream))

    nudge = np.zeros((2, 4), np.float32)
    nudge[1, 2] = 1e-2
    slope = (value(state[1] + nudge) - value(state[1] - nudge)) / 2e-2
    assert slope == pytest.approx(float(to_c[1, 2]), rel=1e-2)


def test_no_rows_are_no_states():
    ours, _ = layers(3, 4)
    sequences = tf.zeros((0, 6, 3))
    states, found = gradients(ours, sequences, (tf.zeros((0, 4)),) * 2, tf.zeros((0, 6, 4)))
    assert states.shape == (0, 6, 4)
    assert all(np.abs(each).sum() == 0 for each in found)


def test_a_mask_is_refused_rather_than_overlooked():
    ours, _ = layers(3, 4)
    with pytest.raises(ValueError, match="mask"):
        ours(drawn(1, 2, 3), mask=tf.constant([[True, False]]))
