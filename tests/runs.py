"""Tiny training runs that the tests share."""

import contextlib
import functools
import json
from types import SimpleNamespace
from unittest import mock

from tiny import made_once, session_folder, some_captions, write_coco
from verbs import run

from textvae.config.recipe import Recipe
from textvae.saving import weights_folder
from textvae.training import prior_run, train
from textvae.training.preparation import read_splits
from textvae.training.report import run_report
from textvae.training.trainer import Trainer

SETTINGS = {
    "data": {"min_count": 1, "validation_share": 0.2, "max_length": 10},
    "model": {"latent_dim": 5, "embed_dim": 12, "encoder_dim": 10, "hidden_dim": 20},
    "train": {
        "epochs": 2, "batch_size": 10, "learning_rate": 0.01, "warmup_steps": 2,
        "beta": 0.05, "beta_epochs": 1.0, "min_active_units": 0,
        "word_dropout": 0.2, "dropout": 0.1, "shards": 1,  # which are traced one by one
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


def run_unmeasured(*arguments):
    """A run that ends when it is trained; see `unmeasured`."""
    with unmeasured():
        return run(*arguments)


def unmeasured():
    """Within the block, what a run has learned is saved, and not measured.

    Measuring and drawing take as long as such a training.
    """
    return mock.patch.object(train, "_finish", _save)


ONE_BATCH = {"batch_size": 104}  # of all captions for training, so a step is an epoch


class EagerTrainer(Trainer):
    """A training whose steps are not traced; a trace takes longer than a few eager steps."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.model.run_eagerly, self.model.steps_per_execution = True, 1


@contextlib.contextmanager
def eagerly():
    """Within the block, runs and their priors take steps that are not traced."""
    with (
        mock.patch.object(train, "Trainer", EagerTrainer),
        mock.patch.object(prior_run, "Trainer", EagerTrainer),
    ):
        yield


def _save(trainer, prior, arguments):
    best = weights_folder.load(trainer.output).model
    bundle = trainer.bundle(best, prior and prior.model)
    bundle.report = run_report(trainer, arguments, {}, prior and prior.facts)
    weights_folder.save(bundle, trainer.output)
    return bundle.report


@functools.cache
def unbroken():
    """A run of two epochs: its folder and what it said."""

    def train(folder):
        said = vars(run(*command(folder)))
        said_of(folder).write_text(json.dumps({**said, "data": said["data"].decode()}))

    folder = made_once("unbroken", train)
    return folder, SimpleNamespace(**json.loads(said_of(folder).read_text()))


def said_of(folder):
    """The file with what a run wrote on standard output and error."""
    return folder.with_suffix(".said.json")


def report_of(folder):
    """The report that a run left."""
    return json.loads((folder / "report.json").read_text())


def validation_texts():
    """The captions that the tiny runs validate on."""
    return read_splits(recipe_with(data={"captions": [str(captions_file())]})).validation.texts
