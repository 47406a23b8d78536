"""The quality of models trained on a user's lines, by the number of lines.

    python -m benchmarks.own_lines reviews.txt.gz [--sizes 500 2000 10000] [--folder runs/sizes]

For each size, draws that many lines of a file at random, trains the recipe `lines` on them with
its own settings, in its own process, and measures a row of the table in `docs/training.md`. A
model that is already in the folder is not trained again, and an interrupted run is continued;
the processor time is then that of the last part.
"""

import argparse
import dataclasses
import json
import random
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import textvae
from benchmarks.machine import ROOT, in_words, machine, print_progress
from textvae.config.recipe import find_recipe
from textvae.metrics.line_faults import repeated_share
from textvae.training.checkpointing import latest
from textvae.training.reading import gathered_captions

REPORT = "report.json"
NUM_SAMPLES = 1000
COLUMNS = {
    "lines": "{:,}",
    "training_exact": "{:.0%}",
    "held_out_exact": "{:.0%}",
    "bleu4": "{:.2f}",
    "repeated": "{:.1%}",
    "minutes": "{:.0f} min",
}


def drawn(lines: Sequence[str], count: int, seed: int = 0) -> list[str]:
    """`count` of the lines, in random order.

    Example:
        >>> sorted(drawn(["a", "b", "c"], 3))
        ['a', 'b', 'c']
    """
    return random.Random(seed).sample(lines, count)


def train(lines: Sequence[str], folder: Path) -> float:
    """Train on these lines into `folder`, and return the seconds of processor time.

    Raises:
        subprocess.CalledProcessError: the training has failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, output = folder / "lines.txt", folder / "model"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "textvae", "train", "lines", "--captions", str(file)]
    resumed = ["--resume"] if latest(output) else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*command, "--output", str(output), *resumed],
        check=True,
        cwd=ROOT,
        stdout=sys.stderr,  # standard output is for the table
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report_of(model: Path) -> dict[str, Any]:
    """The report of a model; empty if its training has not ended.

    Example:
        >>> report_of(Path("nowhere"))
        {}
    """
    try:
        report: dict[str, Any] = json.loads((model / REPORT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return report if "verdict" in report else {}


def row(model: Path) -> dict[str, Any]:
    """The results in the report of a finished model and its samples."""
    report = report_of(model)
    verdict, metrics = report["verdict"], report["validation"]
    return {
        "training_exact": verdict["training_exact"],
        "held_out_exact": metrics["reconstruction_exact"],
        "bleu4": metrics["reconstruction_bleu4"],
        "num_held_out": metrics["num_captions"],
        "repeated": repeated_share(textvae.load(model).generate(NUM_SAMPLES, seed=1)),
        "repeated_of_real": verdict["repeated_of_real"],
    }


def measure(lines: Sequence[str], size: int, folder: Path) -> dict[str, Any]:
    """The row of one size; the processor time is None if nothing had to be trained."""
    seconds, chosen, file = None, drawn(lines, size), folder / "lines.txt"
    if not report_of(folder / "model"):
        print_progress(f"training on {size:,} lines")
        seconds = train(chosen, folder)
    elif file.is_file() and file.read_text(encoding="utf-8") != "\n".join(chosen) + "\n":
        raise SystemExit(f"{folder} has a model of other lines; name another --folder")
    minutes = None if seconds is None else seconds / 60
    return {"lines": size, "minutes": minutes, **row(folder / "model")}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown, as in the documents.

    Example:
        >>> print(table([{"lines": 500, "training_exact": 0.96, "held_out_exact": 0.0,
        ...               "bleu4": 0.02, "repeated": 0.014, "minutes": None}]))
        | lines | training_exact | held_out_exact | bleu4 | repeated | minutes |
        | --- | --- | --- | --- | --- | --- |
        | 500 | 96% | 0% | 0.02 | 1.4% | – |
    """
    head = [f"| {' | '.join(COLUMNS)} |", "|" + " --- |" * len(COLUMNS)]
    cells = [
        ["–" if one[name] is None else form.format(one[name]) for name, form in COLUMNS.items()]
        for one in rows
    ]
    return "\n".join([*head, *(f"| {' | '.join(each)} |" for each in cells)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and measure each size, and print the table or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.own_lines",
        description=(__doc__ or "").partition("\n")[0],
    )
    add = parser.add_argument
    add("file", help="the lines, in any file that training reads")
    add("--sizes", type=int, nargs="+", default=[500, 2000, 10_000], metavar="N")
    add("--folder", type=Path, default=Path("runs") / "sizes", metavar="DIR")
    add("--json", action="store_true", help="one JSON object")
    parsed = parser.parse_args(arguments)
    data = dataclasses.replace(find_recipe("lines").data, captions=(parsed.file,))
    lines = gathered_captions(data, data.captions, 0, None).texts
    if max(parsed.sizes) > len(lines):
        parser.error(f"{parsed.file} has only {len(lines):,} lines")
    folder = parsed.folder.resolve()
    found = {
        "machine": machine(),
        "file": Path(parsed.file).name,
        "rows": [measure(lines, size, folder / f"{size}") for size in parsed.sizes],
    }
    if parsed.json:
        print(json.dumps(found, indent=2))
    else:
        print(f"{in_words(found['machine'])}\n\n{table(found['rows'])}")


if __name__ == "__main__":
    main()
