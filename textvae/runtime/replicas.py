"""The replicas of a model in training: on several machines, several GPUs, or just one."""

import contextlib
import dataclasses
import logging
import os
from collections.abc import Iterator, Sequence

import tensorflow as tf
from tensorflow.python.eager import context as eager

from textvae.checks import device_name, first_line, one_line
from textvae.errors import BadInput
from textvae.runtime.devices import (
    FAILURES,
    describe,
    device_scope,
    hide_gpus,
    share_gpu_memory,
)
from textvae.runtime.workers import VARIABLE, Workers

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Replicas:
    """All replicas of a training run, as one process sees them.

    Attributes:
        strategy: TensorFlow's; None if there is only one replica.
        num_processes: how many processes train.
        is_chief: whether this process is the one that writes files.

    Example:
        >>> Replicas().any(True), Replicas().is_same(7)
        (True, True)
    """

    strategy: tf.distribute.Strategy | None = None
    num_processes: int = 1
    is_chief: bool = True

    def any(self, flag: bool) -> bool:
        """Whether `flag` is true in any process; a collective call."""
        return self._sum(int(flag)) > 0

    def is_same(self, number: int) -> bool:
        """Whether `number`, below 2**32, is the same in all processes; a collective call."""
        return not self.any(self._sum(number) != number * self._num_summed)

    @property
    def _num_summed(self) -> int:
        if self.strategy is None or self.num_processes == 1:
            return 1
        return int(self.strategy.num_replicas_in_sync)

    def _sum(self, number: int) -> int:
        """The sum over all replicas of the numbers of their processes."""
        if self.strategy is None or self.num_processes == 1:
            return number

        def reduced() -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.constant(number, tf.int64))

        total = self.strategy.run(reduced)
        return int(self.strategy.experimental_local_results(total)[0])


ALONE = Replicas()


@contextlib.contextmanager
def replicas_here(device: str) -> Iterator[Replicas]:
    """Within the block, models are made on `device`, or on all GPUs if `auto` finds several.

    Raises:
        BadInput: there is no such device, or it cannot be used.

    Example:
        >>> with replicas_here("cpu") as replicas:
        ...     replicas.strategy is None
        True
    """
    gpus = _gpus() if device_name(device) == "auto" else []
    if len(gpus) > 1:
        yield mirrored(gpus)
        return
    with device_scope(device):
        yield ALONE


def _gpus() -> list[str]:
    if len(tf.config.get_visible_devices("GPU")) > 1:
        share_gpu_memory()
        with contextlib.suppress(*FAILURES):  # `device_scope` then continues without GPUs
            return [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    return []


def mirrored(devices: Sequence[str]) -> Replicas:
    """A replica on each of these devices of this process, such as `["GPU:0", "GPU:1"]`."""
    log.info("devices: %s", ", ".join(map(describe, devices)))
    others = os.environ.pop(VARIABLE, None)  # the strategy reads it, and fails if it is empty
    try:
        return Replicas(tf.distribute.MirroredStrategy(list(devices)))
    finally:
        if others is not None:
            os.environ[VARIABLE] = others


def abort_exchanges(message: str) -> None:
    """Make all exchanges with other processes fail, both current and future ones.

    TensorFlow's own detection of lost processes does the same almost a minute later.
    """
    with contextlib.suppress(*FAILURES):
        eager.context().abort_collective_ops(tf.errors.UNAVAILABLE, message)


def replicas_of(workers: Workers, device: str) -> Replicas:
    """The replicas of several processes, all of which must call this before using TensorFlow.

    Raises:
        BadInput: `device` is one of several GPUs, but each process uses all that it sees; or
            TensorFlow has been used before.

    Example:
        >>> replicas_of(Workers(("a:2222", "b:2222"), 0), "gpu:1")
        Traceback (most recent call last):
        textvae.errors.BadInput: cannot use the device 'gpu:1' under TF_CONFIG: each worker
            uses all GPUs that it sees; name none, or cpu, ...
    """
    wanted = device_name(device)
    if wanted.startswith("gpu"):
        raise BadInput(
            f"cannot use the device {device!r} under {VARIABLE}: each worker uses all GPUs that"
            " it sees; name none, or cpu, and choose GPUs by CUDA_VISIBLE_DEVICES"
        )
    if wanted == "cpu":
        hide_gpus()
    else:
        share_gpu_memory()
    tf.get_logger().setLevel(logging.ERROR)  # it logs spurious warnings
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except FAILURES as error:
        reason = one_line(first_line(error))
        raise BadInput(
            f"TensorFlow cannot start as {workers.name(workers.index)}: {reason}"
        ) from error
    count = len(workers.addresses)
    log.info(
        "%s of %d, replicas in all: %d",
        workers.name(workers.index),
        count,
        strategy.num_replicas_in_sync,
    )
    return Replicas(strategy, count, workers.is_chief)
