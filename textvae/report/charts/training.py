"""The chart of one metric over the epochs of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textvae.metrics.training_history import History, Panel, curve
from textvae.report.charts.base import Chart, Entry, Trace, chart, line

DASHES = {"training": "dot", "validation": "solid"}


class Run(NamedTuple):
    """A training run; `best_epoch` is None if unknown."""

    entry: Entry
    history: History
    best_epoch: int | None


def training_chart(runs: Sequence[Run], panel: Panel) -> Chart:
    """The metric of `panel` in training and in validation, with a ring at the best epoch.

    Example:
        >>> history = [{"epoch": 1, "val_kl": 8.0}, {"epoch": 2, "kl": 9.0, "val_kl": 7.5}]
        >>> runs = [Run(Entry("coco", "#129484"), history, best_epoch=2)]
        >>> found = training_chart(runs, Panel("kl", "nats per caption"))
        >>> [(trace["x"], trace["y"]) for trace in found["data"]]  # the last one is the ring
        [([2], [9.0]), ([1, 2], [8.0, 7.5]), ([2], [7.5])]
    """
    traces = []
    for entry, history, best_epoch in runs:
        of_model = f"{entry.name}, " if len(runs) > 1 else ""
        for series, dash in DASHES.items():
            found = curve(history, panel.metric, series)
            part = Entry(of_model + series, entry.colour, dash)
            traces.append(line(part, *found, hovertemplate="%{y:.4g}"))
        validation = curve(history, panel.metric, "validation")
        if best_epoch in validation.epochs:
            best = validation.values[validation.epochs.index(best_epoch)]
            traces.append(_ring(best_epoch, best, entry.colour))
    axis = {"rangemode": "tozero"} if panel.starts_at_zero else {}
    return chart(traces, "epoch", "", hovermode="x unified", yaxis=axis)


def _ring(x: float, y: float, colour: str) -> Trace:
    marker = {"size": 11, "symbol": "circle-open", "color": colour, "line": {"width": 2}}
    point = {"type": "scatter", "x": [x], "y": [y], "mode": "markers", "marker": marker}
    return {**point, "showlegend": False, "hovertemplate": "best epoch"}
