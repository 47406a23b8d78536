"""Training throughput in real tokens per second: textvae, plain Keras, plain PyTorch.

Each trains the same network on captions of the same lengths, as many in a batch and in random
order, in float32 and in bfloat16 as its users would. Tokens are words and `<eos>`; padding is
never counted. A processor without units for bfloat16 is measured only in float32: bfloat16
takes it minutes instead of a second.
"""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal, NamedTuple, get_args

from benchmarks.flops import training_flops_per_token
from benchmarks.machine import median_ratio, print_progress
from benchmarks.rows import Rows, invented_rows, random_batches
from benchmarks.sizes import Size
from benchmarks.workers import Worker
from textvae.config.settings import TrainConfig
from textvae.runtime.imports import import_tensorflow
from textvae.runtime.processor import bfloat16_unit

Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
SYSTEMS = ("textvae", "keras", "pytorch")
MAKERS = {
    "textvae": "benchmarks.training_speed:ours",
    "keras": "benchmarks.training_speed:keras",
    "pytorch": "benchmarks.training_speed:pytorch",
}
# Rounds that are left out: the first traces, and the next two still allocate memory from the
# system, which makes no difference to a run of thousands of steps.
WARM_UP = 3


class Effort(NamedTuple):
    """Rounds, and the batches of each system in a round, chosen to take some seconds."""

    rounds: int
    textvae: int
    keras: int
    pytorch: int

    def batches(self, system: str) -> int:
        """The batches per round of a system, in either precision."""
        batches: int = getattr(self, system)
        return batches


class Reference:
    """A plain network, trained on captions in random order."""

    def __init__(self, training: Any, rows: Rows, count: int) -> None:
        self.training, self.rows, self.count = training, rows, count

    def round(self, number: int) -> tuple[float, int]:
        """Seconds and real tokens of the batches of this round."""
        batch_size = self.training.settings.batch_size
        batches, tokens = random_batches(self.rows, batch_size, self.count, number)
        return self.training.run(batches), tokens


def keras(
    size: Size, settings: TrainConfig, lengths: Any, count: int, precision: Precision
) -> Reference:
    """The plain Keras network under its policy `float32` or `mixed_bfloat16`, in a worker."""
    import_tensorflow()
    from benchmarks.plain_keras import KerasTraining

    policy = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    training = KerasTraining(size.config, size.vocab_size, settings, policy)
    return Reference(training, invented_rows(lengths, size.vocab_size), count)


def pytorch(
    size: Size, settings: TrainConfig, lengths: Any, count: int, precision: Precision
) -> Reference:
    """The plain PyTorch network, with autocast to bfloat16 if requested."""
    from benchmarks.plain_torch import TorchTraining

    is_autocast = precision == "bfloat16"
    training = TorchTraining(size.config, size.vocab_size, settings, is_autocast)
    return Reference(training, invented_rows(lengths, size.vocab_size), count)


def ours(
    size: Size, settings: TrainConfig, lengths: Any, count: int, precision: Precision
) -> Any:
    """The training of textvae, in a worker."""
    import_tensorflow()
    from benchmarks.ours import OurTraining, SomeBatches
    from textvae.runtime.devices import prepare_training

    prepare_training(settings.shards)
    settings = dataclasses.replace(settings, precision=precision)
    rows = invented_rows(lengths, size.vocab_size)
    some = SomeBatches(rows, settings.batch_size, settings.seed, count)
    return OurTraining(size.config, size.vocab_size, settings, some)


def measure(
    size: Size,
    settings: TrainConfig,
    lengths: Sequence[int],
    effort: Effort,
    limits: Mapping[Precision, float],
) -> dict[str, Any]:
    """Tokens per second of all systems in all precisions, and a comparison of the best.

    Args:
        size: the network.
        settings: of its training.
        lengths: words of the captions.
        effort: how long to measure.
        limits: GFLOP per second of large products, for each precision to measure.
    """
    print_progress(f"training, {size.name}, batches of {size.batch_size}")
    with ExitStack() as stack:
        workers = {
            variant(system, precision): stack.enter_context(
                Worker(maker, size, settings, lengths, effort.batches(system), precision)
            )
            for system, maker in MAKERS.items()
            for precision in limits
        }
        speeds = _speeds(workers, effort.rounds)
        memory = {name: worker.peak_memory_mb() for name, worker in workers.items()}
    medians = {name: statistics.median(found) for name, found in speeds.items()}
    cost = training_flops_per_token(size.config, size.vocab_size, [n + 1 for n in lengths])
    best = {system: fastest(medians, system) for system in SYSTEMS}
    ours = best.pop("textvae")
    return {
        "tokens_per_second": medians,
        "share_of_limit": {
            name: cost * each / limits[precision_of(name)] / 1e9
            for name, each in medians.items()
        },
        "best": {"textvae": ours, **best},
        "ratio": {
            name: median_ratio(speeds[ours], speeds[each]) for name, each in best.items()
        },
        "bfloat16_gain": _bfloat16_gain(speeds),
        "peak_memory_mb": memory,
        "flops_per_token": cost,
        "batch_size": settings.batch_size,
        "rounds": speeds,
    }


def measured_precisions() -> tuple[Precision, ...]:
    """float32, and bfloat16 if the processor has units for it."""
    return PRECISIONS if bfloat16_unit() else ("float32",)


def _bfloat16_gain(speeds: Mapping[str, list[float]]) -> float | None:
    in_bfloat16 = speeds.get(variant("textvae", "bfloat16"))
    return median_ratio(in_bfloat16, speeds["textvae"]) if in_bfloat16 else None


def variant(system: str, precision: Precision) -> str:
    """The name of a system in a precision: `textvae`, `keras_bfloat16`."""
    return system if precision == "float32" else f"{system}_{precision}"


def precision_of(name: str) -> Precision:
    """The precision in the name of a variant."""
    return "bfloat16" if name.endswith("_bfloat16") else "float32"


def fastest(medians: Mapping[str, float], system: str) -> str:
    """The faster variant of a system, of those measured."""
    return max((name for name in medians if name.startswith(system)), key=medians.__getitem__)


def _speeds(workers: dict[str, Worker], rounds: int) -> dict[str, list[float]]:
    """Tokens per second in each round, one system after the other."""
    found: dict[str, list[float]] = {name: [] for name in workers}
    for number in range(WARM_UP + rounds):
        for name, worker in workers.items():
            seconds, tokens = worker.call("round", number)
            if number >= WARM_UP:
                found[name].append(tokens / seconds)
    return found
