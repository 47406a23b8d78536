"""A run of several replicas: only the chief writes, and all stop after the same step."""

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textvae.errors import BadInput
from textvae.nn.replicated import ReplicatedTextVAE
from textvae.runtime.replicas import Replicas
from textvae.saving.variables import named_variables, weights_checksum
from textvae.training.checkpointing import Checkpointing
from textvae.training.run import Run

log = logging.getLogger(__name__)


class DistributedCheckpointing(Checkpointing):
    """`Checkpointing` in one of several processes.

    A signal to one of them becomes a vote, which is reduced with the sums of the next step, so
    that all of them see it at the same time and at no cost.

    Args:
        run: the state that is updated during training, and saved.
        folder: where the checkpoint is.
        batches_per_epoch: how many batches make an epoch.
        replicas: that train together.
    """

    model: ReplicatedTextVAE

    def __init__(
        self, run: Run, folder: Path, batches_per_epoch: int, replicas: Replicas
    ) -> None:
        super().__init__(run, folder, batches_per_epoch)
        self.replicas = replicas

    def save(self) -> None:
        """Replace the checkpoint, if this process is the chief."""
        if self.replicas.is_chief:
            super().save()
        self.last_saved = time.monotonic()

    @property
    def must_stop(self) -> bool:
        """Whether any process got a signal before the step that has just ended."""
        return float(self.model.stop_requested) > 0

    @property
    def must_leave_validation(self) -> bool:
        """As `must_stop`; during a validation, a vote requests leaving it."""
        return self.must_stop

    @contextlib.contextmanager
    def catching_signals(self) -> Iterator[None]:
        """From the start, since a process that ended alone would stop the others."""
        with super().catching_signals():
            self.catch_signals()
            yield

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Vote for stopping if there was a signal."""
        del batch, logs
        self.model.vote.assign(float(self.is_interrupted))

    def on_test_begin(self, logs: Any = None) -> None:
        """Clear the votes; those of the last step are acted on after the validation."""
        del logs
        self.model.stop_requested.assign(0.0)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Vote for leaving the validation, if it has gone on for too long after a signal."""
        del batch, logs
        self.model.vote.assign(float(super().must_leave_validation))


def note_rounding(model: ReplicatedTextVAE) -> None:
    """Log if bfloat16 rounding will make the result differ from that of one process."""
    count, objective = 2 * model.strategy.num_replicas_in_sync, model.objective
    if objective.precision == "bfloat16" and objective.shards % count:
        log.info(
            "train.shards is %d, not a multiple of %d, so sums in bfloat16 are rounded"
            " differently than in one process",
            objective.shards,
            count,
        )


def check_same_weights(model: ReplicatedTextVAE, replicas: Replicas) -> None:
    """Raise in all processes if the weights of one differ, because its files did.

    Raises:
        BadInput: names the files that may differ.
    """
    if not replicas.is_same(weights_checksum(named_variables(model))):
        raise BadInput(
            "the workers begin with different weights; give all of them the same --init-from,"
            " --embeddings and checkpoint"
        )
