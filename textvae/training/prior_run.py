"""The training run of the prior over captions, a VAE of their meaning."""

import contextlib
import copy
import dataclasses
import logging
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from textvae.config.recipe import Recipe
from textvae.config.settings import ModelConfig, PriorConfig
from textvae.data.caption_set import Captions
from textvae.data.prepared_caption import readable_captions
from textvae.data.stored_captions import sample
from textvae.errors import BadInput, TrainingFailed
from textvae.inference.codec import CaptionCodec
from textvae.loading import OF_THE_CODE
from textvae.nn.latent_scaling import standardize_codes
from textvae.nn.model import TextVAE
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle
from textvae.training.checkpointing import Checkpointing, latest
from textvae.training.lock import locked
from textvae.training.run import Run, settings_of
from textvae.training.stopping import kept_epoch
from textvae.training.trainer import Trainer

FOLDER = "prior"  # within the folder of its run
STANDARDIZED_BY = 3000  # captions that give the mean and deviation, at most
ANEW = re.compile(r"train (again|from scratch) in another --output")
OF_THE_RUN = re.compile(r" or train\.clip_norm \(now [^)]*\)")  # which a resumed run keeps
OF_THE_PRIOR = "delete the folder prior in it and --resume, which trains the prior alone,"
OWN_SETTINGS = frozenset(field.name for field in dataclasses.fields(PriorConfig))

log = logging.getLogger(__name__)


class TrainedPrior(NamedTuple):
    """The prior over captions, and its facts for the report.

    Attributes:
        model: the network with its best weights.
        facts: epochs, seconds, sizes, and the validation metrics of those weights.
    """

    model: TextVAE
    facts: dict[str, Any]


def train_prior(run: Trainer) -> TrainedPrior | None:
    """Train a prior over the captions of `run`, in a subfolder of its folder.

    An interrupted training of the prior is resumed.

    Returns:
        None if the run itself trains a language model, its recipe has no prior, or another
        process writes the files.

    Raises:
        TrainingFailed, TrainingInterrupted, OSError: as `Trainer.fit`.
    """
    if not _has_prior(run.recipe):
        return None
    log.info("training the prior over captions")
    folder, source, recipe = run.output / FOLDER, _source(run.source), _recipe(run)
    if source and not _fits(source.model.config, recipe.model):
        log.info(
            "the prior of %r has a different size; training the prior from scratch", source.name
        )
        source = None
    replicas = run.replicas
    resume = replicas.any(replicas.is_chief and latest(folder) is not None)
    if source and not resume and not source.model.config.is_language_model:
        source = _standardized(source, run.data.splits.train)
    data = dataclasses.replace(recipe.data, max_length=run.data.max_length)
    recipe = dataclasses.replace(recipe, data=data)
    lock = locked(folder) if replicas.is_chief else contextlib.nullcontext()
    with lock, naming_settings():
        trainer = Trainer(recipe, run.data.splits, source, folder, run.data.tokenizer, replicas)
        trainer.fit(resume)
    if not replicas.is_chief:
        return None
    kept = kept_epoch(trainer.run.history, recipe.train, trainer.run.first)
    facts = {
        "epochs": trainer.run.epoch,
        "seconds": trainer.run.seconds,
        "num_parameters": trainer.model.count_params(),
        "latent_dim": recipe.model.latent_dim,
        "validation_kl": kept["val_kl"],
        "validation_nll": kept["val_nll"],
    }
    return TrainedPrior(weights_folder.load(folder).model, facts)


def check_prior(run: Trainer) -> None:
    """Raise before a run continues if its prior could not be continued later.

    Raises:
        BadInput: the prior has been started, and cannot be resumed with these settings.
    """
    folder = run.output / FOLDER
    if _has_prior(run.recipe) and latest(folder):
        identity = {**run.run.identity, "settings": settings_of(_recipe(run))}
        with naming_settings():
            Checkpointing(Run(identity), folder, batches_per_epoch=0).read()


@contextlib.contextmanager
def naming_settings() -> Iterator[None]:
    """Within the block, errors name the prior's folder, and its settings as in a recipe.

    Example:
        >>> with naming_settings():
        ...     raise BadInput("lower train.learning_rate or train.clip_norm")
        Traceback (most recent call last):
        textvae.errors.BadInput: lower prior.learning_rate or train.clip_norm
    """
    try:
        yield
    except (BadInput, TrainingFailed) as error:
        said = OF_THE_RUN.sub("", str(error))
        named = re.sub(r"\b(model|train)\.(\w+)", _own_name, said)
        raise type(error)(ANEW.sub(OF_THE_PRIOR, named)) from error


def _own_name(setting: re.Match[str]) -> str:
    return f"prior.{setting[2]}" if setting[2] in OWN_SETTINGS else setting[0]


def _has_prior(recipe: Recipe) -> bool:
    return bool(recipe.prior.epochs) and not recipe.model.is_language_model


def _recipe(run: Trainer) -> Recipe:
    if source := _source(run.source):
        as_source = run.recipe.for_prior(source.model.config.hidden_dim)
        if _fits(source.model.config, as_source.model):
            return as_source
    return run.recipe.for_prior()


def _fits(source: ModelConfig, wanted: ModelConfig) -> bool:
    """Whether a prior can start from these sizes, as `copy_weights` requires."""
    theirs, ours = map(dataclasses.asdict, (source, wanted))
    free = OF_THE_CODE if source.is_language_model else set()
    return all(theirs[key] == ours[key] for key in theirs.keys() - free)


def _source(source: ModelBundle | None) -> ModelBundle | None:
    """The prior to start from, if the run starts from a model that has one."""
    if source is None or source.model.config.is_language_model:
        return source
    if source.prior is None:
        return None
    return dataclasses.replace(source, model=source.prior, prior=None)


def _standardized(source: ModelBundle, captions: Captions) -> ModelBundle:
    """The same prior, in coordinates in which the codes of these captions follow N(0, I).

    Captions of one kind occupy a small region of the latent space of a general model. Training
    alone would leave them there, and draws from N(0, I) would still be scenes of other kinds.
    """
    texts = sample(captions).texts
    codec = CaptionCodec(source)
    readable = readable_captions(texts[:: -(-len(texts) // STANDARDIZED_BY)], codec.prepare)
    if not readable:
        return source
    posteriors = codec.posterior(readable)
    mu = np.stack([each.mu for each in posteriors])
    variance = mu.var(axis=0) + np.mean([each.sigma**2 for each in posteriors], axis=0)
    model = copy.deepcopy(source.model)
    # Rounded, so that workers on different processors start with the same weights.
    standardize_codes(model, mu.mean(axis=0).round(3), np.sqrt(variance).round(3))
    return dataclasses.replace(source, model=model)
