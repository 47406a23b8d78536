"""What happens around each step of `Model.fit`: progress, checkpoints, interruption."""

import contextlib
import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import Summary
from tensorflow.core.util.event_pb2 import Event
from tqdm import tqdm

from textvae.errors import BadInput
from textvae.saving.files import write_files
from textvae.saving.variables import array_bytes, assign_arrays, named_variables, read_arrays

CHECKPOINT = "checkpoint.safetensors"
SECONDS_BETWEEN_CHECKPOINTS = 120.0  # what a kill can cost; writing one takes a quarter second


class Interrupted(Exception):
    """Ctrl-C or SIGTERM, after the checkpoint was written."""


class Run:
    """Where a training run is: all that a resumed one needs beside the arrays.

    Attributes:
        epoch: passes completed.
        batch: batches completed of the pass under way.
        seconds: spent training, over all sessions.
        history: one dictionary a pass.
        identity: what must be the same for a checkpoint to be continued.
    """

    def __init__(self, identity: dict[str, Any]) -> None:
        self.epoch, self.batch, self.seconds = 0, 0, 0.0
        self.history: list[dict[str, float]] = []
        self.identity = identity

    def as_json(self) -> str:
        """For the metadata of the checkpoint file."""
        return json.dumps(vars(self))

    def restore(self, text: str) -> None:
        """Take everything from `as_json`; refused when it is of another run."""
        saved = json.loads(text)
        for key, value in self.identity.items():
            if saved["identity"].get(key) != value:
                raise BadInput(
                    f"the checkpoint was made with other {key}; resume with the same settings"
                    " and captions, or train anew in another --output"
                )
        vars(self).update(saved)


def training_variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Weights, optimiser and running means: what a step changes."""
    found = named_variables(model)
    for kind, variables in (
        ("optimizer", model.optimizer.variables),
        ("metrics", model.metrics_variables),
    ):
        found |= {f"{kind}.{i:03}": variable for i, variable in enumerate(variables)}
    return found


class Checkpointing(keras.callbacks.Callback):
    """Writes one file that holds the whole run, every two minutes and when interrupted."""

    def __init__(self, run: Run, folder: Path, batches_per_epoch: int) -> None:
        super().__init__()
        self.run, self.folder, self.batches_per_epoch = run, folder, batches_per_epoch
        self.is_interrupted, self.first_batch = False, 0
        self.metrics_to_restore: dict[str, Any] = {}
        self.last_saved = self.last_step = time.monotonic()

    def save(self) -> None:
        """Write the checkpoint aside, then rename it: a kill leaves the old or the new one."""
        arrays = {
            name: np.asarray(variable.value)
            for name, variable in training_variables(self.model).items()
        }
        data = array_bytes(arrays, {"run": self.run.as_json()})
        write_files(self.folder, {CHECKPOINT: data})
        self.last_saved = time.monotonic()

    def restore(self, model: keras.Model) -> None:
        """Continue from the checkpoint in the folder. Raises `BadInput` if there is none."""
        path = self.folder / CHECKPOINT
        if not path.is_file():
            raise BadInput(f"there is nothing to resume: no {path}")
        arrays, metadata = read_arrays(path)
        self.run.restore(metadata["run"])
        assign_arrays(training_variables(model), arrays, str(path))
        self.metrics_to_restore = arrays

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Keras has just reset the running means; a resumed pass needs them back."""
        del epoch, logs
        for i, variable in enumerate(self.model.metrics_variables):
            if f"metrics.{i:03}" in self.metrics_to_restore:
                variable.assign(self.metrics_to_restore[f"metrics.{i:03}"])
        self.metrics_to_restore = {}
        self.first_batch = self.run.batch
        self.last_step = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the steps up to `batch`; write the checkpoint when it is time."""
        del logs
        now = time.monotonic()
        # Several steps end together; of the last ones of a pass Keras counts some too many.
        self.run.batch = min(self.first_batch + batch + 1, self.batches_per_epoch)
        self.run.seconds += now - self.last_step
        self.last_step = now
        if self.run.batch == self.batches_per_epoch:
            return  # validation comes now, and the checkpoint after it
        if self.is_interrupted or now - self.last_saved > SECONDS_BETWEEN_CHECKPOINTS:
            self.save()
        if self.is_interrupted:
            raise Interrupted

    @contextlib.contextmanager
    def catching_signals(self) -> Iterator[None]:
        """Within, the first Ctrl-C or SIGTERM ends the run some steps later; a second now."""
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


class ProgressBar(keras.callbacks.Callback):
    """Tokens per second, time left in the pass, and the true nll and kl so far."""

    def __init__(self, tokens: list[int], title: str) -> None:
        super().__init__()
        self.tokens, self.num_done = tokens, 0
        self.bar = tqdm(
            total=sum(tokens), desc=title, unit="tok", unit_scale=True, mininterval=1.0
        )

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move on by the tokens of the batches up to this one."""
        if logs:
            self.bar.set_postfix(
                {name: f"{float(logs[name]):.2f}" for name in ("nll", "kl")}, refresh=False
            )
        self.bar.update(sum(self.tokens[self.num_done : batch + 1]))
        self.num_done = batch + 1

    def close(self) -> None:
        """End the line."""
        self.bar.close()


def write_tensorboard(folder: Path, history: list[dict[str, float]]) -> None:
    """All passes as TensorBoard scalars, written whole: resuming never doubles a point.

    The records are made here because `tf.summary.scalar` needs the `tensorboard` package, which
    only a reader of the logs has to install.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(folder / "events.out.tfevents.0.textvae")) as writer:
        writer.write(Event(file_version="brain.Event:2").SerializeToString())
        wall_time = 0.0
        for logs in history:
            wall_time += logs["seconds"]
            values = [Summary.Value(tag=name, simple_value=v) for name, v in logs.items()]
            event = Event(
                step=int(logs["epoch"]), wall_time=wall_time, summary=Summary(value=values)
            )
            writer.write(event.SerializeToString())
