"""Look at captions files before training on them: what would be read, dropped and learned."""

import argparse
import contextlib
import json
import logging
from collections.abc import Iterator

from textvae.cli.arguments import READING, Parser, add_json, add_label_column, add_selection
from textvae.cli.writing import print_json

EXAMPLE = "{prog} my_lines.csv --column title"


def add_arguments(parser: Parser) -> None:
    """The files, and how to read them."""
    from textvae.data.text_modes import MODES

    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="files, folders, patterns, - or hf://datasets/owner/name, as for train --captions",
    )
    parser.add_argument(
        "--text",
        choices=MODES,
        help="what a line is: plain (as typed), caption (lower case, letters only) or tokens"
        " (split at spaces); default: plain",
    )
    add_selection(parser)
    add_label_column(parser)
    add_json(parser, "print one JSON object")


def run(arguments: argparse.Namespace) -> None:
    """Print what was found."""
    from textvae.config.recipe import find_recipe
    from textvae.runtime.imports import keep_keras_in_cache
    from textvae.training.inspection import describe, inspect

    names = ("text", "instances", "category", *READING)
    given = {name: getattr(arguments, name) for name in names}
    typed = [
        f"data.{name}={json.dumps(value)}"
        for name, value in {"captions": arguments.files, **given}.items()
        if value is not None
    ]
    keep_keras_in_cache()  # TensorFlow, used to store many lines, imports Keras
    with _printed_once():
        found = inspect(find_recipe("lines").with_settings(typed))
    if arguments.json:
        print_json(found.as_dict())
        return
    for line in describe(found):
        print(line)


@contextlib.contextmanager
def _printed_once() -> Iterator[None]:
    """Within the block, the kind of a file is not logged, since the output starts with it."""
    logger = logging.getLogger("textvae.data.captions")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
