"""How well a model of couplets reconstructs them, and whether its samples keep the metre.

    python -m benchmarks.poems --captions poems_zh.txt.gz [--weights poems] [--json]

The held-out couplets are those of the training: the same share, by the same seed. The comma
separates the halves of a couplet, which keeps the metre if both have five characters, or both
seven, not counting the final mark.
"""

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import textvae
from benchmarks.machine import in_words, machine
from textvae.config import defaults
from textvae.config.recipe import find_recipe
from textvae.metrics.line_faults import repeated_share
from textvae.metrics.word_differences import words_changed
from textvae.training.preparation import read_splits

NAMES = {"five": (5, 5), "seven": (7, 7)}  # characters of the halves of a couplet
END = re.compile("[。？！；]$")


def metre(couplet: str) -> tuple[int, ...]:
    """The characters of each half.

    Example:
        >>> metre("秋分一夜停，陰魄最晶熒。")
        (5, 5)
    """
    return tuple(map(len, END.sub("", couplet).split("，")))


def in_metre(couplets: Sequence[str]) -> float:
    """The share that keeps the metre.

    Example:
        >>> in_metre(["秋分一夜停，陰魄最晶熒。", "秋分停，陰魄最晶熒。"])
        0.5
    """
    return sum(metre(each) in NAMES.values() for each in couplets) / len(couplets)


def read_back(couplets: Sequence[str], found: Sequence[str]) -> dict[str, float]:
    """The shares that come back whole, and with at most one character wrong.

    Example:
        >>> read_back(["一夜停", "一夜停", "一夜停"], ["一夜停", "二夜停", "二夕停"])
        {'exact': 0.333..., 'at_most_one_wrong': 0.666...}
    """
    if not couplets:
        return {}
    wrong = [words_changed(*pair) for pair in zip(couplets, found, strict=True)]
    return {
        "exact": sum(count == 0 for count in wrong) / len(wrong),
        "at_most_one_wrong": sum(count <= 1 for count in wrong) / len(wrong),
    }


def measure(
    weights: str, captions: str, num_samples: int, temperature: float
) -> dict[str, Any]:
    """All metrics of one model, with those of real couplets for comparison."""
    recipe = find_recipe("poems").with_settings([f"data.captions={json.dumps([captions])}"])
    splits = read_splits(recipe)
    vae = textvae.load(weights)
    held_out = splits.validation.texts
    samples = vae.generate(num_samples, temperature=temperature, seed=0)
    copied = vae.in_training_set(samples) or [False]
    found = vae.reconstruct(held_out)
    of_metre: dict[str, float] = {}
    for name, halves in NAMES.items():
        kept = [pair for pair in zip(held_out, found, strict=True) if metre(pair[0]) == halves]
        of_metre[f"num_{name}"] = len(kept)
        shares = read_back([pair[0] for pair in kept], [pair[1] for pair in kept])
        of_metre |= {f"{key}_{name}": share for key, share in shares.items()}
    return {
        "held_out": len(held_out),
        **read_back(held_out, found),
        **of_metre,
        "samples": len(samples),
        "temperature": temperature,
        "in_metre": in_metre(samples),
        "in_metre_of_real": in_metre(held_out),
        "unique": len(set(samples)) / len(samples),
        "in_training_data": sum(copied) / len(copied),
        "repeated": repeated_share(samples),
        "repeated_of_real": repeated_share(held_out),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a metric per line or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.poems", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--captions", required=True, metavar="FILE", help="the couplets, one a line")
    add("--weights", default="poems", metavar="W", help="(default: poems)")
    add("--num-samples", type=int, default=1000, metavar="N", help="(default: 1000)")
    add("--temperature", type=float, default=defaults.TEMPERATURE, metavar="T")
    add("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(arguments)
    facts = machine()
    captions = str(Path(options.captions))
    found = measure(options.weights, captions, options.num_samples, options.temperature)
    if options.json:
        print(json.dumps({"machine": facts, **found}, indent=2))
        return
    print(in_words(facts))
    for name, value in found.items():
        print(f"{name}\t{value:.3f}" if isinstance(value, float) else f"{name}\t{value}")


if __name__ == "__main__":
    main()
