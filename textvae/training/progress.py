"""How far a run is: a bar during an epoch, and TensorBoard logs after it."""

import logging
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import Summary
from tensorflow.core.util.event_pb2 import Event
from tqdm import tqdm

log = logging.getLogger(__name__)


class ProgressBar(keras.callbacks.Callback):
    """Tokens per second, time left in the epoch, and the nll and kl so far, on standard error.

    It is shown where this module's log messages are.

    Args:
        tokens: how many each batch of the epoch has.
        title: what stands before the bar.
    """

    def __init__(self, tokens: list[int], title: str) -> None:
        super().__init__()
        self.tokens, self.num_done = tokens, 0
        self.bar = tqdm(
            total=sum(tokens),
            desc=title,
            unit="tok",
            unit_scale=True,
            mininterval=1.0,
            disable=not log.isEnabledFor(logging.INFO),
        )

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Advance by the tokens of the batches up to this one."""
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
    """Write all epochs as TensorBoard scalars, so that resuming never doubles a point.

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
