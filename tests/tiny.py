"""Small captions, models and weights folders that the tests share; made once a session."""

import atexit
import contextlib
import fcntl
import functools
import itertools
import json
import os
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from textvae.config.settings import ModelConfig
from textvae.data.batching import CaptionBatches
from textvae.data.text_modes import TextSettings
from textvae.data.tokenizer import Tokenizer
from textvae.nn.model import Objective, TextVAE
from textvae.nn.packed_sequence import PackedSequence
from textvae.pipeline import Pipeline
from textvae.saving.bundle import ModelBundle
from textvae.saving.weights_folder import save

SIZES = {"latent_dim": 5, "embed_dim": 6, "encoder_dim": 4, "hidden_dim": 7}
SCENE_DIM = 3  # units of a scene, in priors
MAX_LENGTH = 10
PARTS = (
    ("a ", "a small ", "a very big "),
    ("dog", "cat", "man", "elephant", "zebra"),
    (" runs", " sits", " sleeps"),
    ("", " on the beach", " near a red house", " in the snow"),
)
CAPTIONS = ["".join(parts) for parts in itertools.product(*PARTS)]  # 180, of 3 to 9 words
TOKENIZER = Tokenizer.fit(CAPTIONS, 1)
VOCAB_SIZE = len(TOKENIZER)
# Rows of different lengths, with an unknown word, padded at the end.
TOKEN_IDS = np.array(
    [
        [1, 5, 6, 7, 2, 0, 0, 0],
        [1, 7, 8, 9, 10, 11, 3, 2],
        [1, 12, 2, 0, 0, 0, 0, 0],
        [1, 13, 14, 15, 16, 2, 0, 0],
    ],
    np.int32,
)


def some_captions(count):
    """Captions spread over all of `CAPTIONS`."""
    order = np.random.default_rng(0).permutation(len(CAPTIONS))
    return [CAPTIONS[i] for i in order[:count]]


def make_model(objective=None, vocab_size=VOCAB_SIZE, **settings):
    """An untrained network."""
    keras.utils.set_random_seed(0)
    return TextVAE(ModelConfig(**{**SIZES, **settings}), vocab_size, objective)


def shaken_model(objective=None, **settings):
    """A network with no weight left at zero or at its initial value."""
    model = make_model(objective, **settings)
    rng = np.random.default_rng(1)
    for variable in model.weights:
        variable.assign(variable.numpy() + rng.normal(0.0, 0.4, variable.shape))
    return halved(model)


def sure_model(objective=None, **settings):
    """Random weights, but posteriors so narrow that z is their mean."""
    model = shaken_model(objective, **settings)
    to_log_var = model.encoder.to_log_var
    to_log_var.kernel.assign(np.zeros(to_log_var.kernel.shape))
    to_log_var.bias.assign(np.full(SIZES["latent_dim"], -40.0))
    return model


def halved(model):
    """The model with weights that half precision can hold, so that a file changes nothing."""
    for variable in model.trainable_variables:
        variable.assign(variable.numpy().astype(np.float16).astype(np.float32))
    return model


def compiled(model, learning_rate=1e-2, eagerly=False):
    """The model, ready for `fit`; a trace takes longer than a few eager steps."""
    optimizer = keras.optimizers.Adam(learning_rate, global_clipnorm=5.0)
    optimizer.build(model.trainable_variables)
    model.compile(optimizer=optimizer, jit_compile=False, run_eagerly=eagerly)
    return model


def scene_prior(**settings):
    """A prior over captions, with scenes of `SCENE_DIM` units; what it writes is gibberish."""
    return shaken_model(**{"latent_dim": SCENE_DIM, "hidden_dim": 9, **settings})


def former_prior():
    """The prior that older weights have: a language model, without scenes."""
    return shaken_model(latent_dim=0)


def bundle_of(model, prior=None, name="tiny"):
    """What a weights folder of the model holds."""
    return ModelBundle(name, model, TOKENIZER, TextSettings(MAX_LENGTH), prior, {"history": []})


def random_vae(decoder="lstm"):
    """A pipeline whose captions are gibberish, but all different."""
    return _random_vae(decoder)  # to a cache, a default and its value are two arguments


@functools.cache
def _random_vae(decoder):
    return Pipeline(bundle_of(shaken_model(decoder=decoder), scene_prior()))


@functools.cache
def learned_vae():
    """A pipeline that has learned `some_captions(90)` nearly by heart, in seconds."""
    objective = Objective(final_beta=0.1, beta=lambda step: 0.1)
    model = compiled(
        make_model(objective, latent_dim=8, embed_dim=16, encoder_dim=24, hidden_dim=48), 0.01
    )
    rows = [TOKENIZER.encode(text) for text in some_captions(90)]

    def learn(path):
        batches = CaptionBatches(rows, 90, 0).dataset().repeat(150)
        model.fit(batches, verbose=0, shuffle=False)
        np.savez(path, *[variable.numpy() for variable in halved(model).weights])

    with np.load(made_once("learned.npz", learn)) as arrays:
        for variable, array in zip(model.weights, arrays.values(), strict=True):
            variable.assign(array)
    return Pipeline(bundle_of(model, scene_prior()))


@functools.cache
def learned_alone():
    """The network of `learned_vae` without a prior."""
    return beside(learned_vae(), bundle_of(learned_vae().model))


def beside(vae, bundle):
    """A pipeline of the bundle; networks that `vae` has as well are compiled once for both."""
    made = Pipeline(bundle)
    for ours, theirs in ((made, vae), (made.scene, vae.scene)):
        if ours and theirs and ours.model is theirs.model:
            assert (ours.max_length, ours.tokenizer) == (theirs.max_length, theirs.tokenizer)
            ours.compiled = theirs.compiled
    return made


def as_random(prior=True):
    """A pipeline of its own with the networks of `random_vae`, or without its prior."""
    bundle = random_vae().bundle
    return beside(random_vae(), bundle_of(bundle.model, bundle.prior if prior else None))


@functools.cache
def session_folder():
    """A folder of this process that goes when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="textvae-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def common_folder():
    """A folder of all processes of this run of the tests; it goes with the last of them."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return session_folder()
    folder = Path(tempfile.gettempdir()) / f"textvae-tests-{run}"
    folder.mkdir(exist_ok=True)
    users = (folder / "users").open("w")
    fcntl.flock(users, fcntl.LOCK_SH)

    def leave():
        with contextlib.suppress(OSError):  # another process uses it
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)

    atexit.register(leave)
    return folder


def made_once(name, make):
    """The path `name` at which `make` puts something, in the first process that asks for it."""
    path, mark = common_folder() / name, common_folder() / f"{name} is there"
    with (common_folder() / f"{name} lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            make(path)
            mark.touch()
    return path


@functools.cache
def saved_weights():
    """The learned pipeline on disk. Copy it before changing anything in it."""
    folder = session_folder() / "tiny"
    save(learned_vae().bundle, folder)
    return folder


def copy_of_weights(tmp_path):
    """A weights folder to break."""
    return Path(shutil.copytree(saved_weights(), tmp_path / "weights"))


def teacher_forced(decoder, words, z):
    """Features of what follows each of `words` `[T]`, given z `[D]`: `[T, F]`."""
    packed = PackedSequence(tf.constant([len(words)]))
    return decoder.hidden(tf.constant(words), tf.constant(z[None]), packed)


def write_lines(path, captions):
    """A text file with one caption per line."""
    path.write_text("".join(f"{text}\n" for text in captions), encoding="utf-8")
    return path


def write_coco(path, captions, per_image=2):
    """An official captions file: `per_image` captions of each image."""
    notes = [
        {"id": i, "image_id": 100 + i // per_image, "caption": text}
        for i, text in enumerate(captions)
    ]
    images = [{"id": 100 + i} for i in range(-(-len(captions) // per_image))]
    path.write_text(json.dumps({"images": images, "annotations": notes}))
    return path


def plain_lstm(layer, inputs, h=None, c=None):
    """The LSTM `layer` in numpy, on one row `[T, E]`: its states `[T, H]`."""
    kernel, recurrent, bias = (np.asarray(w.numpy(), np.float64) for w in layer.weights)
    size = recurrent.shape[0]
    h, c = (np.zeros(size) if start is None else start for start in (h, c))
    states = []
    for x in inputs:
        gates = x @ kernel + h @ recurrent + bias
        i, f, o = (1 / (1 + np.exp(-gates[k * size : (k + 1) * size])) for k in (0, 1, 3))
        c = f * c + i * np.tanh(gates[2 * size : 3 * size])
        h = o * np.tanh(c)
        states.append(h)
    return np.array(states)


def plain_dense(layer, inputs):
    """The linear part of a `Dense` layer in numpy."""
    return inputs @ layer.kernel.numpy() + layer.bias.numpy()


def count_cleaned_and_encoded(vae, monkeypatch):
    """Two lists that grow with use: the texts cleaned, and the rows of each encoding."""
    cleaned, encoded = [], []
    normalise, encode = TextSettings.normalise, vae.compiled.posterior
    monkeypatch.setattr(
        TextSettings,
        "normalise",
        lambda self, text: cleaned.append(text) or normalise(self, text),
    )
    monkeypatch.setattr(
        vae.compiled, "posterior", lambda ids: encoded.append(len(ids)) or encode(ids)
    )
    return cleaned, encoded
