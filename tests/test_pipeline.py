"""What people do with a trained model."""

import numpy as np
import pytest
from tiny import learned_vae, random_vae, some_captions

from textvae.errors import BadInput


def test_reconstruction_is_decoding_the_code():
    vae, captions = learned_vae(), some_captions(40)
    assert vae.reconstruct(captions) == vae.decode(vae.encode(captions))
    assert vae.reconstruct([]) == []
    read_back = vae.reconstruct(captions)
    assert np.mean([a == b for a, b in zip(captions, read_back, strict=True)]) > 0.8
    assert vae.reconstruct([captions[3].upper() + "!"]) == [read_back[3]]


def test_draws_scatter_around_the_reconstruction_by_the_posterior():
    vae, caption = learned_vae(), some_captions(1)[0]
    assert (
        vae.reconstruct_draws(caption, 4, seed=1)
        == vae.reconstruct_draws(caption, 6, seed=1)[:4]
    )
    posterior = vae.posterior(caption)
    noise = np.random.default_rng(1).standard_normal((6, vae.latent_dim))
    z = posterior.mu + posterior.sigma * noise
    assert vae.reconstruct_draws(caption, 6, seed=1) == vae.decode(z)


@pytest.mark.parametrize("num_draws", [0, 1001, 2.0, True])
def test_a_bad_number_of_draws_is_named(num_draws):
    with pytest.raises(
        BadInput, match="number of draws must be a whole number from 1 to 1,000, got"
    ):
        random_vae().reconstruct_draws("a dog", num_draws)


@pytest.mark.parametrize("prior", ["scene", "standard", None])
def test_the_same_seed_gives_the_same_captions_and_more_begin_with_them(prior):
    vae = random_vae()
    many = vae.generate(70, seed=4, prior=prior, temperature=1.0)
    assert many == vae.generate(70, seed=4, prior=prior, temperature=1.0)
    for count in (1, 5, 64):
        assert vae.generate(count, seed=4, prior=prior, temperature=1.0) == many[:count]
    assert many != vae.generate(70, seed=5, prior=prior, temperature=1.0)
    assert len(set(many)) > 30


def test_standard_codes_are_standard_normal():
    z = random_vae().prior_codes(20_000, 3, "standard")
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=0.03)
    np.testing.assert_allclose(np.cov(z.T), np.eye(z.shape[1]), atol=0.04)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"num_captions": 0}, "number of captions must be a whole number from 1 to 100,000, got 0"),
    ({"num_captions": -1}, "got -1"),
    ({"num_captions": 3.5}, "got 3.5"),
    ({"num_captions": True}, "got True"),
    ({"num_captions": "5"}, "got '5'"),
    ({"num_captions": 1_000_001}, "got 1000001"),
    ({"seed": -1}, "seed must be a whole number, 0 or more, got -1"),
    ({"seed": 1.0}, "got 1.0"),
    ({"seed": True}, "got True"),
    ({"seed": 2**63}, "got 9223372036854775808"),
    ({"seed": None}, "got None"),
    ({"temperature": -1}, "temperature must be .* got -1"),
    ({"top_p": 0}, "top_p must be .* got 0"),
    ({"prior": "best"}, "prior must be scene or standard, got 'best'"),
])  # fmt: skip
def test_arguments_of_generate_out_of_range_are_named(arguments, message):
    with pytest.raises(BadInput, match=message):
        random_vae().generate(**arguments)


@pytest.mark.parametrize("seed", [0, 2**31, 2**63 - 1])
def test_seeds_of_any_size_serve(seed):
    assert len(set(random_vae().generate(20, seed=seed, temperature=1.0))) > 5


def test_integers_of_numpy_count_as_integers():
    vae, one, two = random_vae(), np.int32(1), np.int64(2)
    assert vae.generate(two, seed=one) == vae.generate(2, seed=1)
    assert vae.reconstruct_draws("a dog", two, seed=one) == vae.reconstruct_draws(
        "a dog", 2, seed=1
    )
    assert len(vae.interpolate("a dog", "a cat", np.int8(4))) == 4
    assert len(vae.neighbours("a dog", ["a cat", "a man"], two)) == 2
