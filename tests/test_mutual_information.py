import math

import numpy as np
import pytest

from textvae.metrics.mutual_information import mutual_information

RNG = np.random.default_rng(0)
MU = RNG.normal(0.0, 1.5, (6, 2))
LOG_VAR = RNG.normal(-1.0, 0.7, (6, 2))


def many_draws(copies, mu=MU, log_var=LOG_VAR):
    """The same posteriors many times over, which does not change their mixture."""
    mu, log_var = np.tile(mu, (copies, 1)), np.tile(log_var, (copies, 1))
    z = mu + np.exp(0.5 * log_var) * np.random.default_rng(1).standard_normal(mu.shape)
    return mu, log_var, z


def log_densities(z, mu=MU, log_var=LOG_VAR):
    """log q(z_n|x_m) of every pair, written as in the definition: `[N, M]`."""
    squares = (z[:, None] - mu) ** 2 / np.exp(log_var)
    return -0.5 * (squares + log_var + math.log(2 * math.pi)).sum(axis=2)


def test_identical_posteriors_have_no_information():
    z = np.random.default_rng(0).standard_normal((50, 3))
    assert mutual_information(np.ones((50, 3)), np.zeros((50, 3)), z) == pytest.approx(0.0)


def test_posteriors_far_apart_have_all_of_log_n():
    mu = 100.0 * np.arange(40.0)[:, None] * np.ones(3)
    log_var = np.full((40, 3), -2.0)
    assert mutual_information(mu, log_var, mu + 0.1) == pytest.approx(math.log(40))


def test_pairs_of_equal_captions_have_log_2_less():
    mu = 100.0 * np.repeat(np.arange(20.0), 2)[:, None]
    assert mutual_information(mu, np.zeros((40, 1)), mu) == pytest.approx(math.log(20))


def test_it_is_the_integral_of_its_definition_in_one_dimension():
    mu, log_var = MU[:, :1], LOG_VAR[:, :1]
    grid = np.linspace(-12, 12, 20_001)[:, None]
    log_q = log_densities(grid, mu, log_var)
    mixture = np.log(np.exp(log_q).mean(axis=1, keepdims=True))
    exact = np.trapezoid((np.exp(log_q) * (log_q - mixture)).mean(axis=1), grid[:, 0])
    estimate = mutual_information(*many_draws(400, mu, log_var))
    assert estimate == pytest.approx(exact, abs=0.05)  # 4 standard errors of 2,400 draws


def test_it_is_the_mean_kl_less_the_kl_of_the_mixture():
    mu, log_var, z = many_draws(400)
    kl = 0.5 * (MU**2 + np.exp(LOG_VAR) - LOG_VAR - 1.0).sum(axis=1).mean()
    log_prior = -0.5 * (z**2 + math.log(2 * math.pi)).sum(axis=1)
    ratios = np.log(np.exp(log_densities(z)).mean(axis=1)) - log_prior
    error = ratios.std() / math.sqrt(len(ratios))
    expected = kl - ratios.mean()
    assert mutual_information(mu, log_var, z) == pytest.approx(expected, abs=4 * error)


def test_it_is_never_above_the_log_of_the_number_of_captions():
    z = MU + 0.01
    assert mutual_information(MU, np.full_like(MU, -8.0), z) <= math.log(6)


@pytest.mark.parametrize("block", [1, 7, 10**9])
def test_the_size_of_a_block_changes_nothing(block, monkeypatch):
    arguments = many_draws(5)
    expected = mutual_information(*arguments)
    monkeypatch.setattr("textvae.metrics.mutual_information.BLOCK", block)
    assert mutual_information(*arguments) == pytest.approx(expected, rel=1e-12)


def test_the_order_of_captions_changes_nothing():
    mu, log_var, z = many_draws(5)
    order = np.random.default_rng(2).permutation(len(mu))
    shuffled = mutual_information(mu[order], log_var[order], z[order])
    assert shuffled == pytest.approx(mutual_information(mu, log_var, z), rel=1e-12)
