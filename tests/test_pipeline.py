import numpy as np
import pytest
from tiny import (
    CAPTIONS,
    MAX_LENGTH,
    TOKENIZER,
    learned_vae,
    make_model,
    random_vae,
    some_captions,
    stored,
)

from textvae.data.batching import padded
from textvae.data.tokenizer import BOS_ID
from textvae.errors import BadInput
from textvae.latent.interpolation import interpolate_codes
from textvae.pipeline import Pipeline

# Reading ------------------------------------------------------------------------------------


def test_a_caption_is_read_as_training_captions_were():
    prepared = random_vae().prepare("  A small DOG's  run, on the\tbeach!! 2 ")
    assert prepared.cleaned == "a small dogs run on the beach"
    assert prepared.unknown_words == ("dogs", "run")
    assert not prepared.shortened


def test_an_unknown_word_comes_with_the_nearest_known_one_if_any_is_near():
    prepared = random_vae().prepare("a zebr runns qqqqqq a zebr")
    assert prepared.unknown_words == ("zebr", "runns", "qqqqqq")
    assert prepared.suggestions == {"zebr": "zebra", "runns": "runs"}
    assert prepared.explain("zebr") == "zebr (did you mean zebra?)"
    assert prepared.explain("qqqqqq") == "qqqqqq"


def test_a_long_caption_is_cut_to_the_longest_the_model_knows():
    exactly, longer = ["dog"] * MAX_LENGTH, ["dog"] * MAX_LENGTH + ["qqq"]
    assert not random_vae().prepare(" ".join(exactly)).shortened
    prepared = random_vae().prepare(" ".join(longer))
    assert (prepared.cleaned, prepared.shortened) == (" ".join(exactly), True)
    assert prepared.unknown_words == ()  # what was cut off is not complained about


def test_a_typed_special_token_never_ends_or_pads_a_caption():
    assert set(random_vae().token_ids("a <eos> dog <pad> <bos>")) == {
        1, 2, 3, TOKENIZER.ids["a"], TOKENIZER.ids["dog"],
    }  # fmt: skip
    assert random_vae().token_ids("a <eos> dog").count(2) == 1


@pytest.mark.parametrize(("caption", "message"), [
    ("", "no words are left of ''"),
    ("  \n", "no words are left"),
    ("123 !?", r"no words are left of '123 !\?' after cleaning; type a caption"),
    ("qqq www", "knows none of the words in 'qqq www'; it was trained on English"),
    ("dog " * 4000, "may have 10,000 characters, got 16,000"),
    (3.5, "a caption must be text, got 3.5"),
    (None, "a caption must be text, got None"),
    (b"dog", "a caption must be text, got b'dog'"),
])  # fmt: skip
def test_what_is_no_caption_is_refused(caption, message):
    for verb in (random_vae().prepare, random_vae().posterior):
        with pytest.raises(BadInput, match=message):
            verb(caption)
    with pytest.raises(BadInput, match=message):
        random_vae().reconstruct(["a dog runs", caption])


# Codes --------------------------------------------------------------------------------------


def test_the_code_of_a_caption_is_its_posterior_mean_whatever_it_is_read_with():
    vae = random_vae()
    together = vae.encode(CAPTIONS)
    assert together.dtype == np.float32
    assert together.shape == (len(CAPTIONS), vae.latent_dim)
    for i in (0, 7, 100, 179):
        posterior = vae.model.posterior(padded([TOKENIZER.encode(CAPTIONS[i])]))
        np.testing.assert_allclose(together[i], posterior.mu[0], atol=1e-5)
        mu, sigma = vae.posterior(CAPTIONS[i])
        np.testing.assert_allclose(together[i], mu, atol=1e-5)
        np.testing.assert_allclose(sigma, posterior.sigma[0], atol=1e-5)
    np.testing.assert_allclose(vae.encode(CAPTIONS[::-1])[::-1], together, atol=1e-5)


def test_encoding_more_than_a_batch_keeps_the_order():
    vae = random_vae()
    many = (CAPTIONS * 2)[:300]
    np.testing.assert_allclose(
        vae.encode(many), np.tile(vae.encode(CAPTIONS), (2, 1))[:300], atol=1e-5
    )


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
    mu, sigma = vae.posterior(caption)
    z = mu + sigma * np.random.default_rng(1).standard_normal((6, vae.latent_dim))
    assert vae.reconstruct_draws(caption, 6, seed=1) == vae.decode(z)


# Generating ---------------------------------------------------------------------------------


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
    bare = Pipeline(stored(make_model()))
    np.testing.assert_array_equal(bare.prior_codes(9, 2), vae.prior_codes(9, 2, "standard"))
    assert (vae.has_fitted_prior, bare.has_fitted_prior) == (True, False)
    with pytest.raises(BadInput, match="'tiny' have no fitted prior; use prior standard"):
        bare.generate(1, prior="fitted")


def test_fitted_codes_are_draws_of_the_posteriors_of_what_the_prior_writes():
    vae, count = random_vae(), 300  # more than are encoded at once
    rows, z = vae.prior.write(count, 3), vae.prior_codes(count, 3)
    posteriors = [vae.model.posterior(np.array([row], np.int32)) for row in rows]
    mu, sigma = (
        np.concatenate([getattr(each, name).numpy() for each in posteriors])
        for name in ("mu", "sigma")
    )
    whitened = (z - mu) / sigma
    np.testing.assert_allclose(whitened, vae.prior.noise(count, vae.latent_dim, 3), atol=1e-4)
    np.testing.assert_allclose(whitened.mean(axis=0), 0.0, atol=0.2)
    np.testing.assert_allclose(whitened.std(axis=0), 1.0, atol=0.15)


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_word_probabilities_are_those_of_decoding_word_after_word(decoder):
    vae = random_vae(decoder)
    z = vae.prior_codes(6, 1, "standard")
    captions = [*vae.decode(z[:2], temperature=1.0, seed=2), *some_captions(4)]
    assert len({len(caption.split()) for caption in captions}) > 1  # so padding is at work
    found = vae.word_probabilities(captions, z)
    for caption, code, row in zip(captions, z, found, strict=True):
        np.testing.assert_allclose(row, naive_probabilities(vae, caption, code), rtol=1e-4)


def naive_probabilities(vae, caption, z):
    """p of each word, from one step of the decoder and a softmax in float64 at a time."""
    state, before, out = vae.model.decoder.initial_state(z[None]), BOS_ID, []
    for word in caption.split():
        inputs = vae.model.decoder.word_inputs(np.array([before]))
        features, state = vae.model.decoder.step(inputs, state)
        logits = vae.model.decoder.logits(features).numpy()[0].astype(float)
        before = vae.tokenizer.ids[word]
        out.append(np.exp(logits[before]) / np.exp(logits).sum())
    return out


def test_word_probabilities_want_a_code_for_each_caption():
    vae = random_vae()
    assert vae.word_probabilities([], np.empty((0, 5), np.float32)) == []
    with pytest.raises(BadInput, match=r"got 2 captions and codes of the shape \[1, 5\]"):
        vae.word_probabilities(["a dog", "a cat"], np.zeros((1, 5), np.float32))


def test_standard_codes_are_standard_normal():
    z = random_vae().prior_codes(20_000, 3, "standard")
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=0.03)
    np.testing.assert_allclose(np.cov(z.T), np.eye(z.shape[1]), atol=0.04)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"num_captions": 0}, "number of captions must be from 1 to 100,000, got 0"),
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


# Decoding -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("z", "message"), [
    (np.zeros(5), r"must have the shape \[N, 5\], got \[5\]"),
    (np.zeros((2, 4)), r"must have the shape \[N, 5\], got \[2, 4\]"),
    (np.zeros((1, 2, 5)), r"got \[1, 2, 5\]"),
    (np.full((1, 5), np.nan), "finite"),
    (np.full((1, 5), np.inf), "finite"),
    (np.full((1, 5), 1e300), "finite"),
    (np.full((1, 5), "x"), "finite numbers"),
    (np.full((1, 5), 1j), "finite numbers"),
    (np.full((1, 5), True), "finite numbers"),
])  # fmt: skip
def test_codes_that_are_none_are_refused(z, message):
    with pytest.raises(BadInput, match=message):
        random_vae().decode(z)


def test_codes_may_be_of_any_numbers_and_come_as_lists():
    vae = random_vae()
    z = np.array([[1, 2, -1, 0, 3], [0, 0, 1, 1, -2]])
    expected = vae.decode(z.astype(np.float32))
    assert vae.decode(z) == vae.decode(z.tolist()) == vae.decode(z.astype(float)) == expected
    assert vae.decode(np.empty((0, 5))) == []


def test_decoding_says_no_special_token():
    said = " ".join(random_vae().decode(np.random.default_rng(0).normal(size=(99, 5)) * 4))
    assert set(said.split()) <= set(TOKENIZER.ids)


# Interpolating ------------------------------------------------------------------------------


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
    (1, "linear", "number of steps must be from 2 to 1000, got 1"),
    (1001, "linear", "got 1001"),
    (3.5, "linear", "got 3.5"),
    (True, "linear", "got True"),
    (7, "x", "path must be linear or spherical, got 'x'"),
])  # fmt: skip
def test_arguments_of_interpolate_out_of_range_are_named(num_steps, path, message):
    with pytest.raises(BadInput, match=message):
        random_vae().interpolate("a dog", "a cat", num_steps, path=path)


def test_one_text_is_not_a_list_of_captions():
    with pytest.raises(BadInput, match="captions must be a list of captions, got the text"):
        random_vae().encode("a dog runs")


@pytest.mark.parametrize("num_draws", [0, 1001, 2.0, True])
def test_a_bad_number_of_draws_is_named(num_draws):
    with pytest.raises(BadInput, match="number of draws must be from 1 to 1000, got"):
        random_vae().reconstruct_draws("a dog", num_draws)
