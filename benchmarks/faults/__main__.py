"""The command `python -m benchmarks.faults`."""

import argparse
import importlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.faults.tally import Row, Try, merged, table

# Described in docs/reliability.md. Parts that take longer than ten minutes are run in shares.
PARTS = {
    "renames": "benchmarks.faults.kills:after_every_rename",
    "kills": "benchmarks.faults.kills:at_random_moments",
    "signals": "benchmarks.faults.kills:by_signals",
    "disk": "benchmarks.faults.folders:full_disk",
    "lock": "benchmarks.faults.folders:two_at_once",
    "checkpoints": "benchmarks.faults.damage:checkpoints",
    "weights": "benchmarks.faults.damage:weights",
    "hostile": "benchmarks.faults.hostile:weights",
    "sigterm": "benchmarks.faults.endings:sigterm",
    "idle": "benchmarks.faults.idle:idle",
    "uploads": "benchmarks.faults.hostile_requests:uploads",
    "requests": "benchmarks.faults.hostile_requests:against_the_page",
    "answers": "benchmarks.faults.same_answers:everywhere",
}


def part(name: str) -> Callable[[Try], list[Row]]:
    """The function of a part."""
    module, _, function = PARTS[name].partition(":")
    found: Callable[[Try], list[Row]] = getattr(importlib.import_module(module), function)
    return found


def main() -> None:
    """Run the parts, print the table, and exit with 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument(
        "parts", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS)
    )
    parser.add_argument(
        "--share", default="1/1", help="such as 2/3: the second of three shares"
    )
    parser.add_argument("--seed", type=int, default=0, help="of what is random")
    parser.add_argument("--results", type=Path, help="a file that gathers the rows of all runs")
    arguments = parser.parse_args()
    number, of = map(int, arguments.share.split("/"))
    rows: list[Row] = []
    for name in arguments.parts:
        with tempfile.TemporaryDirectory(prefix=f"textvae-{name}-") as folder:
            found = part(name)(Try(Path(folder), number, of, arguments.seed))
        print(table(found), flush=True)
        rows += found
    if arguments.results:
        print(f"\nall so far:\n{table(merged(arguments.results, rows))}")
    sys.exit(any(row.failures for row in rows))


if __name__ == "__main__":
    main()
