"""Lengths and words of samples, compared with held-out captions."""

from __future__ import annotations

import itertools
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from textvae.metrics.word_statistics import WordUse, length_shares, word_counts, word_use
from textvae.report.charts.base import COLOURS, HELD_OUT, Entry
from textvae.report.charts.distributions import rank_chart, shares_chart
from textvae.report.charts.samples import word_use_chart
from textvae.report.model_results import ModelResults
from textvae.report.rendering import render
from textvae.report.sections import Plot, Table, shares_table
from textvae.words import split_words

Captions = tuple[Entry, Sequence[str]]  # of one source
MAX_WORDS = 400  # in the chart of word use
NUM_EXTREMES = 14  # in the tables of over- and underused words


def words(models: Sequence[ModelResults]) -> Markup | str:
    """The section, or empty if no model has samples.

    Example:
        >>> from textvae.evaluation.artifacts import EvaluationArtifacts
        >>> found = EvaluationArtifacts(["a cat"], samples={"standard": ["a dog"]})
        >>> words([ModelResults("coco", {}, found)])
        Markup('...Most overused</span>...dog</th>...Most underused</span>...cat</th>...')
    """
    models = [model for model in models if model.main_samples]
    if not models:
        return ""
    sources = _equally_many(models)
    return render(
        "words.html",
        num_captions=len(sources[0][1]),
        plots=[_lengths_plot(sources), _ranks_plot(sources)],
        vocabulary=_vocabulary_table(sources),
        uses=[_word_use(model, len(models) > 1) for model in models],
    )


def _equally_many(models: Sequence[ModelResults]) -> list[Captions]:
    """Equal numbers of held-out captions and samples."""
    held_out = models[0].artifacts.captions
    sampled = _sampled(models)
    count = min(len(held_out), *(len(captions) for _, captions in sampled))
    chosen = _with_repetitions(held_out, count)
    return [(HELD_OUT, chosen), *((entry, captions[:count]) for entry, captions in sampled)]


def _with_repetitions(captions: Sequence[str], count: int) -> list[str]:
    """`count` of the captions, chosen only by their texts, possibly with duplicates."""
    times, keys = Counter[str](), list[tuple[int, str]]()
    for text in captions:
        keys.append((zlib.crc32(f"report {times[text]} {text}".encode()), text))
        times[text] += 1
    return [text for _, text in sorted(keys)[:count]]


def _sampled(models: Sequence[ModelResults]) -> list[Captions]:
    """The main prior of each of several models, or all priors of a single model."""
    if len(models) > 1:
        return [(model.entry, model.main_samples) for model in models]
    (model,) = models
    colours = itertools.cycle([model.colour, *COLOURS[1:]])
    return [
        (Entry(model.samples_name(prior), colour), captions)
        for (prior, captions), colour in zip(
            model.artifacts.samples.items(), colours, strict=False
        )
    ]


def _lengths_plot(sources: Sequence[Captions]) -> Plot:
    found = [(entry, length_shares(captions)) for entry, captions in sources]
    shortest = min(min(shares) for _, shares in found)
    longest = max(max(shares) for _, shares in found)
    rows = [
        (entry, {n: shares.get(n, 0.0) for n in range(shortest, longest + 1)})
        for entry, shares in found
    ]
    return Plot(
        "Caption length",
        "Share of captions by their number of words.",
        shares_chart(rows, "words per caption"),
        shares_table("Share of captions by length", "words", rows),
    )


def _ranks_plot(sources: Sequence[Captions]) -> Plot:
    rows = [
        (entry, sorted(word_counts(captions).values(), reverse=True))
        for entry, captions in sources
    ]
    return Plot(
        "Word frequency by rank",
        "The share of all words that the most frequent word takes up, the second most frequent,"
        " and so on. The earlier a line falls, the smaller the vocabulary.",
        rank_chart(rows),
    )


def _vocabulary_table(sources: Sequence[Captions]) -> Table:
    rows = []
    for entry, captions in sources:
        counts = word_counts(captions)
        mean_length = float(np.mean([len(split_words(text)) for text in captions]))
        rows.append([entry.name, len(captions), mean_length, counts.total(), len(counts)])
    heads = ["source", "captions", "mean length", "words", "distinct words"]
    return Table("Vocabulary", heads, rows)


def _word_use(model: ModelResults, is_several: bool) -> tuple[Plot, list[Table]]:
    """A chart of the common words, and the tables of the most over- and underused words."""
    uses = word_use(model.main_samples, model.artifacts.captions)
    of_model = f", {model.name}" if is_several else ""
    common = [use for use in uses if use.rate and use.other_rate]
    common.sort(key=lambda use: (-max(use.rate, use.other_rate), use.word))
    shown = sorted(common[:MAX_WORDS], key=lambda use: -use.log_likelihood_ratio)
    plot = Plot(
        f"Overused and underused words{of_model}",
        "Each point is a word: above the line it is more frequent in samples than in held-out"
        " captions, below the line less frequent.",
        word_use_chart(shown, model.colour),
        is_tall=True,
    )
    over = [use for use in uses[:NUM_EXTREMES] if use.log_likelihood_ratio > 0]
    under = [use for use in reversed(uses[-NUM_EXTREMES:]) if use.log_likelihood_ratio < 0]
    return plot, [
        _use_table(f"Most overused{of_model}", over),
        _use_table(f"Most underused{of_model}", under),
    ]


def _use_table(caption: str, uses: Sequence[WordUse]) -> Table:
    rows = [(use.word, _rate(use.rate), _rate(use.other_rate)) for use in uses]
    return Table(caption, ["word", "samples", "held-out"], rows)


def _rate(value: float) -> str:
    return "0" if value == 0.0 else f"{value:.1f}" if value >= 10.0 else f"{value:.2f}"
