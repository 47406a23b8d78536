"""The checkpoint of a run: one file with everything needed to resume, and its predecessor."""

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from textvae.checks import one_line
from textvae.errors import BadInput, TrainingInterrupted
from textvae.runtime.signals import heeded_signals
from textvae.saving.files import sync_folder, write_file
from textvae.saving.sealed import read_sealed, sealed_bytes
from textvae.saving.variables import Arrays, assign_arrays, named_variables
from textvae.training.run import Run, parse_run

CHECKPOINT = "checkpoint.safetensors"
PREVIOUS = "checkpoint.previous.safetensors"  # the one before it
NEXT = "checkpoint.next.safetensors"  # until it replaces the last one
KEPT = "kept."  # prefix of the weights that the run keeps, of its best epoch or its last
TABLE = "embedding.table"  # the word vectors
SECONDS_BETWEEN_CHECKPOINTS = 120.0  # lost at most by a kill; writing takes 0.25 seconds
PATIENCE = 1.0  # seconds for which a validation may continue after a signal

log = logging.getLogger(__name__)


def training_variables(model: keras.Model) -> dict[str, keras.Variable]:
    """The variables that a step changes, by name: weights, optimiser and running means."""
    found = named_variables(model)
    for kind, variables in (
        ("optimizer", model.optimizer.variables),
        ("metrics", model.metrics_variables),
    ):
        found |= {f"{kind}.{i:03}": variable for i, variable in enumerate(variables)}
    return found


def latest(folder: Path) -> Path | None:
    """The newest checkpoint in a folder, even after a kill; None if there is none.

    Example:
        >>> latest(Path("empty")) is None
        True
    """
    paths = (folder / name for name in (CHECKPOINT, NEXT, PREVIOUS))
    return next((path for path in paths if path.is_file()), None)


def failure_in(folder: Path) -> str:
    """Why the run in this folder has failed; empty if it has not or there is no run.

    Example:
        >>> failure_in(Path("empty"))
        ''
    """
    path = latest(folder)
    if path is None:
        return ""
    try:
        return str(parse_run(read_sealed(path)[1].get("run")).get("failure", ""))
    except BadInput:  # the checkpoint is damaged, which resuming reports
        return ""


class Checkpointing(keras.callbacks.Callback):
    """Writes the checkpoint every two minutes and when interrupted.

    Args:
        run: the state that is updated during training, and saved.
        folder: where the checkpoint is.
        batches_per_epoch: how many batches make an epoch.

    Attributes:
        kept: the weights that the run keeps so far, by name and in half precision; the
            checkpoint has them, so that a resumed run can write them again.

    Example:
        >>> Checkpointing(Run({}), Path("run"), batches_per_epoch=100).read()
        Traceback (most recent call last):
        textvae.errors.BadInput: nothing to resume: run/checkpoint.safetensors does not exist
    """

    def __init__(self, run: Run, folder: Path, batches_per_epoch: int) -> None:
        super().__init__()
        self.run, self.folder, self.batches_per_epoch = run, folder, batches_per_epoch
        self.is_interrupted, self.interrupted_at, self.first_batch = False, 0.0, 0
        self.metrics_to_restore: Arrays = {}
        self.kept: Arrays = {}
        self._to_catch: dict[signal.Signals, Any] = {}  # and their previous handlers
        self.last_saved = self.last_step = time.monotonic()

    def save(self) -> None:
        """Replace the checkpoint and keep the previous one; a kill leaves one intact."""
        arrays = {
            name: np.asarray(variable.value)
            for name, variable in training_variables(self.model).items()
        }
        arrays |= {KEPT + name: array for name, array in self.kept.items()}
        last, following = self.folder / CHECKPOINT, self.folder / NEXT
        write_file(following, sealed_bytes(arrays, {"run": self.run.as_json()}))
        if last.exists():
            last.replace(self.folder / PREVIOUS)
        following.replace(last)
        sync_folder(self.folder)
        self.last_saved = time.monotonic()

    def read(self) -> tuple[Arrays, dict[str, tuple[Any, Any]]]:
        """Restore the run from the checkpoint in the folder, and return its arrays.

        Returns:
            The arrays, and the changed settings, each with its former and its present value.

        Raises:
            BadInput: there is none, or it is damaged or of another run.
        """
        path = self._path()
        with self._naming_a_way_out(path):
            arrays, metadata = read_sealed(path)
            parse_run(metadata.get("run"))
        return arrays, self.run.restore(metadata["run"])

    def restore(self, model: keras.Model) -> None:
        """Continue from the checkpoint in the folder.

        Raises:
            BadInput: there is none, or it is damaged or of another run.
        """
        arrays, changed = self.read()
        path, variables = self._path(), training_variables(model)
        names = [name for name in arrays if name.startswith(KEPT)]
        self.kept = {name.removeprefix(KEPT): arrays.pop(name) for name in names}
        _check_vectors(variables, arrays)
        with self._naming_a_way_out(path):
            if self.run.batch >= self.batches_per_epoch:
                raise BadInput(f"{path} is of an epoch with more batches")
            assign_arrays(variables, arrays, str(path))
        for setting, (before, now) in changed.items():
            log.info("%s changes from %s to %s", setting, before, now)
        if self.run.batch:  # after an epoch they are those of its validation
            self.metrics_to_restore = arrays

    @property
    def must_stop(self) -> bool:
        """Whether the run must end after the step that has just ended."""
        return self.is_interrupted

    @property
    def must_leave_validation(self) -> bool:
        """Whether the current validation has continued for too long after a signal."""
        return self.is_interrupted and time.monotonic() - self.interrupted_at > PATIENCE

    def _path(self) -> Path:
        """The path of the newest checkpoint."""
        path = latest(self.folder)
        if path is None:
            raise BadInput(f"nothing to resume: {self.folder / CHECKPOINT} does not exist")
        return path

    @contextlib.contextmanager
    def _naming_a_way_out(self, path: Path) -> Iterator[None]:
        """Add advice to errors about a checkpoint that cannot be used."""
        try:
            yield
        except BadInput as error:
            message = str(error) if str(path) in str(error) else f"{path} is damaged ({error})"
            before = self.folder / PREVIOUS
            way = (
                f"delete it, and --resume continues from the previous one, {before}"
                if path != before and before.is_file()
                else "train from scratch in another --output"
            )
            raise BadInput(f"{one_line(message)}; {way}") from error

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
        self.catch_signals()
        now = time.monotonic()
        # One call runs several steps, and at the end of an epoch Keras counts too many.
        self.run.batch = min(self.first_batch + batch + 1, self.batches_per_epoch)
        self.run.seconds += now - self.last_step
        self.last_step = now
        if self.run.batch == self.batches_per_epoch:
            return  # validation is next, and the checkpoint is written after it
        if self.must_stop or now - self.last_saved > SECONDS_BETWEEN_CHECKPOINTS:
            self.save()
        if self.must_stop:
            raise TrainingInterrupted

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Leave a long validation after a signal; its epoch is then resumed.

        Raises:
            TrainingInterrupted: more than `PATIENCE` seconds have passed since a signal.
        """
        del batch, logs
        if self.must_leave_validation:
            raise TrainingInterrupted

    @contextlib.contextmanager
    def catching_signals(self) -> Iterator[None]:
        """Within the block, the first Ctrl-C or SIGTERM ends the run soon, a second at once.

        An ignored signal, such as Ctrl-C for a background command, stays ignored. Before the
        first step has ended, signals have their default effect: functions are being compiled,
        which may take long, and there is no progress to save.
        """
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread may set handlers
            return
        before = {number: signal.getsignal(number) for number in heeded_signals()}
        self._to_catch = before
        try:
            yield
        finally:
            self._to_catch = {}
            for number, handler in before.items():
                signal.signal(number, handler)

    def catch_signals(self) -> None:
        """Handle signals from now on, within `catching_signals`."""
        before, self._to_catch = self._to_catch, {}

        def note(number: int, frame: Any) -> None:
            del frame
            if self.is_interrupted:  # the second signal ends the run at once
                signal.signal(number, before[signal.Signals(number)])
                os.kill(os.getpid(), number)
                return
            self.is_interrupted, self.interrupted_at = True, time.monotonic()

        for number in before:
            signal.signal(number, note)


def _check_vectors(wanted: Mapping[str, keras.Variable], found: Arrays) -> None:
    """Raise if the run began with word vectors of another size, which no setting records."""
    table = found.get(TABLE)
    if table is None or table.ndim != 2:
        return  # it is damaged
    before, now = table.shape[1], wanted[TABLE].shape[1]
    if before != now:
        raise BadInput(
            f"the checkpoint was made with word vectors of {before} numbers, got {now};"
            " resume with the same --embeddings, or without if there were none, or train from"
            " scratch in another --output"
        )
