"""What version 0.1 wrote is still read: a weights folder, a recipe and a broken-off run.

`tests/data/v0.1` was written by that version itself: `weights` by an unbroken run of
`recipe.json` on `captions.txt`, `interrupted` by the same run, stopped in its second epoch, and
`answers.json` by the loaded weights.
"""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from runs import EagerTrainer, report_of, run_unmeasured
from verbs import run

import textvae
from textvae.config.recipe import find_recipe
from textvae.metrics.line_faults import is_repetitive
from textvae.pipeline import Pipeline
from textvae.saving.variables import read_arrays
from textvae.training import prior_run
from textvae.training.checkpointing import CHECKPOINT

DATA = Path(__file__).resolve().parent / "data" / "v0.1"
ANSWERS = json.loads((DATA / "answers.json").read_text())


@pytest.fixture(scope="module")
def vae():
    return textvae.load(str(DATA / "weights"))


def test_weights_give_the_same_captions_and_codes(vae):
    captions = ["a small dog sits on the beach", "an elephant sleeps"]
    assert vae.reconstruct(captions) == ANSWERS["reconstruct"]
    path = vae.interpolate(captions[0], "a man runs", num_steps=5)
    assert path == ANSWERS["interpolate"]
    np.testing.assert_allclose(vae.encode(captions), ANSWERS["codes"], atol=2e-5)


def test_the_prior_of_weights_is_the_language_model_that_it_was(vae):
    """Which has one scene, of no units: its captions are those of the language model alone."""
    alone = Pipeline(dataclasses.replace(vae.bundle, model=vae.bundle.prior, prior=None))
    assert alone.is_language_model
    for temperature in (0.7, 1.0):
        made = vae.generate(8, seed=1, temperature=temperature)
        plain = alone.generate(8, seed=1, temperature=temperature)
        for ours, theirs in zip(made, plain, strict=True):
            assert ours == theirs or is_repetitive(theirs)  # which is drawn anew
    learned = (DATA / "captions.txt").read_text().splitlines()
    assert {caption.split()[0] for caption in learned} == {"a"}
    drawn = vae.generate(200, seed=2)
    assert sum(caption.split()[0] == "a" for caption in drawn) > 150
    assert len(vae.generate(8, prior="standard", temperature=1.0)) == 8


def test_weights_keep_their_training_set_filter_and_their_map(vae):
    lines = (DATA / "captions.txt").read_text().splitlines()
    asked = ["a small dog sits on the beach", lines[0], lines[1], "a dog flies"]
    assert list(vae.in_training_set(asked)) == ANSWERS["in_training_set"]
    captions = vae.latent_map.captions
    assert [captions[0], len(captions)] == ANSWERS["map"]


def test_a_report_has_the_keys_of_today_and_a_card_is_made_of_it(vae, tmp_path):
    former = report_of(DATA / "weights")
    assert vae.report["prior"]["epochs"] == former["prior"]["passes"]
    assert vae.report["training_set_filter"] == former["seen"]
    assert vae.report["validation"]["nll_std"] == former["validation"]["nll_spread"]
    assert vae.report["recipe"]["train"]["latent_noise"] == 0.25
    vae.save(tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert "a Bloom filter of the" in card
    assert f"for {former['prior']['passes']} epochs" in card


def test_a_recipe_is_read():
    assert find_recipe(str(DATA / "recipe.json")).train.latent_noise == 0.25


def test_an_interrupted_run_is_resumed_to_the_weights_of_an_unbroken_one(tmp_path, monkeypatch):
    monkeypatch.setattr(prior_run, "Trainer", EagerTrainer)  # for one step
    folder = shutil.copytree(DATA / "interrupted", tmp_path / "run")
    files = ("--captions", DATA / "captions.txt", "--output", folder)
    short = ("--set", "prior.epochs=1", "--set", "prior.batch_size=58")
    said = run_unmeasured("train", DATA / "recipe.json", *files, "--resume", *short)
    assert said.status == 0, said.err
    assert "after 1 of 8 epochs and 8 batches" in said.err
    name = "model.safetensors"
    ours, theirs = (read_arrays(each / name)[0] for each in (folder, DATA / "weights"))
    assert ours.keys() == theirs.keys()
    for key, array in theirs.items():  # on another machine rounding differs a little
        np.testing.assert_allclose(ours[key], array, rtol=0.01, atol=0.01, err_msg=key)
    assert not textvae.load(str(folder)).scene.is_language_model  # the prior is of today
    history, former = (report_of(each)["history"] for each in (folder, DATA / "weights"))
    losses = [logs["val_loss"] for logs in former]
    assert [logs["val_loss"] for logs in history] == pytest.approx(losses, rel=1e-3)


def test_a_checkpoint_of_other_settings_is_refused_under_their_new_names(tmp_path):
    folder = shutil.copytree(DATA / "interrupted", tmp_path / "run")
    before = (folder / CHECKPOINT).read_bytes()
    files = ("--captions", DATA / "captions.txt", "--output", folder)
    said = run(
        "train", DATA / "recipe.json", *files, "--resume", "--set", "train.latent_noise=0.1"
    )
    assert said.status == 2
    assert "the checkpoint was made with train.latent_noise 0.25, got 0.1" in said.err
    assert (folder / CHECKPOINT).read_bytes() == before
