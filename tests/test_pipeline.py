"""What people do with a trained model."""

import numpy as np
import pytest
from tiny import CAPTIONS, bundle_of, learned_vae, make_model, random_vae, some_captions

from textvae.errors import BadInput
from textvae.latent.interpolation import interpolate_codes
from textvae.pipeline import Pipeline


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


@pytest.mark.parametrize("prior", ["fitted", "standard", None])
def test_the_same_seed_gives_the_same_captions_and_more_begin_with_them(prior):
    vae = random_vae()
    many = vae.generate(70, seed=4, prior=prior, temperature=1.0)
    assert many == vae.generate(70, seed=4, prior=prior, temperature=1.0)
    for count in (1, 5, 64):
        assert vae.generate(count, seed=4, prior=prior, temperature=1.0) == many[:count]
    assert many != vae.generate(70, seed=5, prior=prior, temperature=1.0)
    assert len(set(many)) > 30


def test_the_fitted_prior_is_used_where_there_is_one():
    vae = random_vae()
    np.testing.assert_array_equal(vae.prior_codes(9, 2), vae.prior_codes(9, 2, "fitted"))
    assert np.abs(vae.prior_codes(9, 2) - vae.prior_codes(9, 2, "standard")).max() > 0.1
    bare = Pipeline(bundle_of(make_model()))
    np.testing.assert_array_equal(bare.prior_codes(9, 2), vae.prior_codes(9, 2, "standard"))
    assert (vae.has_prior, bare.has_prior) == (True, False)
    with pytest.raises(BadInput, match="'tiny' have no fitted prior; use prior standard"):
        bare.generate(1, prior="fitted")


def test_fitted_codes_are_draws_of_the_posteriors_of_what_the_prior_writes():
    vae, count = random_vae(), 300  # more than are encoded at once
    rows, z = vae.compiled.prior.generate(count, 3), vae.prior_codes(count, 3)
    posteriors = [vae.model.posterior(np.array([row], np.int32)) for row in rows]
    mu, sigma = (
        np.concatenate([getattr(each, name).numpy() for each in posteriors])
        for name in ("mu", "sigma")
    )
    whitened = (z - mu) / sigma
    np.testing.assert_allclose(
        whitened, vae.compiled.prior.noise(count, vae.latent_dim, 3), atol=1e-4
    )
    np.testing.assert_allclose(whitened.mean(axis=0), 0.0, atol=0.2)
    np.testing.assert_allclose(whitened.std(axis=0), 1.0, atol=0.15)


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
    ({"prior": "best"}, "prior must be fitted or standard, got 'best'"),
])  # fmt: skip
def test_arguments_of_generate_out_of_range_are_named(arguments, message):
    with pytest.raises(BadInput, match=message):
        random_vae().generate(**arguments)


@pytest.mark.parametrize("seed", [0, 2**31, 2**63 - 1])
def test_seeds_of_any_size_serve(seed):
    assert len(set(random_vae().generate(20, seed=seed, temperature=1.0))) > 5


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_the_ends_of_an_interpolation_are_the_reconstructions(path):
    vae = learned_vae()
    first, last = "a small dog runs on the beach", "a very big zebra sleeps"
    captions = vae.interpolate(first, last, 9, path=path)
    assert [captions[0], captions[-1]] == vae.reconstruct([first, last])
    assert len(captions) == 9
    start, end = vae.encode([first, last])
    assert captions == vae.decode(interpolate_codes(start, end, 9, path))


@pytest.mark.parametrize(("num_steps", "path", "message"), [
    (1, "linear", "number of steps must be a whole number from 2 to 1,000, got 1"),
    (1001, "linear", "got 1001"),
    (3.5, "linear", "got 3.5"),
    (True, "linear", "got True"),
    (7, "x", "path must be linear or spherical, got 'x'"),
])  # fmt: skip
def test_arguments_of_interpolate_out_of_range_are_named(num_steps, path, message):
    with pytest.raises(BadInput, match=message):
        random_vae().interpolate("a dog", "a cat", num_steps, path=path)


def test_neighbours_are_the_lines_with_the_nearest_codes():
    vae = learned_vae()
    asked, lines = CAPTIONS[0], CAPTIONS[60:120]
    different = list(dict.fromkeys(lines))
    distances = np.linalg.norm(vae.encode(different) - vae.encode([asked]), axis=1)
    order = np.argsort(distances, kind="stable")[:4]
    found = vae.neighbours(asked, lines + lines[:9], 4)
    assert [line for line, _ in found] == [different[i] for i in order]
    np.testing.assert_allclose([d for _, d in found], distances[order], rtol=1e-4)
    assert vae.neighbours([asked, lines[3]], lines, 4) == [
        vae.neighbours(each, lines, 4) for each in (asked, lines[3])
    ]
    assert len(vae.neighbours(asked, iter(lines[:3]))) == len(set(lines[:3]))


def test_lines_that_cannot_be_read_are_no_neighbours(caplog):
    lines = ["", "a cat sits", "qqq", "A dog runs!"]
    found = learned_vae().neighbours("a dog runs", lines)
    assert [line for line, _ in found] == ["A dog runs!", "a cat sits"]
    assert found[0][1] == pytest.approx(0.0, abs=1e-5)
    assert "2 of 4 different lines are left out" in caplog.text


@pytest.mark.parametrize(("among", "k", "message"), [
    (["a dog"], 0, "the number of neighbours must be a whole number from 1 .* got 0"),
    (["a dog"], True, "got True"),
    ("a dog", 1, "among must be a list of lines, got the text 'a dog'"),
    (["", "qqq"], 1, "can read none of the 2 lines"),
    ([], 1, "can read none of the 0 lines"),
])  # fmt: skip
def test_arguments_of_neighbours_out_of_range_are_named(among, k, message):
    with pytest.raises(BadInput, match=message):
        random_vae().neighbours("a dog runs", among, k)


def test_integers_of_numpy_count_as_integers():
    vae, one, two = random_vae(), np.int32(1), np.int64(2)
    assert vae.generate(two, seed=one) == vae.generate(2, seed=1)
    assert vae.reconstruct_draws("a dog", two, seed=one) == vae.reconstruct_draws(
        "a dog", 2, seed=1
    )
    assert len(vae.interpolate("a dog", "a cat", np.int8(4))) == 4
    assert len(vae.neighbours("a dog", ["a cat", "a man"], two)) == 2
