"""The training loop, which keeps the best weights and a checkpoint to resume from."""

import contextlib
import dataclasses
import logging
import math
import time
from pathlib import Path
from typing import Any

from textvae.config.recipe import Recipe
from textvae.data.text_modes import TextSettings
from textvae.data.vocabulary import Vocabulary
from textvae.errors import BadInput, TrainingFailed, TrainingInterrupted
from textvae.metrics.report_values import number_at
from textvae.metrics.training_history import history_of
from textvae.nn.model import TextVAE
from textvae.nn.replicated import ReplicatedTextVAE
from textvae.runtime.replicas import ALONE, Replicas
from textvae.saving import manifest, parts, weights_folder
from textvae.saving.bundle import ModelBundle
from textvae.saving.variables import (
    array_bytes,
    assign_arrays,
    half_precision,
    named_variables,
)
from textvae.training.checkpointing import Checkpointing
from textvae.training.compilation import compile_model
from textvae.training.distributed import (
    DistributedCheckpointing,
    check_same_weights,
    note_rounding,
)
from textvae.training.initialization import build_model
from textvae.training.preparation import Splits, prepare_data
from textvae.training.progress import SHOWN, ProgressBar, describe_epoch, write_tensorboard
from textvae.training.run import Run, identity_of, published
from textvae.training.stopping import (
    check_active_units,
    check_loss,
    has_stalled,
    kept_epoch,
)

NAMED = ("license", "language", "tags", "base_model")  # stored in the report by a push
SECONDS_BETWEEN_WEIGHTS = 30.0  # if `train.keep` is "last"; an epoch may take only a second

log = logging.getLogger(__name__)


class Trainer:
    """One run: the network, its captions and its progress.

    Args:
        recipe: the settings.
        splits: the captions.
        source: the trained model that the run starts from, if any.
        output: the folder for the best weights, the checkpoint and the TensorBoard logs.
        tokenizer: the vocabulary, if a run on the same captions has already learned it.
        replicas: that train together.

    Raises:
        BadInput: a setting, a file or the source cannot be used.
    """

    def __init__(
        self,
        recipe: Recipe,
        splits: Splits,
        source: ModelBundle | None,
        output: Path,
        tokenizer: Vocabulary | None = None,
        replicas: Replicas = ALONE,
    ) -> None:
        self.recipe, self.source, self.output = recipe, source, output
        self.replicas = replicas
        self.named = _named_in(output, recipe)
        known = source.tokenizer if source else None
        self.data = prepare_data(recipe, splits, known, tokenizer)
        self.model = build_model(recipe, self.data, source, replicas.strategy)
        num_batches = len(self.data.batches)
        compile_model(self.model, recipe.train, num_batches)
        self.run = Run(identity_of(recipe, self.data), self.model.objective.precision)
        self.checkpointing = (
            DistributedCheckpointing(self.run, output, num_batches, replicas)
            if isinstance(self.model, ReplicatedTextVAE)
            else Checkpointing(self.run, output, num_batches)
        )
        self.checkpointing.set_model(self.model)

    def fit(self, resume: bool) -> None:
        """Train until the last epoch, or until validation stops improving.

        Args:
            resume: continue from the checkpoint in the output folder.

        Raises:
            BadInput: there is no checkpoint to resume, or it is of a different run.
            TrainingFailed: the loss is not finite, or the KL has collapsed.
            TrainingInterrupted: Ctrl-C or SIGTERM; the checkpoint is written.
            OSError: the disk is full; existing files are untouched.
        """
        # Without epochs the network is kept unchanged; if that fails, nothing is written.
        kept = None if self.recipe.train.epochs else self._report_to_keep()
        if resume:
            self.checkpointing.restore(self.model)
            self._keep_precision()
            self._restore_weights()
            log.info(
                "resuming %s after %d of %d epochs and %d batches, %.0f minutes",
                self.output,
                self.run.epoch,
                self.recipe.train.epochs,
                self.run.batch,
                self.run.seconds / 60,
            )
            has_more = self.run.epoch < self.recipe.train.epochs and not self.has_stalled
            if has_more and "validation" in _report_in(self.output):  # it is finished
                log.warning(
                    "the model in %s is replaced as soon as an epoch is kept, and has no prior"
                    " until the run ends again; copy the folder to keep it",
                    self.output,
                )
        else:
            self.checkpointing.save()  # so that an unwritable folder fails now
        if isinstance(self.model, ReplicatedTextVAE):
            check_same_weights(self.model, self.replicas)
            note_rounding(self.model)
        log.info("precision of matrix products: %s", self.run.precision)
        if kept:
            self._keep_network(kept)
            return
        with self.checkpointing.catching_signals():
            self._fit()
        if self._is_interrupted():  # after the last epoch
            raise TrainingInterrupted

    @property
    def has_stalled(self) -> bool:
        """Whether `train.patience` has run out, which ends the run."""
        run, num_batches = self.run, len(self.data.batches)
        return has_stalled(run.history, self.recipe.train, num_batches, run.first)

    def bundle(self, model: TextVAE, prior: TextVAE | None = None) -> ModelBundle:
        """A network of this run with everything else in a weights folder."""
        data = self.recipe.data
        return ModelBundle(
            name=self.recipe.name,
            model=model,
            tokenizer=self.data.tokenizer,
            text=TextSettings(self.data.max_length, data.keep_punctuation, data.text),
            prior=prior,
            report={
                **self.named,
                "history": self.run.history,
                "recipe": published(self.recipe),
            },
        )

    def _report_to_keep(self) -> dict[str, Any]:
        """The report of the network that a run of zero epochs keeps; raises without one."""
        report = self.source.report if self.source else {}
        history = history_of(report)
        is_whole = all({"val_loss", "seconds"} <= logs.keys() for logs in history)
        if not history or not is_whole or sum(logs["seconds"] for logs in history) <= 0:
            raise BadInput(
                "train.epochs is 0, which keeps a network that was trained before; name its"
                " weights, with their report.json, by --init-from"
            )
        return report

    def _keep_network(self, report: dict[str, Any]) -> None:
        """Write the network of the source unchanged, with its history."""
        self.run.history = history_of(report)
        # The report of an interrupted run has no total time.
        of_epochs = sum(logs["seconds"] for logs in self.run.history)
        self.run.seconds = number_at(report, "seconds") or of_epochs
        self.run.epoch = len(self.run.history)
        self._write_weights()

    def _write_weights(self) -> None:
        if self.replicas.is_chief:
            weights_folder.save(self.bundle(self.model), self.output)

    def _is_interrupted(self) -> bool:
        return self.replicas.any(self.checkpointing.is_interrupted)

    def _keep_precision(self) -> None:
        """Continue in the precision of the checkpoint, whichever `auto` would choose here."""
        wanted, used = self.recipe.train.precision, self.run.precision
        if wanted not in ("auto", used):
            raise BadInput(
                f"the checkpoint has train.precision {used}, got {wanted}; resume with"
                f" --set train.precision={used}, or train from scratch in another --output"
            )
        self.model.objective = dataclasses.replace(self.model.objective, precision=used)

    def _restore_weights(self) -> None:
        """Write the weights that the run keeps, unless the folder already has them."""
        kept = self.checkpointing.kept if self.replicas.is_chief else {}
        name, data = manifest.MODEL, array_bytes(kept)
        if kept and not manifest.is_whole_with(self.output, name, data):
            model = TextVAE(self.model.config, len(self.data.tokenizer), initializer="zeros")
            assign_arrays(named_variables(model), kept, name)
            weights_folder.save(self.bundle(model), self.output)

    def _fit(self) -> None:
        run, settings = self.run, self.recipe.train
        num_batches, saved_at = len(self.data.batches), -math.inf
        self._write_tensorboard()  # a kill may have prevented the last write
        compiling = run.epoch + 1  # the epoch in which the network is compiled
        before = time.monotonic()
        while run.epoch < settings.epochs and not self.has_stalled:
            self._fit_epoch()
            now = time.monotonic()
            self._log_epoch(now - before, is_compiling=run.epoch == compiling)
            before = now  # so that the time of an epoch includes validation and saving
            try:
                check_loss(run.history, settings)
                is_kept = run.history[-1] is kept_epoch(run.history, settings, run.first)
                # The very last weights are written after the loop.
                is_due = time.monotonic() - saved_at > SECONDS_BETWEEN_WEIGHTS
                if is_kept:
                    self.checkpointing.kept = half_precision(named_variables(self.model))
                if is_kept and (is_due or settings.keep == "best"):
                    self._write_weights()
                    saved_at = time.monotonic()
                check_active_units(run.history, self.recipe, num_batches, run.first)
            except TrainingFailed as error:
                run.failure = str(error)
                self.checkpointing.save()
                raise
            self.checkpointing.save()
            self._write_tensorboard()
            if self._is_interrupted():
                raise TrainingInterrupted
        if run.epoch < settings.epochs:
            log.info(
                "no lower validation loss for %d epochs: training ends after epoch %d of %d;"
                " --resume with a higher train.patience (or prior.patience) continues it",
                run.epoch - kept_epoch(run.history, settings, run.first)["epoch"],
                run.epoch,
                settings.epochs,
            )
        if settings.keep == "last" and not run.batch:  # else the folder has an epoch's weights
            self._write_weights()

    def _log_epoch(self, seconds: float, is_compiling: bool) -> None:
        logs, settings = self.run.history[-1], self.recipe.train
        names = SHOWN[:1] if self.recipe.model.is_language_model else SHOWN
        seconds = max(seconds, logs["seconds"])  # of a resumed epoch, they are only a part
        log.info(describe_epoch(logs, names, settings.epochs, seconds, is_compiling))

    def _write_tensorboard(self) -> None:
        if self.run.history and self.replicas.is_chief:
            write_tensorboard(self.output / "tensorboard", self.run.history)

    def _fit_epoch(self) -> None:
        run, batches = self.run, self.data.batches
        tokens = batches.tokens_of(run.epoch)
        title = f"epoch {run.epoch + 1}/{self.recipe.train.epochs}"
        bar = ProgressBar(tokens[run.batch :], title, self.replicas.is_chief)
        before = sum(logs["seconds"] for logs in run.history)
        try:
            fitted = self.model.fit(
                batches.dataset(run.epoch, run.batch),
                validation_data=self.data.validation_batches.dataset(),
                initial_epoch=run.epoch,
                epochs=run.epoch + 1,
                callbacks=[self.checkpointing, bar],
                shuffle=False,
                verbose=0,
            )
        finally:
            bar.close()
        metrics = {name: float(values[-1]) for name, values in fitted.history.items()}
        run.epoch, run.batch = run.epoch + 1, 0
        seconds = run.seconds - before
        logs = {
            "epoch": run.epoch,
            "seconds": seconds,
            "tokens_per_second": float(sum(tokens)) / seconds,
            "beta": float(self.model.objective.beta(self.model.optimizer.iterations.value)),
            **metrics,
        }
        run.history.append(logs)


def _named_in(output: Path, recipe: Recipe) -> dict[str, Any]:
    """What a push has recorded for the card of this run, unless the recipe overrides it."""
    before = _report_in(output)
    return {k: before[k] for k in NAMED if k in before and not getattr(recipe.data, k, None)}


def _report_in(folder: Path) -> dict[str, Any]:
    """The report of the model in the folder; empty without one."""
    with contextlib.suppress(BadInput):  # a damaged folder, about to be replaced
        return parts.read_report(manifest.find_one(folder, manifest.REPORT))
    return {}
