"""The checkpoint of a run: one file with all that a resumed run needs."""

import contextlib
import json
import logging
import math
import signal
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from textvae.config import renamed
from textvae.config.recipe import Recipe
from textvae.errors import BadInput, TrainingInterrupted
from textvae.saving.files import write_files
from textvae.saving.variables import array_bytes, assign_arrays, named_variables, read_arrays
from textvae.training.preparation import TrainingData

CHECKPOINT = "checkpoint.safetensors"
SECONDS_BETWEEN_CHECKPOINTS = 120.0  # what a kill can cost; writing one takes 0.25 seconds
# Settings that a resumed run may change; with others it would be another run.
OBJECTIVE = ("beta", "free_bits", "word_dropout", "min_active_units")
CHANGEABLE = {f"settings.train.{name}" for name in ("epochs", "patience", *OBJECTIVE)}


log = logging.getLogger(__name__)


class Run:
    """Where a training run is: all that a resumed one needs beside the arrays.

    Attributes:
        epoch: epochs completed.
        batch: batches completed of the epoch under way.
        seconds: spent on training, over all sessions.
        history: one dictionary per epoch.
        identity: what must be the same for a checkpoint to be continued, but for `CHANGEABLE`
            settings; see `identity_of`.
        precision: of the matrix products, `float32` or `bfloat16`.
        first: the epoch from which on the objective is that of `identity`.
        failure: why the run has stopped itself, if it has.

    Example:
        >>> run = Run({"captions": 7})
        >>> run.restore('{"epoch": 2, "batch": 9, "seconds": 1.5, "history": [],'
        ...             ' "identity": {"captions": 7}}')  # no setting has changed
        {}
        >>> run.epoch, run.batch
        (2, 9)
    """

    def __init__(self, identity: dict[str, Any], precision: str = "float32") -> None:
        self.epoch, self.batch, self.seconds = 0, 0, 0.0
        self.history: list[dict[str, float]] = []
        self.identity, self.precision = identity, precision
        self.first, self.failure = 1, ""

    def as_json(self) -> str:
        """For the metadata of the checkpoint file."""
        return json.dumps(vars(self))

    def restore(self, text: str) -> dict[str, tuple[Any, Any]]:
        """Take over what `as_json` gave, here or in an earlier version.

        Returns:
            The settings that have changed, each with its former and its present value.

        Raises:
            BadInput: it is of a run with other settings or captions, or of one that diverged.
        """
        saved = renamed.rename_run(json.loads(text))
        # A setting that a former version did not have takes its default.
        before = _flat({"settings": Recipe(name="").as_dict()}) | _flat(saved["identity"])
        identity = self.identity
        changed = {
            key: (before.get(key), value)
            for key, value in _flat(identity).items()
            if before.get(key) != value
        }
        for key in sorted(changed.keys() - CHANGEABLE):
            raise BadInput(
                f"the checkpoint was made with {_mismatch(key, *changed[key])}; resume with the"
                " same settings and captions, or train from scratch in another --output (what"
                f" may change: {', '.join(sorted(map(_setting, CHANGEABLE)))})"
            )
        vars(self).update(saved)
        if self.history and not math.isfinite(self.history[-1]["val_loss"]):
            raise BadInput(f"this run cannot go on: {self.failure}")
        self.identity, self.failure = identity, ""
        if any(f"settings.train.{name}" in changed for name in OBJECTIVE):
            self._begin_objective(identity["settings"]["train"]["beta"])
        return {_setting(key): values for key, values in changed.items()}

    def _begin_objective(self, beta: float) -> None:
        """Judge the epochs to come by another objective than those before."""
        self.first = self.epoch + 1
        for logs in self.history:
            if "val_kl" in logs:
                logs["val_loss"] = logs["val_nll"] + beta * logs["val_kl"]


def identity_of(recipe: Recipe, data: TrainingData) -> dict[str, Any]:
    """What makes a run this one: its settings, captions and vocabulary."""
    texts = [*data.splits.train.texts, "", *data.splits.validation.texts]
    settings = recipe.as_dict()
    del settings["train"]["precision"]  # a run that is resumed keeps its own
    return {
        "settings": {key: settings[key] for key in ("init_from", "model", "train")},
        "captions": _checksum(texts),
        "vocabulary": _checksum(data.tokenizer.words),
    }


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dictionaries as one, with dots between the keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= (
            _flat(value, f"{prefix}{key}.")
            if isinstance(value, dict)
            else {prefix + key: value}
        )
    return flat


def _setting(key: str) -> str:
    return key.removeprefix("settings.")


def _mismatch(key: str, before: Any, now: Any) -> str:
    setting = _setting(key)
    return f"other {key}" if setting == key else f"{setting} {before}, got {now}"


def _checksum(lines: Any) -> int:
    return zlib.crc32("\n".join(lines).encode())


def training_variables(model: keras.Model) -> dict[str, keras.Variable]:
    """What a step changes: weights, optimiser and running means, by name."""
    found = named_variables(model)
    for kind, variables in (
        ("optimizer", model.optimizer.variables),
        ("metrics", model.metrics_variables),
    ):
        found |= {f"{kind}.{i:03}": variable for i, variable in enumerate(variables)}
    return found


def failure_in(folder: Path) -> str:
    """Why the run in this folder has stopped itself; empty if it has not, or there is none."""
    path = folder / CHECKPOINT
    if not path.is_file():
        return ""
    saved = json.loads(read_arrays(path)[1]["run"])
    return str(saved.get("failure", ""))


class Checkpointing(keras.callbacks.Callback):
    """Writes the checkpoint every two minutes and when interrupted.

    Args:
        run: what is updated as training goes on, and saved.
        folder: where the checkpoint is.
        batches_per_epoch: how many batches make an epoch.
    """

    def __init__(self, run: Run, folder: Path, batches_per_epoch: int) -> None:
        super().__init__()
        self.run, self.folder, self.batches_per_epoch = run, folder, batches_per_epoch
        self.is_interrupted, self.first_batch = False, 0
        self.metrics_to_restore: dict[str, Any] = {}
        self.last_saved = self.last_step = time.monotonic()

    def save(self) -> None:
        """Replace the checkpoint; a kill leaves the old or the new one."""
        arrays = {
            name: np.asarray(variable.value)
            for name, variable in training_variables(self.model).items()
        }
        data = array_bytes(arrays, {"run": self.run.as_json()})
        write_files(self.folder, {CHECKPOINT: data})
        self.last_saved = time.monotonic()

    def restore(self, model: keras.Model) -> None:
        """Continue from the checkpoint in the folder.

        Raises:
            BadInput: there is none, or it is damaged or of another run.
        """
        path = self.folder / CHECKPOINT
        if not path.is_file():
            raise BadInput(f"nothing to resume: {path} does not exist")
        arrays, metadata = read_arrays(path)
        for setting, (before, now) in self.run.restore(metadata["run"]).items():
            log.info("%s changes from %s to %s", setting, before, now)
        assign_arrays(training_variables(model), arrays, str(path))
        self.metrics_to_restore = arrays

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Restore the running means of a resumed epoch, which Keras has just reset."""
        del epoch, logs
        for i, variable in enumerate(self.model.metrics_variables):
            if f"metrics.{i:03}" in self.metrics_to_restore:
                variable.assign(self.metrics_to_restore[f"metrics.{i:03}"])
        self.metrics_to_restore = {}
        self.first_batch = self.run.batch
        self.last_step = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the steps up to `batch`, and write the checkpoint when it is due.

        Raises:
            TrainingInterrupted: a signal has come; the checkpoint is written.
        """
        del logs
        now = time.monotonic()
        # Several steps end together, and Keras counts too many at the end of an epoch.
        self.run.batch = min(self.first_batch + batch + 1, self.batches_per_epoch)
        self.run.seconds += now - self.last_step
        self.last_step = now
        if self.run.batch == self.batches_per_epoch:
            return  # validation is next, and the checkpoint is written after it
        if self.is_interrupted or now - self.last_saved > SECONDS_BETWEEN_CHECKPOINTS:
            self.save()
        if self.is_interrupted:
            raise TrainingInterrupted

    @contextlib.contextmanager
    def catching_signals(self) -> Iterator[None]:
        """Within, a first Ctrl-C or SIGTERM ends the run some steps later, a second at once."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set handlers
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.getsignal(number) for number in signals}

        def note(number: int, frame: Any) -> None:
            del frame
            self.is_interrupted = True
            signal.signal(number, before[signal.Signals(number)])

        for number in signals:
            signal.signal(number, note)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
