"""Charts of samples and real captions: quality against diversity, use of words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from textvae.metrics.word_statistics import WordUse
from textvae.report.charts.base import (
    FAINT,
    GREY,
    LOGARITHMIC,
    Chart,
    Entry,
    chart,
    inert,
    line,
)

NUM_LABELLED = 6  # labelled words at each end, of twice as many
SCORE_SIZE = (0.09, 0.05)  # of the label of a point, as a share of the points' range
LABEL_SIZE = (0.5, 0.12)  # width and height in powers of ten, of about three in a chart


class Scores(NamedTuple):
    """The metrics of a set of samples, and the label of their point."""

    label: str
    metrics: Mapping[str, Any]


def quality_chart(rows: Sequence[tuple[Entry, str, Sequence[Scores]]]) -> Chart:
    """BLEU-5 against self-BLEU-5; a row is an entry, a symbol, and the points of a curve.

    Example:
        >>> cool = Scores("0.5", {"bleu_5": 0.6, "self_bleu_5": 0.8})
        >>> warm = Scores("1.0", {"bleu_5": 0.3, "self_bleu_5": 0.4})
        >>> [trace] = quality_chart([(Entry("lm", "#129484"), "circle", [cool, warm])])["data"]
        >>> trace["x"], trace["y"], trace["text"]
        ([0.8, 0.4], [0.6, 0.3], ['0.5', '1.0'])
    """
    traces = []
    labelled = _apart([point for _, _, points in rows for point in points])
    for entry, symbol, points in rows:
        trace = line(
            entry,
            [point.metrics["self_bleu_5"] for point in points],
            [point.metrics["bleu_5"] for point in points],
            mode="lines+markers+text",
            text=[inert(point.label) if id(point) in labelled else "" for point in points],
            textposition="middle right",
            cliponaxis=False,
            hovertemplate="BLEU-5 %{y:.3f}, self-BLEU-5 %{x:.3f}",
        )
        for axis, name in (("error_x", "self_bleu_5_std"), ("error_y", "bleu_5_std")):
            std = [point.metrics.get(name, 0.0) for point in points]
            trace[axis] = {"type": "data", "array": std, "thickness": 1, "width": 3}
        trace["marker"] = {"size": 12 if symbol == "star" else 9, "symbol": symbol}
        traces.append(trace)
    return chart(
        traces,
        "self-BLEU-5: less diverse →",
        "BLEU-5: higher quality →",
        hovermode="closest",
    )


def _apart(points: Sequence[Scores]) -> set[int]:
    """The ids of the points whose labels do not overlap, in order."""
    places = {
        id(point): (point.metrics["self_bleu_5"], point.metrics["bleu_5"]) for point in points
    }
    width, height = (
        share * (max(values) - min(values))
        for share, values in zip(SCORE_SIZE, zip(*places.values(), strict=True), strict=True)
    )
    chosen: dict[int, tuple[float, float]] = {}
    for point in points:
        x, y = places[id(point)]
        if point.label and all(
            abs(x - a) >= width or abs(y - b) >= height for a, b in chosen.values()
        ):
            chosen[id(point)] = x, y
    return set(chosen)


def word_use_chart(uses: Sequence[WordUse], colour: str) -> Chart:
    """Words by how often held-out captions and samples use them, both per 1,000 words.

    Args:
        uses: words that both use, from the most overused to the most underused; the words at
            both ends get labels, except those that would overlap another label.
        colour: of the labelled words.

    Example:
        >>> uses = [WordUse("dog", rate=20.0, other_rate=10.0, log_likelihood_ratio=4.9)]
        >>> _, _, labelled = word_use_chart(uses, "#129484")["data"]
        >>> labelled["text"], labelled["x"], labelled["y"]
        (['dog'], [10.0], [20.0])
    """
    labelled = {*_labelled(uses), *_labelled(reversed(uses))}
    traces = []
    for is_labelled in (False, True):
        chosen = [use for use in uses if (use.word in labelled) is is_labelled]
        trace = {
            "type": "scatter",
            "mode": "markers+text" if is_labelled else "markers",
            "x": [use.other_rate for use in chosen],
            "y": [use.rate for use in chosen],
            "text": [inert(use.word) for use in chosen],
            "textposition": "middle right",
            "cliponaxis": False,
            "marker": {"size": 6, "color": colour if is_labelled else FAINT},
            "hovertemplate": "%{text}: %{y:.2f} in samples, %{x:.2f} in held-out captions"
            "<extra></extra>",
            "showlegend": False,
        }
        traces.append(trace)
    rates = [rate for use in uses for rate in (use.rate, use.other_rate)]
    ends = [min(rates, default=1.0), max(rates, default=1.0)]
    diagonal = Entry("equally often", GREY, "dot")
    return chart(
        [line(diagonal, ends, ends, hoverinfo="skip", showlegend=False), *traces],
        "per 1,000 words of held-out captions",
        "per 1,000 words of samples",
        xaxis=LOGARITHMIC,
        yaxis=LOGARITHMIC,
        hovermode="closest",
    )


def _labelled(uses: Iterable[WordUse]) -> list[str]:
    """The first words whose labels do not overlap."""
    width, height = LABEL_SIZE
    chosen: list[tuple[float, float, str]] = []
    for use in itertools.islice(uses, 2 * NUM_LABELLED):
        x, y = math.log10(use.other_rate), math.log10(use.rate)
        if all(abs(x - a) > width or abs(y - b) > height for a, b, _ in chosen):
            chosen.append((x, y, use.word))
    return [word for _, _, word in chosen[:NUM_LABELLED]]
