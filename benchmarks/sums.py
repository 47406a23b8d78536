"""The number of correct sums of captions, of 60 written before any was tried.

    python -m benchmarks.sums [--weights W] [--json]

A sum, code(start) - code(minus) + code(plus), is right if the words of `plus` replace those of
`minus`, at least two of three other words of the start are kept, and the caption is complete
and without repetitions. The sums are in `data/sums.tsv`.
"""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from benchmarks.machine import ROOT
from textvae.config import defaults
from textvae.latent.word_edits import is_right
from textvae.loading import load
from textvae.metrics.line_faults import is_dangling, is_repetitive

SUMS = ROOT / "benchmarks" / "data" / "sums.tsv"


def sums() -> list[tuple[str, str, str]]:
    """The start, minus and plus of each sum."""
    rows = (line.split("\t") for line in SUMS.read_text("utf-8").splitlines())
    return [(start, minus, plus) for start, minus, plus in rows]


def measure(weights: str) -> dict[str, Any]:
    """Every sum with its caption and whether it is right, and the share that is."""
    vae = load(weights)
    rows = []
    for start, minus, plus in sums():
        caption = vae.add_up(start, minus, plus)
        ends_well = not is_dangling(caption) and not is_repetitive(caption)
        right = ends_well and is_right(start, minus, plus, caption)
        rows.append(
            {"start": start, "minus": minus, "plus": plus, "caption": caption, "right": right}
        )
    return {"weights": weights, "right": sum(row["right"] for row in rows), "sums": rows}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sums", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--weights", default=defaults.WEIGHTS, metavar="W")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(arguments)
    found = measure(options.weights)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for row in found["sums"]:
        mark = "     " if row["right"] else "wrong"
        print(f"{mark} {row['start']} - {row['minus']} + {row['plus']} = {row['caption']}")
    print(f"right: {found['right']} of {len(found['sums'])}")


if __name__ == "__main__":
    main()
