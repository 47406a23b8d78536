"""Any number of rows in constant memory: read, computed and written in order, in slices.

A slice is the same in every run and on every machine of one kind, so the output is bitwise
independent of where a run was stopped and how many machines share the work.
"""

import argparse
import hashlib
import itertools
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sized
from typing import TYPE_CHECKING, Any

from textvae.cli.arguments import Parser
from textvae.cli.formats import Format
from textvae.cli.outputs import START_OVER, FileOutput, Output, open_output
from textvae.cli.reading import STANDARD, Lines
from textvae.cli.shards import Shard, slices
from textvae.errors import BadInput
from textvae.runtime.progress import row_bar
from textvae.version import __version__

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

log = logging.getLogger(__name__)


def add_output(parser: Parser) -> None:
    """`--output`: a file for captions.

    Example:
        >>> parser = Parser()
        >>> add_output(parser)
        >>> parser.parse_args(["--output", "more.txt"]), parser.parse_args([])
        (Namespace(output='more.txt'), Namespace(output='-'))
    """
    parser.add_argument(
        "--output",
        default=STANDARD,
        metavar="FILE|-",
        help="where the captions go (default: -, standard output)",
    )


def add_bulk(parser: Parser) -> None:
    """`--resume` and `--shard`, for many rows.

    Example:
        >>> parser = Parser()
        >>> add_bulk(parser)
        >>> parser.parse_args(["--resume", "--shard", "2/8"])
        Namespace(resume=True, shard=Shard(number=2, parts=8))
    """
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue the file --output where the same command was stopped",
    )
    parser.add_argument(
        "--shard",
        type=Shard.parse,
        metavar="I/N",
        help="only the I-th of N parts, for N machines; concatenated, the parts are the whole",
    )


def check_bulk(arguments: argparse.Namespace, total: int | None) -> None:
    """Check `--shard` before the model is loaded, against the number of rows.

    Raises:
        BadInput: the number of rows is unknown, or they are written as one JSON list.

    Example:
        >>> check_bulk(argparse.Namespace(shard=Shard(2, 8)), total=None)
        Traceback (most recent call last):
        textvae.errors.BadInput: --shard needs to know the number of lines, which a pipe does
            not have; name a file with --file
    """
    if arguments.shard is None:
        return
    if total is None:
        raise BadInput(
            "--shard needs to know the number of lines, which a pipe does not have; name a file"
            " with --file"
        )
    if getattr(arguments, "json", False):
        raise BadInput(
            "--json writes one list, which --shard would split; leave out one of them"
        )


def write_rows(
    compute: Callable[[slice], Sized],
    arguments: argparse.Namespace,
    vae: "Pipeline",
    format: Format,
    *,
    total: int | None,
    settings: Mapping[str, Any],
    lines: Lines | None = None,
) -> int:
    """Compute rows slice by slice and write them to `--output`, in order.

    Args:
        compute: returns the results of a slice; if `total` is None, fewer at the end.
        arguments: with those of `add_bulk`, and an output.
        vae: the model.
        format: of the results.
        total: the number of rows, if known.
        settings: further settings that affect the results, for `--resume`.
        lines: the lines that the rows are computed from, if any.

    Returns:
        The number of results written.

    Raises:
        BadInput: `--resume` was given for the output of another command.

    Example:
        >>> import textvae
        >>> from textvae.cli.formats import CaptionLines
        >>> vae, captions = textvae.load("article"), ["a dog", "a cat"] * 100
        >>> given = argparse.Namespace(output="more.txt", resume=False, shard=Shard(2, 2))
        >>> write_rows(captions.__getitem__, given, vae, CaptionLines(), total=200, settings={})
        8
    """
    rows = None if total is None else range(total)
    if arguments.shard is not None and total is not None:
        rows = arguments.shard.rows(total)
        if not rows:
            log.warning(
                "shard %s has no rows: the other shards have all %s",
                arguments.shard,
                f"{total:,}",
            )
    identity = _identity(arguments, vae, settings, rows)
    with open_output(arguments.output, format, identity, arguments.resume) as output:
        if isinstance(output, FileOutput):
            arguments.interruption = lambda: _interruption(output)
        _skip_done(output, lines, rows)
        count = None if rows is None else len(rows)
        with row_bar(_is_shown(arguments), count, output.count) as bar:
            for each in _left(output, rows):
                part = compute(each)
                if not len(part):  # a pipe has ended
                    break
                output.write(part)
                output.record(each.start + len(part), lines.digest if lines else "")
                bar.update(len(part))
    return output.count


def _left(output: Output, rows: range | None) -> Iterator[slice]:
    """The slices left to compute, the first possibly only in part."""
    start = max(output.num_done, rows.start if rows is not None else 0)
    for each in slices(rows.stop if rows is not None else None):
        if each.stop > start:
            yield slice(max(each.start, start), each.stop)


def _skip_done(output: Output, lines: Lines | None, rows: range | None) -> None:
    """Skip the lines already processed.

    Raises:
        BadInput: they are not the lines of the resumed run.
    """
    if lines is None:
        return
    lines.skip(max(output.num_done, rows.start if rows is not None else 0))
    if (
        isinstance(output, FileOutput)
        and output.digest
        and (lines.num_read, lines.digest) != (output.num_done, output.digest)
    ):
        raise BadInput(
            f"--resume: the first {output.num_done:,} lines are not those that"
            f" {output.target} was started with; {START_OVER}"
        )


def _identity(
    arguments: argparse.Namespace,
    vae: "Pipeline",
    settings: Mapping[str, Any],
    rows: range | None,
) -> dict[str, Any]:
    """The facts that the results depend on, except the lines read."""
    from textvae.data.vocabulary import vocabulary_bytes

    networks = [vae.bundle.model, vae.bundle.prior]
    # The same arrays would give other results with other values of these.
    reading = [vocabulary_bytes(vae.tokenizer), repr(vae.bundle.text).encode()]
    arrays = (
        variable.numpy()
        for network in networks
        if network is not None
        for variable in network.weights
    )
    shard = arguments.shard and f"{arguments.shard}, rows {rows}"
    return {
        "version of textvae": __version__,
        "weights": digest_of(itertools.chain(map(memoryview, reading), arrays)),
        "--shard": shard,
        **settings,
    }


def _interruption(output: FileOutput) -> str:
    output.give_up()
    return f"interrupted; {output.how_to_resume}" if output.is_recorded else "interrupted"


def _is_shown(arguments: argparse.Namespace) -> bool:
    """Whether to show a bar: not if the captions themselves are displayed."""
    is_at_terminal = arguments.output == STANDARD and sys.stdout.isatty()
    return log.isEnabledFor(logging.INFO) and not is_at_terminal


def digest_of(arrays: Iterator[Any]) -> str:
    """The sha256 of concatenated arrays.

    Example:
        >>> import numpy as np
        >>> digest_of(iter([np.zeros(2), np.ones(3)]))[:8]
        '...'
    """
    found = hashlib.sha256()
    for array in arrays:
        found.update(array.tobytes())
    return found.hexdigest()
