"""The latent space: the information in each unit, and the positions of held-out captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from textvae.latent.projection import Plane, principal_plane, topic_plane
from textvae.latent.topics import (
    distinctive_words,
    in_first_half,
    nearest_topic_share,
    topics_of,
)
from textvae.metrics.active_units import ACTIVE_VARIANCE
from textvae.report.charts.latent_space import kl_chart, length_map, topic_map
from textvae.report.model_results import ModelResults
from textvae.report.rendering import render
from textvae.report.sections import Plot, Table, choose_by_hash
from textvae.types import Array
from textvae.words import split_words

MAX_POINTS = 1_500  # on a map
MIN_CAPTIONS = 3  # to define a plane
MIN_TOPICS = 3
MIN_VARIANCE = 1e-9  # along both directions of a plane


def latent_units(models: Sequence[ModelResults]) -> Markup | str:
    """The KL of each latent unit, or empty if no model has codes.

    Example:
        >>> from textvae.evaluation.artifacts import EvaluationArtifacts
        >>> mu = np.array([[1, 0], [-1, 0]], np.float32)
        >>> found = EvaluationArtifacts(mu=mu, log_var=np.zeros_like(mu))
        >>> latent_units([ModelResults("coco", {}, found)])
        Markup('..."y":[0.5,0.0],"customdata":[[0,""],[1,", not active"]]...')
    """
    models = [model for model in models if model.has_codes]
    if not models:
        return ""
    rows, statistics = [], []
    for model in models:
        kl = model.artifacts.kl_per_unit()
        is_active = model.artifacts.mu.astype(np.float64).var(axis=0) > ACTIVE_VARIANCE
        rows.append((model.entry, kl, is_active))
        ordered = (float(kl.max()), float(np.median(kl)), float(kl.min()))
        statistics.append([model.name, float(kl.sum()), len(kl), *ordered])
    heads = ["model", "total", "units", "largest", "median", "smallest"]
    plot = Plot(
        "KL of each latent unit",
        "Mean KL divergence of each unit's posterior from the standard normal over the held-out"
        " captions, largest first; the sum over all units is kl. Grey units are not active:"
        " their posterior mean hardly varies with the caption.",
        kl_chart(rows),
        Table("KL by unit, nats", heads, statistics),
    )
    return render("plots.html", plots=[plot])


def latent_map(models: Sequence[ModelResults]) -> Markup | str:
    """Held-out captions on two planes through the space of each model, or empty.

    Example:
        >>> from textvae.evaluation.artifacts import EvaluationArtifacts
        >>> mu = np.array([[0, 1], [0, -1], [3, 0], [-3, 0]], np.float32)
        >>> found = EvaluationArtifacts(["a cat", "a cow", "two dogs", "a bus"], mu=mu)
        >>> latent_map([ModelResults("coco", {}, found)])
        Markup('...component 1, 90.0%...component 2, 10.0%...')
    """
    models = [model for model in models if model.has_codes and _spans_a_plane(model)]
    plots = [plot for model in models for plot in _maps(model, len(models) > 1)]
    return render("plots.html", plots=plots) if plots else ""


def _spans_a_plane(model: ModelResults) -> bool:
    mu = model.artifacts.mu.astype(np.float64)
    if min(mu.shape) < 2 or len(mu) < MIN_CAPTIONS:
        return False
    variances = np.linalg.eigvalsh(np.cov(mu, rowvar=False, ddof=0))
    return bool(variances[-2:].min() > MIN_VARIANCE)


def _maps(model: ModelResults, is_several: bool) -> list[Plot]:
    of_model = f", {model.name}" if is_several else ""
    return [*_topics_plot(model, of_model), _lengths_plot(model, of_model)]


def _lengths_plot(model: ModelResults, of_model: str) -> Plot:
    captions = model.artifacts.captions
    places = np.array(sorted(choose_by_hash(captions, MAX_POINTS)))
    plane = principal_plane(model.artifacts.mu)
    lengths = np.array([len(split_words(text)) for text in captions], np.float64)
    first, second = (abs(_correlation(lengths, axis)) for axis in plane.points.T)
    return Plot(
        f"Principal components{of_model}",
        f"The two directions in which codes vary most, {100 * plane.shares.sum():.1f}% of their"
        " total variance, coloured by caption length. The absolute correlation with the number"
        f" of words is {first:.2f} for component 1 and {second:.2f} for component 2.",
        length_map(_chosen(plane, places), [captions[place] for place in places]),
        is_tall=True,
    )


def _chosen(plane: Plane, places: Array) -> Plane:
    return Plane(plane.points[places], plane.shares)


def _correlation(a: Array, b: Array) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0


def _topics_plot(model: ModelResults, of_model: str) -> list[Plot]:
    """One plot, or none if captions fall into too few topics."""
    captions, mu = model.artifacts.captions, model.artifacts.mu
    is_fitted = in_first_half(captions)
    words = distinctive_words(captions)
    topics = topics_of(captions, words)
    in_both_halves = set(topics[is_fitted].tolist()) & set(topics[~is_fitted].tolist())
    if len(in_both_halves - {-1}) < MIN_TOPICS:
        return []
    plane = topic_plane(mu, topics, is_fitted)
    share = nearest_topic_share(plane.points, topics, is_fitted)
    ordered = choose_by_hash(captions, len(captions))
    places = np.array([place for place in ordered if not is_fitted[place]][:MAX_POINTS])
    plot = Plot(
        f"Topics{of_model}",
        "Codes projected so that captions with these words separate best. The projection was"
        " fitted to half of the held-out captions and shows the other half:"
        f" of all its captions with one of the words, {100 * share:.0f}% are nearest to the"
        f" centre of their own word; chance is {100 / len(words):.0f}%. Up to {MAX_POINTS:,}"
        " different captions are shown.",
        topic_map(
            _chosen(plane, places),
            [captions[place] for place in places],
            topics[places],
            words,
        ),
        is_tall=True,
    )
    return [plot]
