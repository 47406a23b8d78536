"""All metrics as tables, the facts about each model, and the definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from textvae.metrics.definitions import DEFINITIONS, REAL
from textvae.metrics.report_values import is_number
from textvae.report.model_results import ModelResults
from textvae.report.rendering import render

LIKELIHOOD = (
    *("elbo", "nll", "kl", "nll_iw", "ppl"),
    *("mutual_information", "active_units", "latent_dim"),
)
SPACE = (
    *("sibling_recall", "num_siblings"),
    *("trustworthiness", "map_neighbours", "num_map_captions"),
)
RECONSTRUCTION = (
    *("reconstruction_bleu4", "reconstruction_exact"),
    *("num_captions", "num_tokens", "unknown_rate"),
)
SAMPLES = (
    *(f"bleu_{n}" for n in range(2, 6)),
    *(f"self_bleu_{n}" for n in range(2, 6)),
    *("forward_ppl", "reverse_ppl", "distinct_1", "distinct_2", "unique", "novel"),
    *("repeated", "dangling"),
)
INTERPOLATIONS = (
    *("distinct_captions", "distinct_5_of_7", "monotone", "inner_ppl", "endpoints_exact"),
    *("inner_repeated", "inner_dangling"),
)
BETTER = {
    **dict.fromkeys(
        ("nll", "nll_iw", "ppl", "unknown_rate", "forward_ppl", "inner_ppl"), "lower"
    ),
    **dict.fromkeys(("elbo", "mutual_information", "active_units"), "higher"),
    **dict.fromkeys(("reconstruction_bleu4", "reconstruction_exact"), "higher"),
    **dict.fromkeys(("novel", "monotone", "endpoints_exact"), "higher"),
    **dict.fromkeys(("distinct_captions", "distinct_5_of_7"), "higher"),
    **dict.fromkeys(("sibling_recall", "trustworthiness", "map_neighbours"), "higher"),
    **dict.fromkeys(("inner_repeated", "inner_dangling"), "lower"),
    **dict.fromkeys(SAMPLES[:8], "as real"),
    **dict.fromkeys(("reverse_ppl", "distinct_1", "distinct_2", "unique"), "as real"),
    **dict.fromkeys(("repeated", "dangling"), "as real"),
}
ALL_DEFINITIONS = {
    **DEFINITIONS,
    "num_captions": "held-out captions that were evaluated",
    "num_tokens": "their words, of plain lines pieces of words, and <eos>",
    "latent_dim": "latent units, D",
    "num_siblings": "of the first 6,000 captions, those with another one of their image",
    "num_map_captions": "captions on the map",
}


class Column(NamedTuple):
    """A column of metrics under the name of a model, a heading, or both."""

    model: ModelResults | None
    heading: str
    metrics: Mapping[str, Any]


class MetricTable(NamedTuple):
    """The metrics `names` of each column."""

    caption: str
    columns: Sequence[Column]
    names: Sequence[str]


def metric_tables(models: Sequence[ModelResults]) -> Markup:
    """All metrics of all models: of captions, of interpolations, of samples.

    Example:
        >>> metric_tables([ModelResults("coco", {"nll": 35.824, "nll_std": 0.173})])
        Markup('...35.82 <span class="std">± 0.17</span>...<td class="better">lower</td>...')
    """
    columns = [Column(model, "", model.metrics) for model in models]
    steps, short = (
        [Column(model, "", model.metric(key) or {}) for model in models]
        for key in ("interpolations", "short_pairs")
    )
    return render(
        "metrics.html",
        likelihood=_table(
            "Likelihood in nats per caption, and use of the latent code", columns, LIKELIHOOD
        ),
        reconstruction=_table(
            "Reconstruction, and the captions evaluated", columns, RECONSTRUCTION
        ),
        space=_table("Captions of one image in the space, and the map", columns, SPACE),
        interpolations=_table(_interpolations_caption(steps), steps, INTERPOLATIONS),
        short_pairs=_table(
            _interpolations_caption(short, " of 3 to 7 words"), short, INTERPOLATIONS
        ),
        samples=_samples_table(models),
        better=BETTER,
    )


def _table(caption: str, columns: Sequence[Column], names: Iterable[str]) -> MetricTable:
    """The metrics that any of the columns has."""
    shown = [n for n in names if any(is_number(column.metrics.get(n)) for column in columns)]
    return MetricTable(caption, columns, shown)


def _interpolations_caption(columns: Sequence[Column], which: str = "") -> str:
    found = next((column.metrics for column in columns if column.metrics), {})
    count = found.get("num_pairs", 0)
    of_pairs = "a pair" if count == 1 else f"each of {count:,} pairs"
    return (
        f"Interpolations: {found.get('num_steps', 7)} captions from one to the other of"
        f" {of_pairs} of held-out captions{which}; mean and standard"
        f" deviation over {len(found.get('seeds', ()))} sets of pairs"
    )


def _samples_table(models: Sequence[ModelResults]) -> MetricTable:
    """A column for each prior of each model, and one for real captions."""
    columns = [
        Column(model if len(models) > 1 else None, model.samples_name(key), metrics)
        for model in models
        for key, metrics in (model.metric("samples") or {}).items()
        if key != REAL
    ]
    if not columns:
        return MetricTable("", [], [])
    caption = _samples_caption(models, columns[0].metrics)
    real = next(filter(None, (model.metric("samples", REAL) for model in models)), None)
    if real:
        columns.append(Column(None, "real captions", real))
        caption += "; real captions are training captions, scored in the same way"
    return _table(caption, columns, SAMPLES)


def _samples_caption(models: Sequence[ModelResults], metrics: Mapping[str, Any]) -> str:
    settings = models[0].metric("settings") or {}
    return (
        f"Samples: {len(metrics.get('seeds', ()))} sets of {metrics.get('num_samples', 0):,}"
        f" captions at temperature {settings.get('temperature', '?')}, unless another is named,"
        f" and top-p {settings.get('top_p', '?')}; mean and standard deviation over the sets"
    )


def facts_table(models: Sequence[ModelResults]) -> Markup:
    """The facts about each model.

    Example:
        >>> coco = ModelResults("coco", {}, facts={"decoder": "lstm"})
        >>> facts_table([coco, ModelResults("pets", {})])
        Markup('...<th scope="row">decoder</th>...<td>lstm</td>...<td>–</td>...')
    """
    labels = list(dict.fromkeys(label for model in models for label in model.facts))
    return render("models.html", models=models, labels=labels)


def definitions() -> Markup:
    """The definition of each metric, shown at its name and in print.

    Example:
        >>> definitions()
        Markup('...<dt>latent_dim</dt><dd id="def-latent_dim">latent units, D</dd>...')
    """
    return render("definitions.html", definitions=ALL_DEFINITIONS)
