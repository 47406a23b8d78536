"""Interpolations between held-out captions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from textvae.metrics.word_differences import Span, align
from textvae.report.model_results import ModelResults
from textvae.report.rendering import render
from textvae.report.sections import group_by_texts

NUM_PAIRS = 4


class Path(NamedTuple):
    """The captions of one model between two ends, each aligned with the one before it."""

    model: ModelResults
    steps: Sequence[Sequence[Span]]


class Pair(NamedTuple):
    """Two held-out captions, and the path of each model between them."""

    first: str
    last: str
    paths: Sequence[Path]


def interpolations(models: Sequence[ModelResults]) -> Markup | str:
    """The section, or empty if no model has interpolations.

    Example:
        >>> from textvae.evaluation.artifacts import EvaluationArtifacts
        >>> found = EvaluationArtifacts(ends=[("a dog", "a cat")], paths=[["a dog", "a cat"]])
        >>> interpolations([ModelResults("coco", {}, found)])
        Markup('...<li>a dog</li>...<li>a <ins>cat</ins></li>...')
    """
    groups = group_by_texts(models, lambda model: model.artifacts.ends)
    if not groups:
        return ""
    return render(
        "interpolations.html",
        groups=[_pairs(group) for group in groups],
        is_several=len(models) > 1,
    )


def _pairs(models: Sequence[ModelResults]) -> list[Pair]:
    ends = models[0].artifacts.ends[:NUM_PAIRS]
    return [
        Pair(first, last, [Path(model, _steps(model.artifacts.paths[i])) for model in models])
        for i, (first, last) in enumerate(ends)
    ]


def _steps(captions: Sequence[str]) -> list[list[Span]]:
    before = [captions[0], *captions]
    return [align(*pair) for pair in zip(before, captions, strict=False)]
