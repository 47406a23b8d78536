"""Write the points of captions as an array."""

import argparse
import logging
from typing import TYPE_CHECKING

from textvae.cli.arguments import Parser, add_weights
from textvae.cli.bulk import add_bulk, check_bulk, write_rows
from textvae.cli.formats import CodesArray
from textvae.cli.models import load_model
from textvae.cli.reading import Lines
from textvae.cli.remarks import CaptionReader

if TYPE_CHECKING:
    from textvae.types import Codes

EXAMPLE = "{prog} --file captions.txt --output z.npy"
log = logging.getLogger(__name__)


def add_arguments(parser: Parser) -> None:
    """The input captions and the output of codes."""
    add_weights(parser)
    add = parser.add_argument
    add(
        "--file",
        required=True,
        metavar="FILE|-",
        help="one caption per line, all of which the model can read; - is standard input",
    )
    add(
        "--output",
        required=True,
        metavar="Z.npy|-",
        help="float32 [N, D], the posterior means; - is standard output",
    )
    add_bulk(parser)


def run(arguments: argparse.Namespace) -> None:
    """Write the posterior means, `[N, D]` float32, as a `.npy` file.

    A line that the model cannot read has no code, and leaving it out would shift the rows
    below, so it is an error.
    """
    lines = Lines(arguments.file)
    check_bulk(arguments, lines.total)
    vae = load_model(arguments.weights, arguments.device)
    reader = CaptionReader(vae, is_strict=True, is_numbered=lines.total != 1)

    def encoded(rows: slice) -> "Codes":
        captions = lines.take(rows.stop - rows.start)
        return vae.encode(list(filter(None, reader.read(captions, first=rows.start))))

    count = write_rows(
        encoded,
        arguments,
        vae,
        CodesArray(vae.latent_dim),
        total=lines.total,
        settings={"verb": "encode"},
        lines=lines,
    )
    reader.summarize()
    log.info("%s: %s codes of %d units", arguments.output, f"{count:,}", vae.latent_dim)
