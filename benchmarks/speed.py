"""The speed of textvae, compared with plain Keras, plain PyTorch and the machine's limit.

    python -m benchmarks.speed [--quick] [--json] [--captions FILE ...]

Training throughput, decoding, start-up and memory, all measured in one run in which the systems
take turns, so that all are affected alike by other load. docs/speed.md explains the results.
Needs requirements-bench.txt; `--quick` takes five to ten minutes on two idle cores.
"""

import argparse
import dataclasses
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from benchmarks import decoding_speed, flops, machine, start_up, training_speed
from benchmarks.rows import invented_lengths, real_lengths
from benchmarks.sizes import recipe_settings, shipped_size, standard_size
from textvae.errors import BadInput


def main(arguments: list[str] | None = None) -> None:
    """Measure and print: one JSON object, or tables."""
    options = _parser().parse_args(arguments)
    facts = machine.machine()
    try:
        lengths = real_lengths(options.captions) if options.captions else invented_lengths()
    except BadInput as error:
        sys.exit(f"benchmarks.speed: {error}")
    machine.print_progress(machine.in_words(facts))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    found = measure(lengths, options.quick)
    result = {**headline(found), "quick": options.quick, "machine": facts, "details": found}
    print(json.dumps(result) if options.json else in_tables(result))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="fewer rounds and captions")
    parser.add_argument("--json", action="store_true", help="one object instead of tables")
    parser.add_argument(
        "--captions",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="whose lengths to train with; else those of the COCO training set, invented",
    )
    return parser


def measure(lengths: list[int], quick: bool) -> dict[str, Any]:
    """Everything, and before each part the limit to compare it with."""
    started = start_up.measure(rounds=1 if quick else 5)
    effort = (
        training_speed.Effort(3, 12, 4, 4) if quick else training_speed.Effort(7, 32, 12, 16)
    )
    trained = {}
    limits = []
    precisions = training_speed.measured_precisions()
    for key, size in (("standard", standard_size()), ("shipped", shipped_size())):
        limits.append(flops.limit_gflops(precisions))
        peaks = {name: limits[-1][name]["limit"] for name in precisions}
        settings = dataclasses.replace(recipe_settings(), batch_size=size.batch_size)
        trained[key] = training_speed.measure(size, settings, lengths, effort, peaks)
    limits.append(flops.limit_gflops(precisions))
    decoded = decoding_speed.measure(
        decoding_speed.Effort(1024, 128, 4, 2, 3)
        if quick
        else decoding_speed.Effort(10_000, 1024, 64, 5, 20),
        limits[-1]["float32"]["limit"],
    )
    return {"limit": limits, "training": trained, "decoding": decoded, "start": started}


def headline(found: dict[str, Any]) -> dict[str, Any]:
    """The quoted results, under flat names; None in a precision not measured."""
    first = found["limit"][0]
    flat: dict[str, Any] = {
        f"limit_{precision}_gflops": first[precision]["limit"] if precision in first else None
        for precision in training_speed.PRECISIONS
    }
    for key, prefix in (("standard", "train"), ("shipped", "train_shipped")):
        of = found["training"][key]
        flat[f"{prefix}_tokens_per_second"] = of["tokens_per_second"][of["best"]["textvae"]]
        flat[f"{prefix}_ratio_pytorch"] = of["ratio"]["pytorch"]
        flat[f"{prefix}_ratio_keras"] = of["ratio"]["keras"]
        flat[f"{prefix}_bfloat16_gain"] = of["bfloat16_gain"]
        for precision in training_speed.PRECISIONS:
            name = training_speed.variant("textvae", precision)
            flat[f"{prefix}_share_of_limit_{precision}"] = of["share_of_limit"].get(name)
    for mode, prefix in (("greedy", "decode"), ("sampled", "decode_sampled")):
        of = found["decoding"][mode]
        flat[f"{prefix}_captions_per_second"] = of["bulk"]["captions_per_second"]["textvae"]
        for name, ratio in of["bulk"]["ratio"].items():
            flat[f"{prefix}_ratio_{name}"] = ratio
        flat[f"{prefix}_share_of_limit"] = of["bulk"]["share_of_limit"]["textvae"]
        for count in (key for key in of if key != "bulk"):
            flat[f"{prefix}_{count}_milliseconds"] = of[count]["milliseconds"]["textvae"]
    flat["start_ratio"] = found["start"]["ratio"]
    flat["start_seconds"] = found["start"]["first_caption"]
    flat["start_page_seconds"] = found["start"]["page"]
    for name, of in found["start"]["commands"].items():
        flat[f"start_{name}_seconds"] = of["seconds"]
    for task, of in _tasks(found).items():
        ours = of["best"]["textvae"] if "best" in of else "textvae"
        flat[f"{task}_peak_memory_mb"] = of["peak_memory_mb"][ours]
    return flat


def _tasks(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "train": found["training"]["standard"],
        "train_shipped": found["training"]["shipped"],
        "decode": found["decoding"],
    }


def in_tables(result: dict[str, Any]) -> str:
    """The same in Markdown, for reading."""
    found = result["details"]
    parts = [machine.in_words(result["machine"]), _limit_line(found["limit"])]
    parts += [
        _training_table(found["training"]),
        _decoding_table(found["decoding"]),
        _start_table(found["start"]),
        _memory_table(_tasks(found)),
    ]
    return "\n\n".join(parts)


def _limit_line(limits: list[dict[str, dict[str, float]]]) -> str:
    found = {
        name: ", ".join(f"{each[name]['limit']:.0f}" for each in limits) for name in limits[0]
    }
    listed = "; ".join(f"{name} {each}" for name, each in found.items())
    return f"Large matrix products, before each part, GFLOP/s: {listed}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _training_table(trained: dict[str, Any]) -> str:
    rows = [
        [
            f"{size}, batches of {of['batch_size']}: {name}",
            f"{each:,.0f}",
            f"{of['share_of_limit'][name]:.0%}",
            _times(of["tokens_per_second"][of["best"]["textvae"]] / each),
        ]
        for size, of in trained.items()
        for name, each in of["tokens_per_second"].items()
    ]
    head = [
        "training",
        "tokens/s",
        "of the limit of its precision",
        "best textvae is faster by",
    ]
    return table(head, rows)


def _decoding_table(decoded: dict[str, Any]) -> str:
    rows = [
        [
            f"{mode}, {count if count != 'bulk' else 'bulk'}: {name.replace('_', ', ')}",
            f"{of['captions_per_second'][name]:,.1f}",
            f"{of['milliseconds'][name]:,.1f}",
            f"{of['share_of_limit'][name]:.0%}",
            _times(of["ratio"].get(name)),
        ]
        for mode in ("greedy", "sampled")
        for count, of in decoded[mode].items()
        for name in of["milliseconds"]
    ]
    head = ["decoding", "captions/s", "milliseconds", "of the limit", "textvae is faster by"]
    return table(head, rows)


def _start_table(started: dict[str, Any]) -> str:
    names = ("import", "build", "load", "first_decode", "total")
    rows = [
        [name, *(f"{parts[part]:.2f}" for part in names)]
        for name, parts in started["parts"].items()
    ]
    page = (
        f"app.py: page after {started['page']:.2f} s, first caption after"
        f" {started['first_caption']:.2f} s; bare imports of tensorflow and gradio"
        f" {started['bare_imports']:.2f} s; ratio {started['ratio']:.2f}"
    )
    head = ["first caption in a process, seconds", *(name.replace("_", " ") for name in names)]
    commands = table(
        ["command", "seconds", "of processor time"],
        [
            [
                f"`{shlex.join(['python', *start_up.COMMANDS[name]])}`",
                f"{of['seconds']:.2f}",
                f"{of['cpu_seconds']:.2f}",
            ]
            for name, of in started["commands"].items()
        ],
    )
    return f"{table(head, rows)}\n\n{commands}\n\n{page}"


def _memory_table(tasks: dict[str, Any]) -> str:
    names = dict.fromkeys(name for of in tasks.values() for name in of["peak_memory_mb"])
    rows = [
        [
            task.replace("_", ", "),
            *(f"{memory[name]:,.0f}" if name in memory else "" for name in names),
        ]
        for task, memory in ((task, of["peak_memory_mb"]) for task, of in tasks.items())
    ]
    return table(["peak memory, MB", *names], rows)


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f} ×"


if __name__ == "__main__":
    main()
