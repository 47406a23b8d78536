"""Captions to codes and back."""

import dataclasses

import numpy as np
import pytest
from tiny import (
    CAPTIONS,
    TOKENIZER,
    beside,
    bundle_of,
    count_cleaned_and_encoded,
    learned_vae,
    random_vae,
    shaken_model,
    some_captions,
)

from textvae.data.batching import BUCKETS, padded
from textvae.data.tokenizer import BOS_ID
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.errors import BadInput
from textvae.pipeline import Pipeline


def test_the_code_of_a_caption_is_its_posterior_mean_whatever_it_is_read_with():
    vae = random_vae()
    together = vae.encode(CAPTIONS)
    assert together.dtype == np.float32
    assert together.shape == (len(CAPTIONS), vae.latent_dim)
    for i in (0, 7, 100, 179):
        posterior = vae.model.posterior(padded([TOKENIZER.encode(CAPTIONS[i])]))
        np.testing.assert_allclose(together[i], posterior.mu[0], atol=1e-5)
        alone = vae.posterior(CAPTIONS[i])
        np.testing.assert_allclose(together[i], alone.mu, atol=1e-5)
        np.testing.assert_allclose(alone.sigma, posterior.sigma[0], atol=1e-5)
    np.testing.assert_allclose(vae.encode(CAPTIONS[::-1])[::-1], together, atol=1e-5)


def test_a_caption_is_cleaned_and_encoded_once_whatever_is_asked_of_it(monkeypatch):
    vae = learned_vae()
    cleaned, encoded = count_cleaned_and_encoded(vae, monkeypatch)
    posterior = vae.posterior("A dog runs!")
    assert vae.reconstruct(posterior) == vae.decode(posterior.mu)
    assert len(vae.reconstruct_draws(posterior, 3)) == 3
    first, _, last = vae.interpolate(posterior, posterior, 3)
    assert first == last == vae.reconstruct(posterior)
    assert vae.encode([posterior, posterior]).shape == (2, vae.latent_dim)
    assert (cleaned, encoded) == (["A dog runs!"], [1])
    prepared = [vae.prepare(text) for text in ("a cat sits", "a man")]
    assert len(vae.posterior([posterior, *prepared])) == 3
    assert cleaned == ["A dog runs!", "a cat sits", "a man"]
    assert len(encoded) == 2


def test_one_caption_gives_one_result():
    vae = learned_vae()
    many = ["a small dog runs", "A cat sits!"]
    for one, code, caption in zip(many, vae.encode(many), vae.reconstruct(many), strict=True):
        np.testing.assert_allclose(vae.encode(one), code, atol=1e-5)
        assert vae.decode(code) == vae.reconstruct(one) == caption
        assert (
            vae.reconstruct(vae.prepare(one)) == vae.reconstruct(vae.posterior(one)) == caption
        )
    assert vae.encode(tuple(many)).shape == vae.encode(np.array(many)).shape
    assert vae.in_training_set("a dog") is None
    known = TrainingSetFilter.of(["a cat sits"])
    vae = beside(vae, dataclasses.replace(vae.bundle, training_set_filter=known))
    assert vae.in_training_set(many) == [False, True]
    assert [vae.in_training_set(one) for one in many] == [False, True]
    assert vae.in_training_set([vae.prepare(many[1]), vae.posterior(many[1])]) == [True, True]


@pytest.mark.parametrize("nonsense", [3.5, None, b"dog", "", "qqq"])
def test_what_is_no_caption_is_refused_alone_and_among_others(nonsense):
    for captions in (nonsense, ["a dog runs", nonsense]):
        for verb in (random_vae().posterior, random_vae().encode, random_vae().reconstruct):
            with pytest.raises(BadInput, match="must be text|no words are left|knows none"):
                verb(captions)


def test_encoding_more_than_a_batch_keeps_the_order():
    vae = random_vae()
    many = (CAPTIONS * 2)[:300]
    np.testing.assert_allclose(
        vae.encode(many), np.tile(vae.encode(CAPTIONS), (2, 1))[:300], atol=1e-5
    )


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
    for one in (np.zeros(5, np.float32), np.zeros((1, 5), np.float32)):
        assert len(vae.word_probabilities("a dog", one)) == 2
    with pytest.raises(BadInput, match=r"got 2 captions and codes of the shape \[1, 5\]"):
        vae.word_probabilities(["a dog", "a cat"], np.zeros((1, 5), np.float32))


@pytest.mark.parametrize(("z", "message"), [
    (np.zeros(4), r"must have the shape \[N, 5\], or \[5\] for one, got \[4\]"),
    (np.float32(1.0), r"got \[\]"),
    (np.zeros((2, 4)), r"got \[2, 4\]"),
    (np.zeros((1, 2, 5)), r"got \[1, 2, 5\]"),
    (np.full((1, 5), np.nan), "finite"),
    (np.full((1, 5), np.inf), "finite"),
    (np.full((1, 5), 1e300), "finite"),
    (np.full((1, 5), "x"), "finite numbers"),
    (np.full((1, 5), 1j), "finite numbers"),
    (np.full((1, 5), True), "finite numbers"),
    ([[0.0] * 5, [0.0]], "rows of different lengths"),
])  # fmt: skip
def test_invalid_codes_are_refused(z, message):
    with pytest.raises(BadInput, match=message):
        random_vae().decode(z)


@pytest.mark.parametrize("first", [-1, 1.5, "a", 10**12 + 1])
def test_the_number_of_the_first_caption_is_checked(first):
    with pytest.raises(BadInput, match=rf"first must be a whole number .* got '?{first}'?"):
        random_vae().decode(np.zeros((1, 5)), first=first)


def test_codes_may_be_of_any_numbers_and_come_as_lists():
    vae = random_vae()
    z = np.array([[1, 2, -1, 0, 3], [0, 0, 1, 1, -2]])
    expected = vae.decode(z.astype(np.float32))
    assert vae.decode(z) == vae.decode(z.tolist()) == vae.decode(z.astype(float)) == expected
    assert vae.decode(z.astype(np.float16)) == expected  # in which these are exact
    assert vae.decode(np.empty((0, 5))) == []


def test_decoding_writes_no_special_token():
    said = " ".join(random_vae().decode(np.random.default_rng(0).normal(size=(99, 5)) * 4))
    assert set(said.split()) <= set(TOKENIZER.ids)


def test_a_posterior_of_words_is_no_scene_and_a_scene_no_posterior_of_words():
    """Both may have equally many units, as those of `article` have."""
    prior = shaken_model(encoder_dim=5, hidden_dim=9)
    vae, text = Pipeline(bundle_of(shaken_model(), prior)), "a small dog runs"
    ids = np.array([TOKENIZER.encode(text)], np.int32)
    of_words, scene = (each.posterior(ids).mu.numpy()[0] for each in (vae.model, prior))
    assert np.abs(of_words - scene).max() > 0.1
    np.testing.assert_allclose(vae.space.encode(vae.posterior(text)), scene, atol=1e-5)
    np.testing.assert_allclose(vae.space.encode([vae.posterior(text)])[0], scene, atol=1e-5)
    np.testing.assert_allclose(vae.encode(vae.scene.posterior(text)), of_words, atol=1e-5)
    known = vae.scene.posterior(text)
    assert vae.scene.posterior(known) is known  # its own is not encoded again


def test_the_words_of_many_captions_go_through_the_network_some_at_a_time(monkeypatch):
    vae, shapes = random_vae(), []
    captions = (CAPTIONS * 7)[:1200]
    z = np.random.default_rng(0).normal(size=(1200, vae.latent_dim)).astype(np.float32)
    scored = vae.compiled.token_probabilities
    monkeypatch.setattr(
        vae.compiled,
        "token_probabilities",
        lambda ids, codes: shapes.append(len(ids)) or scored(ids, codes),
    )
    found = vae.word_probabilities(captions, z)
    assert len(found) == 1200
    assert max(shapes) <= BUCKETS[-1]
    for i in (0, 127, 128, 640, 1199):
        alone = vae.word_probabilities(captions[i], z[i])
        np.testing.assert_allclose(found[i], alone, rtol=1e-4)
    z[1] = np.nan
    with pytest.raises(BadInput, match="those of row 1 are not"):
        vae.word_probabilities(captions[:2], z[:2])
