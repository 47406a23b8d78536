"""Write captions from random points of the space."""

import argparse

from textvae.checks import whole_number
from textvae.cli.arguments import Parser, add_json, add_seed, add_weights
from textvae.cli.models import load_model
from textvae.cli.writing import print_captions, slices
from textvae.config import defaults

EXAMPLE = "{prog} --num-captions 10 --seed 1"


def add_arguments(parser: Parser) -> None:
    """How many captions, and how they are drawn."""
    add_weights(parser)
    add = parser.add_argument
    add(
        "--num-captions",
        type=int,
        default=defaults.NUM_CAPTIONS,
        metavar="N",
        help="how many (default: %(default)s)",
    )
    add(
        "--temperature",
        type=float,
        default=defaults.TEMPERATURE,
        metavar="T",
        help="how bold the wording is; 0 takes the most probable words (default: %(default)s)",
    )
    add(
        "--top-p",
        type=float,
        default=defaults.TOP_P,
        metavar="P",
        help="draw from the most probable words that together have this probability"
        " (default: %(default)s)",
    )
    add_seed(parser, "the same seed gives the same captions")
    add("--prior", choices=defaults.PRIORS, help="(default: scene, where there is one)")
    add("--label", metavar="NAME", help="only captions that show this label of the model's")
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print captions of codes drawn from the prior."""
    vae = load_model(arguments.weights, arguments.device)
    from textvae.pipeline import MAX_CAPTIONS

    count = whole_number("--num-captions", arguments.num_captions, 1, MAX_CAPTIONS)
    # Captions of a label are found one after the other, so they are not drawn slice by slice.
    parts = slices(count) if arguments.label is None else [slice(0, count)]
    captions = (
        vae.generate(
            rows.stop - rows.start,
            temperature=arguments.temperature,
            top_p=arguments.top_p,
            seed=arguments.seed,
            prior=arguments.prior,
            label=arguments.label,
            first=rows.start,
        )
        for rows in parts
    )
    print_captions(captions, arguments.json)
