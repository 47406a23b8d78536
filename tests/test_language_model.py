"""A model without latent units, which a VAE of the same size is compared with."""

import functools
import json
import math

import numpy as np
import pytest
import tensorflow as tf
from runs import command, report_of, validation_texts
from tiny import (
    SIZES,
    TOKEN_IDS,
    TOKENIZER,
    VOCAB_SIZE,
    bundle_of,
    make_model,
    plain_dense,
    plain_lstm,
    random_vae,
    session_folder,
    shaken_model,
    some_captions,
    write_lines,
)
from verbs import run

import textvae
from textvae import loading
from textvae.config.recipe import find_recipe
from textvae.config.settings import ModelConfig
from textvae.data.tokenizer import BOS_ID, EOS_ID
from textvae.errors import BadInput
from textvae.evaluation.evaluate import evaluate
from textvae.evaluation.samples import Sampling, sample_metrics
from textvae.metrics.ngram_lm import WittenBell
from textvae.pipeline import Pipeline
from textvae.saving import model_card, weights_folder
from textvae.saving.variables import named_variables
from textvae.training.initialization import copy_weights
from textvae.web.service import Service

HELD_OUT = [*some_captions(40), "a purple dog runs"]
FROM_CODE = ("decoder.to_state.kernel", "decoder.to_input.kernel")
NEEDS_CODES = {"kl", "elbo", "nll_iw", "mutual_information", "active_units"} | {
    "reconstruction_bleu4",
    "reconstruction_exact",
}


def language_model(**settings):
    """An untrained one, with random values in all its weights."""
    return shaken_model(latent_dim=0, **settings)


@functools.cache
def pipeline():
    return Pipeline(bundle_of(language_model(), name="lm"))


def plain_log_probs(model, token_ids):
    """log p(word | words before) of one row in numpy: `[T, V]`, at each of its positions."""
    decoder, table = model.decoder, model.embedding.table.numpy().astype(np.float64)
    h, c = np.split(np.tanh(decoder.to_state.bias.numpy().astype(np.float64)), 2)
    inputs = table[token_ids] + decoder.to_input.bias.numpy()
    features = plain_dense(decoder.to_features, plain_lstm(decoder.lstm, inputs, h, c))
    logits = features @ table.T + model.embedding.bias.numpy()
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def plain_nll(model, text):
    """-log p(text) in nats, one word after the other."""
    row = TOKENIZER.encode(text)
    log_probs = plain_log_probs(model, row[:-1])
    return -sum(log_probs[place, word] for place, word in enumerate(row[1:]))


# Likelihood -------------------------------------------------------------------------------


def test_the_likelihood_is_that_of_a_plain_lstm_and_exact():
    vae = pipeline()
    nll = np.array([plain_nll(vae.model, text) for text in HELD_OUT])
    num_tokens = sum(len(text.split()) + 1 for text in HELD_OUT)
    found = evaluate(vae, HELD_OUT, iw_samples=5, seed=3)
    assert found["nll"] == pytest.approx(nll.mean(), rel=1e-5)
    assert found["ppl"] == pytest.approx(math.exp(nll.sum() / num_tokens), rel=1e-4)
    assert found["num_tokens"] == num_tokens
    assert found["unknown_rate"] == 1 / (num_tokens - len(HELD_OUT))
    assert not NEEDS_CODES & found.keys()
    assert not {name for name in found if name.endswith("_std")}  # nothing is drawn


def test_the_metrics_of_a_language_model_depend_on_no_seed():
    first, second = (evaluate(pipeline(), HELD_OUT, seed=seed) for seed in (0, 1))
    assert first.pop("settings") != second.pop("settings")
    assert first == second


def test_a_vae_whose_decoder_ignores_its_code_is_this_language_model():
    """Its posterior made the prior, every weight of importance is p(x): the bound is exact."""
    vae_model, lm_model = shaken_model(), language_model()
    shared = named_variables(lm_model)
    for name, variable in named_variables(vae_model).items():
        ignores_z = name in FROM_CODE
        if name in shared and not ignores_z:
            shared[name].assign(variable.numpy())
        if ignores_z or name.startswith("encoder.to_"):
            variable.assign(np.zeros(variable.shape))
    vae, lm = (
        evaluate(Pipeline(bundle_of(model)), HELD_OUT, iw_samples=3)
        for model in (vae_model, lm_model)
    )
    assert vae["kl"] == pytest.approx(0.0, abs=1e-6)
    assert vae["ppl"] == pytest.approx(lm["ppl"], rel=1e-5)
    assert vae["nll_iw"] == pytest.approx(lm["nll"], rel=1e-5)


def test_training_minimises_the_cross_entropy_alone():
    model = make_model(latent_dim=0)
    out = model(tf.constant(TOKEN_IDS))
    assert out["mu"].shape == (len(TOKEN_IDS), 0)
    loss = model.compute_loss(y_pred=out, training=False)
    assert float(loss) == pytest.approx(float(tf.reduce_mean(out["nll"])))
    assert {name.split(".")[0] for name in named_variables(model)} == {"embedding", "decoder"}


def test_a_vae_may_start_from_one():
    """With its code silenced it then is that language model; its encoder is untouched."""
    lm, vae = language_model(), shaken_model()
    for variable in named_variables(lm).values():
        variable.assign(variable.numpy() + 0.1)  # both grew from one seed
    fresh = {name: variable.numpy() for name, variable in named_variables(vae).items()}
    copy_weights(bundle_of(lm), vae)
    for name, variable in named_variables(vae).items():
        is_of_code = name.startswith("encoder.") or name in FROM_CODE
        assert (variable.numpy() == fresh[name]).all() == is_of_code, name
    for name in FROM_CODE:
        named_variables(vae)[name].assign(0.0 * fresh[name])
    z = np.random.default_rng(0).normal(size=(len(TOKEN_IDS), SIZES["latent_dim"]))
    without = np.zeros((len(TOKEN_IDS), 0))
    nll, expected = (
        model.nll(tf.constant(TOKEN_IDS), tf.constant(codes, tf.float32)).numpy()
        for model, codes in ((vae, z), (lm, without))
    )
    np.testing.assert_allclose(nll, expected, rtol=1e-6)


def test_a_vae_of_another_size_may_not():
    with pytest.raises(BadInput, match="its model.hidden_dim is 7 and the recipe's is 8"):
        copy_weights(bundle_of(language_model()), make_model(hidden_dim=8))
    with pytest.raises(BadInput, match="its model.latent_dim is 5 and the recipe's is 0"):
        copy_weights(bundle_of(make_model()), language_model())


# Samples ----------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_words_are_drawn_as_often_as_the_softmax_says(temperature):
    vae, count = pipeline(), 4000
    texts = vae.generate(count, temperature=temperature, seed=1)
    first_words = [text.split()[0] for text in texts]
    common = max(set(first_words), key=first_words.count)
    seconds = [(text.split() + ["<eos>"])[1] for text in texts if text.split()[0] == common]
    before = [BOS_ID, TOKENIZER.ids[common]]
    log_probs = plain_log_probs(vae.model, before) / temperature
    for drawn, row, allowed in (
        (first_words, log_probs[0], range(4, VOCAB_SIZE)),
        (seconds, log_probs[1], [EOS_ID, *range(4, VOCAB_SIZE)]),
    ):
        shares = np.exp(row[allowed]) / np.exp(row[allowed]).sum()
        names = [TOKENIZER.words[i] for i in allowed]
        found = np.array([drawn.count(name) for name in names]) / len(drawn)
        noise = np.sqrt(shares * (1 - shares) / len(drawn))
        assert (np.abs(found - shares) < 5 * noise + 1e-3).all()


def test_samples_have_the_same_metrics_as_those_of_a_vae_at_each_temperature():
    vae, train = pipeline(), some_captions(100)[40:]
    sampling = Sampling(12, temperature=1.0, num_sets=2, more_temperatures=(0.5,))
    lm = WittenBell(train)
    found = sample_metrics(vae, HELD_OUT, sampling, train=train, lm=lm)
    assert found.keys() == {"standard", "standard_at_0.5", "real"}
    alone = Sampling(12, temperature=0.5, num_sets=2)
    expected = sample_metrics(vae, HELD_OUT, alone, train=train, lm=lm)["standard"]
    assert found["standard_at_0.5"] == expected
    assert found["standard"].keys() == expected.keys()
    assert found["standard"]["bleu_2"] != expected["bleu_2"]


def test_each_temperature_of_a_curve_is_checked():
    with pytest.raises(BadInput, match="temperature must be"):
        Sampling(more_temperatures=(1.0, -0.5))


# What it cannot do ------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [
    lambda lm: lm.reconstruct(["a dog runs"]),
    lambda lm: lm.reconstruct_draws("a dog runs"),
    lambda lm: lm.interpolate("a dog runs", "a cat sits"),
    lambda lm: lm.encode(["a dog runs"]),
    lambda lm: lm.posterior("a dog runs"),
    lambda lm: lm.decode(np.zeros((2, 5), np.float32)),
])  # fmt: skip
def test_what_needs_codes_is_refused_in_one_sentence(ask):
    with pytest.raises(BadInput, match="'lm' are a language model, which has no codes"):
        ask(pipeline())


def test_a_decoder_that_never_sees_its_words_is_no_language_model():
    with pytest.raises(BadInput, match="set model.decoder to lstm"):
        ModelConfig(decoder="repeat", latent_dim=0)


def test_the_page_offers_none_and_refuses_one(tmp_path, monkeypatch):
    folders = {"lm": pipeline(), "vae": random_vae()}
    for name, each in folders.items():
        weights_folder.save(each.bundle, tmp_path / name)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")  # loading it says what is wrong
    monkeypatch.setattr(loading, "WEIGHTS", tmp_path)
    assert loading.list_models() == ["broken", "vae"]
    service = Service("vae", shipped=["vae", "lm"])
    assert service.models.load("vae").latent_dim == SIZES["latent_dim"]
    with pytest.raises(BadInput, match="“lm” is a language model, which has no latent space"):
        service.models.load("lm")


# The command ------------------------------------------------------------------------------


def trained():
    """The folder of a run of two epochs, and its output; made once."""
    folder = session_folder() / "language_model"
    if folder.exists():
        return folder, None
    return folder, run(*command(folder, "--latent-dim", "0", train={"min_active_units": 5}))


def test_training_one_leaves_a_folder_that_is_loaded_measured_and_resumed():
    folder, said = trained()
    if said:
        assert said.status == 0, said.err
        assert "ppl\t" in said.out
        assert "kl" not in said.err.split("validation nll")[1].split("tokens/s")[0]
    report, lm = report_of(folder), textvae.load(str(folder))
    assert (lm.latent_dim, lm.has_prior, report["prior"]) == (0, False, None)
    held_out = validation_texts()
    known = TOKENIZER  # of the same captions, so that ids agree with the plain twin's
    assert set(lm.tokenizer.words) <= set(known.words)
    best = min(report["history"], key=lambda logs: logs["val_nll"])
    assert report["best_epoch"] == best["epoch"]
    assert report["validation"] == evaluate(lm, held_out)
    assert report["validation"]["nll"] == pytest.approx(best["val_nll"], rel=1e-4)
    assert report["history"][-1]["nll"] < report["history"][0]["nll"]
    again = run(
        *command(folder, "--latent-dim", "0", "--resume", train={"min_active_units": 5})
    )
    assert again.status == 0, again.err
    assert report_of(folder)["validation"] == report["validation"]


def test_the_commands_generate_and_measure_and_refuse_the_rest(tmp_path):
    folder = str(trained()[0])
    made = run("generate", "--weights", folder, "--num-captions", "3", "--temperature", "1")
    assert len(made.out.splitlines()) == 3
    captions = str(write_lines(tmp_path / "held_out.txt", HELD_OUT))
    asked = ["evaluate", "--weights", folder, "--captions", captions, "--quick", "--json"]
    said = run(*asked, "--num-samples", "5", "--temperature", "1", "0.5")
    metrics = json.loads(said.out)
    assert metrics["samples"].keys() == {"standard", "standard_at_0.5"}
    assert "these weights are a language model" in said.err
    refused = run("reconstruct", "--weights", folder, "a dog runs")
    assert (refused.status, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("lm", "vae"), [("lm", "coco"), ("texygen-lm", "texygen"), ("ptb-lm", "ptb")]
)
def test_the_recipe_of_the_language_model_is_that_of_the_vae_it_is_compared_with(lm, vae):
    lm, vae = find_recipe(lm), find_recipe(vae)
    assert lm.model.is_language_model
    assert lm.data == vae.data
    for size in ("embed_dim", "decoder"):
        assert getattr(lm.model, size) == getattr(vae.model, size)
    assert lm.model.hidden_dim == (vae.prior.hidden_dim or vae.model.hidden_dim)


def test_its_card_promises_no_space():
    folder, _ = trained()
    config = json.loads((folder / "config.json").read_text())
    text = model_card.model_card(config, report_of(folder), "path/to/lm")
    assert "language model of lines" in text
    assert "| `ppl` |" in text
    for word in ("interpolat", "reconstruct", "dimensions", "autoencod", "Gaussian", "app.py"):
        assert word not in text.split("All settings")[0], word
