"""The codes: how much each unit says, where captions lie, how training came to it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from textvae.latent.projection import Plane, principal_plane, topic_plane
from textvae.latent.topics import (
    distinctive_words,
    in_first_half,
    nearest_topic_share,
    topics_of,
)
from textvae.metrics.active_units import ACTIVE_VARIANCE
from textvae.report import charts
from textvae.report.model_results import ModelResults
from textvae.report.parts import figure
from textvae.report.reading import by_hash
from textvae.report.tables import simple_table

PANELS = {
    "nll": "nats a caption",
    "kl": "nats a caption",
    "loss": "what training minimised",
    "active_units": "latent units",
}
MOST_POINTS = 1_500  # on a map
FEWEST_POINTS = 3  # that a plane goes through
FEWEST_TOPICS = 3


def code(subjects: Sequence[ModelResults]) -> str:
    """KL of each latent unit, in order."""
    having = [subject for subject in subjects if subject.has_codes]
    if not having:
        return ""
    rows, listed = [], []
    for s in having:
        kl = s.evidence.kl_per_unit()
        variance = s.evidence.mu.astype(np.float64).var(axis=0)
        rows.append((s.name, s.colour, kl, variance > ACTIVE_VARIANCE))
        listed.append(
            [
                s.name,
                float(kl.sum()),
                len(kl),
                float(kl.max()),
                float(np.median(kl)),
                float(kl.min()),
            ]
        )
    heads = ["model", "together", "units", "largest", "median", "smallest"]
    return figure(
        charts.kl_by_rank(rows),
        "KL of each latent unit",
        "Mean KL of a unit's posterior to the standard normal over the held-out captions, from"
        " the unit that says most down; together they are kl. Units whose mean does not move"
        " with the caption are grey.",
        simple_table("KL by unit, nats", heads, listed),
    )


def maps(subjects: Sequence[ModelResults]) -> str:
    """Where held-out captions are: by topic, and by length."""
    having = [s for s in subjects if s.has_codes and _spans_a_plane(s.evidence.mu)]
    out = "".join(_maps_of(subject, len(having) > 1) for subject in having)
    return f'<div class="grid">{out}</div>' if out else ""


def _spans_a_plane(mu: Any) -> bool:
    variances = np.linalg.eigvalsh(
        np.cov(mu.astype(np.float64), rowvar=False, ddof=0).reshape(mu.shape[1], -1)
    )
    return min(mu.shape) >= 2 and len(mu) >= FEWEST_POINTS and bool(variances[-2:].min() > 1e-9)


def _maps_of(subject: ModelResults, is_named: bool) -> str:
    captions, mu = subject.evidence.captions, subject.evidence.mu
    name = f", {subject.name}" * is_named
    chosen = np.array(sorted(by_hash(captions, MOST_POINTS)))
    plane = principal_plane(mu)
    shown = Plane(plane.points[chosen], plane.shares)
    lengths = np.array([len(text.split()) for text in captions], np.float64)
    relation = [_correlation(lengths, axis) for axis in plane.points.T]
    by_length = figure(
        charts.length_map(shown, [captions[i] for i in chosen]),
        f"Principal components{name}",
        f"The two directions in which codes vary most, {100 * plane.shares.sum():.1f}% of all"
        " their variance, coloured by length. With the number of words they correlate by"
        f" {abs(relation[0]):.2f} and {abs(relation[1]):.2f}.",
        tall=True,
    )
    return _topics_of(subject, name) + by_length


def _correlation(a: Any, b: Any) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0


def _topics_of(subject: ModelResults, name: str) -> str:
    captions, mu = subject.evidence.captions, subject.evidence.mu
    is_fitted = in_first_half(captions)
    chosen_words = distinctive_words(captions)
    topics = topics_of(captions, chosen_words)
    on_both = set(topics[is_fitted].tolist()) & set(topics[~is_fitted].tolist())
    if len(on_both - {-1}) < FEWEST_TOPICS:
        return ""
    plane = topic_plane(mu, topics, is_fitted)
    own = nearest_topic_share(plane.points, topics, is_fitted)
    ordered = by_hash(captions, len(captions))
    seen = np.array([i for i in ordered if not is_fitted[i]][:MOST_POINTS])
    shown = Plane(plane.points[seen], plane.shares)
    return figure(
        charts.topic_map(shown, [captions[i] for i in seen], topics[seen], chosen_words),
        f"Topics{name}",
        "The plane of the code that sets these words' captions furthest apart. It was fitted to"
        f" half of the held-out captions and shows the other half: {100 * own:.0f}% of the"
        f" coloured ones are nearest to the centre of their own word, where chance is"
        f" {100 / len(chosen_words):.0f}%.",
        tall=True,
    )


def training(subjects: Sequence[ModelResults]) -> str:
    """The course of training, as the weights folder tells it."""
    having = [subject for subject in subjects if subject.history]
    rows = [(s.name, s.colour, s.history, s.best_epoch) for s in having]
    curve = charts.training_curve(rows)
    out = ""
    for name, unit in PANELS.items():
        with_it = [s for s in having if any(f"val_{name}" in logs for logs in s.history)]
        if with_it:
            listed = simple_table(f"{name} by pass", *_history_rows(with_it, name))
            out += figure(curve(name), name, f"{unit}; {_courses(with_it, name)}", listed)
    if not out:
        return ""
    return (
        '<p class="note">By pass over the training captions. A ring is the pass whose weights'
        " were kept. Training values are taken with dropout, so they may lie above validation."
        f'</p><div class="grid">{out}</div>'
    )


def _courses(subjects: Sequence[ModelResults], name: str) -> str:
    """Where validation began and ended, in words."""
    said = []
    for s in subjects:
        values = [logs[f"val_{name}"] for logs in s.history if f"val_{name}" in logs]
        of = f"{s.name} " * (len(subjects) > 1)
        said.append(f"{of}from {values[0]:.4g} to {values[-1]:.4g}")
    return f"in validation {', '.join(said)}"


def _history_rows(
    subjects: Sequence[ModelResults], name: str
) -> tuple[list[str], list[list[Any]]]:
    by_pass = [
        {int(logs["epoch"]): (logs.get(name), logs.get(f"val_{name}")) for logs in s.history}
        for s in subjects
    ]
    heads = ["pass"]
    for s in subjects:
        label = f"{s.name}, " * (len(subjects) > 1)
        heads += [f"{label}training", f"{label}validation"]
    epochs = sorted(set(itertools.chain(*by_pass)))
    empty = (None, None)
    return heads, [
        [epoch, *itertools.chain(*(found.get(epoch, empty) for found in by_pass))]
        for epoch in epochs
    ]
