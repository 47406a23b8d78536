"""Reconstructions: the number of changed words, a fixed sample, the best and the worst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from textvae.metrics.word_differences import Span, align, words_changed
from textvae.report import numbers
from textvae.report.charts.distributions import shares_chart
from textvae.report.model_results import ModelResults
from textvae.report.rendering import render
from textvae.report.sections import Plot, choose_by_hash, group_by_texts, shares_table
from textvae.words import split_words

SAMPLE_SIZE = 10  # reconstructions shown regardless of quality
NUM_EXTREMES = 5  # of the best, and of the worst
MAX_CHANGED = 6  # words; this many or more are one bar


class Reconstruction(NamedTuple):
    """The word differences between a caption and its reconstruction by a model.

    Example:
        >>> Reconstruction(ModelResults("coco", {}), align("a dog", "a cat")).is_exact
        False
    """

    model: ModelResults
    spans: Sequence[Span]

    @property
    def is_exact(self) -> bool:
        """Whether no word differs."""
        return all(span.is_kept for span in self.spans)


class Comparison(NamedTuple):
    """A caption and its reconstructions."""

    caption: str
    reconstructions: Sequence[Reconstruction]


class Extremes(NamedTuple):
    """The best or the worst reconstructions of a model."""

    model: ModelResults
    note: str
    comparisons: Sequence[Comparison]


def reconstructions(models: Sequence[ModelResults]) -> Markup | str:
    """The section, or empty if no model has reconstructions.

    Example:
        >>> from textvae.evaluation.artifacts import EvaluationArtifacts
        >>> found = EvaluationArtifacts(["a dog"], reconstructions=["a cat"])
        >>> reconstructions([ModelResults("coco", {}, found)])
        Markup('...a <del>dog</del> <ins>cat</ins>...')
    """
    models = [model for model in models if len(model.artifacts.reconstructions)]
    if not models:
        return ""
    groups = group_by_texts(models, lambda model: model.artifacts.captions)
    extremes = [_extremes(model) for model in models]
    return render(
        "reconstructions.html",
        chart=_changes_plot(models),
        samples=[_sample(group) for group in groups],
        titles={
            "Best reconstructions": [best for best, _ in extremes],
            "Worst reconstructions": [worst for _, worst in extremes],
        },
        is_several=len(models) > 1,
    )


def _sample(models: Sequence[ModelResults]) -> list[Comparison]:
    """The same captions for all of these models, which have the same texts."""
    places = choose_by_hash(models[0].artifacts.captions, SAMPLE_SIZE)
    return [_compare(models, place) for place in places]


def _compare(models: Sequence[ModelResults], place: int) -> Comparison:
    caption = models[0].artifacts.captions[place]
    found = [
        Reconstruction(model, align(caption, model.artifacts.reconstructions[place]))
        for model in models
    ]
    return Comparison(caption, found)


def _extremes(model: ModelResults) -> tuple[Extremes, Extremes]:
    best, worst = best_and_worst(model.artifacts.captions, model.artifacts.reconstructions)
    pairs = zip(model.artifacts.captions, model.artifacts.reconstructions, strict=True)
    exact = [caption == reconstruction for caption, reconstruction in pairs]
    share = numbers.percent(sum(exact) / len(exact))
    num_shown = sum(exact[place] for place in best)
    if num_shown == len(best):
        note = f"The longest of the {share} that are exact."
    elif num_shown:
        note = (
            f"{share} are exact, {num_shown} of these; the others have the smallest"
            " share of changed words."
        )
    else:
        note = "None is exact; these have the smallest share of changed words."
    return (
        Extremes(model, note, [_compare([model], place) for place in best]),
        Extremes(
            model,
            "The largest share of changed words.",
            [_compare([model], place) for place in worst],
        ),
    )


def best_and_worst(
    captions: Sequence[str], reconstructed: Sequence[str]
) -> tuple[list[int], list[int]]:
    """Indices of the captions with the smallest and with the largest share of changed words.

    Among equal ones the longest come first. A repeated caption is listed once, and one that
    came back unchanged is never among the worst.

    Example:
        >>> best_and_worst(["a dog", "a cat", "a red bus"], ["a dog", "two dogs", "a red car"])
        ([0, 2, 1], [1, 2])
    """
    places = list({text: place for place, text in enumerate(captions)}.values())
    length = {place: len(split_words(captions[place])) for place in places}
    share = {
        place: words_changed(captions[place], reconstructed[place]) / max(length[place], 1)
        for place in places
    }
    best = sorted(places, key=lambda place: (share[place], -length[place], captions[place]))
    worst = sorted(places, key=lambda place: (-share[place], -length[place], captions[place]))
    return best[:NUM_EXTREMES], [place for place in worst[:NUM_EXTREMES] if share[place] > 0]


def _changes_plot(models: Sequence[ModelResults]) -> Plot:
    rows = []
    for model in models:
        pairs = zip(model.artifacts.captions, model.artifacts.reconstructions, strict=True)
        counts = Counter(min(words_changed(a, b), MAX_CHANGED) for a, b in pairs)
        total = counts.total()
        rows.append(
            (model.entry, {_label(n): counts[n] / total for n in range(MAX_CHANGED + 1)})
        )
    return Plot(
        "Words changed",
        "Share of captions by the fewest words to insert, delete or replace to turn the caption"
        " into its reconstruction.",
        shares_chart(rows, "words changed", bars=True),
        shares_table("Share of captions by words changed", "words changed", rows),
    )


def _label(count: int) -> str:
    return f"{count}+" if count == MAX_CHANGED else str(count)
