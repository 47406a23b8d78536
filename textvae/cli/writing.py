"""What the verbs write: results on standard output, or in a file."""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from textvae.cli.reading import STANDARD

FIRST_SLICE, LARGEST_SLICE = 64, 4096  # captions


def slices(count: int) -> Iterator[slice]:
    """Cut `count` rows into slices that grow, so that the first results are there soon.

    Example:
        >>> [(each.start, each.stop) for each in slices(500)]
        [(0, 64), (64, 192), (192, 448), (448, 500)]
    """
    start, size = 0, FIRST_SLICE
    while start < count:
        yield slice(start, min(start + size, count))
        start, size = start + size, min(2 * size, LARGEST_SLICE)


def print_captions(parts: Iterable[Sequence[str]], as_json: bool) -> None:
    """Print captions, a line each or as one JSON list; each part as soon as it is there."""
    if not as_json:
        for part in parts:
            sys.stdout.write("".join(f"{caption}\n" for caption in part))
            sys.stdout.flush()
        return
    before = "["
    for part in parts:
        for caption in part:
            sys.stdout.write(f"{before}\n  {json.dumps(caption, ensure_ascii=False)}")
            before = ","
        sys.stdout.flush()
    sys.stdout.write("[]\n" if before == "[" else "\n]\n")


def print_metrics(models: Sequence[Mapping[str, Any]]) -> None:
    """Print one metric per line with a column for each model; groups stand before its name."""
    columns = [dict(_flat(metrics)) for metrics in models]
    for name in dict.fromkeys(name for column in columns for name in column):
        print("\t".join([name, *(_shown(column.get(name)) for column in columns)]))


def _flat(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in metrics.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else "-" if value is None else str(value)


def print_json(value: Any) -> None:
    """Print one JSON value, indented."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def write_output(target: str, data: bytes) -> None:
    """Write `data` to the file `target`, whole or not at all; to standard output if it is `-`.

    Raises:
        OSError: the disk is full, or the file cannot be written.
    """
    if target == STANDARD:
        sys.stdout.buffer.write(data)
        return
    from textvae.saving.files import write_file

    write_file(Path(target), data)


def discard_output() -> None:
    """Drop what is not yet written, which Python would otherwise write, or fail to, at exit."""
    with contextlib.suppress(OSError):  # standard output may be no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
