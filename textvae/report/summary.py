"""The summary: a few prominent metrics, and warnings about comparing models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from textvae.data.pieces import BYTES
from textvae.metrics.definitions import REAL
from textvae.metrics.report_values import is_number
from textvae.report import numbers
from textvae.report.metric_tables import INTERPOLATIONS, SAMPLES
from textvae.report.model_results import ModelResults
from textvae.report.rendering import render

# `_tiles` has the most important ones first. Mutual information is left out: for any working
# model it is close to the logarithm of the number of captions.
MAX_TILES = 6
MIN_SIBLINGS = 1000  # among fewer, the ten nearest have a sibling of nearly every caption
SHARES = ("reconstruction_exact", "novel", "sibling_recall")  # shown in percent


class TileRow(NamedTuple):
    """The value of one model: the number, its printed form, and a remark."""

    model: ModelResults
    value: float
    text: str
    note: str


class Tile(NamedTuple):
    """One metric of each model that has it."""

    title: str
    metric: str
    rows: Sequence[TileRow]


def summary(models: Sequence[ModelResults]) -> Markup:
    """The most important metrics, and the warnings.

    Example:
        >>> summary([ModelResults("coco", {"reconstruction_exact": 0.7304})])
        Markup('...<h3>Exact reconstructions</h3>...73.0%...')
    """
    tiles = [tile for tile in _tiles(models) if tile.rows]
    return render(
        "summary.html", models=models, tiles=tiles[:MAX_TILES], warnings=_warnings(models)
    )


def _tiles(models: Sequence[ModelResults]) -> list[Tile]:
    return [
        _tile(models, "Exact reconstructions", "reconstruction_exact", _bleu_note),
        _tile(models, "Information in a code", "kl", lambda _: "nats per caption"),
        _tile(
            [model for model in models if _has_many_siblings(model)],
            "Captions of one image nearby",
            "sibling_recall",
            _siblings_note,
        ),
        _tile(models, "Perplexity", "ppl", _perplexity_note),
        _tile(models, "Samples: quality and diversity", "reverse_ppl", _reverse_note),
        _tile(models, "Novel samples", "novel", _novel_note),
        _tile(
            [] if all(map(_never_repeats, models)) else models,
            "Distinct captions per interpolation",
            "distinct_captions",
            _steps_note,
        ),
        _tile(models, "Active latent units", "active_units", _units_note),
    ]


def _tile(
    models: Sequence[ModelResults],
    title: str,
    metric: str,
    note: Callable[[ModelResults], str],
) -> Tile:
    rows = []
    for model in models:
        value = model.metric(*_path(model, metric))
        if is_number(value):
            text = numbers.percent(value) if metric in SHARES else numbers.number(value)
            rows.append(TileRow(model, value, text, note(model)))
    return Tile(title, metric, rows)


def _path(model: ModelResults, metric: str) -> tuple[str, ...]:
    """The keys of a metric in the report; samples are those of the main prior."""
    if metric in SAMPLES:
        return ("samples", model.main_prior, metric)
    return ("interpolations", metric) if metric in INTERPOLATIONS else (metric,)


def _bleu_note(model: ModelResults) -> str:
    bleu = model.metric("reconstruction_bleu4")
    return f"BLEU-4 {bleu:.3f}" if is_number(bleu) else ""


def _units_note(model: ModelResults) -> str:
    return f"of {model.metric('latent_dim')}"


def _siblings_note(model: ModelResults) -> str:
    count = numbers.number(model.metric("num_siblings"))
    return f"another one among the ten nearest; {count} captions"


def _novel_note(model: ModelResults) -> str:
    """The definition, and the same share for held-out captions for comparison."""
    captions = model.artifacts.captions
    if not (model.train and captions):
        return "not in the training set"
    known = frozenset(model.train)
    share = sum(text not in known for text in captions) / len(captions)
    return f"not in the training set; held-out captions {numbers.percent(share)}"


def _perplexity_note(model: ModelResults) -> str:
    return "per token, upper bound" if model.has_codes else "per token, exact"


def _has_many_siblings(model: ModelResults) -> bool:
    count = model.metric("num_siblings")
    return is_number(count) and count >= MIN_SIBLINGS


def _never_repeats(model: ModelResults) -> bool:
    """Whether all captions of each interpolation are distinct, as usual with scenes."""
    found = model.metric("interpolations") or {}
    return found.get("distinct_captions") == found.get("num_steps")


def _steps_note(model: ModelResults) -> str:
    return f"of {model.metric('interpolations', 'num_steps')}"


def _reverse_note(model: ModelResults) -> str:
    real = model.metric("samples", REAL, "reverse_ppl")
    return f"real captions {real:.1f}" if is_number(real) else ""


def _warnings(models: Sequence[ModelResults]) -> list[str]:
    """Reasons why the metrics of these models are hard to compare."""
    found = []
    if len({tuple(model.artifacts.captions) for model in models}) > 1:
        found.append(
            "The models were evaluated on different texts, because they differ in how they"
            " treat punctuation or in their longest caption: do not compare values in nats per"
            " caption."
        )
    differ = len({frozenset(model.words) for model in models}) > 1
    are_of_pieces = [BYTES[0] in model.words for model in models]
    if differ and any(are_of_pieces):
        found.append(
            "The vocabularies differ, and ppl is per piece of a word where a model reads"
            " pieces: do not compare it. Nats per caption can be compared between models of"
            " pieces that read the same texts."
        )
    if differ and not all(are_of_pieces):
        found.append(
            "The vocabularies differ. A model reads every word that it does not know as <unk>,"
            " which is cheap to predict, so likelihoods favour the smaller vocabulary;"
            " unknown_rate is the share of such words."
        )
    return found
