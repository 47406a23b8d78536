"""The cost of bulk work: memory and speed of `encode`, `reconstruct` and `generate`.

    python -m benchmarks.bulk --lines 10000000

A tiny model is first trained on invented lines, so that mainly reading, ordering and writing of
lines is measured, not the network. Each command runs in its own process, on few lines and on
many; its memory is the largest resident set counted by the operating system.

Then, for `--compared` lines, the output of one run is compared bitwise with that of a run that
is killed by SIGKILL halfway and resumed, and with that of two concatenated shards.
"""

import argparse
import filecmp
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.large_data import write_lines
from benchmarks.machine import Finished, finished, in_words, machine, print_progress

FEW, MANY, COMPARED = 200_000, 10_000_000, 1_000_000  # lines
VERBS = ("encode", "reconstruct", "generate")
TRAINING_LINES = 20_000
WORDS = 200  # that lines are made of, so that nearly all are in the vocabulary
DATA = {"text": "caption", "min_count": 5, "validation_share": 0.05, "max_length": 20}
RECIPE: dict[str, Any] = {
    "name": "bulk",
    "model": {"latent_dim": 8, "embed_dim": 16, "encoder_dim": 16, "hidden_dim": 32},
    "train": {"epochs": 1, "batch_size": 128, "learning_rate": 0.01, "min_active_units": 0},
    "prior": {"epochs": 0},
}
TEXTVAE = (sys.executable, "-m", "textvae")


class Work(NamedTuple):
    """A verb on some lines: its input file, the number of lines, and the model."""

    verb: str
    lines: Path
    count: int
    weights: Path

    def command(self, output: Path, *more: str) -> list[str]:
        """The command line.

        Example:
            >>> work = Work("generate", Path("lines.txt"), 5, Path("model"))
            >>> " ".join(work.command(Path("out.txt"), "--shard", "1/2")[3:])
            'generate --weights model --num-captions 5 --seed 1 --output out.txt --shard 1/2'
        """
        what = ["--file", str(self.lines)]
        if self.verb == "generate":
            what = ["--num-captions", str(self.count), "--seed", "1"]
        given = ["--weights", str(self.weights), *what, "--output", str(output)]
        return [*TEXTVAE, self.verb, *given, *more]

    def run(self, output: Path, *more: str) -> Finished:
        """Run it to the end."""
        return finished(self.command(output, *more))


def train(lines: Path, folder: Path) -> None:
    """Train a tiny model on a file of lines, without measuring."""
    from textvae.config.recipe import Recipe
    from textvae.training.preparation import read_splits
    from textvae.training.trainer import Trainer

    recipe = Recipe.from_dict({**RECIPE, "data": {**DATA, "captions": [str(lines)]}}, "bulk")
    Trainer(recipe, read_splits(recipe), None, folder).fit(resume=False)


def trained(folder: Path) -> Path:
    """The folder of a tiny model of invented lines, trained in a separate process."""
    lines, output = folder / "training.txt", folder / "model"
    write_lines(lines, TRAINING_LINES, WORDS)
    finished([sys.executable, "-m", "benchmarks.bulk", "--train", str(lines), str(output)])
    return output


def killed(work: Work, output: Path, size: int) -> None:
    """Run the work and kill it when its output has this many bytes."""
    partial = output.with_name(f".{output.name}.partial")
    with subprocess.Popen(work.command(output), stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (
            partial.exists() and partial.stat().st_size >= size
        ):
            time.sleep(0.05)
        process.kill()
    if output.exists():
        raise SystemExit(f"{work.verb} had ended before it could be killed; give more lines")


def lines_before(said: str) -> int:
    """The number of lines that a resumed run found done.

    Example:
        >>> lines_before("out.txt: continuing after 8,000 lines")
        8000
    """
    found = re.search(r"continuing after ([\d,]+) lines", said)
    return int(found[1].replace(",", "")) if found else 0


def laid_together(parts: Sequence[Path], output: Path) -> None:
    """Write the contents of the parts as one file: text, or arrays."""
    if output.suffix == ".npy":
        np.save(output, np.concatenate([np.load(part, mmap_mode="r") for part in parts]))
        return
    with output.open("wb") as file:
        for part in parts:
            file.write(part.read_bytes())


def compared(work: Work, folder: Path) -> str:
    """Whether a killed and resumed run, and shards, write the same output as one run."""
    suffix = ".npy" if work.verb == "encode" else ".txt"
    whole, resumed, joined = (folder / f"{name}{suffix}" for name in ("whole", "on", "joined"))
    parts = [folder / f"part-{number}{suffix}" for number in (1, 2)]
    work.run(whole)
    killed(work, resumed, whole.stat().st_size // 2)
    before = lines_before(work.run(resumed, "--resume").err)
    for number, part in enumerate(parts, 1):
        work.run(part, "--shard", f"{number}/2")
    laid_together(parts, joined)
    same = [filecmp.cmp(whole, other, shallow=False) for other in (resumed, joined)]
    for path in (whole, resumed, joined, *parts):
        path.unlink()
    words = ["the same bytes" if each else "OTHER BYTES" for each in same]
    return (
        f"{work.verb:>12}, {work.count:,} lines: killed and resumed after {before:,}:"
        f" {words[0]}; two shards: {words[1]}"
    )


def measured(work: Work, folder: Path) -> Finished:
    """The work in one run, without keeping the output."""
    output = folder / ("out.npy" if work.verb == "encode" else "out.txt")
    run = work.run(output)
    output.unlink()
    print(
        f"{work.verb:>12}, {work.count:>12,} lines: peak {run.peak_bytes / 2**20:,.0f} MiB,"
        f" {work.count / run.seconds:,.0f} lines/s with the start",
        flush=True,
    )
    return run


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a row for each command and number of lines."""
    parser = argparse.ArgumentParser(prog="benchmarks.bulk", description=__doc__)
    add = parser.add_argument
    add("--lines", type=int, default=MANY, help=f"of many (default: {MANY})")
    add("--few", type=int, default=FEW, help=f"of few (default: {FEW})")
    add("--compared", type=int, default=COMPARED, help=f"0 for none (default: {COMPARED})")
    add("--verbs", nargs="+", choices=VERBS, default=VERBS, help="(default: all)")
    add("--folder", type=Path, help="for files; a temporary one by default")
    add("--train", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.train:
        train(*options.train)
        return
    print(in_words(machine()))
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        weights = trained(folder)
        for count in (options.few, options.lines, options.compared):
            print_progress(f"{count:,} lines")
            write_lines(folder / f"{count}.txt", count, WORDS)
        for verb in options.verbs:
            few, many = (
                measured(Work(verb, folder / f"{count}.txt", count, weights), folder)
                for count in (options.few, options.lines)
            )
            print(f"{verb:>12}: memory {many.peak_bytes / few.peak_bytes:.2f}", flush=True)
            if options.compared:
                lines = folder / f"{options.compared}.txt"
                print(
                    compared(Work(verb, lines, options.compared, weights), folder), flush=True
                )


if __name__ == "__main__":
    main()
