"""Samples of each prior, compared with the nearest training captions and real captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from textvae.metrics.definitions import REAL
from textvae.metrics.word_statistics import OverlapSearch
from textvae.report.charts.base import GREY, HELD_OUT, Entry
from textvae.report.charts.distributions import shares_chart
from textvae.report.charts.samples import Scores, quality_chart
from textvae.report.model_results import ModelResults
from textvae.report.rendering import render
from textvae.report.sections import Plot, choose_by_hash, shares_table
from textvae.words import split_words

NUM_SHOWN = 10  # samples of each prior
MAX_LEGEND = 3  # entries that fit in a chart of the usual height
NUM_COMPARED = 300  # captions for which the nearest training caption is found

Search = OverlapSearch | None  # of a model's training captions, if known


class Sample(NamedTuple):
    """A sample, its nearest training caption, and whether it is itself one.

    Example:
        >>> Sample("a dog runs", "a dog sits", 0.5, is_copy=False).nearest_words
        [('a', True), ('dog', True), ('sits', False)]
    """

    text: str
    nearest: str
    overlap: float
    is_copy: bool

    @property
    def nearest_words(self) -> list[tuple[str, bool]]:
        """The words of the nearest caption, and whether the sample also has them."""
        own = set(split_words(self.text))
        return [(word, word in own) for word in split_words(self.nearest)]


class SampleList(NamedTuple):
    """The first samples of a prior; without training captions `compared` is empty."""

    caption: str
    texts: Sequence[str]
    compared: Sequence[Sample]
    head: str = "sample"


def samples(models: Sequence[ModelResults]) -> Markup | str:
    """The section, or empty if no model has samples.

    Example:
        >>> from textvae.evaluation.artifacts import EvaluationArtifacts
        >>> found = EvaluationArtifacts(["a cat"], samples={"standard": ["a dog runs"]})
        >>> samples([ModelResults("coco", {}, found, train=["a dog sits"])])
        Markup('...a dog runs</th>...<b>a</b> <b>dog</b> sits</td>...0.50</data>...')
    """
    searches = [OverlapSearch(model.train) if model.train else None for model in models]
    lists = [
        _sample_list(model, prior, search, len(models) > 1)
        for model, search in zip(models, searches, strict=True)
        for prior in model.artifacts.samples
    ]
    if not lists:
        return ""
    lists += _real_lists(models, searches)
    plots = [_quality_plot(models), _overlap_plot(models, searches)]
    return render(
        "samples.html",
        lists=lists,
        has_training_captions=any(searches),
        plots=list(filter(None, plots)),
    )


def _sample_list(
    model: ModelResults, prior: str, search: Search, is_several: bool
) -> SampleList:
    (seed, *_) = model.metric("samples", prior, "seeds") or ["?"]
    name = f"{model.name}, " if is_several else ""
    texts, known = model.artifacts.samples[prior][:NUM_SHOWN], frozenset(model.train)
    return SampleList(
        f"{name}{model.samples_name(prior)}, seed {seed}: the first {len(texts)} samples",
        texts,
        [Sample(text, *search.find(text), text in known) for text in texts] if search else [],
    )


def _real_lists(models: Sequence[ModelResults], searches: Sequence[Search]) -> list[SampleList]:
    """Human captions, to compare with the samples."""
    model, search = next(zip(models, searches, strict=True))
    captions, known = model.artifacts.captions, frozenset(model.train)
    texts = [captions[place] for place in choose_by_hash(captions, NUM_SHOWN)]
    if not texts:
        return []
    compared = (
        [Sample(text, *search.find(text), text in known) for text in texts] if search else []
    )
    title = f"Real captions: {len(texts)} held-out ones, chosen by a hash of their text"
    return [SampleList(title, texts, compared, "caption")]


def _quality_plot(models: Sequence[ModelResults]) -> Plot | None:
    """BLEU-5 against self-BLEU-5 of each prior, at each temperature, and of real captions."""
    rows: list[tuple[Entry, str, Sequence[Scores]]] = []
    for model in models:
        of_model = f"{model.name}, " if len(models) > 1 else ""
        for prior, points in _curves(model).items():
            symbol = "circle" if prior == model.main_prior else "circle-open"
            entry = Entry(of_model + model.samples_name(prior), model.colour)
            rows.append((entry, symbol, points))
    real = next(filter(None, (model.metric("samples", REAL) for model in models)), None)
    if real:
        rows.append((Entry("real captions", GREY, "dot"), "star", [Scores("", real)]))
    if not rows:
        return None
    text = "Higher is closer to the held-out captions, further left is more diverse."
    if real:
        text += (
            " The star stands for training captions, scored in the same way: samples far above"
            " it are safer than what people write, not better."
        )
    if any(len(points) > 1 for _, _, points in rows):
        text += " Points of a curve are labelled with their temperature."
    return Plot(
        "Quality and diversity",
        text,
        quality_chart(rows),
        is_tall=len(rows) > MAX_LEGEND,
    )


def _curves(model: ModelResults) -> dict[str, list[Scores]]:
    """The metrics of each prior, by rising temperature."""
    default = model.metric("settings", "temperature")
    curves: dict[str, list[tuple[float, Scores]]] = {}
    for key, metrics in (model.metric("samples") or {}).items():
        prior, _, temperature = key.partition("_at_")
        if prior != REAL and {"bleu_5", "self_bleu_5"} <= metrics.keys():
            label = temperature or ("" if default is None else f"{default}")
            curves.setdefault(prior, []).append((float(label or 0.0), Scores(label, metrics)))
    return {
        # A single point needs no label: its temperature is in the table of metrics.
        prior: [scores for _, scores in sorted(points, key=lambda point: point[0])]
        if len(points) > 1
        else [Scores("", points[0][1].metrics)]
        for prior, points in curves.items()
    }


def _overlap_plot(models: Sequence[ModelResults], searches: Sequence[Search]) -> Plot | None:
    pairs = [
        (model, search)
        for model, search in zip(models, searches, strict=True)
        if search and model.main_samples
    ]
    if not pairs:
        return None
    first, search = pairs[0]
    captions = first.artifacts.captions
    held_out = [captions[place] for place in choose_by_hash(captions, NUM_COMPARED)]
    rows = [(HELD_OUT, _overlaps(search, held_out))]
    for model, search in pairs:
        rows.append((model.entry, _overlaps(search, model.main_samples[:NUM_COMPARED])))
    return Plot(
        "Do samples copy training captions?",
        f"Overlap of up to {NUM_COMPARED} samples with their nearest training captions, beside"
        " that of as many held-out captions, whose authors had not seen the training captions."
        " A model that copies lies to the right of the held-out captions.",
        shares_chart(rows, "overlap, rounded down; 1: the same words"),
        shares_table(
            "Share of captions by overlap with the nearest training caption", "overlap", rows
        ),
    )


def _overlaps(search: OverlapSearch, captions: Sequence[str]) -> dict[float, float]:
    """The share of captions in each tenth of overlap; an overlap of 1 counts separately."""
    counts = Counter(int(10.0 * search.find(text)[1] + 1e-9) for text in captions)
    return {tenth / 10.0: counts[tenth] / len(captions) for tenth in range(11)}
