"""From a recipe and captions to a trained weights folder."""

import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from textvae import loading
from textvae.config import defaults
from textvae.config.recipe import Recipe
from textvae.data.caption_set import Captions
from textvae.data.stored_captions import is_held, sample
from textvae.data.text_modes import CAPTION
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.errors import BadInput
from textvae.evaluation.evaluate import evaluate
from textvae.latent.latent_map import MIN_UNITS, NUM_POINTS
from textvae.pipeline import Pipeline
from textvae.report.page import HISTORY, write_history
from textvae.runtime.rendezvous import Rendezvous
from textvae.runtime.replicas import abort_exchanges, replicas_here, replicas_of
from textvae.runtime.workers import Workers, workers_of
from textvae.saving import manifest, model_card, parts, weights_folder
from textvae.saving.bundle import ModelBundle
from textvae.saving.files import named_path
from textvae.training.checkpointing import CHECKPOINT, failure_in, latest
from textvae.training.facts import facts_of
from textvae.training.fitting import count_short, sized
from textvae.training.learned_directions import learn_directions
from textvae.training.learned_labels import label_facts, learn_labels
from textvae.training.lock import check_unlocked, locked
from textvae.training.preparation import read_splits
from textvae.training.prior_run import FOLDER, TrainedPrior, check_prior, train_prior
from textvae.training.reading import remove_cache
from textvae.training.report import run_report
from textvae.training.trainer import Trainer
from textvae.training.verdict import verdict

CACHE = "cache"  # folder of captions too many for memory, during the run
NUM_SAMPLES = 20  # in the report and on the card
MAX_FILTER_BYTES = parts.MAX_PART_BYTES - 2**16  # of its bits; a larger file would not be read
WRITTEN = (*manifest.FILES, *manifest.OPTIONAL, manifest.NAME, model_card.NAME, HISTORY)

log = logging.getLogger(__name__)


def train(
    recipe: Recipe,
    output: Path | str,
    *,
    resume: bool = False,
    device: str = defaults.DEVICE,
    command: Sequence[str] = (),
) -> dict[str, Any]:
    """Train by `recipe`, write a weights folder to `output`, and return its report.

    From the first epoch on, the folder holds the best weights so far, the checkpoint and the
    TensorBoard logs; at the end also `history.html`. Progress is logged at the level INFO; if
    that is enabled, progress bars are shown as well.

    If the environment variable `TF_CONFIG` names several workers, they train one model
    together, with the same result as a single worker: call this in each of them, before
    TensorFlow is used, with the same arguments and a shared output folder. The first worker
    writes and evaluates; the others return an empty report.

    Args:
        recipe: the settings, with the files of captions.
        output: the folder, in which `~` is the home folder. An existing run or model is never
            overwritten.
        resume: continue the run in `output`; the result is that of an uninterrupted run.
        device: `auto`, `cpu`, `gpu`, or `gpu:1` and so on; see `runtime.devices.device_scope`.
        command: the arguments of the command line, for the report.

    Raises:
        BadInput: a setting or a file cannot be used, or another process trains in `output`.
        TrainingFailed: the loss is not finite, or the KL has collapsed.
        TrainingInterrupted: Ctrl-C or SIGTERM; the checkpoint is written.
        WorkerLost: another worker is gone; the last checkpoint can be resumed.
        OSError: the disk is full; existing files are untouched.

    Example:
        >>> from textvae.config.recipe import find_recipe
        >>> train(find_recipe("lines"), "runs/lines")
        Traceback (most recent call last):
        textvae.errors.BadInput: no training captions: name at least one file with --captions
    """
    output = named_path(output)
    if workers := workers_of(os.environ):
        return _train_together(workers, recipe, output, resume, device, command)
    check_unlocked(output)
    _check_output(output, resume)
    with locked(output):  # before reading, which stores many lines in the folder
        _check_output(output, resume)  # another training may have ended meanwhile
        splits = read_splits(recipe, output / CACHE)
        recipe = sized(recipe, count_short(recipe, splits.train, splits.validation))
        folder = _source_of(recipe)
        with replicas_here(device) as replicas:
            source = _loaded(recipe, folder)
            trainer = Trainer(recipe, splits, source, output, replicas=replicas)
            if resume:
                check_prior(trainer)
            trainer.fit(resume)
            return _finish(trainer, train_prior(trainer), command)


def _train_together(
    workers: Workers,
    recipe: Recipe,
    output: Path,
    resume: bool,
    device: str,
    command: Sequence[str],
) -> dict[str, Any]:
    """The part of one worker in a run of several."""
    with ExitStack() as stack:
        meeting = stack.enter_context(Rendezvous(workers))
        try:
            splits = read_splits(recipe)
            recipe = sized(recipe, count_short(recipe, splits.train, splits.validation))
            folder = _source_of(recipe)
        except BadInput as error:
            meeting.tell_of(error)
            raise

        def open_folder() -> None:
            _check_output(output, resume)
            stack.enter_context(locked(output))
            _check_output(output, resume)  # another training may have ended meanwhile

        meeting.agree(facts_of(workers, recipe, splits, resume), output, open_folder)
        with meeting.watch(abort_exchanges):
            replicas = replicas_of(workers, device)
            source = _loaded(recipe, folder)
            trainer = Trainer(recipe, splits, source, output, replicas=replicas)
            if resume:
                check_prior(trainer)
            trainer.fit(resume)
            prior = train_prior(trainer)
        if replicas.is_chief:
            return _finish(trainer, prior, command)
    log.info("%s is done; %s runs the evaluation", workers.name(workers.index), workers.name(0))
    return {}


def _source_of(recipe: Recipe) -> Path | None:
    return loading.locate(recipe.init_from) if recipe.init_from else None


def _loaded(recipe: Recipe, folder: Path | None) -> ModelBundle | None:
    """The weights to start from; a warning if they know lines of another kind."""
    if folder is None:
        return None
    source = weights_folder.load(folder)
    kept = source.text.keep_punctuation
    is_cleaned = source.text.mode == recipe.data.text == CAPTION  # another mode is refused
    if is_cleaned and kept != recipe.data.keep_punctuation:
        setting = f"data.keep_punctuation={str(kept).lower()}"
        log.warning(
            "the weights to start from have %s; to read lines as they do: --set %s",
            setting,
            setting,
        )
    return source


def _check_output(output: Path, resume: bool) -> None:
    """Raise if there is nothing to resume, or something that must not be overwritten."""
    if output.is_file():
        raise BadInput(f"{output} is a file; name a folder for the run")
    has_run = latest(output) is not None
    if resume and not has_run:
        raise BadInput(
            f"nothing to resume: {output / CHECKPOINT} does not exist; check --output, or leave"
            " out --resume"
        )
    if not resume and (failure := failure_in(output)):
        raise BadInput(f"{output} holds a run that was stopped: {failure}")
    if not resume and has_run:
        raise BadInput(f"{output} already holds a run; --resume it or choose another --output")
    if not resume and manifest.has_model(output):
        raise BadInput(f"{output} already holds a trained model; choose another --output")
    if not resume and (mine := _replaced_in(output)):
        raise BadInput(
            f"{output} holds {', '.join(mine)}, which a run would replace; choose another"
            " --output"
        )


def _replaced_in(output: Path) -> list[str]:
    """Files that a run would replace in a folder without a run, so they are not its own."""
    names = [*WRITTEN, *(f"{FOLDER}/{name}" for name in WRITTEN)]
    return [name for name in names if (output / name).exists()]


def _finish(
    trainer: Trainer, prior: TrainedPrior | None, command: Sequence[str]
) -> dict[str, Any]:
    """Evaluate the best weights with their prior, and write the complete folder."""
    best = weights_folder.load(trainer.output).model
    bundle = trainer.bundle(best, prior and prior.model)
    vae, splits = Pipeline(bundle), trainer.data.splits
    before = trainer.source.training_set_filter if trainer.source else None
    train, validation = sample(splits.train), sample(splits.validation)
    known = _filter_of(splits.train, before)
    bundle.training_set_filter = known
    bundle.labels = learn_labels(vae, train, validation)
    if best.config.latent_dim >= MIN_UNITS:
        log.info("drawing the map")
        # More points than training captions would show the model's noise.
        _draw_map(vae, min(NUM_POINTS, len(splits.train)), trainer.recipe.train.seed)
    log.info("measuring on the validation set")
    groups = [caption.group for caption in validation.captions]
    metrics = evaluate(vae, validation.texts, groups=groups)
    judged = verdict(
        vae,
        splits,
        trainer.run.history,
        trainer.recipe,
        metrics["unknown_rate"],
        trainer.has_stalled,
    )
    bundle.report = {
        **bundle.report,
        **run_report(trainer, command, metrics, prior and prior.facts),
        **label_facts(bundle.labels, splits.train),
        "verdict": judged,
        "samples": vae.generate(NUM_SAMPLES, seed=0),
        "training_set_filter": known.facts() if known else None,
    }
    bundle.directions = learn_directions(vae, train.texts, validation.texts)
    vae.save(trainer.output)
    # A model's folder contains none of its training captions.
    remove_cache(trainer.output / CACHE)
    write_history(trainer.output, bundle.name, trainer.run.history, bundle.report["best_epoch"])
    log.info("verdict:\n%s", "\n".join(f"  {sentence}" for sentence in judged["text"]))
    return bundle.report


def _filter_of(train: Captions, before: TrainingSetFilter | None) -> TrainingSetFilter | None:
    """The filter of the training captions; None if it is too large to be read back."""
    most = None if is_held(train) else len(train)
    found = TrainingSetFilter.of(train.each_text(), before, most)
    if sum(each.bits.nbytes for each in found.filters) <= MAX_FILTER_BYTES:
        return found
    log.warning("no filter of the training lines is stored: there are too many lines")
    return None


def _draw_map(vae: Pipeline, num_points: int, seed: int) -> None:
    """Make the map, unless the model writes nothing that a map can show."""
    try:
        vae.make_map(num_points, seed)
    except BadInput as error:
        log.warning("no map is stored: %s", error)
