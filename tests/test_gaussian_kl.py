import numpy as np
import pytest
import tensorflow as tf

from textvae.metrics.gaussian_kl import kl_per_unit

MU, LOG_VAR = np.array([0.0, 0.5, -2.0, 1.0]), np.array([0.0, -3.0, 1.0, 0.2])


def log_density(x, mu, log_var):
    return -0.5 * ((x - mu) ** 2 / np.exp(log_var) + log_var + np.log(2 * np.pi))


def test_it_is_the_integral_of_its_definition():
    x = np.linspace(-30.0, 30.0, 200_001)
    for mu, log_var, kl in zip(MU, LOG_VAR, kl_per_unit(MU, LOG_VAR), strict=True):
        log_q = log_density(x, mu, log_var)
        integrand = np.exp(log_q) * (log_q - log_density(x, 0.0, 0.0))
        assert kl == pytest.approx(np.trapezoid(integrand, x), abs=1e-9)


def test_tensors_give_the_same_as_arrays_and_the_gradient_is_that_of_the_formula():
    mu, log_var = (tf.constant(each, tf.float32) for each in (MU, LOG_VAR))
    with tf.GradientTape() as tape:
        tape.watch([mu, log_var])
        kl = kl_per_unit(mu, log_var, exp=tf.exp)
    np.testing.assert_allclose(kl, kl_per_unit(MU, LOG_VAR), rtol=1e-6, atol=1e-7)
    gradients = tape.gradient(kl, [mu, log_var])
    np.testing.assert_allclose(gradients[0], MU, rtol=1e-6)
    np.testing.assert_allclose(gradients[1], 0.5 * (np.exp(LOG_VAR) - 1.0), atol=1e-6)
