import numpy as np
import pytest
import tensorflow as tf

from textvae.nn.losses import cross_entropy, kl_penalty


def test_without_free_bits_the_penalty_is_the_mean_kl():
    kl_per_unit = np.random.default_rng(0).exponential(size=(9, 4)).astype(np.float32)
    expected = kl_per_unit.sum(axis=1).mean()
    assert float(kl_penalty(tf.constant(kl_per_unit))) == pytest.approx(expected, rel=1e-6)


def test_free_bits_put_a_floor_under_the_batch_mean_of_each_unit():
    kl_per_unit = tf.constant([[0.0, 2.0, 0.1], [0.8, 4.0, 0.1]])  # means 0.4, 3, 0.1
    assert float(kl_penalty(kl_per_unit, free_bits=0.3)) == pytest.approx(0.4 + 3.0 + 0.3)


def test_a_unit_below_the_floor_has_no_gradient():
    kl_per_unit = tf.Variable([[0.1, 2.0], [0.2, 2.0]])
    with tf.GradientTape() as tape:
        penalty = kl_penalty(kl_per_unit, free_bits=0.5)
    assert tape.gradient(penalty, kl_per_unit).numpy().tolist() == [[0, 0.5], [0, 0.5]]


def tensorflows_cross_entropy(features, table, bias, targets):
    logits = tf.matmul(features, table, transpose_b=True) + bias
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)


def nll_and_gradients(function, *arguments):
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
    ours = nll_and_gradients(cross_entropy, features, table, bias, targets)
    theirs = nll_and_gradients(tensorflows_cross_entropy, features, table, bias, targets)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-5 * scale)


def test_equal_logits_cost_log_v():
    token_nll = cross_entropy(
        tf.zeros((2, 3)), tf.ones((7, 3)), tf.ones(7), tf.constant([1, 6])
    )
    np.testing.assert_allclose(token_nll, np.log(7.0), rtol=1e-6)


def test_a_word_whose_probability_underflows_costs_the_difference_of_the_logits():
    """exp(-1000) is 0 in float32; its negative logarithm is 1000 nats all the same."""
    table = tf.constant([[1000.0], [0.0]])
    arguments = (tf.ones((5, 1)), table, tf.zeros(2), tf.constant([1, 0, 1, 1, 0]))
    token_nll, *slopes = nll_and_gradients(cross_entropy, *arguments)
    np.testing.assert_allclose(token_nll, [1000.0, 0.0, 1000.0, 1000.0, 0.0])
    assert all(np.isfinite(slope).all() for slope in slopes)
