"""The run that trains the language model behind the fitted prior."""

import dataclasses
import logging
from typing import Any, NamedTuple

from textvae.nn.model import TextVAE
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle
from textvae.training.checkpointing import CHECKPOINT
from textvae.training.stopping import kept_epoch
from textvae.training.trainer import Trainer

FOLDER = "prior"  # within that of the run that it belongs to

log = logging.getLogger(__name__)


class FittedPrior(NamedTuple):
    """The language model behind the fitted prior, and what the report says about it."""

    language_model: TextVAE
    facts: dict[str, Any]


def fit_prior(run: Trainer) -> FittedPrior | None:
    """Train a language model on the captions of `run`, in a folder within its own.

    An interrupted one is resumed. None if the run is of a language model itself, or its recipe
    wants no fitted prior.

    Raises:
        TrainingFailed, TrainingInterrupted, OSError: as `Trainer.fit`.
    """
    if run.recipe.model.is_language_model or not run.recipe.prior.epochs:
        return None
    log.info("fitting the prior: a language model of the same captions")
    folder, source = run.output / FOLDER, _source(run.source)
    recipe = run.recipe.for_prior(source.model.config.hidden_dim if source else None)
    if source and source.model.config.hidden_dim != recipe.model.hidden_dim:
        log.info(
            "the prior of %r has a different size; training the prior from scratch", source.name
        )
        source = None
    data = dataclasses.replace(recipe.data, max_length=run.data.max_length)
    recipe = dataclasses.replace(recipe, data=data)
    trainer = Trainer(recipe, run.data.splits, source, folder, run.data.tokenizer)
    trainer.fit(resume=(folder / CHECKPOINT).exists())
    facts = {
        "epochs": trainer.run.epoch,
        "seconds": trainer.run.seconds,
        "num_parameters": trainer.model.count_params(),
        "validation_nll": kept_epoch(trainer.run.history, recipe.train)["val_nll"],
    }
    return FittedPrior(weights_folder.load(folder).model, facts)


def _source(source: ModelBundle | None) -> ModelBundle | None:
    """The language model to start from, if the run starts from a model that has one."""
    if source is None or source.model.config.is_language_model:
        return source
    if source.prior is None:
        return None
    return dataclasses.replace(source, model=source.prior, prior=None)
