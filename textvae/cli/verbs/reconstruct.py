"""Read captions back from their own points."""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textvae.cli.arguments import Parser, add_json, add_weights
from textvae.cli.models import load_model, prepare_captions, prepare_readable
from textvae.cli.reading import read_lines
from textvae.cli.writing import print_captions, slices
from textvae.errors import BadInput

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.pipeline import Pipeline

EXAMPLE = '{prog} "a dog on a beach"'


def add_arguments(parser: Parser) -> None:
    """The captions, typed or in a file."""
    add_weights(parser)
    add = parser.add_argument
    add("caption", nargs="*", metavar="CAPTION", help="captions, each in quotes")
    add("--file", metavar="FILE|-", help="one caption per line; - is standard input")
    add(
        "--strict",
        action="store_true",
        help="stop at a line that the model cannot read; otherwise it gives an empty line",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print each caption as it is read back from its posterior mean.

    Of several captions, one that cannot be read gives an empty line and a warning.
    """
    if arguments.caption and arguments.file:
        raise BadInput("give captions or --file, not both")
    captions = arguments.caption or read_lines(arguments.file)
    vae = load_model(arguments.weights, arguments.device)
    is_strict = arguments.strict or len(arguments.caption) == 1
    prepare = prepare_captions if is_strict else prepare_readable
    print_captions(_reconstructed(vae, prepare(vae, captions)), arguments.json)


def _reconstructed(
    vae: "Pipeline", prepared: "Sequence[PreparedCaption | None]"
) -> "Iterator[list[str]]":
    """The captions read back, slice by slice; an empty one for each that is missing."""
    import numpy as np

    codes = iter(vae.encode([each for each in prepared if each is not None]))
    for rows in slices(len(prepared)):
        part = prepared[rows]
        found = list(itertools.islice(codes, sum(each is not None for each in part)))
        captions = iter(vae.decode(np.array(found)) if found else [])
        yield ["" if each is None else next(captions) for each in part]
