"""Find the lines whose points are nearest to a caption's."""

import argparse

from textvae.cli.arguments import Parser, add_json, add_weights
from textvae.cli.models import load_model, prepare_captions
from textvae.cli.reading import all_lines
from textvae.cli.writing import print_json

EXAMPLE = '{prog} "a dog on a beach" --file captions.txt -k 5'


def add_arguments(parser: Parser) -> None:
    """The caption, and the lines to search."""
    add_weights(parser)
    add = parser.add_argument
    add("caption", metavar="CAPTION", help="a caption in quotes")
    add(
        "--file",
        required=True,
        metavar="FILE|-",
        help="one caption per line; - is standard input",
    )
    add(
        "-k",
        type=int,
        default=10,
        metavar="K",
        help="how many to print, nearest first (default: %(default)s)",
    )
    add_json(parser, "print one JSON list of objects, each with a line and its distance")


def run(arguments: argparse.Namespace) -> None:
    """Print the distance and the text of each line, nearest first."""
    lines = all_lines(arguments.file)
    vae = load_model(arguments.weights, arguments.device)
    [caption] = prepare_captions(vae, [arguments.caption])
    found = vae.neighbours(caption, among=lines, k=arguments.k)
    if arguments.json:
        print_json([each._asdict() for each in found])
        return
    for each in found:
        print(f"{each.distance:.4f}\t{each.caption}")
