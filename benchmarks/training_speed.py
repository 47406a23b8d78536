"""Training throughput in real tokens a second: textvae, plain Keras, plain PyTorch.

Each trains the same network on captions of the same lengths, as many in a batch and in random
order. Tokens are words and `<eos>`; padding is never counted.
"""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from benchmarks.flops import training_flops_per_token
from benchmarks.machine import median_ratio, say
from benchmarks.rows import Rows, invented_rows, random_batches
from benchmarks.sizes import Size
from benchmarks.workers import Worker
from textvae.config.settings import TrainConfig
from textvae.runtime.imports import import_tensorflow

MAKERS = {
    "textvae": "benchmarks.training_speed:ours",
    "keras": "benchmarks.training_speed:keras",
    "pytorch": "benchmarks.training_speed:pytorch",
}
# Rounds that are left out: the first traces, and in the next two memory is still taken from the
# system for the first time, which a training of thousands of steps does not notice.
WARM_UP = 3


class Effort(NamedTuple):
    """Rounds, and the batches of each system in a round, so that all take some seconds."""

    rounds: int
    textvae: int
    keras: int
    pytorch: int


class Reference:
    """A plain network, trained on captions in random order."""

    def __init__(self, training: Any, rows: Rows, count: int) -> None:
        self.training, self.rows, self.count = training, rows, count

    def round(self, number: int) -> tuple[float, int]:
        """Seconds and real tokens of the batches of this round."""
        batch_size = self.training.settings.batch_size
        batches, tokens = random_batches(self.rows, batch_size, self.count, number)
        return self.training.run(batches), tokens


def keras(size: Size, settings: TrainConfig, lengths: Any, count: int) -> Reference:
    """The plain Keras network, in a worker."""
    import_tensorflow()
    from benchmarks.plain_keras import KerasTraining

    training = KerasTraining(size.config, size.vocab_size, settings)
    return Reference(training, invented_rows(lengths, size.vocab_size), count)


def pytorch(size: Size, settings: TrainConfig, lengths: Any, count: int) -> Reference:
    """The plain PyTorch network, in a worker."""
    from benchmarks.plain_torch import TorchTraining

    training = TorchTraining(size.config, size.vocab_size, settings)
    return Reference(training, invented_rows(lengths, size.vocab_size), count)


def ours(size: Size, settings: TrainConfig, lengths: Any, count: int) -> Any:
    """Textvae's own, in a worker."""
    import_tensorflow()
    from benchmarks.ours import OurTraining, SomeBatches
    from textvae.runtime.devices import prepare_training

    prepare_training(settings.shards)
    rows = invented_rows(lengths, size.vocab_size)
    some = SomeBatches(rows, settings.batch_size, settings.seed, count)
    return OurTraining(size.config, size.vocab_size, settings, some)


def measure(
    size: Size, settings: TrainConfig, lengths: Sequence[int], effort: Effort, gflops: float
) -> dict[str, Any]:
    """Tokens a second of the three, their ratios, shares of the limit, and peak memory."""
    say(f"training, {size.name}, batches of {size.batch_size}")
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(
                Worker(maker, size, settings, lengths, getattr(effort, name))
            )
            for name, maker in MAKERS.items()
        }
        speeds = _speeds(workers, effort.rounds)
        memory = {name: worker.peak_memory_mb() for name, worker in workers.items()}
    middle = {name: statistics.median(found) for name, found in speeds.items()}
    cost = training_flops_per_token(size.config, size.vocab_size, [n + 1 for n in lengths])
    return {
        "tokens_per_second": middle,
        "share_of_limit": {name: cost * each / gflops / 1e9 for name, each in middle.items()},
        "ratio": {
            name: median_ratio(speeds["textvae"], speeds[name]) for name in ("keras", "pytorch")
        },
        "peak_memory_mb": memory,
        "flops_per_token": cost,
        "batch_size": settings.batch_size,
        "rounds": speeds,
    }


def _speeds(workers: dict[str, Worker], rounds: int) -> dict[str, list[float]]:
    """Tokens a second in each round, one system after the other."""
    found: dict[str, list[float]] = {name: [] for name in workers}
    for number in range(WARM_UP + rounds):
        for name, worker in workers.items():
            seconds, tokens = worker.call("round", number)
            if number >= WARM_UP:
                found[name].append(tokens / seconds)
    return found
