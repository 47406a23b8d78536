"""Charts of shares by a number or a category, and of words by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from textvae.report.charts.base import LOGARITHMIC, Chart, Entry, chart, line

Shares = Mapping[Any, float]  # by a number or a category, 0..1
MAX_POINTS = 60  # of a line over the ranks of words


def shares_chart(rows: Sequence[tuple[Entry, Shares]], x: str, *, bars: bool = False) -> Chart:
    """The shares of each row in percent, as lines or as bars.

    Example:
        >>> rows = [(Entry("coco", "#129484"), {2: 0.75, 3: 0.25})]
        >>> [trace] = shares_chart(rows, "words per caption")["data"]
        >>> trace["x"], trace["y"]
        ([2, 3], [75.0, 25.0])
    """
    traces = []
    for entry, shares in rows:
        percents = [100.0 * share for share in shares.values()]
        trace = line(entry, list(shares), percents, hovertemplate="%{x}: %{y:.1f}%")
        if bars:
            trace |= {"type": "bar", "marker": {"color": entry.colour}}
            del trace["line"], trace["mode"]
        else:
            trace |= {"mode": "lines+markers", "marker": {"size": 5}}
        traces.append(trace)
    # Plotly would treat keys as numbers if most are, and drop the label "6+".
    is_category = any(isinstance(key, str) for _, shares in rows for key in shares)
    return chart(
        traces,
        x,
        "share of captions",
        xaxis={"type": "category"} if is_category else {},
        yaxis={"ticksuffix": "%", "rangemode": "tozero"},
        bargap=0.25,
        hovermode="x unified",
    )


def rank_chart(rows: Sequence[tuple[Entry, Sequence[int]]]) -> Chart:
    """The share of all words taken by the word of each rank; rows have falling counts.

    Example:
        >>> [trace] = rank_chart([(Entry("coco", "#129484"), [6, 3, 1])])["data"]
        >>> trace["x"], trace["y"]
        ([1, 2, 3], [60.0, 30.0, 10.0])
    """
    traces = []
    for entry, counts in rows:
        steps = np.geomspace(1, max(len(counts), 1), MAX_POINTS).astype(int)
        ranks = sorted(set(steps.tolist())) if counts else []
        total = sum(counts)
        shares = [100.0 * counts[rank - 1] / total for rank in ranks]
        traces.append(line(entry, ranks, shares, hovertemplate="rank %{x}: %{y:.3g}%"))
    percent = {**LOGARITHMIC, "ticksuffix": "%"}
    return chart(
        traces, "rank of the word", "share of all words", xaxis=LOGARITHMIC, yaxis=percent
    )
