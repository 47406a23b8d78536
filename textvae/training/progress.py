"""Progress of a run: a bar during an epoch, and TensorBoard logs after it."""

import logging
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from tensorflow.core.framework.summary_pb2 import Summary
from tensorflow.core.util.event_pb2 import Event
from tqdm import tqdm

from textvae.runtime.progress import bar
from textvae.saving.files import write_file

MIN_SECONDS = 1.0  # between two updates of the bar
LONG_EPOCH = 60.0  # seconds, of which compiling the network is a small part
SHOWN = ("nll", "kl", "loss", "active_units")  # of a language model, the first alone

log = logging.getLogger(__name__)


class ProgressBar(keras.callbacks.Callback):
    """Tokens per second, time left in the epoch, and the nll and kl so far, on standard error.

    It is shown if this module's INFO messages are.

    Args:
        tokens: the number in each batch of the epoch.
        title: shown before the bar.
        is_shown: whether this process is the one to show it.
    """

    def __init__(self, tokens: list[int], title: str, is_shown: bool = True) -> None:
        super().__init__()
        self.tokens, self.num_done = tokens, 0
        self.bar = bar(
            is_shown and log.isEnabledFor(logging.INFO),
            total=sum(tokens),
            desc=title,
            unit="tok",
            unit_scale=True,
            mininterval=MIN_SECONDS,
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


def describe_epoch(
    logs: Mapping[str, float],
    names: Sequence[str],
    num_epochs: int,
    seconds: float,
    is_compiling: bool = False,
) -> str:
    """One line about an epoch, with the time to the final one if it can be told.

    Args:
        logs: of the epoch.
        names: of the validation metrics to show.
        num_epochs: of the run.
        seconds: that the epoch took, with validation and saving.
        is_compiling: whether the network was compiled in this epoch, which takes long.

    Example:
        >>> logs = {"epoch": 2, "nll": 9.5, "val_nll": 12.25, "tokens_per_second": 2000.0}
        >>> describe_epoch(logs, ["nll"], num_epochs=10, seconds=30.0)
        'epoch 2: training nll 9.50; validation nll 12.25; 2,000 tokens/s; 04:00 to epoch 10'
    """
    validation = ", ".join(f"{name} {logs[f'val_{name}']:.2f}" for name in names)
    line = f"epoch {logs['epoch']:.0f}: training nll {logs['nll']:.2f}; validation {validation}"
    line += f"; {logs['tokens_per_second']:,.0f} tokens/s"
    left = (num_epochs - logs["epoch"]) * seconds
    if left and (not is_compiling or seconds > LONG_EPOCH):
        line += f"; {tqdm.format_interval(left)} to epoch {num_epochs}"
    return line


def write_tensorboard(folder: Path, history: list[dict[str, float]]) -> None:
    """Write all epochs as TensorBoard scalars, so that resuming never duplicates a point.

    The records are made here because `tf.summary.scalar` needs the `tensorboard` package, which
    only viewing the logs requires, and because TensorFlow's writer leaves a truncated file when
    the disk is full.

    Raises:
        OSError: the disk is full; the file is as it was before.

    Example:
        >>> history = [{"epoch": 1, "seconds": 60.0, "val_nll": 35.8}]
        >>> write_tensorboard(Path("tensorboard"), history)
        >>> list(map(str, Path("tensorboard").iterdir()))
        ['tensorboard/events.out.tfevents.0.textvae']
    """
    events, wall_time = [Event(file_version="brain.Event:2")], 0.0
    for logs in history:
        wall_time += logs["seconds"]
        values = [Summary.Value(tag=name, simple_value=v) for name, v in logs.items()]
        summary = Summary(value=values)
        events.append(Event(step=int(logs["epoch"]), wall_time=wall_time, summary=summary))
    records = (_record(event.SerializeToString()) for event in events)
    write_file(folder / "events.out.tfevents.0.textvae", b"".join(records))


def _record(data: bytes) -> bytes:
    """A TFRecord: the length, the content, and a checksum of each."""
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


CRC_TABLE = [_remainder(byte) for byte in range(256)]


def _checksum(data: bytes) -> bytes:
    """The CRC-32C of `data`, masked as TensorFlow masks it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
