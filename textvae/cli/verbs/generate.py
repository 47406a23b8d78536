"""Write captions from random points of the space."""

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from textvae.checks import whole_number
from textvae.cli.arguments import Parser, add_json, add_seed, add_weights
from textvae.cli.bulk import add_bulk, add_output, check_bulk, write_rows
from textvae.cli.formats import captions_format
from textvae.cli.models import load_model
from textvae.config import defaults
from textvae.errors import BadInput

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

EXAMPLE = "{prog} --num-captions 10 --seed 1"
MAX_ROWS = 10**10  # more would be a mistake
SETTINGS = ("temperature", "top_p", "seed", "prior", "label")


def add_arguments(parser: Parser) -> None:
    """The number of captions, and how to draw them."""
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
        help="how varied the wording is; 0: the most probable words (default: %(default)s)",
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
    add(
        "--prior",
        choices=defaults.PRIORS,
        help="scene: the prior over captions; standard: codes of words, from N(0, I)"
        " (default: scene, where the model has one)",
    )
    add("--label", metavar="NAME", help="only captions that show this label of the model")
    add_output(parser)
    add_bulk(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print captions of codes drawn from the prior."""
    count = whole_number("--num-captions", arguments.num_captions, 1, MAX_ROWS)
    _check_label(arguments)
    check_bulk(arguments, count)
    vae = load_model(arguments.weights, arguments.device)
    settings = {name: getattr(arguments, name) for name in SETTINGS}

    def generated(rows: slice) -> list[str]:
        return vae.generate(rows.stop - rows.start, first=rows.start, **settings)

    write_rows(
        generated if arguments.label is None else _of_label(vae, count, settings),
        arguments,
        vae,
        captions_format(arguments.json),
        total=count,
        settings={
            "verb": "generate",
            "--num-captions": count,
            "--json": arguments.json,
            **{f"--{name.replace('_', '-')}": value for name, value in settings.items()},
        },
    )


def _check_label(arguments: argparse.Namespace) -> None:
    """Reject `--resume` and `--shard`, since captions of a label are found sequentially."""
    if arguments.label is not None and (arguments.resume or arguments.shard):
        raise BadInput(
            "--label finds its captions one after the other, so --resume and --shard cannot"
            " start in the middle; use another --seed for each part"
        )


def _of_label(
    vae: "Pipeline", count: int, settings: Mapping[str, Any]
) -> Callable[[slice], list[str]]:
    """Returns captions of a label by their rows; the first call finds all of them."""
    found: list[str] = []

    def part(rows: slice) -> list[str]:
        if not found:
            found.extend(vae.generate(count, **settings))
        return found[rows]

    return part
