import keras
import numpy as np
import pytest
import tensorflow as tf

from textvae.training.optimizer import Adam

SETTINGS = {"learning_rate": 0.01, "global_clipnorm": 1.0}


def after_steps(optimizer, steps):
    """Weights and moments after random gradients, one of them sparse as of an embedding."""
    rng = np.random.default_rng(0)
    weights = [
        keras.Variable(rng.normal(size=shape), dtype="float32") for shape in ((5, 3), (4,))
    ]
    optimizer.build(weights)

    @tf.function
    def step(dense, rows, places):
        sparse = tf.IndexedSlices(rows, places, tf.constant([5, 3]))
        optimizer.apply([sparse, dense], weights)

    for _ in range(steps):
        draw = [rng.normal(size=shape).astype(np.float32) for shape in ((4,), (3, 3))]
        step(*map(tf.constant, draw), tf.constant(rng.integers(5, size=3)))  # may repeat
    return [np.asarray(each.value) for each in (*weights, *optimizer.variables)]


@pytest.mark.parametrize("steps", [1, 2, 50])
def test_steps_and_state_are_those_of_keras(steps):
    ours = after_steps(Adam(**SETTINGS), steps)
    plain = after_steps(keras.optimizers.Adam(**SETTINGS), steps)
    assert len(ours) == len(plain)
    for mine, theirs in zip(ours, plain, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def test_the_first_step_is_the_learning_rate_against_the_sign():
    """With both moments corrected for bias, m / sqrt(v) is 1 whatever the gradient."""
    weight = keras.Variable([1.0, 1.0, 1.0])
    optimizer = Adam(0.1)
    optimizer.build([weight])
    optimizer.apply([tf.constant([3.0, -0.02, 500.0])], [weight])
    np.testing.assert_allclose(weight.value, [0.9, 1.1, 0.9], rtol=1e-4)
