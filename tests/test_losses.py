import numpy as np
import pytest
import tensorflow as tf

from textvae.errors import BadInput
from textvae.nn.losses import (
    beta_schedule,
    constant,
    cross_entropy,
    cyclical,
    kl_penalty,
    linear,
)


def values(schedule, steps):
    return [round(float(schedule(tf.constant(step))), 4) for step in steps]


def test_without_free_bits_the_penalty_is_the_mean_kl():
    kl_per_unit = np.random.default_rng(0).exponential(size=(9, 4)).astype(np.float32)
    expected = kl_per_unit.sum(axis=1).mean()
    assert float(kl_penalty(tf.constant(kl_per_unit))) == pytest.approx(expected, rel=1e-6)


def test_free_bits_put_a_floor_under_the_batch_mean_of_each_unit():
    kl_per_unit = tf.constant([[0.0, 2.0, 0.1], [0.8, 4.0, 0.1]])  # means 0.4, 3, 0.1
    assert float(kl_penalty(kl_per_unit, free_bits=0.3)) == pytest.approx(0.4 + 3.0 + 0.3)


def test_a_unit_below_the_floor_gets_no_push():
    kl_per_unit = tf.Variable([[0.1, 2.0], [0.2, 2.0]])
    with tf.GradientTape() as tape:
        penalty = kl_penalty(kl_per_unit, free_bits=0.5)
    assert tape.gradient(penalty, kl_per_unit).numpy().tolist() == [[0, 0.5], [0, 0.5]]


def test_a_constant_beta_is_the_same_at_every_step():
    assert values(constant(0.3), [0, 1, 10**6]) == [0.3, 0.3, 0.3]


def test_a_linear_beta_climbs_from_0_and_stays():
    assert values(linear(10, 0.5), [0, 1, 5, 10, 11, 10**6]) == [0, 0.05, 0.25, 0.5, 0.5, 0.5]


def test_a_cyclical_beta_climbs_for_half_of_each_cycle():
    steps = [0, 4, 5, 9, 10, 14, 25]
    assert values(cyclical(10, 2.0), steps) == [0, 1.6, 2, 2, 0, 1.6, 2]
    assert values(cyclical(10, 1.0, ramp=1.0), [5, 9]) == [0.5, 0.9]


@pytest.mark.parametrize("kind", ["constant", "linear", "cyclical"])
def test_a_schedule_by_its_name_reaches_beta(kind):
    assert values(beta_schedule(kind, 0.7, 4), [7]) == [0.7]
    assert values(beta_schedule(kind, 0.7, 4), [0]) == [0.7 if kind == "constant" else 0.0]


@pytest.mark.parametrize("make", [
    lambda: linear(0), lambda: cyclical(0), lambda: cyclical(5, ramp=0.0),
    lambda: cyclical(5, ramp=1.1),
])  # fmt: skip
def test_lengths_that_make_no_schedule_are_refused(make):
    with pytest.raises(BadInput, match="got"):
        make()


def surprise_of_tensorflow(features, table, bias, targets):
    logits = tf.matmul(features, table, transpose_b=True) + bias
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)


def surprise_and_gradients(function, *arguments):
    upstream = tf.constant([0.3, 0.0, -2.0, 1.0, 0.7])
    with tf.GradientTape() as tape:
        tape.watch(arguments[:3])
        token_nll = function(*arguments)
        loss = tf.reduce_sum(token_nll * upstream)
    return [token_nll, *tape.gradient(loss, arguments[:3])]


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_the_cross_entropy_and_its_gradients_are_tensorflows(scale, kind):
    rng = np.random.default_rng(3)
    features, table, bias = (
        tf.constant(scale * rng.normal(size=shape), tf.float32) for shape in ((5, 4), (9, 4), 9)
    )
    targets = tf.constant([0, 8, 3, 3, 5], kind)  # a word twice
    ours = surprise_and_gradients(cross_entropy, features, table, bias, targets)
    theirs = surprise_and_gradients(surprise_of_tensorflow, features, table, bias, targets)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-5 * scale)


def test_equal_logits_cost_log_v():
    token_nll = cross_entropy(
        tf.zeros((2, 3)), tf.ones((7, 3)), tf.ones(7), tf.constant([1, 6])
    )
    np.testing.assert_allclose(token_nll, np.log(7.0), rtol=1e-6)


def test_a_word_of_no_probability_costs_what_its_logit_lacks():
    """exp(-1000) is nothing in float32; the surprise of it is 1000 nats all the same."""
    table = tf.constant([[1000.0], [0.0]])
    arguments = (tf.ones((5, 1)), table, tf.zeros(2), tf.constant([1, 0, 1, 1, 0]))
    token_nll, *slopes = surprise_and_gradients(cross_entropy, *arguments)
    np.testing.assert_allclose(token_nll, [1000.0, 0.0, 1000.0, 1000.0, 0.0])
    assert all(np.isfinite(slope).all() for slope in slopes)
