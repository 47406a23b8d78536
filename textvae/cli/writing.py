"""Output of the verbs on standard output: captions, metrics and JSON."""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from textvae.cli.formats import captions_format
from textvae.cli.outputs import Output


def print_captions(parts: Iterable[Sequence[str]], as_json: bool) -> None:
    """Print captions, one per line or as one JSON list, each part as soon as it is ready.

    Example:
        >>> print_captions([["a dog"], ["a cat", "two cats"]], as_json=False)
        a dog
        a cat
        two cats
    """
    output = Output(captions_format(as_json))
    for part in parts:
        output.write(part)
    output.finish()


def print_metrics(models: Sequence[Mapping[str, Any]]) -> None:
    """Print one metric per line, named `group.metric`, with a column for each model.

    Example:
        >>> print_metrics([{"kl": 12.5, "samples": {"scene": {"bleu_4": 0.25}}}, {"kl": 9.25}])
        kl                      12.5000   9.2500
        samples.scene.bleu_4    0.2500    -
    """
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
    """Print one JSON value, indented.

    Example:
        >>> print_json({"caption": "un éléphant", "log_prob": -21.5})
        {
          "caption": "un éléphant",
          "log_prob": -21.5
        }
    """
    print(json.dumps(value, indent=2, ensure_ascii=False))


def discard_output() -> None:
    """Drop unwritten output, which Python would otherwise try to write at exit."""
    _discard(sys.stdout)


def discard_log() -> None:
    """Drop unwritten standard error, for which Python would exit with status 120."""
    try:
        if sys.stderr:  # None if it is closed
            sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    with contextlib.suppress(OSError):  # it may not be a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
