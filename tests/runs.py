"""Tiny training runs that the tests share."""

import functools
import json

from tiny import session_folder, some_captions, write_coco
from verbs import run

from textvae.config.recipe import Recipe
from textvae.training.preparation import read_splits

SETTINGS = {
    "data": {"min_count": 1, "validation_share": 0.2, "max_length": 10},
    "model": {"latent_dim": 5, "embed_dim": 12, "encoder_dim": 10, "hidden_dim": 20},
    "train": {
        "epochs": 2, "batch_size": 10, "learning_rate": 0.01, "warmup_steps": 2,
        "beta": 0.05, "beta_epochs": 1.0, "min_active_units": 0,
        "word_dropout": 0.2, "dropout": 0.1,
    },
    "prior": {"epochs": 1, "batch_size": 10, "latent_dim": 6},
}  # fmt: skip


def recipe_with(**sections):
    """The tiny recipe with other settings."""
    raw = {"name": "tiny", **SETTINGS}
    raw |= {name: {**SETTINGS[name], **values} for name, values in sections.items()}
    return Recipe.from_dict(raw, "here")


def captions_file():
    """130 captions of 65 images."""
    path = session_folder() / "captions.json"
    return path if path.exists() else write_coco(path, some_captions(130))


def command(output, *more, **sections):
    """The words of a `train` command line."""
    recipe = session_folder() / f"{output.parent.name}-{output.name}.json"
    recipe.write_text(json.dumps(recipe_with(**sections).as_dict()))
    files = ["--captions", str(captions_file())]
    return ["train", str(recipe), *files, "--output", str(output), *map(str, more)]


@functools.cache
def unbroken():
    """A run of two epochs: its folder and what it said."""
    folder = session_folder() / "unbroken"
    return folder, run(*command(folder))


def report_of(folder):
    """The report that a run left."""
    return json.loads((folder / "report.json").read_text())


def validation_texts():
    """The captions that the tiny runs validate on."""
    return read_splits(recipe_with(data={"captions": [str(captions_file())]})).validation.texts
