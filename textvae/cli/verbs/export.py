"""Write a model for programs without this package, as ONNX or as a SavedModel."""

import argparse
import logging

from textvae.cli.arguments import Parser, add_weights
from textvae.cli.models import load_model
from textvae.export.folder import check_target
from textvae.saving.files import named_path

EXAMPLE = "{prog} --weights runs/lines exported"
log = logging.getLogger(__name__)


def add_arguments(parser: Parser) -> None:
    """The folder and the format."""
    add_weights(parser)
    parser.add_argument(
        "folder", metavar="FOLDER", help="new, empty, or with an earlier export"
    )
    parser.add_argument(
        "--format",
        default="onnx",
        metavar="F",
        help="onnx, or savedmodel for TensorFlow (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Write the networks, the vocabulary and `model.json`; log their path."""
    folder = named_path(arguments.folder)
    check_target(folder, arguments.format)
    vae = load_model(arguments.weights, arguments.device)
    vae.export(folder, arguments.format)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    log.info("%s: %s as %s, %.1f MB", folder, vae.name, arguments.format, size / 1e6)
