"""Write the captions of points."""

import argparse

from textvae.cli.arguments import Parser, add_json, add_weights
from textvae.cli.models import load_model
from textvae.cli.reading import read_codes
from textvae.cli.shards import slices
from textvae.cli.writing import print_captions

EXAMPLE = "{prog} --file z.npy"


def add_arguments(parser: Parser) -> None:
    """The file of codes."""
    add_weights(parser)
    parser.add_argument(
        "--file",
        required=True,
        metavar="Z.npy|-",
        help="codes [N, D], as encode writes them; - is standard input",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print the caption of each code."""
    codes = read_codes(arguments.file)
    vae = load_model(arguments.weights, arguments.device)
    print_captions((vae.decode(codes[rows]) for rows in slices(len(codes))), arguments.json)
