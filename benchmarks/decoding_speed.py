"""Captions per second, greedy and sampled, in bulk and for a few: textvae, Keras, PyTorch.

All decode the same codes with the shipped weights, so greedy captions should be equal. The
references are Python loops over positions, in two forms: the straightforward one decodes one
caption after another, the batched one `REFERENCE_BATCH` at a time until the last has ended.
"""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np

from benchmarks.flops import decoder_flops
from benchmarks.machine import median_ratio, print_progress, seconds_of
from benchmarks.rows import MAX_WORDS, Rows
from benchmarks.sizes import SHIPPED, Size, shipped_size
from benchmarks.workers import Worker
from textvae.data.tokenizer import EOS_ID
from textvae.runtime.imports import import_tensorflow

REFERENCE_BATCH = 128
FEW = (1, 5, 16)
MODES = {"greedy": 0.0, "sampled": 1.0}
WARM_UP = 1024  # captions; more than a batch of any of them
MAKERS = {
    "textvae": "benchmarks.decoding_speed:ours",
    "keras": "benchmarks.decoding_speed:keras",
    "pytorch": "benchmarks.decoding_speed:pytorch",
}


class Effort(NamedTuple):
    """The amount to decode.

    The speed of the references does not depend on the number of captions; ours does.

    Attributes:
        bulk: captions for textvae.
        batched: captions for the batched references.
        singly: captions for the references that decode one at a time.
        rounds: of bulk decoding.
        repeats: of decoding a few captions.
    """

    bulk: int
    batched: int
    singly: int
    rounds: int
    repeats: int


class Decoding:
    """One system with the shipped weights, in a worker: decodes and measures the time."""

    def __init__(self, decode: Any) -> None:
        self.decode = decode

    def run(self, z: Any, temperature: float, batch_size: int) -> tuple[float, Rows]:
        """Seconds, and the token ids of each caption up to its `<eos>`."""
        rows: Rows = []
        seconds = seconds_of(lambda: rows.extend(self.decode(z, temperature, batch_size)))
        return seconds, [to_end(row) for row in rows]


def ours() -> Decoding:
    """The `Generator` of textvae, which chooses its batches itself."""
    import_tensorflow()
    from benchmarks.ours import OurDecoding

    decode = OurDecoding(SHIPPED).decode
    return Decoding(lambda z, temperature, _: decode(z, temperature))


def keras() -> Decoding:
    """The plain Keras loop."""
    import_tensorflow()
    from benchmarks.plain_keras import KerasDecoding

    return _reference(KerasDecoding)


def pytorch() -> Decoding:
    """The plain PyTorch loop."""
    from benchmarks.plain_torch import TorchDecoding

    return _reference(TorchDecoding)


def _reference(kind: Any) -> Decoding:
    size = shipped_size()
    made = kind(size.config, size.vocab_size, MAX_WORDS)
    made.take(shipped_arrays())
    return Decoding(made.decode)


def shipped_arrays() -> dict[str, Any]:
    """The arrays of the shipped weights by name, in single precision."""
    import safetensors.numpy

    arrays = safetensors.numpy.load_file(SHIPPED / "model.safetensors")
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def prior_codes(count: int) -> Any:
    """Codes `[N, D]` of captions written by the prior, which decode to realistic lengths.

    They are the captions of the map, repeated if it has fewer.
    """
    import textvae

    vae = textvae.load(SHIPPED)
    codes = vae.encode(list(vae.latent_map.captions))
    shuffled = np.random.default_rng(0).permutation(codes)
    return np.resize(shuffled, (count, codes.shape[1]))


def to_end(row: Sequence[int]) -> list[int]:
    """The ids up to and including the first `<eos>`."""
    return list(row[: row.index(EOS_ID) + 1] if EOS_ID in row else row)


def measure(effort: Effort, gflops: float) -> dict[str, Any]:
    """Speeds in bulk and for a few captions, greedy and sampled, and the share that agrees."""
    print_progress("decoding")
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(maker)) for name, maker in MAKERS.items()}
        contest = Contest(workers, shipped_size(), prior_codes(effort.bulk), gflops)
        found: dict[str, Any] = {"captions_that_agree": contest.agreement()}
        bulk = {
            "textvae": effort.bulk,
            "keras": effort.singly,
            "pytorch": effort.singly,
            "keras_batched": effort.batched,
            "pytorch_batched": effort.batched,
        }
        for mode, temperature in MODES.items():
            found[mode] = {"bulk": contest.measured(bulk, temperature, effort.rounds)}
            for count in FEW:
                few = dict.fromkeys(("textvae", "keras_batched", "pytorch_batched"), count)
                found[mode][str(count)] = contest.measured(few, temperature, effort.repeats)
        found["peak_memory_mb"] = {
            name: worker.peak_memory_mb() for name, worker in workers.items()
        }
    return found


class Contest:
    """The three systems, two of them in two forms, over the same codes."""

    def __init__(self, workers: dict[str, Worker], size: Size, z: Any, gflops: float) -> None:
        self.workers, self.size, self.z, self.gflops = workers, size, z, gflops

    def run(self, name: str, count: int, temperature: float) -> tuple[float, Rows]:
        """Seconds and captions of one system on the first `count` codes."""
        system, _, form = name.partition("_")
        batch_size = REFERENCE_BATCH if form else 1
        seconds, rows = self.workers[system].call(
            "run", self.z[:count], temperature, batch_size
        )
        return seconds, rows

    def flops(self, rows: Rows) -> int:
        """The operations of decoding these captions, each up to its end."""
        return sum(
            decoder_flops(self.size.config, self.size.vocab_size, len(row)) for row in rows
        )

    def agreement(self) -> dict[str, float]:
        """The share of greedy captions in which each reference agrees with textvae exactly."""
        count = 2 * REFERENCE_BATCH
        _, ours = self.run("textvae", count, 0.0)
        found = {}
        for name in ("keras", "pytorch"):
            _, theirs = self.run(f"{name}_batched", count, 0.0)
            found[name] = sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(ours)
        return found

    def measured(
        self, counts: dict[str, int], temperature: float, rounds: int
    ) -> dict[str, Any]:
        """Medians over rounds of each on its first `counts` codes, in turns."""
        for name, count in counts.items():
            self.run(name, min(count, WARM_UP), temperature)  # the first call traces
        speeds: dict[str, list[float]] = {name: [] for name in counts}
        shares: dict[str, list[float]] = {name: [] for name in counts}
        for _ in range(rounds):
            for name, count in counts.items():
                seconds, rows = self.run(name, count, temperature)
                speeds[name].append(count / seconds)
                shares[name].append(self.flops(rows) / seconds / self.gflops / 1e9)
        ours = speeds["textvae"]
        middle = {name: statistics.median(each) for name, each in speeds.items()}
        return {
            "captions": counts,
            "captions_per_second": middle,
            "milliseconds": {name: 1e3 * counts[name] / each for name, each in middle.items()},
            "share_of_limit": {name: statistics.median(each) for name, each in shares.items()},
            "ratio": {
                name: median_ratio(ours, each)
                for name, each in speeds.items()
                if name != "textvae"
            },
        }
