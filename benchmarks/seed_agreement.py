"""The share of a seed's captions that are the same on processors that round differently.

    python -m benchmarks.seed_agreement [--weights W] [--count N] [--temperature T] [--json]

Rounding depends on the order in which kernels add. Each way of computing is a separate process:
with and without oneDNN's kernels, on one thread and on two, with 1 to 300 captions at once. A
caption agrees if all of them give the same text.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.machine import ROOT, in_words, machine, print_progress
from textvae.config import defaults

COUNT = 2000
LARGEST = 300  # captions at once
MIXED = (1, 7, 60, LARGEST)  # in turn
PROGRAM = """
import itertools, json, sys
asked = json.loads(sys.argv[1])
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(asked["threads"])
tf.config.threading.set_inter_op_parallelism_threads(asked["threads"])
import textvae
vae = textvae.load(asked["weights"])
priors = ["scene"] * vae.has_prior + ["standard"] * (not vae.is_language_model)
found = {prior: [] for prior in priors}
for prior, captions in found.items():
    for size in itertools.cycle(asked["at_once"]):
        count = min(size, asked["count"] - len(captions))
        if not count:
            break
        captions += vae.generate(count, temperature=asked["temperature"], seed=asked["seed"],
                                 prior=prior, first=len(captions))
print(json.dumps(found))
"""


class Way(NamedTuple):
    """One way to compute: with or without oneDNN, threads, and captions at once."""

    onednn: bool
    threads: int
    at_once: tuple[int, ...]

    def in_words(self) -> str:
        """For the table."""
        kernels = "oneDNN" if self.onednn else "without oneDNN"
        sizes = " to ".join(str(size) for size in dict.fromkeys((self.at_once[0], LARGEST)))
        return f"{kernels}, threads {self.threads}, {sizes} at once"


WAYS = (
    Way(onednn=True, threads=2, at_once=(LARGEST,)),
    Way(onednn=True, threads=1, at_once=(LARGEST,)),
    Way(onednn=False, threads=2, at_once=(LARGEST,)),
    Way(onednn=False, threads=1, at_once=MIXED),
)


def captions_of(way: Way, settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """The captions of each prior, written in this way by a separate process."""
    asked = {**settings, "threads": way.threads, "at_once": way.at_once}
    environment = {
        **os.environ,
        "TF_ENABLE_ONEDNN_OPTS": str(int(way.onednn)),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(asked)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def share_alike(sets: Sequence[Sequence[str]]) -> float:
    """The share of places at which all sets have the same caption.

    Example:
        >>> share_alike([["a dog", "a cat"], ["a dog", "a cow"]])
        0.5
    """
    return sum(len(set(each)) == 1 for each in zip(*sets, strict=True)) / len(sets[0])


def measure(settings: Mapping[str, Any], ways: Sequence[Way] = WAYS) -> dict[str, Any]:
    """`seed_agreement` of each prior over all ways, and of each way with the first alone."""
    made = []
    for way in ways:
        print_progress(way.in_words())
        made.append(captions_of(way, settings))
    priors = list(made[0])
    return {
        "seed_agreement": {
            prior: share_alike([each[prior] for each in made]) for prior in priors
        },
        "with_the_first": {
            way.in_words(): {
                prior: share_alike([made[0][prior], each[prior]]) for prior in priors
            }
            for way, each in zip(ways[1:], made[1:], strict=True)
        },
    }


def agreement_parser(name: str, about: str) -> argparse.ArgumentParser:
    """The arguments of a command that measures how many captions agree; their defaults."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}", description=about.partition("\n")[0]
    )
    add = parser.add_argument
    add("--weights", default=defaults.WEIGHTS, metavar="W")
    add("--count", type=int, default=COUNT, metavar="N", help=f"captions (default: {COUNT})")
    add("--seed", type=int, default=0, metavar="S")
    add("--temperature", type=float, default=defaults.TEMPERATURE, metavar="T")
    add("--json", action="store_true", help="one JSON object")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table or one JSON object."""
    parser = agreement_parser("seed_agreement", __doc__ or "")
    options = vars(parser.parse_args(arguments))
    as_json = options.pop("json")
    facts, found = machine(), measure(options)
    if as_json:
        print(json.dumps({"machine": facts, "settings": options, **found}, indent=2))
        return
    print(f"{in_words(facts)}\n{options}\n")
    for way, shares in found["with_the_first"].items():
        print(f"{way}: " + ", ".join(f"{name} {each:.4f}" for name, each in shares.items()))
    for prior, share in found["seed_agreement"].items():
        print(f"seed_agreement of {prior}: {share:.4f}")


if __name__ == "__main__":
    main()
