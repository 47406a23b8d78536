"""Write the captions on the path from one caption to another."""

import argparse

from textvae.cli.arguments import Parser, add_json, add_weights
from textvae.cli.models import load_model, prepare_captions
from textvae.cli.writing import print_captions
from textvae.config import defaults

EXAMPLE = '{prog} "a dog on a beach" "a man riding a wave"'


def add_arguments(parser: Parser) -> None:
    """Both ends and the path between them."""
    add_weights(parser)
    add = parser.add_argument
    add("first", metavar="FIRST", help="a caption in quotes")
    add("last", metavar="LAST", help="a caption in quotes")
    add(
        "--num-steps",
        type=int,
        default=defaults.NUM_STEPS,
        metavar="N",
        help="number of captions, including both ends (default: %(default)s)",
    )
    add(
        "--path",
        choices=("linear", "spherical"),
        default=defaults.PATH,
        help="(default: %(default)s)",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print the captions of both ends and of the codes between them."""
    vae = load_model(arguments.weights, arguments.device)
    first, last = prepare_captions(vae, [arguments.first, arguments.last])
    captions = vae.interpolate(first, last, arguments.num_steps, path=arguments.path)
    print_captions([captions], arguments.json)
