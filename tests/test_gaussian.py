import math

import numpy as np
import pytest
import tensorflow as tf

from textvae.nn.gaussian import DiagonalGaussian, standard_log_prob

MU = np.array([[0.5, -1.0, 2.0]], np.float32)
LOG_VAR = np.array([[1.0, 0.6, -1.5]], np.float32)
POSTERIOR = DiagonalGaussian(tf.constant(MU), tf.constant(LOG_VAR))


def draws(count, seed=(3, 4)):
    """Many draws of the one posterior, `[count, 3]`."""
    many = DiagonalGaussian(*(tf.repeat(each, count, axis=0) for each in POSTERIOR))
    return many.sample(tf.constant(seed))


def test_kl_is_zero_at_the_prior_and_half_mu_squared_beside_it():
    beside = DiagonalGaussian(tf.constant([[0.0, 3.0, -1.0]]), tf.zeros((1, 3)))
    assert beside.kl_per_unit().numpy().tolist() == [[0.0, 4.5, 0.5]]


def test_kl_of_a_narrower_normal_is_its_closed_form():
    narrow = DiagonalGaussian(tf.zeros((1, 1)), tf.constant([[math.log(0.25)]]))
    assert narrow.kl_per_unit().numpy().item() == pytest.approx(math.log(2) + 0.25 / 2 - 0.5)


def test_kl_agrees_with_a_monte_carlo_estimate():
    z = draws(200_000)
    log_ratio = (POSTERIOR.log_prob(z) - standard_log_prob(z)).numpy()
    exact = float(tf.reduce_sum(POSTERIOR.kl_per_unit()))
    error = float(log_ratio.std()) / math.sqrt(len(log_ratio))
    assert exact == pytest.approx(log_ratio.mean(), abs=4 * error)


def test_log_prob_is_the_log_of_the_density():
    z = np.array([[0.1, -2.0, 1.5]])
    sigma = np.exp(0.5 * LOG_VAR)
    density = np.exp(-0.5 * ((z - MU) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    log_prob = POSTERIOR.log_prob(tf.constant(z, tf.float32)).numpy()
    np.testing.assert_allclose(log_prob, np.log(density.prod(axis=1)), rtol=1e-5)


def test_the_standard_density_is_that_of_mean_0_and_variance_1():
    z = tf.constant([[[0.1, -2.0], [3.0, 0.0]]])
    density = np.exp(-0.5 * z.numpy() ** 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(standard_log_prob(z), np.log(density.prod(axis=-1)), rtol=1e-5)


def test_draws_have_the_mean_and_the_standard_deviation_of_the_posterior():
    z = draws(100_000).numpy()
    sigma = np.exp(0.5 * LOG_VAR)[0]
    np.testing.assert_allclose(z.mean(axis=0), MU[0], atol=4 * sigma.max() / math.sqrt(1e5))
    np.testing.assert_allclose(z.std(axis=0), sigma, rtol=0.02)
    np.testing.assert_allclose(np.corrcoef(z.T), np.eye(3), atol=0.02)


def test_the_seed_decides_the_draw():
    assert (draws(5).numpy() == draws(5).numpy()).all()
    assert (draws(5).numpy() != draws(5, seed=(3, 5)).numpy()).all()
