"""The commands: `python -m textvae VERB`.

Results go to standard output, progress and warnings to standard error. Exit status: 0; 2 for a
wrong argument or bad input, in one line without a traceback; 1 for anything else.
"""

import argparse
import contextlib
import dataclasses
import io
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import textvae
from textvae import loading
from textvae.data import text_files
from textvae.errors import BadInput, Unavailable
from textvae.runtime.imports import import_tensorflow

if TYPE_CHECKING:
    from textvae.config.recipe import Recipe
    from textvae.data.captions import Captions
    from textvae.evaluation.samples import Sampling
    from textvae.pipeline import Pipeline

INTERRUPTED = 1
FULL = {"limit": None, "num_samples": 10_000, "num_pairs": 200}  # what evaluate measures
QUICK = {"limit": 200, "num_samples": 200, "num_pairs": 20}
ABOUT = """\
A variational autoencoder for captions: a sentence becomes a point of a continuous space,
and any point of it becomes a sentence.

  python -m textvae generate --num-captions 5
  python -m textvae reconstruct "a dog on a beach"
  python -m textvae interpolate "a dog on a beach" "a man riding a wave"
  python -m textvae train lines --captions my_lines.txt
"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, and exit with 2."""
        fail(f"{message} (see {self.prog} --help)", 2)


def fail(message: str, status: int) -> NoReturn:
    """One line on standard error, and the exit status."""
    print(f"textvae: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(status)


def note(message: str) -> None:
    """A remark on standard error."""
    print(message, file=sys.stderr)


# --- the verbs -----------------------------------------------------------------------------


def train(arguments: argparse.Namespace) -> None:
    """Train by a recipe and leave a weights folder."""
    recipe = _recipe(arguments)
    import_tensorflow()
    from textvae.runtime.devices import prepare_training
    from textvae.training import checkpointing, trainer

    prepare_training(recipe.train.shards)
    output = Path(arguments.output or Path("runs") / recipe.name)
    try:
        report = trainer.train(
            recipe, output, resume=arguments.resume, command=arguments.command_line
        )
    except trainer.Collapsed as error:
        fail(str(error), 1)
    except checkpointing.Interrupted:
        fail(f"interrupted; the same command with --resume continues {output}", INTERRUPTED)
    for name, value in report["validation"].items():
        if isinstance(value, int | float):
            print(f"{name}\t{value:.4g}" if isinstance(value, float) else f"{name}\t{value}")
    note(f"the weights are in {output}; try: python -m textvae generate --weights {output}")


def _recipe(arguments: argparse.Namespace) -> "Recipe":
    """The recipe with what the command line says in its place."""
    from textvae.config.recipe import find_recipe

    named = {
        "data.captions": arguments.captions,
        "data.validation": arguments.validation,
        "data.instances": arguments.instances,
        "data.category": arguments.category,
        "data.column": arguments.column,
        "data.embeddings": arguments.embeddings,
        "model.latent_dim": arguments.latent_dim,
    }
    typed = [f"{key}={json.dumps(value)}" for key, value in named.items() if value is not None]
    recipe = find_recipe(arguments.recipe).with_settings([*typed, *arguments.set])
    if arguments.init_from:
        recipe = dataclasses.replace(recipe, init_from=arguments.init_from)
    return recipe


def evaluate(arguments: argparse.Namespace) -> None:
    """Measure a model, or several side by side, on captions they were not trained on."""
    import_tensorflow()
    from textvae.evaluation.samples import Sampling

    sizes = _sizes(arguments)
    limit, num_samples = sizes["limit"], sizes["num_samples"]
    if limit is not None and limit < 2:
        raise BadInput(f"--limit must be at least 2, got {limit}")
    temperature, *more = arguments.temperature
    sampling = (
        Sampling(num_samples, temperature, arguments.top_p, more_temperatures=tuple(more))
        if num_samples
        else None
    )
    if arguments.report:
        _make_folder(Path(arguments.report))  # what is wrong with it shows now, not at the end
    models = _load_several(arguments.weights or [loading.DEFAULT_WEIGHTS])
    longest = min(vae.max_length for vae in models.values())  # all read the same captions
    measured = [
        _measure(name, vae, longest, sizes, sampling, arguments) for name, vae in models.items()
    ]
    found = [{"weights": subject.name, **subject.figures} for subject in measured]
    if arguments.json:
        print(json.dumps(found if len(found) > 1 else found[0], indent=2))
    else:
        _print_figures(found)
    if arguments.report:
        _write_report(Path(arguments.report), measured, arguments)


def _make_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"--report {folder} is a file; name a folder for report.html")
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise BadInput(f"--report {folder} cannot be written to; name another folder")


def _load_several(weights: Sequence[str]) -> "dict[str, Pipeline]":
    """The models under names that tell them apart."""
    from textvae.report.model_results import MOST

    if len(weights) > MOST:
        raise BadInput(f"at most {MOST} models stand side by side, got {len(weights)}")
    models = [_load(name) for name in weights]
    names = [vae.name for vae in models]
    if len(set(names)) < len(names):
        names = [name.rstrip("/").rpartition("/")[2] for name in weights]
    if len(set(names)) < len(names):
        names = [f"{name} ({place})" for place, name in enumerate(names, 1)]
    return dict(zip(names, models, strict=True))


def _measure(
    name: str,
    vae: "Pipeline",
    longest: int,
    sizes: Mapping[str, int | None],
    sampling: "Sampling | None",
    arguments: argparse.Namespace,
) -> "ModelResults":
    """One model with its figures, and what they are of if there is to be a report."""
    from tqdm import tqdm

    from textvae.data.captions import limited
    from textvae.evaluation.artifacts import EvaluationArtifacts
    from textvae.evaluation.evaluate import evaluate as measure
    from textvae.report.model_results import model_results_of

    captions = _read_captions(vae, arguments.captions, longest, arguments)
    if sizes["limit"] is not None:
        captions = limited(captions, sizes["limit"])
    train = (
        _read_captions(vae, arguments.train, vae.max_length, arguments).texts
        if arguments.train
        else []
    )
    _note_left_out(vae, bool(train), sampling is not None)
    stages, evidence = iter(("captions", "samples")), EvaluationArtifacts()
    figures = measure(
        vae,
        captions.texts,
        iw_samples=arguments.iw_samples,
        num_pairs=sizes["num_pairs"] or 0,
        sampling=sampling,
        train=train,
        seed=arguments.seed,
        progress=lambda steps: tqdm(steps, desc=f"{name}, {next(stages)}", unit="step"),
        evidence=evidence,
    )
    return model_results_of(vae, name, figures, evidence, train)


def _write_report(
    folder: Path, measured: "Sequence[ModelResults]", arguments: argparse.Namespace
) -> None:
    """The report, with the folders of this machine left out of what was typed."""
    import shlex
    import time

    from textvae.report.page import write_report
    from textvae.training.trainer import FOLDERS

    typed = [FOLDERS.sub("", word) for word in arguments.command_line]
    path = write_report(
        folder,
        measured,
        source=", ".join(Path(name).name for name in arguments.captions),
        command=shlex.join(["python", "-m", "textvae", *typed]),
        made=time.strftime("%Y-%m-%d"),
    )
    note(f"{path}: {path.stat().st_size / 1e6:.1f} MB; open it in a browser")


def _sizes(arguments: argparse.Namespace) -> dict[str, int | None]:
    """How much to measure: what was typed, else the defaults of a quick look or a full one."""
    typed = {name: getattr(arguments, name) for name in FULL}
    given = {name: value for name, value in typed.items() if value is not None}
    return {**(QUICK if arguments.quick else FULL), **given}


def _read_captions(
    vae: "Pipeline", files: Sequence[str], max_length: int, arguments: argparse.Namespace
) -> "Captions":
    """The captions of `files` of at most `max_length` words, cleaned as the model's were."""
    from textvae.data.captions import load_captions

    captions = load_captions(
        files,
        instances=arguments.instances or (),
        category=arguments.category,
        column=arguments.column or "caption",
        max_length=max_length,
        keep_punctuation=vae.stored.text.keep_punctuation,
    )
    note(captions.summary())
    return captions


def _note_left_out(vae: "Pipeline", has_train: bool, has_samples: bool) -> None:
    """Say which figures there will not be, and why."""
    if not has_train:
        note(
            "left out: novel, forward_ppl, reverse_ppl, inner_ppl and samples.real, which need"
            " the captions the model was trained on; name them with --train"
        )
    if vae.is_language_model:
        note("left out: all that needs codes; these weights are a language model")
    elif has_samples and not vae.has_fitted_prior:
        note("left out: samples.fitted; these weights have no fitted prior")


def _print_figures(found: Sequence[Mapping[str, Any]]) -> None:
    """One figure a line with a column for each model; groups stand before the name."""
    left_out = {"settings", "weights"} if len(found) == 1 else {"settings"}
    columns = [
        dict(_flat({name: each[name] for name in each if name not in left_out}))
        for each in found
    ]
    for name in dict.fromkeys(name for column in columns for name in column):
        print("\t".join([name, *(_shown(column.get(name)) for column in columns)]))


def _flat(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else "-" if value is None else str(value)


def generate(arguments: argparse.Namespace) -> None:
    """Print captions of codes drawn from the prior."""
    vae = _load(arguments.weights)
    captions = vae.generate(
        arguments.num_captions,
        temperature=arguments.temperature,
        top_p=arguments.top_p,
        seed=arguments.seed,
        prior=arguments.prior,
    )
    _print_captions(captions, arguments.json)


def reconstruct(arguments: argparse.Namespace) -> None:
    """Print each caption as it reads back from its own code."""
    captions = arguments.caption or _lines(arguments.file)
    if arguments.caption and arguments.file:
        raise BadInput("give captions or --file, not both")
    vae = _load(arguments.weights)
    _print_captions(vae.reconstruct(_readable(vae, captions)), arguments.json)


def interpolate(arguments: argparse.Namespace) -> None:
    """Print the captions met on the way from one to another."""
    vae = _load(arguments.weights)
    first, last = _readable(vae, [arguments.first, arguments.last])
    captions = vae.interpolate(first, last, arguments.num_steps, path=arguments.path)
    _print_captions(captions, arguments.json)


def encode(arguments: argparse.Namespace) -> None:
    """Write the posterior means of captions as float32 [N, D]."""
    import numpy as np

    captions = _lines(arguments.file)
    vae = _load(arguments.weights)
    codes = vae.encode(_readable(vae, captions))
    from textvae.saving.weights_folder import write_files

    data, path = io.BytesIO(), Path(arguments.output)
    np.save(data, codes)
    write_files(path.parent, {path.name: data.getvalue()})
    note(f"{arguments.output}: {codes.shape[0]:,} codes of {codes.shape[1]} units")


def decode(arguments: argparse.Namespace) -> None:
    """Print the caption of each code."""
    import numpy as np

    try:
        codes = np.load(arguments.file, allow_pickle=False)
    except OSError as error:
        raise BadInput(f"cannot read {arguments.file}: {error.strerror or error}") from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"{arguments.file} is not an array written by encode: {error}") from None
    _print_captions(_load(arguments.weights).decode(codes), arguments.json)


def push(arguments: argparse.Namespace) -> None:
    """Upload a model with its card to the Hugging Face Hub, and the page as a Space."""
    from textvae.hub import upload

    upload.check_name(arguments.repo)
    pushed = _load(arguments.weights).push_to_hub(arguments.repo, private=arguments.private)
    note(f"{'uploaded to' if pushed.is_new else 'the same model is already at'} {pushed.url}")
    print(pushed.address)
    if arguments.space:
        space = upload.push_space(pushed)
        note(f"{'uploaded to' if space.is_new else 'the same page is already at'} {space.url}")


def draw_map(arguments: argparse.Namespace) -> None:
    """Make the page's map of a weights folder anew, from captions that the model makes."""
    if arguments.weights.startswith("hf://"):
        raise BadInput(f"a map is stored in a folder of yours, got {arguments.weights!r}")
    if arguments.num_points < 1:
        raise BadInput(f"--num-points must be at least 1, got {arguments.num_points}")
    folder = loading.locate(arguments.weights)
    vae = _load(arguments.weights)
    made = vae.make_map(arguments.num_points, arguments.seed)
    vae.save(folder)
    kinds = ", ".join(made.names)
    note(f"{folder}: a map of {len(made.captions):,} captions of the kinds {kinds}")


# --- what the verbs share ------------------------------------------------------------------


def _load(weights: str) -> "Pipeline":
    vae = loading.load(weights)
    if vae.notice:
        note(vae.notice)
    return vae


def _lines(source: str | None) -> list[str]:
    """The lines of a file or of standard input, one caption each."""
    if source is None:
        raise BadInput(
            "no captions: type some, or name a file with --file (- is standard input)"
        )
    if source == "-":
        text = text_files.decode_text(sys.stdin.buffer.read(), "standard input")
        lines = text_files.split_lines(text)
    else:
        lines = text_files.read_lines(source)
    if not lines:
        raise BadInput(f"{source} is empty; give one caption a line")
    return lines


def _readable(vae: "Pipeline", captions: Sequence[str]) -> Sequence[str]:
    """The same captions, all of which the model can read; remarks on what it cannot see."""
    for number, caption in enumerate(captions, 1):
        place = f"caption {number}: " if len(captions) > 1 else ""
        try:
            prepared = vae.prepare(caption)
        except BadInput as error:
            raise BadInput(f"{place}{error}") from None
        if prepared.unknown_words:
            unknown = ", ".join(map(prepared.explain, prepared.unknown_words))
            note(f"{place}unknown words: {unknown}")
        if prepared.shortened:
            note(f"{place}shortened to the first {vae.max_length} words")
    return captions


def _print_captions(captions: Sequence[str], as_json: bool) -> None:
    if as_json:
        print(json.dumps(list(captions), indent=2, ensure_ascii=False))
        return
    for caption in captions:
        print(caption)


# --- the command line ----------------------------------------------------------------------


def build_parser() -> Parser:
    """All verbs with their arguments."""
    parser = Parser(
        prog="python -m textvae",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=textvae.__version__)
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=Parser)

    def verb(function: Callable[[argparse.Namespace], None], name: str = "") -> Parser:
        about = (function.__doc__ or "").strip()
        made: Parser = verbs.add_parser(
            name or function.__name__, help=about, description=about
        )
        made.set_defaults(run=function)
        return made

    _add_train(verb(train))
    _add_evaluate(verb(evaluate))
    _add_generate(verb(generate))
    _add_reconstruct(verb(reconstruct))
    _add_interpolate(verb(interpolate))
    _add_encode(verb(encode))
    _add_decode(verb(decode))
    _add_push(verb(push))
    _add_map(verb(draw_map, "map"))
    return parser


def _add_train(parser: Parser) -> None:
    from textvae.config.recipe import describe_settings

    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"settings for --set, with their defaults:\n{describe_settings()}"
    add = parser.add_argument
    add(
        "recipe",
        metavar="RECIPE",
        help="a name under recipes/ (coco, lines, ...) or a .json file",
    )
    add(
        "--captions", nargs="+", metavar="FILE", help="COCO .json, .txt, .tsv or .csv, also .gz"
    )
    add(
        "--validation",
        metavar="FILE",
        help="captions to validate on; else a share is split off",
    )
    _add_selection(parser)
    add("--embeddings", metavar="GLOVE", help="GloVe vectors: .txt, .gz or .zip")
    add("--output", metavar="DIR", help="where the weights go (default: runs/RECIPE)")
    add("--init-from", metavar="NAME|FOLDER", help="start from these trained weights")
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
    add("--resume", action="store_true", help="continue the run in the output folder")


def _add_evaluate(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--weights",
        nargs="+",
        action="extend",
        metavar="W",
        help="one or several of: a name under weights/, a folder, hf://owner/repo[@revision]"
        f" (default: {loading.DEFAULT_WEIGHTS})",
    )
    add("--captions", nargs="+", required=True, metavar="FILE", help="captions to measure on")
    add(
        "--train",
        nargs="+",
        metavar="FILE",
        help="the captions the model was trained on, for what compares with them: novel,"
        " forward_ppl, reverse_ppl, inner_ppl and samples.real; left out without",
    )
    _add_selection(parser)
    add("--limit", type=int, metavar="N", help="only the first N of --captions")
    add(
        "--iw-samples",
        type=int,
        default=0,
        metavar="S",
        help="also nll_iw and ppl, with S draws a caption (500 in papers, 100 on a CPU)",
    )
    _add_sample_sizes(parser)
    add("--seed", type=int, default=0, help="of all that is drawn (default: 0)")
    add("--quick", action="store_true", help="a first look: few captions, samples and pairs")
    add(
        "--json",
        action="store_true",
        help="one JSON object, with counts and settings; a list of them for several models",
    )
    add(
        "--report",
        metavar="DIR",
        help="also write DIR/report.html: figures, charts and captions on one page to send",
    )


def _add_sample_sizes(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--num-samples",
        type=int,
        metavar="N",
        help="captions in each of 3 sets drawn from each prior; the spread is over the sets"
        " (default: 10000; 0 leaves samples out)",
    )
    add(
        "--temperature",
        type=float,
        nargs="+",
        default=[0.3],
        metavar="T",
        help="of the samples, as in generate (default: 0.3); more than one make a curve",
    )
    add("--top-p", type=float, default=1.0, metavar="P", help="likewise (default: 1)")
    add(
        "--num-pairs",
        type=int,
        metavar="N",
        help="pairs of captions to interpolate between, in each of 3 sets (default: 200; 0"
        " leaves interpolations out)",
    )


def _add_generate(parser: Parser) -> None:
    _add_weights(parser)
    add = parser.add_argument
    add("--num-captions", type=int, default=5, metavar="N", help="how many (default: 5)")
    add(
        "--temperature", type=float, default=0.3, metavar="T", help="0 is greedy (default: 0.3)"
    )
    add("--top-p", type=float, default=1.0, metavar="P", help="nucleus sampling (default: 1)")
    add("--seed", type=int, default=0, metavar="S", help="the same captions again (default: 0)")
    add("--prior", choices=("fitted", "standard"), help="fitted (default where there is one)")
    add("--json", action="store_true", help="one JSON list")


def _add_reconstruct(parser: Parser) -> None:
    _add_weights(parser)
    parser.add_argument(
        "caption", nargs="*", metavar="CAPTION", help="captions, each in quotes"
    )
    parser.add_argument(
        "--file", metavar="FILE|-", help="one caption a line; - is standard input"
    )
    parser.add_argument("--json", action="store_true", help="one JSON list")


def _add_interpolate(parser: Parser) -> None:
    _add_weights(parser)
    add = parser.add_argument
    add("first", metavar="FIRST", help="a caption in quotes")
    add("last", metavar="LAST", help="a caption in quotes")
    add("--num-steps", type=int, default=7, metavar="N", help="captions in all (default: 7)")
    add("--path", choices=("linear", "spherical"), default="linear", help="(default: linear)")
    add("--json", action="store_true", help="one JSON list")


def _add_encode(parser: Parser) -> None:
    _add_weights(parser)
    add = parser.add_argument
    add(
        "--file",
        required=True,
        metavar="FILE|-",
        help="one caption a line; - is standard input",
    )
    add("--output", required=True, metavar="Z.npy", help="float32 [N, D]: the posterior means")


def _add_decode(parser: Parser) -> None:
    _add_weights(parser)
    parser.add_argument("--file", required=True, metavar="Z.npy", help="codes [N, D]")
    parser.add_argument("--json", action="store_true", help="one JSON list")


def _add_map(parser: Parser) -> None:
    _add_weights(parser)
    add = parser.add_argument
    add(
        "--num-points",
        type=int,
        default=3000,
        metavar="N",
        help="codes drawn (default: 3000); repeated and training captions are left out",
    )
    add("--seed", type=int, default=0, metavar="S", help="the same map again (default: 0)")


def _add_push(parser: Parser) -> None:
    _add_weights(parser)
    add = parser.add_argument
    add("repo", metavar="OWNER/REPO", help="the model's name on the Hub; made if there is none")
    add("--private", action="store_true", help="only for you; needs HF_TOKEN to load as well")
    add("--space", action="store_true", help="also upload the page as a Space of that name")


def _add_weights(parser: Parser) -> None:
    parser.add_argument(
        "--weights",
        default=loading.DEFAULT_WEIGHTS,
        metavar="W",
        help="a name under weights/, a folder, or hf://owner/repo[@revision]"
        " (default: %(default)s)",
    )


def _add_selection(parser: Parser) -> None:
    add = parser.add_argument
    add("--instances", nargs="+", metavar="FILE", help="COCO instances_*.json, for --category")
    add("--category", metavar="NAME", help="only captions of this category, such as elephant")
    add("--column", metavar="NAME", help="the column of a .tsv or .csv file (default: caption)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit."""
    os.environ.setdefault(
        "TF_CPP_MIN_LOG_LEVEL", "3"
    )  # only what is wrong with us, not remarks
    command_line = list(sys.argv[1:] if arguments is None else arguments)
    parsed = build_parser().parse_args(command_line)
    parsed.command_line = command_line
    try:
        parsed.run(parsed)
        sys.stdout.flush()  # now, where a full disk or a reader who left can be answered
    except Unavailable as error:
        fail(str(error), 1)
    except BadInput as error:
        fail(str(error), 2)
    except BrokenPipeError:
        _discard_output()  # the reader has left, and that is no fault
    except OSError as error:
        _discard_output()
        fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), 1)
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPTED)


def _discard_output() -> None:
    """Send what is still to be written nowhere, or Python would complain when it ends."""
    with contextlib.suppress(OSError):  # standard output may be no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
