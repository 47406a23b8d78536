"""Train a model by a recipe and write a weights folder."""

import argparse
import dataclasses
import json
import logging
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from textvae import loading
from textvae.checks import device_name
from textvae.cli.arguments import (
    READING,
    WEIGHTS,
    Parser,
    add_card,
    add_device,
    add_json,
    add_label_column,
    add_selection,
)
from textvae.cli.status import FAILED, INTERRUPTED, fail
from textvae.cli.writing import print_json, print_metrics
from textvae.errors import BadInput, TrainingFailed, TrainingInterrupted, WorkerLost
from textvae.runtime.imports import import_tensorflow
from textvae.runtime.workers import workers_of
from textvae.saving.files import named_path

if TYPE_CHECKING:
    from textvae.config.recipe import Recipe

EXAMPLE = "{prog} lines --captions my_lines.txt --output runs/lines"
log = logging.getLogger(__name__)


def add_arguments(parser: Parser) -> None:
    """The recipe, the captions, and changes to the recipe."""
    from textvae.config.settings import describe_settings
    from textvae.data.text_modes import MODES

    parser.epilog = (
        "settings for --set, with their defaults, which a recipe may change (report.json has"
        f" those of a run):\n{describe_settings()}"
    )
    add = parser.add_argument
    add(
        "recipe",
        metavar="RECIPE",
        help="the name of an included recipe (coco, lines, ...) or a .json file; goes before"
        " --captions",
    )
    # As `inspect` takes them; see `run`. Without a default, argparse would require them.
    add("files", nargs="*", default=[], help=argparse.SUPPRESS)
    add(
        "--captions",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="text, tables, JSON, Parquet, files of COCO, Karpathy or Flickr, also compressed;"
        " folders, patterns, - or hf://datasets/owner/name; textvae inspect shows what is read",
    )
    add(
        "--validation",
        metavar="FILE",
        help="captions to validate on (default: a share of --captions)",
    )
    add(
        "--text",
        choices=MODES,
        help="what a line is: plain (as typed), caption (lower case, letters only) or tokens"
        " (split at spaces); default: the recipe's",
    )
    add_selection(parser)
    add_label_column(parser)
    add("--embeddings", metavar="GLOVE", help="GloVe vectors: .txt, .gz or .zip")
    add_card(parser)
    add("--output", metavar="DIR", help="where the weights go (default: runs/RECIPE)")
    add("--init-from", metavar="W", help=f"start from these trained weights: {WEIGHTS}")
    add(
        "--latent-dim",
        type=int,
        metavar="D",
        help="latent units; short for --set model.latent_dim",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="section.key=value",
        help="change one setting of the recipe, such as train.beta=0.5; may be repeated",
    )
    add_device(parser)
    add("--resume", action="store_true", help="continue the run in the output folder")
    add_json(parser, "print the validation metrics as one JSON object")


def run(arguments: argparse.Namespace) -> None:
    """Train, and print the validation metrics."""
    from textvae.config.recipe import find_recipe

    if arguments.files:
        command = f"textvae train {shlex.quote(arguments.recipe)} --captions"
        raise BadInput(
            "files of lines to train on are named with --captions:"
            f" {command} {shlex.join(arguments.files)}"
        )
    output = named_path(arguments.output or Path("runs") / find_recipe(arguments.recipe).name)
    arguments.interruption = lambda: f"interrupted; {_how_to_resume(output)}"
    recipe = _recipe(arguments)  # may download weights to start from
    workers_of(os.environ)  # rejects an invalid TF_CONFIG before importing TensorFlow
    import_tensorflow(device_name(arguments.device))
    from textvae.runtime.devices import prepare_training
    from textvae.training.train import train

    prepare_training(recipe.train.shards)
    try:
        report = train(
            recipe,
            output,
            resume=arguments.resume,
            device=arguments.device,
            command=loading.with_full_names(arguments.command_line, [arguments.init_from]),
        )
    except TrainingFailed as error:
        fail(str(error), FAILED)
    except TrainingInterrupted:
        fail(arguments.interruption(), INTERRUPTED)
    except WorkerLost as error:
        fail(f"{error}; start all workers again: {_how_to_resume(output)}", FAILED)
    except BrokenPipeError:
        raise
    except OSError as error:
        named = f"{error.filename or output}: {error.strerror or error}"
        rest = f"the previous contents of {output} are intact; {_how_to_resume(output)}"
        fail(f"cannot write {named}; {rest}", FAILED)
    if not report:  # only the first worker has one
        return
    metrics = {
        name: value
        for name, value in report["validation"].items()
        if isinstance(value, int | float)
    }
    if arguments.json:
        print_json(metrics)
    else:
        print_metrics([metrics])
    # A single part might be the name of an included model.
    typed = shlex.quote(str(output) if len(output.parts) > 1 else f"./{output}")
    log.info("the weights are in %s; try: textvae generate --weights %s", output, typed)


def _how_to_resume(output: Path) -> str:
    """How to proceed after a training run that ended early; imports nothing."""
    if any(output.glob("checkpoint*.safetensors")):
        return f"the same command with --resume continues {output}"
    return "there is no checkpoint yet, so the same command starts over"


def _recipe(arguments: argparse.Namespace) -> "Recipe":
    """The recipe, with the settings of the command line.

    A network that starts from trained weights takes their sizes, not the recipe's.
    """
    from textvae.config.recipe import find_recipe
    from textvae.loading import sizes_to_start_from

    options = {
        "data.captions": arguments.captions,
        "data.validation": arguments.validation,
        "data.instances": arguments.instances,
        "data.category": arguments.category,
        "data.text": arguments.text,
        "data.license": arguments.license,
        "data.language": arguments.language,
        **{f"data.{name}": getattr(arguments, name) for name in READING},
        "data.embeddings": arguments.embeddings,
        "model.latent_dim": arguments.latent_dim,
    }
    typed = [
        f"{key}={json.dumps(value)}" for key, value in options.items() if value is not None
    ]
    recipe = find_recipe(arguments.recipe)
    if arguments.init_from:
        sizes = sizes_to_start_from(arguments.init_from)
        theirs = [f"model.{key}={json.dumps(value)}" for key, value in sizes.items()]
        typed = [*theirs, *typed]
        recipe = dataclasses.replace(recipe, init_from=arguments.init_from)
    return recipe.with_settings([*typed, *arguments.set])
