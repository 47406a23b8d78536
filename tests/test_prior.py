import numpy as np
import pytest
from tiny import mixture

from textvae.prior import RIDGE, GaussianMixture, choose_mixture, fit_mixture

RNG = np.random.default_rng(7)
SPREAD = np.array([[1.0, 0.6, 0.0], [0.0, 0.5, 0.3], [0.0, 0.0, 1.5]])
CLOUD = RNG.normal(size=(400, 3)) @ SPREAD + [1.0, -2.0, 0.5]
CENTRES = np.array([[4.0, 0.0], [-4.0, 1.0], [0.0, -6.0]])
SHARES = np.array([0.5, 0.3, 0.2])


def three_clouds(count, seed):
    rng = np.random.default_rng(seed)
    return CENTRES[rng.choice(3, count, p=SHARES)] + rng.normal(0.0, 0.5, (count, 2))


def density(z, weights, means, covariances):
    """By the definition, one point and one component at a time."""
    total = 0.0
    for weight, mean, covariance in zip(weights, means, covariances, strict=True):
        d = z - mean
        scale = np.sqrt((2 * np.pi) ** len(z) * np.linalg.det(covariance))
        total += weight * np.exp(-0.5 * d @ np.linalg.inv(covariance) @ d) / scale
    return total


def covariances_of(found):
    return found.factors @ found.factors.transpose(0, 2, 1)


def test_log_prob_is_the_log_of_the_mixture_density():
    prior = mixture(4)
    z = np.random.default_rng(0).normal(size=(20, 4))
    by_hand = [density(row, prior.weights, prior.means, covariances_of(prior)) for row in z]
    np.testing.assert_allclose(prior.log_prob(z), np.log(by_hand), rtol=1e-9)


def test_far_from_all_components_log_prob_is_still_finite():
    assert np.isfinite(mixture(4).log_prob(np.full((1, 4), 300.0))).all()


def test_one_component_is_the_mean_and_the_covariance_of_the_sample():
    found = fit_mixture(CLOUD, 1, seed=0)
    np.testing.assert_allclose(found.weights, [1.0])
    np.testing.assert_allclose(found.means[0], CLOUD.mean(axis=0), atol=1e-9)
    expected = np.cov(CLOUD.T, bias=True) + RIDGE * np.eye(3)
    np.testing.assert_allclose(covariances_of(found)[0], expected, atol=1e-9)


def test_no_round_of_em_makes_the_captions_less_likely():
    z = three_clouds(600, seed=1)
    scores = [fit_mixture(z, 5, 3, rounds).log_prob(z).mean() for rounds in range(1, 15)]
    assert (np.diff(scores) > -1e-4).all()  # the ridge may cost a hair
    assert scores[-1] > scores[0] + 0.05


def test_a_known_mixture_is_recovered_and_its_size_too():
    z, held_out = three_clouds(3000, seed=1), three_clouds(1000, seed=2)
    best = max(
        (fit_mixture(z, 3, seed) for seed in range(5)), key=lambda m: m.log_prob(z).mean()
    )
    order = np.argsort(-best.weights)
    np.testing.assert_allclose(best.weights[order], SHARES, atol=0.03)
    np.testing.assert_allclose(best.means[order], CENTRES, atol=0.1)
    np.testing.assert_allclose(covariances_of(best)[order], [0.25 * np.eye(2)] * 3, atol=0.03)
    chosen, score = choose_mixture(z, held_out, 64, seed=0)
    assert 2 < len(chosen.weights) < 16
    truth = [density(row, SHARES, CENTRES, [0.25 * np.eye(2)] * 3) for row in held_out]
    assert score == pytest.approx(np.log(truth).mean(), abs=0.05)
    assert score == pytest.approx(chosen.log_prob(held_out).mean())


def test_a_single_cloud_is_given_few_components():
    chosen, _ = choose_mixture(CLOUD, CLOUD[:50] + 0.01, 64, seed=0)
    assert len(chosen.weights) <= 8
    alone, _ = choose_mixture(CLOUD, CLOUD[:50], 1, seed=0)
    assert len(alone.weights) == 1


def test_weights_of_a_fit_are_shares():
    found = fit_mixture(three_clouds(300, seed=1), 12, seed=0)
    assert found.weights.sum() == pytest.approx(1.0)
    assert (found.weights > 0).all()


def test_codes_all_in_one_place_are_no_failure():
    found = fit_mixture(np.ones((60, 2)), 4, seed=0)
    assert np.isfinite(found.log_prob(np.ones((1, 2)))).all()


def test_more_draws_begin_with_the_same_ones():
    prior = mixture(6)
    many = prior.sample(3000, seed=5)
    for count in (1, 7, 1000, 1025):
        np.testing.assert_array_equal(prior.sample(count, seed=5), many[:count])
    assert not np.allclose(prior.sample(5, seed=6), many[:5])


def test_draws_have_the_moments_of_the_mixture():
    prior, count = mixture(4), 100_000
    draws = prior.sample(count, seed=1)
    mean = prior.weights @ prior.means
    centred = prior.means - mean
    covariance = np.einsum("k,kij->ij", prior.weights, covariances_of(prior))
    covariance += (prior.weights[:, None] * centred).T @ centred
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.05)


def test_each_component_is_drawn_by_its_weight():
    means = np.array([[0.0], [100.0], [200.0]])
    prior = GaussianMixture(np.array([0.2, 0.5, 0.3]), means, np.ones((3, 1, 1)))
    counts = np.bincount((prior.sample(20_000, seed=3)[:, 0] / 100).round().astype(int))
    np.testing.assert_allclose(counts / 20_000, [0.2, 0.5, 0.3], atol=0.015)


def test_a_great_many_draws_need_little_memory():
    """A covariance factor for each draw would be 30,000 x 64 x 64 doubles: a gigabyte."""
    import tracemalloc

    tracemalloc.start()
    mixture(64).sample(30_000, seed=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150e6
