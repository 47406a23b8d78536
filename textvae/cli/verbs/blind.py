"""Have captions of models rated by a reader who does not know where they come from."""

import argparse
import logging
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textvae.cli.arguments import (
    Parser,
    add_json,
    add_seed,
    add_selection,
    add_several_weights,
)
from textvae.cli.measuring import load_several, read_captions
from textvae.cli.reading import all_lines
from textvae.cli.writing import print_json
from textvae.config import defaults
from textvae.errors import BadInput
from textvae.metrics.definitions import REAL
from textvae.saving.files import named_path

if TYPE_CHECKING:
    from textvae.evaluation.blind import Score
    from textvae.pipeline import Pipeline

COUNT = 80
EXAMPLE = "{prog} reading --captions captions_val2014.json --weights coco"
log = logging.getLogger(__name__)


def add_arguments(parser: Parser) -> None:
    """The folder of the sheet, and the captions on it."""
    add = parser.add_argument
    add("folder", metavar="FOLDER", help="where the sheet, the scale and the key are written")
    add(
        "--score",
        action="store_true",
        help="score the reader's ratings in FOLDER/ratings.txt",
    )
    add(
        "--captions",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="held-out human captions, of which --count are on the sheet",
    )
    add_selection(parser)
    add_several_weights(parser)
    add(
        "--samples",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=FILE",
        help="captions of other systems, one per line, under a name for each; - is standard"
        " input",
    )
    add(
        "--count",
        type=int,
        default=COUNT,
        metavar="N",
        help="captions of each source (default: %(default)s)",
    )
    add(
        "--temperature",
        type=float,
        default=defaults.TEMPERATURE,
        metavar="T",
        help="of the models, as in generate (default: %(default)s)",
    )
    add_seed(parser, "of the models' captions, of the choice and of the order")
    add_json(parser, "print JSON: the path of the sheet, or with --score one object per source")


def run(arguments: argparse.Namespace) -> None:
    """Write a sheet, or score one that has been rated."""
    folder = named_path(arguments.folder)
    if arguments.score:
        _print_scores(folder, arguments.json)
    else:
        _write(folder, arguments)


def _write(folder: Path, arguments: argparse.Namespace) -> None:
    if not arguments.captions:
        raise BadInput(
            "--captions is missing: name captions that people wrote, or score ratings with"
            " --score"
        )
    files = dict(map(_name_and_file, arguments.samples))
    from textvae.evaluation import blind

    blind.check_folder(folder)
    models = load_several(arguments.weights, arguments.device)
    first, *_ = models.values()
    names = [REAL, *models, *(text.partition("=")[0] for text in arguments.samples)]
    if len(set(names)) < len(names):
        raise BadInput(f"each source needs a different name, got {', '.join(names)}")
    sources = {REAL: _held_out(first, arguments)}
    for name, vae in models.items():
        sources[name] = vae.generate(
            arguments.count, temperature=arguments.temperature, seed=arguments.seed
        )
    sources |= {name: all_lines(file) for name, file in files.items()}
    cleaned = {name: _cleaned(models.values(), lines) for name, lines in sources.items()}
    rows = blind.mix(cleaned, arguments.count, arguments.seed)
    blind.write_sheet(folder, rows)
    sheet = folder / blind.SHEET
    print_json(str(sheet)) if arguments.json else print(sheet)
    log.info(
        "%d captions of %d sources; the reader rates them as %s says, then: textvae blind %s"
        " --score",
        len(rows),
        len(sources),
        folder / blind.SCALE,
        shlex.quote(str(folder)),
    )


def _name_and_file(text: str) -> tuple[str, str]:
    name, _, file = text.partition("=")
    if not name.strip() or not file:
        raise BadInput(f"--samples takes NAME=FILE, got {text!r}")
    return name, file


def _held_out(vae: "Pipeline", arguments: argparse.Namespace) -> Sequence[str]:
    """Human captions, cleaned like the model's, so that punctuation reveals nothing."""
    from textvae.data.splitting import held_out_split

    captions = read_captions(vae, arguments.captions, [vae], arguments)
    return held_out_split(captions, "test", "validation").texts


def _cleaned(models: Iterable["Pipeline"], lines: Sequence[str]) -> Sequence[str]:
    """Lines normalised by each of the models in turn, so that all look alike."""
    for vae in models:
        lines = list(filter(None, map(vae.bundle.text.normalise, lines)))
    return lines


def _print_scores(folder: Path, as_json: bool) -> None:
    from textvae.evaluation import blind

    scores = blind.score(folder)
    real = next((each for each in scores if each.source == REAL), None)
    if real and real.fine < blind.YARDSTICK:
        log.warning(
            "only %.2f of the real captions were rated fine: this reader was stricter than the"
            " scale asks, so the shares cannot be compared with other readers'",
            real.fine,
        )
    marks = list(blind.MARKS.values())
    if as_json:
        print_json([_as_dict(each, marks) for each in scores])
        return
    print("\t".join(["source", *marks, "captions"]))
    for each in scores:
        cells = [
            f"{getattr(each, mark):.3f} ± {each.standard_error(mark):.3f}" for mark in marks
        ]
        print("\t".join([each.source, *cells, str(each.num_captions)]))


def _as_dict(score: "Score", marks: Sequence[str]) -> dict[str, object]:
    errors = {f"{mark}_standard_error": score.standard_error(mark) for mark in marks}
    return {**score._asdict(), **errors}
