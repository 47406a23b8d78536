"""The posterior of one caption."""

import numpy as np
import pytest
from tiny import random_vae

from textvae.errors import BadInput
from textvae.latent.caption_posterior import CaptionPosterior


def test_draws_have_the_mean_and_the_deviation_of_the_posterior():
    posterior = CaptionPosterior(None, np.array([3.0, -1.0]), np.array([0.5, 2.0]))
    z = np.concatenate([posterior.sample(1000, seed) for seed in range(20)])
    np.testing.assert_allclose(z.mean(axis=0), posterior.mu, atol=0.05)
    np.testing.assert_allclose(z.std(axis=0), posterior.sigma, rtol=0.02)
    np.testing.assert_array_equal(posterior.sample(9, 1)[:4], posterior.sample(4, 1))
    with pytest.raises(BadInput, match="number of draws must be a whole number .* got 0"):
        posterior.sample(0)


def test_its_kl_is_that_of_the_networks_posterior():
    vae = random_vae()
    ours = vae.posterior("a small dog runs")
    theirs = vae.model.posterior(np.array([ours.prepared.token_ids], np.int32))
    np.testing.assert_allclose(ours.kl_per_unit(), theirs.kl_per_unit()[0], rtol=1e-3)
    standard = CaptionPosterior(None, np.zeros(3), np.ones(3))
    np.testing.assert_array_equal(standard.kl_per_unit(), 0.0)
