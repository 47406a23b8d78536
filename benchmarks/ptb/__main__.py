"""The table of the Penn Treebank: published rows, then our language model and our VAE.

    python -m benchmarks.ptb --data DIR [--output runs/ptb] [--iw-samples 100] [--json]

DIR holds `ptb.train.txt.gz`, `ptb.valid.txt.gz` and `ptb.test.txt.gz`, tokens as given: `<unk>`
and `N` are words like any other. The recipes `ptb-lm` and `ptb` are trained on the first,
stopped by the second and measured on all sentences of the third; the VAE starts from the
language model. A trained model is not trained again, and an interrupted run is continued.

The nll and ppl of the language model are exact. Those of the VAE are an importance-weighted
bound (Burda et al. 2016), so the truth can only be lower. Training sentences that are also in
the validation file are left out of training.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.machine import in_words, machine, print_progress
from benchmarks.ptb.published import NUM_TEST_TOKENS, PUBLISHED, Row
from textvae.config.recipe import Recipe, find_recipe
from textvae.data.captions import load_captions
from textvae.data.text_modes import TOKENS
from textvae.runtime.imports import import_tensorflow

TRAIN, VALIDATION, TEST = (f"ptb.{part}.txt.gz" for part in ("train", "valid", "test"))
LM, VAE = "ptb-lm", "ptb"
NUM_TEST_SENTENCES = 3_761  # a file of this size must have the published count of tokens
COLUMNS = ("nll", "ppl", "kl", "mutual information", "active units")


def sentences(path: Path) -> list[str]:
    """The sentences of one file, in order, with single spaces between tokens."""
    return load_captions([path], mode=TOKENS).texts


def recipe_for(name: str, data: Path, output: Path, settings: Sequence[str]) -> Recipe:
    """The recipe with the files of the benchmark; the VAE's starts from the language model.

    Args:
        name: `ptb-lm` or `ptb`.
        data: the folder of the benchmark.
        output: the folder in which both are trained.
        settings: changes, `section.key=value`.
    """
    files = {"captions": [str(data / TRAIN)], "validation": str(data / VALIDATION)}
    typed = [f"data.{key}={json.dumps(value)}" for key, value in files.items()]
    recipe = find_recipe(name).with_settings([*typed, *settings])
    return replace(recipe, init_from=str(output / LM)) if name == VAE else recipe


def command_of(recipe: Recipe) -> list[str]:
    """The arguments of `textvae` that train the same, for the report."""
    start = ["--init-from", recipe.init_from] if recipe.init_from else []
    files = ["--captions", *recipe.data.captions, "--validation", str(recipe.data.validation)]
    return ["train", recipe.name, *files, *start]


def is_finished(folder: Path) -> bool:
    """Whether a run in this folder is finished: its report has the final metrics."""
    report = folder / "report.json"
    return report.is_file() and "validation" in json.loads(report.read_bytes())


def row_of(metrics: Mapping[str, Any]) -> Row:
    """Our row of the table: exact for a language model, else the importance-weighted bound."""
    if not metrics["latent_dim"]:
        return Row(metrics["nll"], metrics["ppl"])
    names = ("nll_iw", "ppl", "kl", "mutual_information", "active_units", "latent_dim")
    return Row(*(metrics[name] for name in names))


def table(ours: Mapping[str, Row]) -> str:
    """The table as text: published rows, then ours."""
    lines = [f"{'':52}" + "".join(f"{name:>20}" for name in COLUMNS), "published"]
    lines += [_line(name, row) for name, row in PUBLISHED.items()]
    lines += ["measured here", *(_line(name, row) for name, row in ours.items())]
    return "\n".join(lines)


def _line(name: str, row: Row) -> str:
    units = "-"
    if row.active_units is not None:
        units = str(row.active_units)
        units += f" of {row.num_units}" if row.num_units else ""
    numbers = ("-" if value is None else f"{value:.1f}" for value in row[:3])
    told = "-" if row.mutual_information is None else f"{row.mutual_information:.2f}"
    return f"  {name:50}" + "".join(f"{value:>20}" for value in (*numbers, told, units))


def verdict(ours: Mapping[str, Row]) -> str:
    """Whether the code is used and costs nothing, in a sentence."""
    lm, vae = ours[LM], ours[VAE]
    if not (lm.ppl and vae.ppl and vae.mutual_information is not None):
        return "nothing to compare"
    is_used = vae.active_units == vae.num_units and vae.mutual_information >= 3.0
    code = "used" if is_used else "not used in full"
    better = "no worse" if vae.ppl <= lm.ppl else "worse"
    best = min(row.ppl for row in PUBLISHED.values() if row.ppl)
    return (
        f"The code is {code}, and the bound is {better} than our language model's by"
        f" {abs(vae.ppl - lm.ppl):.1f}; the best published ppl is {best}."
    )


def measured(name: str, options: argparse.Namespace, test: Sequence[str]) -> dict[str, Any]:
    """The metrics of one model on the test sentences, after training it if necessary."""
    import textvae
    from textvae.runtime.devices import prepare_training
    from textvae.training.checkpointing import latest
    from textvae.training.train import train

    folder: Path = options.output / name
    if not is_finished(folder):
        print_progress(f"training {name} in {folder}")
        recipe = recipe_for(name, options.data, options.output, options.set)
        prepare_training(recipe.train.shards)
        train(recipe, folder, resume=latest(folder) is not None, command=command_of(recipe))
    print_progress(f"measuring {name}")
    vae = textvae.load(folder)
    return dict(textvae.evaluate(vae, test, iw_samples=options.iw_samples))


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is not trained, measure, and print the table or one JSON object."""
    options = _options(arguments)
    facts = machine()
    test = sentences(options.data / TEST)
    num_tokens = sum(len(text.split()) + 1 for text in test)
    if len(test) == NUM_TEST_SENTENCES and num_tokens != NUM_TEST_TOKENS:
        raise SystemExit(
            f"benchmarks.ptb: the test file has {num_tokens:,} tokens, and the published"
            f" protocol {NUM_TEST_TOKENS:,}, so rows would not compare; check the file"
        )
    import_tensorflow()
    metrics = {name: measured(name, options, test) for name in (LM, VAE)}
    if options.json:
        print(json.dumps({"machine": facts, "num_tokens": num_tokens, **metrics}, indent=2))
        return
    ours = {name: row_of(found) for name, found in metrics.items()}
    print(in_words(facts))
    print(f"{len(test):,} sentences, {num_tokens:,} tokens, {options.iw_samples} draws\n")
    print(f"{table(ours)}\n\n{verdict(ours)}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ptb", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help=f"with {TRAIN} and so on")
    add("--output", type=Path, default=Path("runs/ptb"), metavar="DIR", help="of both runs")
    add("--iw-samples", type=int, default=100, metavar="S", help="draws (default: 100)")
    add("--set", action="append", default=[], metavar="section.key=value", help="of both")
    add("--json", action="store_true", help="one JSON object, with all metrics")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
