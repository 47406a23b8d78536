"""textvae on a GPU: placement of operations, agreement with the CPU, and speed.

    python -m benchmarks.gpu [--json] [--require]

It needs a GPU; PyTorch is measured as well if it has CUDA. `--virtual` needs none: a second
virtual CPU device takes its place, with tiny sizes. It shows that the benchmark runs, but its
speeds are meaningless.
"""

import argparse
import contextlib
import dataclasses
import functools
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from benchmarks.decoding_speed import prior_codes
from benchmarks.machine import ROOT, in_words, machine, print_progress, seconds_of
from benchmarks.rows import MAX_WORDS, NUM_INVENTED, Rows, invented_lengths, invented_rows
from benchmarks.sizes import SHIPPED, Size, recipe_settings, shipped_size
from textvae.config.settings import ModelConfig, TrainConfig
from textvae.data.batching import BUCKETS, padded
from textvae.data.text_files import read_json
from textvae.runtime.imports import import_tensorflow

NO_GPU = "TensorFlow can use no GPU here, so there is nothing to measure (try --virtual)"
MISSING = 2  # exit status of --require
TOLERANCE = 1e-4  # of losses, relative
VIRTUAL = "/device:CPU:1"


class Plan(NamedTuple):
    """The plan of a measurement: the network, the weights that decode, and the amounts."""

    size: Size
    weights: Path
    batches: int
    captions: int
    rounds: int
    is_virtual: bool = False


def main() -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--require", action="store_true", help="without a GPU, exit with 2")
    parser.add_argument("--virtual", action="store_true", help="a virtual device, tiny sizes")
    arguments = parser.parse_args()
    import_tensorflow()
    if arguments.virtual:
        with _virtual_gpu():
            found = measure(tiny_plan())
    elif not _has_gpu():
        print_progress(NO_GPU)
        sys.exit(MISSING if arguments.require else 0)
    else:
        found = measure(full_plan())
    print(json.dumps(found, indent=2) if arguments.json else _text(found))


def _has_gpu() -> bool:
    from textvae.errors import BadInput
    from textvae.runtime.devices import device_scope

    try:
        with device_scope("gpu"):
            return True
    except BadInput:
        return False


def full_plan() -> Plan:
    """The shipped model."""
    return Plan(shipped_size(), SHIPPED, batches=40, captions=4096, rounds=5)


def tiny_plan() -> Plan:
    """Sizes for `--virtual`, which take seconds."""
    folder = ROOT / "weights" / "elephant"
    raw = read_json(folder / "config.json")
    size = Size("elephant", ModelConfig.from_dict(raw["model"]), raw["vocab_size"], 16)
    return Plan(size, folder, batches=2, captions=40, rounds=1, is_virtual=True)


def measure(plan: Plan) -> dict[str, Any]:
    """Placement, equality with the CPU, training and decoding."""
    found = {
        "machine": machine(),
        "placement": placement(plan),
        "equality": equality(plan),
        "decoding": decoding(plan),
    }
    _pipeline.cache_clear()  # so that training has the memory
    return {**found, "training": training(plan)}


def placement(plan: Plan) -> dict[str, Any]:
    """The devices, and the waits of the decoding loops."""
    from benchmarks.placement import loops_of

    vae = _pipeline(plan, "gpu")
    loops = vae.compiled.generator.loops()
    return {
        "device": vae.device,
        "not_in_use": list(vae.idle_gpus),
        "weights_on": sorted({each.value.device for each in vae.model.weights}),
        "loops": {name: loops_of(loop.graph)._asdict() for name, loop in loops.items()},
    }


def equality(plan: Plan) -> dict[str, Any]:
    """Losses and greedy captions of both devices, with products in full float32."""
    import tensorflow as tf

    print_progress("whether the GPU computes what the CPU does")
    tf.config.experimental.enable_tensor_float_32_execution(False)
    losses, captions = {}, {}
    for device in ("cpu", "gpu"):
        vae = _pipeline(plan, device)
        codes = vae.prior_codes(min(plan.captions, 512), 1, "standard")
        captions[device] = vae.decode(codes)
        losses[device] = {**_losses(vae, captions["cpu"]), "training": _first(plan, device)}
    tf.config.experimental.enable_tensor_float_32_execution(True)
    pairs = list(zip(captions["cpu"], captions["gpu"], strict=True))
    return {
        "losses": losses,
        "relative_difference": {
            name: abs(losses["gpu"][name] / value - 1.0)
            for name, value in losses["cpu"].items()
        },
        "same_captions": sum(a == b for a, b in pairs) / len(pairs),
    }


def _losses(vae: Any, captions: Sequence[str]) -> dict[str, float]:
    token_ids = padded([vae.tokenizer.encode(each) for each in captions])
    posterior = vae.compiled.posterior(token_ids)
    nll = vae.compiled.nll(token_ids, posterior.mu).numpy()
    kl = posterior.kl_per_unit().numpy().sum(axis=1)
    return {"nll": float(nll.mean()), "kl": float(kl.mean())}


def _first(plan: Plan, device: str) -> float:
    """The mean nll of the first steps of a run; its noise is the same everywhere."""
    from textvae.runtime.devices import device_scope

    with device_scope(device):
        ours = _our_training(plan._replace(batches=2))
        ours.round(0)
    return float(ours.model.nll_tracker.result())


def training(plan: Plan) -> dict[str, Any]:
    """Real tokens per second, and the peak memory of the GPU."""
    from textvae.runtime.devices import device_scope

    print_progress("training")
    with device_scope("gpu"):
        ours = _our_training(plan)
        found = {"textvae": _tokens_per_second(ours, plan.rounds)}
    torch_device = _torch_device(plan)
    if torch_device:
        theirs = _torch_training(plan, torch_device)
        found["pytorch"] = _tokens_per_second(theirs, plan.rounds)
    return {"tokens_per_second": found, "peak_memory_mb": _peak_memory_mb(torch_device)}


def _our_training(plan: Plan) -> Any:
    from benchmarks.ours import OurTraining, SomeBatches

    rows, settings = _rows(plan), _settings(plan)
    some = SomeBatches(rows, settings.batch_size, settings.seed, plan.batches)
    return OurTraining(plan.size.config, plan.size.vocab_size, settings, some)


def _torch_training(plan: Plan, device: str) -> Any:
    import torch

    from benchmarks.plain_torch import TorchTraining
    from benchmarks.training_speed import Reference

    torch.set_default_device(device)
    made = TorchTraining(plan.size.config, plan.size.vocab_size, _settings(plan))
    bound, run = made.network.bound, made.run
    made.network.bound = lambda token_ids: bound(token_ids.to(device))

    def finished(batches: Any) -> float:
        seconds = run(batches)
        start = time.perf_counter()
        if device == "cuda":
            torch.cuda.synchronize()  # requested work is still in progress
        return seconds + time.perf_counter() - start

    made.run = finished
    return Reference(made, _rows(plan), plan.batches)


def _tokens_per_second(system: Any, rounds: int) -> float:
    """The median over rounds, without the first one, which traces and fills caches."""
    system.round(0)
    measured = [system.round(number) for number in range(1, rounds + 1)]
    return statistics.median(tokens / seconds for seconds, tokens in measured)


def decoding(plan: Plan) -> dict[str, Any]:
    """Captions per second in bulk, and milliseconds for five, with the most probable words."""
    print_progress("decoding")
    z = prior_codes(plan.captions)[:, : plan.size.config.latent_dim]
    systems = {"textvae": _pipeline(plan, "gpu").decode}
    torch_device = _torch_device(plan)
    if torch_device:
        systems["pytorch"] = _torch_decoding(plan, torch_device)
    found: dict[str, Any] = {"captions_per_second": {}, "milliseconds_for_5": {}}
    for name, decode in systems.items():
        bulk, few = (_median_seconds(decode, z[:n], plan.rounds) for n in (len(z), 5))
        found["captions_per_second"][name] = len(z) / bulk
        found["milliseconds_for_5"][name] = 1e3 * few
    return {**found, "peak_memory_mb": _peak_memory_mb(torch_device)}


def _torch_decoding(plan: Plan, device: str) -> Any:
    import safetensors.numpy
    import torch

    from benchmarks.plain_torch import PlainTorch

    torch.set_default_device(device)
    arrays = safetensors.numpy.load_file(plan.weights / "model.safetensors")
    network = PlainTorch(plan.size.config, plan.size.vocab_size, TrainConfig())
    network.take({name: each.astype(np.float32) for name, each in arrays.items()})
    network.eval()
    size = BUCKETS[-1]  # as many in parallel as in textvae

    def decode(z: Any) -> None:
        for start in range(0, len(z), size):
            part = torch.from_numpy(z[start : start + size]).to(device)
            network.decode(part, MAX_WORDS)

    return decode


def _median_seconds(decode: Any, z: Any, rounds: int) -> float:
    decode(z)
    return statistics.median(seconds_of(lambda: decode(z)) for _ in range(rounds))


@functools.cache
def _pipeline(plan: Plan, device: str) -> Any:
    import textvae

    return textvae.load(plan.weights, device=device)


def _rows(plan: Plan) -> Rows:
    count = 1_000 if plan.is_virtual else NUM_INVENTED
    return invented_rows(invented_lengths(count), plan.size.vocab_size)


def _settings(plan: Plan) -> TrainConfig:
    """In float32 and one shard, so that both devices compute the same."""
    return dataclasses.replace(
        recipe_settings(), batch_size=plan.size.batch_size, shards=1, precision="float32"
    )


def _torch_device(plan: Plan) -> str:
    """PyTorch's device; empty if it is not installed or has no GPU."""
    if not find_spec("torch"):
        return ""
    import torch

    if plan.is_virtual:
        return "cpu"
    return "cuda" if torch.cuda.is_available() else ""


def _peak_memory_mb(torch_device: str) -> dict[str, float]:
    """Of the GPU, since the process began."""
    import tensorflow as tf

    found = {}
    if tf.config.list_logical_devices("GPU"):
        found["textvae"] = tf.config.experimental.get_memory_info("GPU:0")["peak"] / 1e6
    if torch_device == "cuda":
        import torch

        found["pytorch"] = torch.cuda.max_memory_allocated() / 1e6
    return found


@contextlib.contextmanager
def _virtual_gpu() -> Iterator[None]:
    """Two virtual devices, the second of which is treated as a GPU."""
    import tensorflow as tf

    from textvae.runtime import devices

    [cpu] = tf.config.list_physical_devices("CPU")
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, halves)
    with (
        mock.patch.object(devices, "_logical_gpus", return_value=[VIRTUAL]),
        mock.patch.object(devices, "is_gpu", lambda device: device.endswith("CPU:1")),
    ):
        yield


def _text(found: dict[str, Any]) -> str:
    placed, equal = found["placement"], found["equality"]
    lines = [
        in_words(found["machine"]),
        f"runs on {placed['device']}; not in use: {', '.join(placed['not_in_use']) or 'none'}",
        f"weights on {', '.join(placed['weights_on'])}",
    ]
    for name, loop in placed["loops"].items():
        waits = ", ".join(loop["waits"]) or "nothing"
        lines.append(f"{name} loop of {loop['operations']} operations waits for: {waits}")
    for name, each in equal["relative_difference"].items():
        here, there = (f"{equal['losses'][device][name]:.5f}" for device in ("gpu", "cpu"))
        verdict = "the same" if each < TOLERANCE else "DIFFERENT"
        lines.append(f"{name} {here}, on the CPU {there}: {verdict} to {TOLERANCE}")
    lines.append(f"greedy captions that are the CPU's: {equal['same_captions']:.1%}")
    for task in ("training", "decoding"):
        for unit, values in found[task].items():
            shown = ", ".join(f"{name} {value:,.0f}" for name, value in values.items())
            lines.append(f"{task}, {unit.replace('_', ' ')}: {shown or 'not known'}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
