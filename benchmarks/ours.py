"""textvae as used in practice, for measuring: `Model.fit` and its `Generator`."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from benchmarks.clock import Clock
from textvae.config.settings import ModelConfig, TrainConfig
from textvae.data.batching import CaptionBatches
from textvae.data.token_rows import TokenRows
from textvae.nn.replicated import untrained
from textvae.pipeline import Pipeline
from textvae.saving import weights_folder
from textvae.training.compilation import compile_model, training_objective
from textvae.types import Ints

Rows = list[list[int]]
VALIDATION_BATCH = 256


class SomeBatches(CaptionBatches):
    """The first few batches of each epoch."""

    def __init__(
        self,
        rows: Sequence[Sequence[int]] | TokenRows,
        batch_size: int,
        seed: int | None,
        count: int,
        **more: Any,
    ) -> None:
        super().__init__(rows, batch_size, seed, **more)
        self.count = min(count, len(rows) // batch_size)

    def __len__(self) -> int:
        """At most `count` whole batches."""
        return self.count

    def plan(self, epoch: int = 0) -> list[Ints]:
        """The indices of the captions in each batch."""
        return super().plan(epoch)[: self.count]

    def tokens_of(self, epoch: int) -> list[int]:
        """The number of predicted tokens in each batch."""
        return super().tokens_of(epoch)[: self.count]

    def dataset(self, epoch: int = 0, skip: int = 0) -> Any:
        """These batches from number `skip` on."""
        return super().dataset(epoch, skip).take(self.count - skip)


class OurTraining:
    """Forward, backward and update as in `textvae train`."""

    def __init__(
        self,
        config: ModelConfig,
        vocab_size: int,
        settings: TrainConfig,
        batches: CaptionBatches,
        strategy: Any = None,
    ) -> None:
        keras.utils.set_random_seed(settings.seed)
        steps = len(batches)
        self.batches, self.epoch = batches, 0
        objective = training_objective(settings, steps)
        self.model = untrained(config, vocab_size, objective, strategy)
        self.model.init_output_bias(batches.counts(vocab_size))
        compile_model(self.model, settings, steps)

    def round(self, number: int) -> tuple[float, int]:
        """Seconds and real tokens of one epoch over the batches."""
        del number  # each round is the next epoch
        clock = Clock()
        dataset = self.batches.dataset(self.epoch)
        self.model.fit(dataset, callbacks=[clock], shuffle=False, verbose=0)
        tokens = sum(self.batches.tokens_of(self.epoch))
        self.epoch += 1
        return clock.seconds, tokens


class Racer:
    """Training in turns, each of which stops at the end of its time."""

    def __init__(
        self,
        config: ModelConfig,
        vocab_size: int,
        settings: TrainConfig,
        rows: Rows,
        held: Rows,
    ) -> None:
        batches = CaptionBatches(rows, settings.batch_size, settings.seed)
        self.training = OurTraining(config, vocab_size, settings, batches)
        self.held_out = CaptionBatches(held, VALIDATION_BATCH)
        self.epoch, self.step = 0, 0

    def turn(self, seconds: float) -> tuple[float, float]:
        """Train for about `seconds`: returns the seconds taken and the ELBO afterwards."""
        start = time.perf_counter()
        model, batches = self.training.model, self.training.batches
        while time.perf_counter() < start + seconds:
            stop = _Stop(start + seconds)
            rest = batches.dataset(self.epoch, self.step)
            model.fit(rest, callbacks=[stop], shuffle=False, verbose=0)
            self.step += stop.steps
            if self.step >= len(batches):
                self.epoch, self.step = self.epoch + 1, 0
        spent = time.perf_counter() - start
        logs = model.evaluate(self.held_out.dataset(), verbose=0, return_dict=True)
        return spent, -float(logs["nll"] + logs["kl"])


class _Stop(keras.callbacks.Callback):
    def __init__(self, end: float) -> None:
        super().__init__()
        self.end, self.steps = end, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        del logs
        self.steps = batch + 1
        self.model.stop_training = time.perf_counter() > self.end


class OurDecoding:
    """Decoding with a shipped model."""

    def __init__(self, folder: Path) -> None:
        self.pipeline = Pipeline(weights_folder.load(folder))

    def decode(self, z: Any, temperature: float) -> Rows:
        """Token ids of each caption."""
        return self.pipeline.compiled.generator.decode(z, temperature, 1.0, 0)
