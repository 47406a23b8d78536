"""Our rows of the Texygen table, at several temperatures, below the published ones.

    python -m benchmarks.texygen --data DIR --weights VAE --lm LM [--json]

10,000 samples of each model and temperature against the 10,000 test captions of the benchmark:
BLEU-n is the mean sentence BLEU against all test captions, self-BLEU-n that against the other
samples, words as `nltk.word_tokenize` splits them (Zhu et al. 2018, arXiv 1802.01886).

Measurements of real captions showed two facts about the published rows:

- The row of real captions was measured on a copy of the benchmark in which every caption ends
  in a full stop; in the benchmark's own files 8 of 10 do. So here every caption, sample or
  reference, is closed with a full stop, which gives the published row of real captions to
  within .001. `--json` also has the metrics of the unchanged captions.
- Perplexities are of unchanged captions: a 4-gram model of the training captions on the
  samples (forward_ppl), and one of the samples on the test captions (reverse_ppl).
"""

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from nltk.tokenize import NLTKWordTokenizer

import textvae
from benchmarks.machine import in_words, machine, print_progress
from benchmarks.published import AS_THEY_STAND, PUBLISHED, PUBLISHED_CURVE, PUBLISHED_REVERSE
from textvae.config import defaults
from textvae.evaluation.samples import against_training, text_metrics
from textvae.metrics.aggregation import mean_and_std
from textvae.metrics.ngram_lm import WittenBell
from textvae.pipeline import Pipeline

TRAIN, TEST = "image_coco.txt", "test_coco.txt"
BLEUS = tuple(f"{kind}_{n}" for kind in ("bleu", "self_bleu") for n in range(2, 6))
OTHERS = ("forward_ppl", "reverse_ppl", "unique", "novel")
SIZE = 10_000  # captions in each of the benchmark's files
TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
TOKENIZER = NLTKWordTokenizer()
Metrics = dict[str, Any]


def words(line: str) -> str:
    """The words of `line` separated by spaces, as `nltk.word_tokenize` splits them.

    A caption has one sentence or two. They are split after each stop, because nltk's trained
    splitter would have to be downloaded.
    """
    sentences = re.split(r"(?<=[.!?])\s+", line.strip())
    return " ".join(word for text in sentences for word in TOKENIZER.tokenize(text))


def closed(caption: str) -> str:
    """`caption`, of words separated by spaces, with a final full stop."""
    return caption if caption.endswith(" .") else f"{caption} ."


def read(path: Path) -> list[str]:
    """The captions of one file of the benchmark, split into words."""
    return [words(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


class Benchmark:
    """The captions of the benchmark, as references for samples."""

    def __init__(self, train: Sequence[str], test: Sequence[str]) -> None:
        self.train, self.test = train, test
        self.lm = WittenBell(train)
        self.known = frozenset(_bare(text) for text in train)

    def metrics(self, captions: Sequence[str]) -> Metrics:
        """`BLEUS` of closed captions, the same of unchanged captions, and `OTHERS`."""
        as_they_stand = text_metrics(captions, self.test, self.lm)
        with_stops = text_metrics([*map(closed, captions)], [*map(closed, self.test)])
        out = {name: with_stops[name] for name in BLEUS}
        out |= {f"{name}_as_they_stand": as_they_stand[name] for name in BLEUS}
        out |= {name: as_they_stand[name] for name in ("unique", "reverse_ppl")}
        out |= against_training(captions, frozenset(), self.lm)
        out["novel"] = sum(_bare(text) not in self.known for text in captions) / len(captions)
        out["words"] = sum(len(text.split()) for text in captions) / len(captions)
        return out


def _bare(caption: str) -> str:
    """`caption` without the final stop, which makes no difference for `novel`."""
    return caption.removesuffix(" .")


def rows_of(
    model: Pipeline,
    benchmark: Benchmark,
    temperatures: Iterable[float],
    seeds: Sequence[int],
    num_samples: int,
    prior: str | None,
) -> list[Metrics]:
    """A row for each temperature: means over sets of samples, and their standard deviations."""
    rows = []
    for temperature in temperatures:
        print_progress(f"{model.name} at temperature {temperature:g}")
        sets = [
            model.generate(num_samples, temperature=temperature, seed=seed, prior=prior)
            for seed in seeds
        ]
        measured = [benchmark.metrics([*map(words, texts)]) for texts in sets]
        rows.append({"temperature": temperature, **mean_and_std(measured)})
    return rows


def above_published_curve(row: Metrics) -> float:
    """How far BLEU-5 is above the published language model's at the same self-BLEU-5.

    Its curve is linear between its four points, and continues so beyond them.
    """
    x, y = np.array(PUBLISHED_CURVE).T
    place = int(np.clip(np.searchsorted(x, row["self_bleu_5"]), 1, len(x) - 1))
    slope = (y[place] - y[place - 1]) / (x[place] - x[place - 1])
    expected = y[place - 1] + slope * (row["self_bleu_5"] - x[place - 1])
    return float(row["bleu_5"] - expected)


def refuse_other_protocol(real: Metrics) -> None:
    """Stop if real captions do not score as published, since rows could not be compared.

    Raises:
        SystemExit: a metric differs by more than rounding, or BLEU by more than .001.
    """
    wanted = dict(zip(BLEUS, PUBLISHED["real training captions"], strict=True))
    for name, value in zip(BLEUS, AS_THEY_STAND, strict=True):
        _refuse_unless_near(real, f"{name}_as_they_stand", value, 5e-5)
        _refuse_unless_near(real, name, wanted[name] or 0.0, 1e-3)
    _refuse_unless_near(real, "reverse_ppl", PUBLISHED_REVERSE["real training captions"], 0.05)


def _refuse_unless_near(real: Metrics, name: str, wanted: float, slack: float) -> None:
    if abs(real[name] - wanted) > slack:
        raise SystemExit(
            f"benchmarks.texygen: {name} of real captions is {real[name]:.5f}, and the"
            f" published protocol gives {wanted}, so rows would not compare; check both files"
        )


def table(result: Metrics) -> str:
    """The table as text: published rows, then ours."""
    head = [*(f"BLEU-{n}" for n in range(2, 6)), *(f"self-{n}" for n in range(2, 6))]
    head += ["forward", "reverse", "unique", "novel"]
    lines = [f"{'':34}" + "".join(f"{name:>9}" for name in head), "published"]
    for name, values in PUBLISHED.items():
        reverse = PUBLISHED_REVERSE.get(name)
        lines.append(_line(name, [*values, None, reverse, None, None]))
    lines.append("measured here")
    real = {name: result["real"][name] for name in (*BLEUS, "reverse_ppl", "unique")}
    lines.append(_our_line("real training captions", real))
    for kind, model in result["models"].items():
        for row in model["rows"]:
            name = f"{kind} {model['name']} at {row['temperature']:g}"
            lines.append(_our_line(name, row))
    return "\n".join(lines)


def _our_line(name: str, row: Metrics) -> str:
    return _line(name, [row.get(column) for column in (*BLEUS, *OTHERS)])


def _line(name: str, values: Sequence[float | None]) -> str:
    return f"  {name:32}" + "".join(f"{_shown(value):>9}" for value in values)


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if value > 1.5 else f"{value:.3f}"


def verdict(result: Metrics) -> str:
    """Our results compared with real captions and with the published curve, one per line."""
    lines = []
    for kind, model in result["models"].items():
        for row in model["rows"]:
            is_human = row["bleu_5"] >= 0.222 and row["self_bleu_5"] <= 0.422
            lines.append(
                f"  {kind} at {row['temperature']:g}: BLEU-5 {row['bleu_5']:.4f} at self-BLEU-5"
                f" {row['self_bleu_5']:.4f},"
                f" {above_published_curve(row):+.4f} to the published curve"
                + (", as good and as varied as real captions" if is_human else "")
            )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table or one JSON object."""
    options = _options(arguments)
    facts = machine()
    benchmark = Benchmark(read(options.data / TRAIN), read(options.data / TEST))
    print_progress("real training captions")
    result: Metrics = {
        "machine": facts,
        "settings": {
            "num_samples": options.num_samples,
            "seeds": options.seeds,
            "prior": options.prior,
            "num_test_captions": len(benchmark.test),
        },
        "real": benchmark.metrics(benchmark.train),
        "models": {},
    }
    if len(benchmark.train) == len(benchmark.test) == SIZE:
        refuse_other_protocol(result["real"])
    for kind, weights in (("VAE", options.weights), ("LM", options.lm)):
        if weights is None:
            continue
        model = textvae.load(weights)
        prior = options.prior if kind == "VAE" else None
        rows = rows_of(
            model, benchmark, options.temperatures, options.seeds, options.num_samples, prior
        )
        result["models"][kind] = {"name": model.name, "rows": rows}
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(in_words(facts))
    settings = ", ".join(f"{name} {value}" for name, value in result["settings"].items())
    print(f"{settings}\n\n{table(result)}\n\n{verdict(result)}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.texygen", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--weights", metavar="VAE", help="trained by the recipe texygen")
    add("--lm", metavar="LM", help="a language model, trained by the recipe texygen-lm")
    add(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help=f"the folder with the benchmark's {TRAIN} and {TEST}",
    )
    add("--num-samples", type=int, default=10_000, metavar="N", help="(default: 10000)")
    add("--temperatures", type=float, nargs="+", default=TEMPERATURES, metavar="T")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="S", help="a set for each")
    add("--prior", choices=defaults.PRIORS, help="(default: scene, where there is one)")
    add(
        "--json",
        action="store_true",
        help="one JSON object, with all metrics and standard deviations",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
