"""Measure a model, or several side by side, on captions they were not trained on."""

import argparse
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textvae import loading
from textvae.cli.arguments import (
    Parser,
    add_json,
    add_seed,
    add_selection,
    add_several_weights,
)
from textvae.cli.measuring import load_several, measure
from textvae.cli.reading import STANDARD, as_files
from textvae.cli.writing import print_json, print_metrics
from textvae.config import defaults
from textvae.config.portable import portable_command, without_folders
from textvae.errors import BadInput
from textvae.runtime.imports import import_tensorflow
from textvae.saving.files import named_path

if TYPE_CHECKING:
    from textvae.evaluation.samples import Sampling
    from textvae.report.model_results import ModelResults

FULL = {"limit": None, "num_samples": 10_000, "num_pairs": 200}
QUICK = {"limit": 200, "num_samples": 200, "num_pairs": 20}
EXAMPLE = "{prog} --captions captions_val2014.json --quick"
log = logging.getLogger(__name__)


def add_arguments(parser: Parser) -> None:
    """The models, the captions, and the amount to measure."""
    add = parser.add_argument
    add_several_weights(parser)
    add(
        "--captions",
        nargs="+",
        action="extend",
        required=True,
        metavar="FILE|-",
        help="captions to measure on; - is standard input, one caption per line",
    )
    add(
        "--train",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="the captions the model was trained on; without them novel, forward_ppl,"
        " reverse_ppl, inner_ppl and samples.real are left out",
    )
    add_selection(parser)
    add(
        "--limit",
        type=int,
        metavar="N",
        help="only the first N of --captions; with --quick, N drawn at random",
    )
    add(
        "--iw-samples",
        type=int,
        default=0,
        metavar="S",
        help="also nll_iw and ppl, with S draws per caption (500 in papers, 100 on a CPU)",
    )
    _add_sampling(parser)
    add_seed(parser, "seed of all random numbers")
    add(
        "--quick",
        action="store_true",
        help="a first look: few captions, drawn at random, few samples and pairs",
    )
    add_json(
        parser,
        "print one JSON object, with counts and settings; a list of them for several models",
    )
    add(
        "--report",
        metavar="DIR",
        help="also write DIR/report.html: metrics, charts and captions on one page",
    )
    add("--open", action="store_true", help="show the report in the browser")


def _add_sampling(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--num-samples",
        type=int,
        metavar="N",
        help="captions in each of 3 sets drawn from each prior; the std is over the sets"
        f" (default: {FULL['num_samples']}; 0 leaves samples out)",
    )
    add(
        "--temperature",
        type=float,
        nargs="+",
        default=[defaults.TEMPERATURE],
        metavar="T",
        help=f"of the samples, as in generate (default: {defaults.TEMPERATURE});"
        " more than one make a curve",
    )
    add(
        "--top-p",
        type=float,
        default=defaults.TOP_P,
        metavar="P",
        help="of the samples, as in generate (default: %(default)s)",
    )
    add(
        "--num-pairs",
        type=int,
        metavar="N",
        help="pairs of captions to interpolate between, in each of 3 sets"
        f" (default: {FULL['num_pairs']}; 0 leaves interpolations out)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Measure, print the metrics and write the report."""
    sizes = _sizes(arguments)
    if arguments.open and not arguments.report:
        raise BadInput("--open shows the report; name a folder for it with --report")
    if [*arguments.captions, *(arguments.train or ())].count(STANDARD) > 1:
        raise BadInput("- is standard input, which can be read only once; name a file instead")
    import_tensorflow(arguments.device)
    sampling = _sampling(arguments, sizes["num_samples"])
    folder = named_path(arguments.report) if arguments.report else None
    if folder:
        _make_folder(folder)  # fails now, not after all measurements
    models = load_several(arguments.weights, arguments.device)
    everyone = list(models.values())  # all read the same captions
    with (
        as_files(arguments.captions) as arguments.captions,
        as_files(arguments.train or ()) as arguments.train,
    ):
        measured = [
            measure(name, vae, everyone, sizes, sampling, arguments)
            for name, vae in models.items()
        ]
    try:
        _print(measured, arguments)
    finally:  # also if the metrics are not read to the end, as in `| head`
        if folder:
            _write_report(folder, measured, arguments)


def _sizes(arguments: argparse.Namespace) -> dict[str, int | None]:
    """The amount to measure: as given, else the defaults of a quick or a full run."""
    typed = {name: getattr(arguments, name) for name in FULL}
    given = {name: value for name, value in typed.items() if value is not None}
    sizes = {**(QUICK if arguments.quick else FULL), **given}
    limit = sizes["limit"]
    if limit is not None and limit < 2:
        raise BadInput(f"--limit must be at least 2, got {limit}")
    return sizes


def _sampling(arguments: argparse.Namespace, num_samples: int | None) -> "Sampling | None":
    from textvae.evaluation.samples import Sampling

    if not num_samples:
        return None
    temperature, *more = arguments.temperature
    return Sampling(num_samples, temperature, arguments.top_p, more_temperatures=tuple(more))


def _make_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"--report {folder} is a file; name a folder for report.html")
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise BadInput(f"--report {folder} is not writable; name another folder")


def _print(measured: "Sequence[ModelResults]", arguments: argparse.Namespace) -> None:
    models = [{"weights": each.name, **each.metrics} for each in measured]
    if arguments.json:
        names = [without_folders(name) for name in arguments.captions]
        models = [{**each, "captions": names} for each in models]
        print_json(models if len(models) > 1 else models[0])
        return
    left_out = {"settings", "weights"} if len(models) == 1 else {"settings"}
    print_metrics([{k: v for k, v in each.items() if k not in left_out} for each in models])


def _write_report(
    folder: Path, measured: "Sequence[ModelResults]", arguments: argparse.Namespace
) -> None:
    """Write the report, whose command does not show the folders of this machine."""
    import time
    import webbrowser

    from textvae.report.page import write_report

    path = write_report(
        folder,
        measured,
        source=", ".join(Path(name).name for name in arguments.captions),
        command=portable_command(
            loading.with_full_names(arguments.command_line, arguments.weights or ())
        ),
        date=time.strftime("%Y-%m-%d"),
        is_quick=arguments.quick,
    )
    is_shown = arguments.open and webbrowser.open(path.resolve().as_uri())
    hint = "" if is_shown else "; open it in a browser"
    log.info("%s: %.1f MB%s", path, path.stat().st_size / 1e6, hint)
