"""log p(x), of captions one by one."""

import itertools

import numpy as np
import pytest
from tiny import bundle_of, former_prior, learned_vae, random_vae, shaken_model, some_captions

from textvae.errors import BadInput
from textvae.evaluation.evaluate import evaluate
from textvae.pipeline import Pipeline


def test_it_is_the_integral_over_codes():
    """With one latent unit the integral can be computed on a grid."""
    model = shaken_model(latent_dim=1)
    # A posterior as wide as the prior and wider: draws then reach all of the integral.
    for layer, value in ((model.encoder.to_mu, 0.0), (model.encoder.to_log_var, np.log(2.0))):
        layer.kernel.assign(np.zeros(layer.kernel.shape))
        layer.bias.assign([value])
    vae = Pipeline(bundle_of(model))
    grid = np.linspace(-8.0, 8.0, 401, dtype=np.float32)
    density = np.exp(-0.5 * grid**2.0) / np.sqrt(2.0 * np.pi)

    def integral(text):
        ids = np.repeat(vae.token_ids([text]), len(grid), axis=0)
        likelihood = np.exp(-vae.model.nll(ids, grid[:, None]).numpy().astype(np.float64))
        return np.log(np.trapezoid(likelihood * density, grid))

    # The draws follow from the text, not from its ids: with one of 170 words that the model
    # does not know, it is the same caption, drawn for 170 times 24 times side by side.
    words = list(map("".join, itertools.product("qx", repeat=8)))[:170]
    for text in ("a dog {}", "a small {} runs", "a very big {} sleeps near a red house"):
        texts = [text.format(word) for word in words]
        found = np.log(np.mean(np.exp(vae.log_prob(texts, num_samples=24))))
        assert found == pytest.approx(integral(texts[0]), abs=0.05)
    [alone] = vae.log_prob([texts[0]], num_samples=300)
    assert alone == pytest.approx(integral(texts[0]), abs=0.2)


def test_its_mean_is_what_evaluate_reports():
    vae, captions = learned_vae(), some_captions(20)
    found = vae.log_prob(captions, num_samples=20, seed=7)
    reported = evaluate(vae, captions, iw_samples=20, seed=7)
    assert -found.mean() == pytest.approx(reported["nll_iw"], rel=1e-5)


def test_of_a_language_model_it_is_exact():
    vae, captions = Pipeline(bundle_of(former_prior())), some_captions(20)
    found = vae.log_prob(captions, num_samples=1)
    exact = vae.model.nll(vae.token_ids(captions), np.zeros((20, 0), np.float32))
    np.testing.assert_allclose(-found, exact, rtol=1e-5)
    np.testing.assert_array_equal(vae.log_prob(captions), found)


def test_one_caption_gives_a_number_whatever_batch_it_is_in():
    vae, captions = random_vae(), some_captions(10)
    many = vae.log_prob(captions, num_samples=5, batch_size=3)
    assert many.shape == (10,)
    alone = vae.log_prob(captions[4], num_samples=5)
    assert isinstance(alone, float)
    assert alone == pytest.approx(many[4], rel=1e-5)
    assert vae.log_prob(vae.posterior(captions[4]), num_samples=5) == pytest.approx(alone)


def test_captions_that_were_learned_are_more_probable():
    vae, known = learned_vae(), some_captions(90)
    backwards = [" ".join(reversed(text.split())) for text in known]
    assert (
        vae.log_prob(known, num_samples=5).mean()
        > vae.log_prob(backwards, num_samples=5).mean() + 5.0
    )


@pytest.mark.parametrize("count", [0, 10_001, 1.5])
def test_a_bad_number_of_samples_is_named(count):
    with pytest.raises(BadInput, match="num_samples must be a whole number from 1 to 10,000"):
        random_vae().log_prob(["a dog"], num_samples=count)
