"""The cost of training on more lines: memory and speed for few lines and for many.

    python -m benchmarks.large_data --lines 20000000

Lines are invented: words follow Zipf's law, and one line in ten has a unique word. For each of
the two numbers of lines a separate process reads them, learns the vocabulary, tokenises them,
takes some steps in each of two epochs and finishes the run like any other. Its memory is the
largest resident set counted by the operating system; its speed is that of the second epoch, by
the clock and by processor time, which other work disturbs less.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import finished
from benchmarks.rows import COUNTS, SHORTEST

SMALL, LARGE = 200_000, 20_000_000  # lines
STEPS = 300  # of each epoch
HELD_OUT = 1000  # lines, the same for few and many: validation is not measured here
VOCABULARY = 20_000
AT_ONCE = 100_000  # lines
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(number: int) -> str:
    """A unique word for each number.

    Example:
        >>> word(0), word(27)
        ('a', 'bb')
    """
    letters = ""
    while number >= 0:
        letters = LETTERS[number % 26] + letters
        number = number // 26 - 1
    return letters


def invented_lines(count: int, num_words: int = VOCABULARY, seed: int = 0) -> Iterator[str]:
    """`count` invented lines of `num_words` distinct words, as long as COCO's, in parts."""
    words = [f"{word(number)} " for number in range(num_words)]
    shares = 1.0 / np.arange(1, num_words + 1)
    limits = np.cumsum(shares / shares.sum())
    sizes = np.arange(SHORTEST, SHORTEST + len(COUNTS))
    rng = np.random.default_rng(seed)
    for start in range(0, count, AT_ONCE):
        num_lines = min(AT_ONCE, count - start)
        lengths = rng.choice(sizes, num_lines, p=np.array(COUNTS) / sum(COUNTS))
        drawn = np.searchsorted(limits, rng.random(lengths.sum())).clip(max=num_words - 1)
        ends = np.cumsum(lengths)
        text = [words[place] for place in drawn.tolist()]
        for line, end in enumerate(ends.tolist()):
            own = word(26**4 + start + line) if line % 10 == 0 else ""
            text[end - 1] += f"{own}\n"
        yield "".join(text)


def write_lines(path: Path, count: int, num_words: int = VOCABULARY) -> None:
    """Write a file of invented lines."""
    with path.open("w", encoding="ascii") as file:
        file.writelines(invented_lines(count, num_words))


def measured(path: Path, folder: Path, steps: int) -> dict[str, Any]:
    """The cost of a training on the lines of a file, in a separate process."""
    command = [sys.executable, "-m", "benchmarks.large_data", "--train", str(path)]
    command += ["--folder", str(folder), "--steps", str(steps)]
    done = finished(command)
    return {**json.loads(done.out), "peak_bytes": done.peak_bytes}


def train_on(path: Path, folder: Path, steps: int) -> dict[str, Any]:
    """Train for some steps on the lines of a file, by `textvae.train`."""
    from benchmarks.ours import SomeBatches
    from textvae.config.recipe import Recipe
    from textvae.training import preparation, train
    from textvae.training.checkpointing import Checkpointing

    planned, clock = dict[int, list[int]](), list[float]()

    class CountedBatches(SomeBatches):
        """Records the tokens of training batches, whose files are removed after the run."""

        def tokens_of(self, epoch: int) -> list[int]:
            found = super().tokens_of(epoch)
            if self.seed is not None:
                planned[epoch] = found
            return found

    with path.open("rb") as file:
        num_lines = sum(1 for _ in file)

    def some(
        rows: Any, batch_size: int, seed: int | None = None, *more: Any, **named: Any
    ) -> Any:
        named |= dict(zip(("fragments", "pairing"), more, strict=False))
        return CountedBatches(rows, batch_size, seed, steps, **named)

    begin_epoch, end_step = Checkpointing.on_epoch_begin, Checkpointing.on_train_batch_end

    def begun(self: Checkpointing, epoch: int, logs: Any = None) -> None:
        begin_epoch(self, epoch, logs)
        clock[:] = [time.process_time()]

    def timed(self: Checkpointing, batch: int, logs: Any = None) -> None:
        end_step(self, batch, logs)
        clock.append(time.process_time())

    vars(preparation)["CaptionBatches"] = some
    Checkpointing.on_epoch_begin = begun  # type: ignore[method-assign]
    Checkpointing.on_train_batch_end = timed  # type: ignore[method-assign]
    raw = {
        "name": "large",
        "data": {"captions": [str(path)], "validation_share": HELD_OUT / num_lines},
        "train": {"epochs": 2, "batch_size": 128, "fragments": 0.1, "min_active_units": 0},
        "prior": {"epochs": 0},
    }
    report = train.train(Recipe.from_dict(raw, "benchmarks.large_data"), folder)
    tokens = sum(planned[1])
    return {
        "lines": report["data"]["train"]["captions"],
        "tokens_per_second": tokens / report["history"][-1]["seconds"],
        "tokens_per_cpu_second": tokens / (clock[-1] - clock[0]),
    }


def main() -> None:
    """Measure, and print a row for each number of lines and their ratios."""
    parser = argparse.ArgumentParser(prog="benchmarks.large_data", description=__doc__)
    parser.add_argument("--lines", type=int, default=LARGE, help=f"of many (default: {LARGE})")
    parser.add_argument("--few", type=int, default=SMALL, help=f"of few (default: {SMALL})")
    parser.add_argument("--steps", type=int, default=STEPS, help="of each of two epochs")
    parser.add_argument("--folder", type=Path, help="for files; a temporary one by default")
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        print(json.dumps(train_on(options.train, options.folder, options.steps)))
        return
    found = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for count in (options.few, options.lines):
            path = Path(folder) / f"{count}.txt"
            write_lines(path, count)
            row = measured(path, Path(folder) / f"run-{count}", options.steps)
            path.unlink()
            found.append(row)
            print(
                f"{count:>12,} lines: peak {row['peak_bytes'] / 2**20:,.0f} MiB,"
                f" {row['tokens_per_second']:,.0f} tokens/s,"
                f" {row['tokens_per_cpu_second']:,.0f} a second of processor time",
                flush=True,
            )
    memory, speed, of_processor = (
        found[1][name] / found[0][name]
        for name in ("peak_bytes", "tokens_per_second", "tokens_per_cpu_second")
    )
    print(f"ratios: memory {memory:.2f}, speed {speed:.2f}, by processor {of_processor:.2f}")


if __name__ == "__main__":
    main()
