"""Read captions back from their own points."""

import argparse
import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textvae.cli.arguments import Parser, add_json, add_weights
from textvae.cli.bulk import add_bulk, add_output, check_bulk, write_rows
from textvae.cli.formats import captions_format
from textvae.cli.models import load_model
from textvae.cli.reading import Lines
from textvae.cli.remarks import CaptionReader
from textvae.errors import BadInput

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.pipeline import Pipeline

log = logging.getLogger(__name__)
EXAMPLE = '{prog} "a dog on a beach"'


def add_arguments(parser: Parser) -> None:
    """The captions, typed or in a file, and the output."""
    add_weights(parser)
    add = parser.add_argument
    add("caption", nargs="*", metavar="CAPTION", help="captions, each in quotes")
    add("--file", metavar="FILE|-", help="one caption per line; - is standard input")
    add_output(parser)
    add(
        "--strict",
        action="store_true",
        help="stop at a line that the model cannot read (default: write an empty line)",
    )
    add_bulk(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print each caption as decoded from its posterior mean.

    Among several captions, one that the model cannot read gives an empty line and a warning.
    """
    if arguments.caption and arguments.file:
        raise BadInput("give captions or --file, not both")
    for typed in arguments.caption:
        with contextlib.suppress(OSError, ValueError):  # too long for a path, or with a NUL
            if Path(typed).is_file():
                log.warning("%s is read as a caption; --file reads the lines of a file", typed)
    lines = Lines(arguments.file, arguments.caption, arguments.strict)
    check_bulk(arguments, lines.total)
    vae = load_model(arguments.weights, arguments.device)
    is_single = len(arguments.caption) == 1
    reader = CaptionReader(vae, arguments.strict or is_single, is_numbered=lines.total != 1)

    def read_back(rows: slice) -> list[str]:
        captions = lines.take(rows.stop - rows.start)
        return _reconstructed(vae, reader.read(captions, first=rows.start))

    settings = {"verb": "reconstruct", "--json": arguments.json}
    write_rows(
        read_back,
        arguments,
        vae,
        captions_format(arguments.json),
        total=lines.total,
        settings=settings,
        lines=lines,
    )
    reader.summarize()


def _reconstructed(
    vae: "Pipeline", prepared: "Sequence[PreparedCaption | None]"
) -> "list[str]":
    """The captions decoded from their codes; empty for missing ones."""
    found = [each for each in prepared if each is not None]
    captions = iter(vae.decode(vae.encode(found)) if found else [])
    return ["" if each is None else next(captions) for each in prepared]
