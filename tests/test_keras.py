"""The networks as Keras models: shown, saved, copied, fed by tf.data, exported."""

import copy
import os
import pickle
import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import (
    CAPTIONS,
    TOKEN_IDS,
    TOKENIZER,
    VOCAB_SIZE,
    bundle_of,
    compiled,
    former_prior,
    learned_vae,
    make_model,
    random_vae,
    shaken_model,
    some_captions,
)
from verbs import ROOT

from textvae.data.batching import CaptionBatches
from textvae.errors import BadInput
from textvae.nn.model import Objective
from textvae.nn.networks import Decoder, Encoder
from textvae.pipeline import Pipeline
from textvae.training.optimizer import Adam

KINDS = [{}, {"decoder": "repeat"}, {"vector_dim": 9}, {"latent_dim": 0}]


def saved_and_loaded(model, tmp_path):
    path = tmp_path / "model.keras"
    model.save(path)
    return keras.saving.load_model(path)


def assert_same_weights(one, other):
    assert len(one.weights) == len(other.weights) > 0
    for ours, theirs in zip(one.weights, other.weights, strict=True):
        assert ours is not theirs
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("settings", KINDS, ids=str)
def test_a_network_survives_keras_files_pickle_and_deepcopy(settings, tmp_path):
    model = shaken_model(**settings)
    z = np.ones((4, model.config.latent_dim), np.float32)
    for again in (
        saved_and_loaded(model, tmp_path),
        pickle.loads(pickle.dumps(model)),
        copy.deepcopy(model),
    ):
        assert type(again) is type(model)
        assert again.config == model.config
        assert_same_weights(again, model)
        np.testing.assert_array_equal(again.nll(TOKEN_IDS, z), model.nll(TOKEN_IDS, z))


# A SavedModel without this package, and then a Keras file with no more of it than the class.
ELSEWHERE = """
import sys
sys.modules["textvae"] = None
sys.modules["sklearn"] = None  # Keras would import it, which takes a second
import numpy as np, tensorflow as tf
loaded = tf.saved_model.load("exported")
run = loaded.signatures
ids = tf.constant(np.load("given.npz")["token_ids"])
found = run["encoder"](token_ids=ids)
state = run["start"](z=found["mu"])
step = run["step"](token_ids=ids[:, 0], **state)
none = run["prior_start"](z=tf.zeros((4, 0)))
prior = run["prior_step"](token_ids=ids[:, 0], **none)
np.savez("found.npz", mu=found["mu"], logits=step["logits"], prior=prior["logits"])

del sys.modules["textvae"]
import keras
from textvae.nn.model import TextVAE
model = keras.saving.load_model("model.keras")
print(float(model.embedding.table.numpy().sum()))
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A pipeline `vae`, and what a process that reads it from files has `found` and `said`."""
    folder = tmp_path_factory.mktemp("elsewhere")
    vae = Pipeline(bundle_of(shaken_model(), former_prior()))
    vae.model.save(folder / "model.keras")
    vae.export(folder / "exported", format="savedmodel")
    np.savez(folder / "given.npz", token_ids=TOKEN_IDS.astype(np.int64))
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return SimpleNamespace(vae=vae, found=np.load(folder / "found.npz"), said=done.stdout)


def test_a_file_is_read_in_a_process_that_has_only_imported_the_class(elsewhere):
    assert float(elsewhere.said) == float(elsewhere.vae.model.embedding.table.numpy().sum())


def test_a_copy_of_a_compiled_network_goes_on_as_the_original_does():
    objective = Objective(beta=lambda step: 0.3, dropout=0.1, seed=5)
    model = make_model(objective)
    optimizer = Adam(1e-2, global_clipnorm=5.0)
    model.compile(optimizer=optimizer, jit_compile=False, run_eagerly=True)
    data = batches().take(1)
    model.fit(data, verbose=0, shuffle=False)
    other = copy.deepcopy(model)
    for each in (model, other):
        each.fit(data, verbose=0, shuffle=False)
    assert_same_weights(other, model)


def test_the_summary_and_the_config_say_what_the_network_is(capsys):
    model = shaken_model()
    model.summary()
    out = capsys.readouterr().out
    assert f"{model.count_params():,}" in out
    assert "embedding" in out
    assert "unbuilt" not in out
    config = model.get_config()
    assert (config["vocab_size"], config["config"]["latent_dim"]) == (VOCAB_SIZE, 5)
    assert type(model).from_config(config).config == model.config


def batches():
    return CaptionBatches([TOKENIZER.encode(text) for text in some_captions(30)], 10).dataset()


def test_tf_data_goes_in():
    vae = random_vae()
    rows = [TOKENIZER.encode(text) for text in some_captions(30)]
    order = np.concatenate(CaptionBatches(rows, 10).plan())
    found = vae.encoder.predict(batches(), verbose=0)
    np.testing.assert_allclose(found["mu"], vae.encode(some_captions(30))[order], atol=1e-5)
    assert vae.model.predict(batches(), verbose=0)["nll"].shape == (30,)
    model = compiled(make_model())
    history = model.fit(batches().repeat(5), epochs=2, verbose=0, shuffle=False).history
    assert history["nll"][1] < history["nll"][0]


# The halves


def test_the_halves_share_the_weights_and_give_what_the_model_gives():
    vae = learned_vae()
    token_ids = vae.token_ids(some_captions(8))
    found = vae.encoder(token_ids)
    np.testing.assert_allclose(found["mu"], vae.encode(some_captions(8)), atol=1e-5)
    sigma = np.exp(0.5 * found["log_var"].numpy())
    posteriors = vae.posterior(some_captions(8))
    np.testing.assert_allclose(sigma, [each.sigma for each in posteriors], atol=1e-5)
    logits = vae.decoder({"token_ids": token_ids, "z": found["mu"]}).numpy()
    assert logits.shape == (8, token_ids.shape[1] - 1, VOCAB_SIZE)
    log_p = tf.nn.log_softmax(logits).numpy()
    for row, each in zip(token_ids, log_p, strict=True):
        told = [each[t, word] for t, word in enumerate(row[1:]) if word]
        code = vae.encoder(row[None])["mu"]
        np.testing.assert_allclose(-sum(told), vae.model.nll(row[None], code)[0], rtol=1e-4)
    assert {id(w) for w in vae.encoder.weights} == {id(w) for w in vae.model.weights}


def test_the_decoder_step_by_step_is_the_decoder_at_once():
    vae = random_vae()
    token_ids = vae.token_ids([text for text in CAPTIONS if len(text.split()) == 5][:6])
    z = vae.encoder(token_ids)["mu"]
    at_once, state = vae.decoder({"token_ids": token_ids, "z": z}), vae.decoder.start(z)
    for t in range(token_ids.shape[1] - 1):
        logits, state = vae.decoder.step(token_ids[:, t], state)
        np.testing.assert_allclose(logits, at_once[:, t], atol=1e-5)


@pytest.mark.parametrize("kind", [Encoder, Decoder])
def test_halves_survive_keras_files_and_copying(kind, tmp_path):
    half = kind(shaken_model())
    for again in (saved_and_loaded(half, tmp_path), copy.deepcopy(half)):
        assert type(again) is kind
        assert_same_weights(again, half)


def test_a_language_model_has_a_decoder_alone():
    vae = Pipeline(bundle_of(former_prior()))
    with pytest.raises(BadInput, match="are a language model, which has no codes"):
        vae.encoder  # noqa: B018
    logits = vae.decoder({"token_ids": TOKEN_IDS, "z": np.zeros((4, 0), np.float32)})
    assert logits.shape == (4, TOKEN_IDS.shape[1] - 1, VOCAB_SIZE)


# SavedModel


def test_a_saved_model_needs_nothing_of_this_package(elsewhere):
    vae, found = elsewhere.vae, elsewhere.found
    mu = vae.model.posterior(TOKEN_IDS).mu
    np.testing.assert_allclose(found["mu"], mu, atol=1e-5)
    for name, network, z in (("logits", vae.model, mu), ("prior", vae.bundle.prior, mu[:, :0])):
        at_once = Decoder(network)({"token_ids": TOKEN_IDS, "z": z})
        np.testing.assert_allclose(found[name], at_once[:, 0], atol=1e-5)


@pytest.mark.parametrize("part", ["model", "encoder", "decoder"])
def test_keras_exports_a_network_whatever_gradients_it_has(part, tmp_path):
    vae = random_vae()
    network = getattr(vae, part)
    given = tf.constant(TOKEN_IDS)
    if part == "decoder":
        given = {"token_ids": given, "z": vae.encoder(given)["mu"]}
    network.export(str(tmp_path / "exported"), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "exported"))  # which owns the weights
    served = loaded.serve(given)
    for one, other in zip(
        tf.nest.flatten(served), tf.nest.flatten(network(given)), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_what_the_documents_show_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
    code = text.split("### Keras\n")[1].split("```python\n")[1].split("```")[0]
    found = {}
    exec(code, found)
    assert_same_weights(found["same"], found["vae"].model)
    assert found["logits"].shape == (2, len(found["vae"].tokenizer))


def test_captions_are_written_with_the_weights_as_they_are_now():
    model = shaken_model()
    vae, z = Pipeline(bundle_of(model)), np.random.default_rng(0).normal(size=(20, 5))
    before = vae.decode(z)
    for variable in model.weights:
        variable.assign(-variable.numpy())
    now = Pipeline(bundle_of(model)).decode(z)
    assert vae.decode(z) == now != before
