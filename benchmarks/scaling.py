"""The cost of training on several workers: measured on one machine, modelled for N.

    python -m benchmarks.scaling [--batch-size B] [--steps S] [--rounds R] [--json]

Groups of 1, 2 and 3 worker processes train the same network on the same batches, in turns, so
that noise affects all alike. They share the cores of this machine, so N workers cannot be
faster than one here: the measurement is the cost of sharing, and its model,

    seconds here = N * fixed + B * per_caption + exchange

is compared with the measurement. On N machines the same terms are

    seconds there = fixed + B / N * per_caption + exchange over the network

`fixed` (the optimiser step on all weights) and `per_caption` are fitted to one process at two
batch sizes, and exchanged bytes are counted at the loopback interface.
"""

import argparse
import dataclasses
import json
import os
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import in_words, machine, median_ratio, print_progress
from benchmarks.rows import invented_lengths, invented_rows
from benchmarks.sizes import Size, standard_size
from benchmarks.training_speed import WARM_UP
from benchmarks.workers import Worker
from textvae.config.settings import TrainConfig
from textvae.runtime.imports import import_tensorflow
from textvae.runtime.workers import VARIABLE, workers_of

COUNTS = (1, 2, 3)
MACHINES = (2, 8, 64)
SHARDS = 12  # which two and three workers can divide in pairs
LOOPBACK = Path("/sys/class/net/lo/statistics/tx_bytes")


class Network(NamedTuple):
    """A network between machines: bytes per second in one direction, seconds of a message."""

    name: str
    bandwidth: float
    latency: float


NETWORKS = (
    Network("1 Gbit/s Ethernet", 0.125e9, 1e-4),
    Network("10 Gbit/s Ethernet", 1.25e9, 5e-5),
    Network("100 Gbit/s Ethernet", 12.5e9, 2e-5),
)


class Cost(NamedTuple):
    """The cost of a step: its fixed seconds, its seconds per caption, and its bytes."""

    fixed: float
    per_caption: float
    num_bytes: float

    def seconds(self, batch_size: int, workers: int, network: Network) -> float:
        """Seconds of a step on `workers` machines, with a ring reduction of the sums.

        Example:
            >>> network = Network("", bandwidth=100.0, latency=0.5)
            >>> Cost(1.0, 0.25, 400.0).seconds(batch_size=8, workers=2, network=network)
            7.0
        """
        compute = self.fixed + self.per_caption * batch_size / workers
        messages = 2 * (workers - 1)
        sent = messages / workers * self.num_bytes
        return compute + sent / network.bandwidth + messages * network.latency

    def least_bandwidth(self, batch_size: int, workers: int, gain: float) -> float:
        """The bandwidth at which halving the bytes shortens a step by the share `gain`.

        It is in bytes per second; with less bandwidth the gain is larger.

        Example:
            >>> Cost(1.0, 0.0, 400.0).least_bandwidth(batch_size=8, workers=2, gain=0.25)
            400.0
        """
        compute = self.fixed + self.per_caption * batch_size / workers
        sent = 2 * (workers - 1) / workers * self.num_bytes
        return sent * (0.5 - gain) / (gain * compute)

    def seconds_here(self, batch_size: int, workers: int, exchange: float) -> float:
        """Seconds of a step of `workers` that share the cores of one machine."""
        return workers * self.fixed + self.per_caption * batch_size + exchange


def fitted(times: Mapping[int, float], num_bytes: float) -> Cost:
    """The cost implied by two batch sizes and the seconds of their steps.

    Example:
        >>> fitted({64: 3.0, 128: 5.0}, 8.0)
        Cost(fixed=1.0, per_caption=0.03125, num_bytes=8.0)
    """
    (small, less), (large, more) = sorted(times.items())
    per_caption = (more - less) / (large - small)
    return Cost(max(0.0, less - per_caption * small), per_caption, num_bytes)


def member(size: Size, settings: TrainConfig, lengths: Any, steps: int, config: str) -> Any:
    """One worker of a group, in a separate process."""
    os.environ[VARIABLE] = config
    import_tensorflow("cpu")
    from textvae.runtime.devices import prepare_training
    from textvae.runtime.replicas import ALONE, replicas_of

    prepare_training(settings.shards)
    workers = workers_of(os.environ)
    replicas = replicas_of(workers, "cpu") if workers else ALONE
    return Member(size, settings, lengths, steps, replicas.strategy)


class Member:
    """A worker that trains some steps on request."""

    def __init__(
        self, size: Size, settings: TrainConfig, lengths: Any, steps: int, strategy: Any
    ) -> None:
        from benchmarks.ours import OurTraining, SomeBatches

        rows = invented_rows(lengths, size.vocab_size)
        batches = SomeBatches(rows, settings.batch_size, settings.seed, steps)
        self.strategy, self.steps = strategy, steps
        self.training = OurTraining(size.config, size.vocab_size, settings, batches, strategy)

    def round(self, number: int) -> float:
        """Seconds of a step."""
        return self.training.round(number)[0] / self.steps

    def num_weights(self) -> int:
        """The number of trained, and therefore exchanged, values."""
        return sum(
            int(each.value.shape.num_elements())
            for each in self.training.model.trainable_variables
        )

    def exchange(self, number: int) -> float:
        """Seconds of only an exchange of as many numbers as the weights have."""
        import tensorflow as tf

        from benchmarks.machine import seconds_of

        del number
        if self.strategy is None:
            return 0.0
        numbers = tf.zeros(self.num_weights())

        @tf.function
        def exchange() -> Any:
            return self.strategy.run(
                lambda: tf.distribute.get_replica_context().all_reduce("SUM", numbers)
            )

        exchange()
        return seconds_of(lambda: exchange().numpy())


class Group:
    """The workers of one training, called at the same time."""

    def __init__(self, stack: ExitStack, count: int, *given: Any) -> None:
        addresses = free_addresses(count)
        configs = [
            json.dumps(
                {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": i}}
            )
            for i in range(count)
        ]
        self.pool = stack.enter_context(ThreadPoolExecutor(count))
        self.workers = [
            stack.enter_context(Worker("benchmarks.scaling:member", *given, config))
            for config in configs
        ]

    def call(self, method: str, *arguments: Any) -> float:
        """The longest time, or the largest number, of all workers."""
        return max(self.pool.map(lambda each: each.call(method, *arguments), self.workers))


def free_addresses(count: int) -> list[str]:
    """Unused addresses on this machine."""
    import socket

    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("", 0))) for _ in range(count)]
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


def sent_bytes() -> int:
    """The bytes that this machine has sent to itself so far; 0 if unknown."""
    return int(LOOPBACK.read_text()) if LOOPBACK.is_file() else 0


def measure(size: Size, settings: TrainConfig, steps: int, rounds: int) -> dict[str, Any]:
    """Seconds of a step for each number of workers, the exchanged bytes, and the model."""
    lengths = invented_lengths(steps * settings.batch_size)
    half = dataclasses.replace(settings, batch_size=settings.batch_size // 2)
    with ExitStack() as stack:
        groups = {
            f"{count} workers": Group(stack, count, size, settings, lengths, steps)
            for count in COUNTS
        }
        groups["half a batch"] = Group(stack, 1, size, half, lengths, steps)
        found: dict[str, list[float]] = {name: [] for name in groups}
        sent: dict[str, list[float]] = {name: [] for name in groups}
        exchanges: dict[str, list[float]] = {name: [] for name in groups}
        for number in range(WARM_UP + rounds):
            print_progress(f"round {number + 1} of {WARM_UP + rounds}")
            for name, group in groups.items():
                before = sent_bytes()
                seconds = group.call("round", number)
                if number >= WARM_UP:
                    found[name].append(seconds)
                    sent[name].append((sent_bytes() - before) / steps)
                    exchanges[name].append(group.call("exchange", number))
        num_bytes = 4.0 * groups["1 workers"].call("num_weights")
    one = found["1 workers"]
    times = {
        settings.batch_size: statistics.median(one),
        half.batch_size: statistics.median(found["half a batch"]),
    }
    cost = fitted(times, num_bytes)
    return {
        "batch_size": settings.batch_size,
        "precision": settings.precision,
        "rounds": found,
        "cost": cost._asdict(),
        "workers": [
            _row(
                count,
                settings.batch_size,
                cost,
                one,
                *(each[f"{count} workers"] for each in (found, sent, exchanges)),
            )
            for count in COUNTS
        ],
        "machines": projected(cost, settings.batch_size),
        "bfloat16_saves_a_tenth_below": {
            f"{count} machines": cost.least_bandwidth(settings.batch_size * count, count, 0.1)
            for count in MACHINES
        },
    }


def _row(
    count: int,
    batch_size: int,
    cost: Cost,
    one: Sequence[float],
    seconds: Sequence[float],
    sent: Sequence[float],
    exchanges: Sequence[float],
) -> dict[str, Any]:
    exchange = statistics.median(exchanges)
    return {
        "workers": count,
        "seconds": statistics.median(seconds),
        "efficiency": median_ratio(one, seconds),
        "bytes_per_step": statistics.median(sent),
        "bytes_of_a_ring": 2 * (count - 1) * cost.num_bytes,
        "exchange_seconds": exchange,
        "modelled_seconds": cost.seconds_here(batch_size, count, exchange),
    }


def projected(cost: Cost, batch_size: int) -> list[dict[str, Any]]:
    """The estimated efficiency of N machines like this one, each with this batch."""
    alone = cost.seconds(batch_size, 1, NETWORKS[0])
    rows = []
    for network in NETWORKS:
        for sent, name in (
            (cost, "float32"),
            (cost._replace(num_bytes=cost.num_bytes / 2), "bfloat16"),
        ):
            row = {"network": network.name, "sums": name}
            for count in MACHINES:
                row[f"{count} machines"] = alone / sent.seconds(
                    batch_size * count, count, network
                )
            rows.append(row)
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print two tables or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    size = standard_size()
    parser.add_argument(
        "--batch-size", type=int, default=size.batch_size, help="captions in a step"
    )
    parser.add_argument("--steps", type=int, default=4, help="of each group in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hidden-dim", type=int, default=size.config.hidden_dim)
    parser.add_argument("--json", action="store_true")
    parsed = parser.parse_args(arguments)
    size = size._replace(config=dataclasses.replace(size.config, hidden_dim=parsed.hidden_dim))
    settings = TrainConfig(
        batch_size=parsed.batch_size, shards=SHARDS, dropout=0.1, word_dropout=0.2
    )
    facts = machine()
    result = measure(size, settings, parsed.steps, parsed.rounds)
    if parsed.json:
        print(json.dumps({"machine": facts, "size": size.name, **result}))
    else:
        print(in_words(facts))
        print(table(result))


def table(result: Mapping[str, Any]) -> str:
    """The measurements and the estimates."""
    lines = [
        f"measured: a step of {result['batch_size']} captions, all workers on this machine",
        "workers  seconds  efficiency  MB sent a step  of a ring  exchange s  modelled s",
    ]
    for row in result["workers"]:
        lines.append(
            f"{row['workers']:7}  {row['seconds']:7.3f}  {row['efficiency']:10.2f}"
            f"  {row['bytes_per_step'] / 1e6:14.1f}  {row['bytes_of_a_ring'] / 1e6:9.1f}"
            f"  {row['exchange_seconds']:10.3f}  {row['modelled_seconds']:10.3f}"
        )
    lines += [
        "",
        f"on paper: efficiency of N such machines, {result['batch_size']} captions each",
    ]
    for row in result["machines"]:
        shares = ", ".join(f"{row[f'{n} machines']:.2f} of {n}" for n in MACHINES)
        lines.append(f"{row['network']}, sums in {row['sums']}: {shares}")
    limits = (
        f"{bandwidth * 8e-9:.2f} Gbit/s of {count}"
        for count, bandwidth in result["bfloat16_saves_a_tenth_below"].items()
    )
    lines.append(f"sums in bfloat16 save a tenth of a step below {', '.join(limits)}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
