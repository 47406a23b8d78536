"""Make the map of a weights folder again, from captions that the model writes."""

import argparse
import logging
from pathlib import Path

from textvae import loading
from textvae.cli.arguments import Parser, add_device, add_seed
from textvae.cli.models import load_model
from textvae.errors import BadInput

EXAMPLE = "{prog} --weights runs/lines"
log = logging.getLogger(__name__)


def add_arguments(parser: Parser) -> None:
    """The weights folder, and the number of captions for the map."""
    add_device(parser)
    # Without a default, so that the map of an included model is not replaced by mistake.
    parser.add_argument(
        "--weights", required=True, metavar="W", help="the folder of your model"
    )
    parser.add_argument(
        "--num-points",
        type=int,
        default=3000,
        metavar="N",
        help="codes drawn (default: %(default)s); repeated and training captions are left out",
    )
    add_seed(parser, "the same seed gives the same map")


def run(arguments: argparse.Namespace) -> None:
    """Make the map and save it with the weights."""
    folder = loading.find(arguments.weights)
    if not isinstance(folder, Path):
        raise BadInput(
            f"the map is saved with the weights, so --weights must be a local folder, got"
            f" {arguments.weights!r}"
        )
    if arguments.num_points < 1:
        raise BadInput(f"--num-points must be at least 1, got {arguments.num_points}")
    from textvae.training.lock import locked

    with locked(folder):  # a run would mistake the saved weights for its best ones
        vae = load_model(arguments.weights, arguments.device)
        made = vae.make_map(arguments.num_points, arguments.seed)
        vae.save(folder)
    kinds = ", ".join(made.names)
    log.info(
        "%s: a map of %s captions of the kinds %s", folder, f"{len(made.captions):,}", kinds
    )
