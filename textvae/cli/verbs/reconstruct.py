"""Read captions back from their own points."""

import argparse

from textvae.cli.arguments import Parser, add_json, add_weights
from textvae.cli.models import load_model, prepare_captions
from textvae.cli.reading import read_lines
from textvae.cli.writing import print_captions, slices
from textvae.errors import BadInput

EXAMPLE = '{prog} "a dog on a beach"'


def add_arguments(parser: Parser) -> None:
    """The captions, typed or in a file."""
    add_weights(parser)
    add = parser.add_argument
    add("caption", nargs="*", metavar="CAPTION", help="captions, each in quotes")
    add("--file", metavar="FILE|-", help="one caption a line; - is standard input")
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print each caption as it is read back from its posterior mean."""
    if arguments.caption and arguments.file:
        raise BadInput("give captions or --file, not both")
    captions = arguments.caption or read_lines(arguments.file)
    vae = load_model(arguments.weights, arguments.device)
    codes = vae.encode(prepare_captions(vae, captions))
    print_captions((vae.decode(codes[rows]) for rows in slices(len(codes))), arguments.json)
