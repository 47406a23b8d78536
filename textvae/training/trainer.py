"""A recipe and captions -> a trained weights folder."""

import contextlib
import dataclasses
import math
import re
import shlex
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from textvae import loading
from textvae.config.recipe import Recipe
from textvae.config.settings import TrainConfig
from textvae.data.batching import CaptionBatches
from textvae.data.captions import Captions, load_captions
from textvae.data.glove import read_glove
from textvae.data.splitting import split_by_group, without_groups_of
from textvae.data.tokenizer import Tokenizer
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.errors import BadInput
from textvae.evaluation.evaluate import evaluate
from textvae.latent.latent_map import MIN_UNITS, NUM_POINTS
from textvae.nn.model import Objective, TextVAE
from textvae.nn.schedules import beta_schedule
from textvae.pipeline import Pipeline
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle, TextSettings
from textvae.saving.variables import named_variables
from textvae.training import checkpointing, plots
from textvae.training.optimizer import Adam
from textvae.version import __version__

FEWEST_CAPTIONS = 50  # below this there is nothing to generalise from
VALIDATION_BATCH = 256
STEPS_AT_ONCE = 4  # between two of them TensorFlow waits for Python, and Ctrl-C is heard
SIZES_OF_CODE = ("latent_dim", "encoder_dim")  # which a language model has not
FOLDERS = re.compile(r"""[^"'=,\[\]]*/(?=.)""")  # of paths, also within --set
PRIOR = "prior"  # the folder of the run that fits the prior, in that of the whole run


class Collapsed(Exception):
    """The posterior has become the prior: z says nothing about the caption; or all is NaN."""


@dataclasses.dataclass
class Parts:
    """The captions of one run; no image is on both sides."""

    train: Captions
    validation: Captions


class FittedPrior(NamedTuple):
    """The language model behind the fitted prior, and what the report says of it."""

    language_model: TextVAE
    facts: dict[str, Any]


def say(message: str) -> None:
    """One line of progress on standard error."""
    print(message, file=sys.stderr, flush=True)


def train(
    recipe: Recipe, output: Path, *, resume: bool = False, command: Sequence[str] = ()
) -> dict[str, Any]:
    """Train as `recipe` says and leave a weights folder in `output`; returns its report.

    The folder holds the best weights so far from the first pass on. Beside them stand the
    checkpoint, TensorBoard logs and `history.html`.

    Args:
        recipe: the settings, with the files of captions.
        output: the folder; a run that is in it already is only continued, never overwritten.
        resume: continue the run in `output`; the result is that of an unbroken run.
        command: what was typed, for the report.

    Raises:
        BadInput: a setting or a file that cannot be used.
        Collapsed: after the warm-up too few latent units are active.
        checkpointing.Interrupted: Ctrl-C or SIGTERM; the checkpoint is written.
        OSError: the disk is full; what was in the folder is untouched.
    """
    if not resume and (output / checkpointing.CHECKPOINT).exists():
        raise BadInput(f"{output} holds a run already; --resume it or choose another --output")
    if not resume and (output / "config.json").exists():
        raise BadInput(f"{output} holds a trained model already; choose another --output")
    parts = read_parts(recipe)
    source = weights_folder.load(loading.locate(recipe.init_from)) if recipe.init_from else None
    trainer = Trainer(recipe, parts, source, output)
    trainer.run_epochs(resume)
    prior = trainer.fit_prior()
    return trainer.finish(prior, command)


def read_parts(recipe: Recipe) -> Parts:
    """Training and validation captions, with the counts said on standard error."""
    data = recipe.data
    if not data.captions:
        raise BadInput("no training captions: name at least one file with --captions")
    settings = {
        "instances": data.instances,
        "category": data.category,
        "column": data.column,
        "max_length": data.max_length,
        "keep_punctuation": data.keep_punctuation,
    }
    everything = load_captions(data.captions, **settings)  # type: ignore[arg-type]
    if data.validation:
        validation = load_captions([data.validation], **settings)  # type: ignore[arg-type]
        train_part = without_groups_of(everything, validation, "also in the validation part")
        say(f"training: {train_part.summary()}")
        say(f"validation: {validation.summary()}")
    else:
        say(f"captions: {everything.summary()}")
        train_part, validation = split_by_group(
            everything, data.validation_share, recipe.train.seed
        )
        say(f"split: {len(train_part):,} to train on, {len(validation):,} to validate on")
    if len(train_part) < FEWEST_CAPTIONS or len(validation) < 2:
        raise BadInput(
            f"too few captions: {len(train_part)} to train on and {len(validation)} to validate"
            f" on, where at least {FEWEST_CAPTIONS} and 2 are needed; give more files or"
            " a wider category"
        )
    return Parts(train_part, validation)


class Trainer:
    """One run: the model, its captions and where it has got to."""

    def __init__(
        self,
        recipe: Recipe,
        parts: Parts,
        source: ModelBundle | None,
        output: Path,
    ) -> None:
        self.recipe, self.parts, self.output = recipe, parts, output
        self.source = source
        self.seen = TrainingSetFilter.of(
            parts.train.texts, source.training_set_filter if source else None
        )
        data, settings = recipe.data, recipe.train
        texts = parts.train.texts
        self.tokenizer = (
            source.tokenizer.extended(texts, data.min_count)
            if source
            else Tokenizer.fit(texts, data.min_count)
        )
        say(f"vocabulary: {len(self.tokenizer):,} words, seen at least {data.min_count} times")
        encode = self.tokenizer.encode
        self.batches = CaptionBatches(
            [encode(t) for t in texts], settings.batch_size, settings.seed, settings.fragments
        )
        self.held_out = CaptionBatches(
            [encode(text) for text in parts.validation.texts], VALIDATION_BATCH
        )
        keras.utils.set_random_seed(settings.seed)
        self.model = self._build(source)
        compile_model(self.model, settings, len(self.batches))
        self.run = checkpointing.Run(self._identity())
        self.checkpointing = checkpointing.Checkpointing(self.run, output, len(self.batches))
        self.checkpointing.set_model(self.model)

    def _build(self, source: ModelBundle | None) -> TextVAE:
        config, data = self.recipe.model, self.recipe.data
        vectors = None
        if data.embeddings:
            vectors = read_glove(data.embeddings, self.tokenizer, self.recipe.train.seed)
            say(f"vectors: {vectors.summary(self.parts.train.texts, self.tokenizer)}")
            width = vectors.dimension
            config = dataclasses.replace(
                config, vector_dim=None if width == config.embed_dim else width
            )
        elif config.freeze_embeddings and not source:
            raise BadInput(
                "model.freeze_embeddings needs word vectors: name some by --embeddings"
            )
        objective = training_objective(self.recipe.train, len(self.batches))
        with precision(self.recipe.train.mixed_precision):
            model = TextVAE(config, len(self.tokenizer), objective)
        if source:
            copy_weights(source, model)
        else:
            model.init_output_bias(self.batches.counts(len(self.tokenizer)))
        if vectors:
            model.embedding.table.assign(vectors.matrix)
        return model

    def _identity(self) -> dict[str, Any]:
        text = "\n".join([*self.parts.train.texts, "", *self.parts.validation.texts])
        settings = {
            key: value
            for key, value in self.recipe.as_dict().items()
            if key in ("model", "train", "init_from")
        }
        return {
            "settings": settings,
            "captions": zlib.crc32(text.encode()),
            "vocabulary": zlib.crc32("\n".join(self.tokenizer.words).encode()),
        }

    def run_epochs(self, resume: bool) -> None:
        """Pass after pass, until the last or until validation has stopped getting better."""
        if resume:
            self.checkpointing.restore(self.model)
            done = f"{self.run.epoch} of {self.recipe.train.epochs} passes"
            say(
                f"resuming {self.output} after {done} and {self.run.batch} batches,"
                f" {self.run.seconds / 60:.0f} minutes"
            )
        else:
            # A folder that cannot be written shows now, not hours later.
            self.checkpointing.save()
        with self.checkpointing.catching_signals():
            self._run_epochs()

    def _run_epochs(self) -> None:
        while self.run.epoch < self.recipe.train.epochs and not self._has_stalled():
            self._run_epoch()
            if self.run.history[-1] is self._best():
                self._save()
            self._refuse_divergence()
            self._refuse_collapse()
            self.checkpointing.save()
            checkpointing.write_tensorboard(self.output / "tensorboard", self.run.history)
            if self.checkpointing.is_interrupted:
                raise checkpointing.Interrupted

    def _run_epoch(self) -> None:
        run, epochs = self.run, self.recipe.train.epochs
        tokens = self.batches.tokens_of(run.epoch)[run.batch :]
        bar = checkpointing.ProgressBar(tokens, f"pass {run.epoch + 1}/{epochs}")
        before = sum(logs["seconds"] for logs in run.history)
        try:
            fitted = self.model.fit(
                self.batches.dataset(run.epoch, run.batch),
                validation_data=self.held_out.dataset(),
                initial_epoch=run.epoch,
                epochs=run.epoch + 1,
                callbacks=[self.checkpointing, bar],
                shuffle=False,
                verbose=0,
            )
        finally:
            bar.close()
        logs = {name: float(values[-1]) for name, values in fitted.history.items()}
        seconds = run.seconds - before
        run.epoch, run.batch = run.epoch + 1, 0
        extra = {"epoch": run.epoch, "seconds": seconds}
        extra["tokens_per_second"] = self.batches.num_tokens / seconds
        extra["beta"] = float(self.model.objective.beta(self.model.optimizer.iterations.value))
        run.history.append({**extra, **logs})
        say(_epoch_line(run.history[-1], has_code=not self.recipe.model.is_language_model))

    def _best(self) -> dict[str, float]:
        return min(self.run.history, key=lambda logs: logs["val_loss"])

    def _has_stalled(self) -> bool:
        if not self.run.history:
            return False
        since = self.run.epoch - self._best()["epoch"]
        return since >= self.recipe.train.patience and self._is_past_warmup()

    def _is_past_warmup(self) -> bool:
        settings = self.recipe.train
        return settings.beta_schedule == "constant" or self.run.epoch >= settings.beta_epochs

    def _refuse_divergence(self) -> None:
        settings, loss = self.recipe.train, self.run.history[-1]["val_loss"]
        if not math.isfinite(loss):
            raise Collapsed(
                f"training has diverged: the validation loss is {loss} after pass"
                f" {self.run.epoch}; lower train.learning_rate (now {settings.learning_rate})"
                f" or train.clip_norm (now {settings.clip_norm})"
            )

    def _refuse_collapse(self) -> None:
        settings, logs = self.recipe.train, self.run.history[-1]
        if self.recipe.model.is_language_model:
            return  # nothing is there that could collapse
        if self._is_past_warmup() and logs["val_active_units"] < settings.min_active_units:
            raise Collapsed(
                f"the KL has collapsed: {logs['val_active_units']:.0f} of"
                f" {self.recipe.model.latent_dim} latent units are active after pass"
                f" {self.run.epoch}, and train.min_active_units is {settings.min_active_units};"
                f" lower train.beta (now {settings.beta}), raise train.free_bits (now"
                f" {settings.free_bits}) or train.word_dropout (now {settings.word_dropout})"
            )

    def _stored(self, model: TextVAE, prior: TextVAE | None) -> ModelBundle:
        text = TextSettings(
            max_length=self.recipe.data.max_length,
            keep_punctuation=self.recipe.data.keep_punctuation,
        )
        report = {"history": self.run.history}
        return ModelBundle(self.recipe.name, model, self.tokenizer, text, prior, report)

    def _save(self) -> None:
        weights_folder.save(self._stored(self.model, None), self.output)

    def fit_prior(self) -> FittedPrior | None:
        """Train the language model behind the fitted prior, in a run of its own.

        Interrupted, it is resumed with the run that it belongs to.
        """
        if self.recipe.model.is_language_model or not self.recipe.prior.epochs:
            return None
        say("fitting the prior: a language model of the same captions")
        folder, source = self.output / PRIOR, self._source_of_prior()
        recipe = self.recipe.for_prior(source.model.config.hidden_dim if source else None)
        if source and source.model.config.hidden_dim != recipe.model.hidden_dim:
            say(f"the prior of {source.name!r} has another size, so this one starts anew")
            source = None
        trainer = Trainer(recipe, self.parts, source, folder)
        trainer.run_epochs(resume=(folder / checkpointing.CHECKPOINT).exists())
        best = trainer._best()
        facts = {
            "epochs": trainer.run.epoch,
            "seconds": trainer.run.seconds,
            "num_parameters": trainer.model.count_params(),
            "validation_nll": best["val_nll"],
        }
        return FittedPrior(weights_folder.load(folder).model, facts)

    def _source_of_prior(self) -> ModelBundle | None:
        """The language model that the one behind the prior starts from, if there is one."""
        if self.source is None or self.source.model.config.is_language_model:
            return self.source
        if self.source.prior is None:
            return None
        return dataclasses.replace(self.source, model=self.source.prior, prior=None)

    def finish(self, prior: FittedPrior | None, command: Sequence[str]) -> dict[str, Any]:
        """Measure the best weights with their prior, and write the folder for good."""
        best = weights_folder.load(self.output).model
        stored = self._stored(best, prior and prior.language_model)
        vae = Pipeline(stored)
        say("measuring on the validation part")
        measured = evaluate(vae, self.parts.validation.texts)
        stored.report = self._report(command, measured, prior and prior.facts)
        stored.report["samples"] = vae.generate(20, seed=0)
        stored.training_set_filter, stored.report["training_set_filter"] = (
            self.seen,
            self.seen.facts(),
        )
        if best.config.latent_dim >= MIN_UNITS:
            say("drawing the map")
            # More points than captions to train on would show the model's noise, not more.
            vae.make_map(min(NUM_POINTS, len(self.parts.train)), self.recipe.train.seed)
        vae.save(self.output)
        plots.write_html(plots.training_curves(self.run.history), self.output / "history.html")
        return stored.report

    def _report(
        self, command: Sequence[str], measured: dict[str, Any], prior: dict[str, Any] | None
    ) -> dict[str, Any]:
        seconds = self.run.seconds
        tokens = self.batches.num_tokens * self.run.epoch
        return {
            "command": shlex.join(["python", "-m", "textvae", *map(_without_folder, command)]),
            "recipe": _portable(self.recipe.as_dict()),
            "data": {
                "train": {"captions": len(self.parts.train), "tokens": self.batches.num_tokens},
                "validation": {"captions": len(self.parts.validation)},
                "dropped": dict(self.parts.train.dropped),
            },
            "vocab_size": len(self.tokenizer),
            "num_parameters": self.model.count_params(),
            "seconds": seconds,
            "tokens_per_second": tokens / seconds,
            "best_epoch": self._best()["epoch"],
            "prior": prior,
            "validation": measured,
            "versions": {"textvae": __version__, "tensorflow": tf.__version__},
            "finished": time.strftime("%Y-%m-%d"),
            "history": self.run.history,
        }


@contextlib.contextmanager
def precision(mixed: bool) -> Iterator[None]:
    """Layers made within compute in bfloat16 if `mixed`, for as long as they live.

    bfloat16 has float32's range, so losses need no scaling. Weights are float32 either way.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if mixed else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def training_objective(settings: TrainConfig, steps_per_epoch: int) -> Objective:
    """The objective with its schedule in optimiser steps."""
    num_steps = max(1, round(settings.beta_epochs * steps_per_epoch))
    return Objective(
        beta=beta_schedule(settings.beta_schedule, settings.beta, num_steps),
        final_beta=settings.beta,
        free_bits=settings.free_bits,
        word_dropout=settings.word_dropout,
        latent_noise=settings.latent_noise,
        dropout=settings.dropout,
        shards=settings.shards,
        seed=settings.seed,
    )


def compile_model(model: TextVAE, settings: TrainConfig, steps_per_epoch: int) -> None:
    """Adam with clipping; the learning rate climbs, then falls along a cosine."""
    num_steps = settings.epochs * steps_per_epoch
    warmup = min(settings.warmup_steps, num_steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate * (0.01 if warmup else 1.0),
        decay_steps=num_steps - warmup,
        alpha=settings.final_learning_rate,
        warmup_target=settings.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
    optimizer = Adam(rate, global_clipnorm=settings.clip_norm)
    optimizer.build(model.trainable_variables)
    model.compile(
        optimizer=optimizer,
        jit_compile=False,  # XLA makes LSTMs slower on a CPU
        steps_per_execution=STEPS_AT_ONCE,
    )


def copy_weights(source: ModelBundle, model: TextVAE) -> None:
    """Start `model` from trained weights; words that are new keep their fresh vectors.

    A language model gives a VAE its words and its decoder; what concerns z stays fresh.

    Raises:
        BadInput: the sizes of the two networks differ.
    """
    theirs, ours = (dataclasses.asdict(each.config) for each in (source.model, model))
    has_no_code = source.model.config.is_language_model
    for key in theirs:
        if theirs[key] != ours[key] and not (has_no_code and key in SIZES_OF_CODE):
            raise BadInput(
                f"cannot start from {source.name!r}: its model.{key} is {theirs[key]!r} and the"
                f" recipe's is {ours[key]!r}; set --set model.{key}={theirs[key]}"
            )
    trained = named_variables(source.model)
    for name, variable in named_variables(model).items():
        if has_no_code and name not in trained:
            continue  # the encoder's
        value, old = variable.numpy().copy(), trained[name].numpy()
        # Only the axis of words grows, at its end, and that of z, from nothing.
        value[tuple(map(slice, old.shape))] = old
        variable.assign(value)


def _epoch_line(logs: dict[str, float], has_code: bool) -> str:
    names = ("nll", "kl", "loss", "active_units") if has_code else ("nll",)
    validation = ", ".join(f"{name} {logs[f'val_{name}']:.2f}" for name in names)
    speed = f"{logs['tokens_per_second']:,.0f} tokens/s"
    return f"pass {logs['epoch']:.0f}: validation {validation}; {speed}"


def _without_folder(argument: str) -> str:
    """Of each path only its last part: a report travels, the folders of a machine do not."""
    return argument if "hf://" in argument else FOLDERS.sub("", argument)


def _portable(recipe: dict[str, Any]) -> dict[str, Any]:
    data = dict(recipe["data"])
    for key, value in data.items():
        if isinstance(value, list):
            data[key] = [_without_folder(item) for item in value]
        elif isinstance(value, str):
            data[key] = _without_folder(value)
    source = recipe["init_from"]
    return {**recipe, "data": data, "init_from": source and _without_folder(source)}
