"""The training curves: a chart for each panel of `metrics.training_history`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from markupsafe import Markup

from textvae.metrics.training_history import PANELS, SERIES, Panel, curve
from textvae.report.charts.training import Run, training_chart
from textvae.report.model_results import ModelResults
from textvae.report.rendering import render
from textvae.report.sections import Plot, Table


def training_curves(models: Sequence[ModelResults]) -> Markup | str:
    """The section, or empty if no model has a history.

    Example:
        >>> history = [{"epoch": 1, "val_nll": 39.0}, {"epoch": 2, "val_nll": 38.0}]
        >>> training_curves([ModelResults("coco", {}, history=history)])
        Markup('...nats per caption; validation from 39 to 38...')
    """
    plots = []
    for panel in PANELS:
        having = [model for model in models if _has_curve(model, panel)]
        if having:
            plots.append(_plot(having, panel))
    return render("training.html", plots=plots) if plots else ""


def _has_curve(model: ModelResults, panel: Panel) -> bool:
    """Whether there are at least two points for a line."""
    return len(curve(model.history, panel.metric, "validation").epochs) > 1


def _plot(models: Sequence[ModelResults], panel: Panel) -> Plot:
    runs = [Run(model.entry, model.history, model.best_epoch) for model in models]
    return Plot(
        panel.metric,
        f"{panel.unit}; {_courses(runs, panel)}",
        training_chart(runs, panel),
        _table(runs, panel),
    )


def _courses(runs: Sequence[Run], panel: Panel) -> str:
    """The first and last validation values, in words."""
    courses = []
    for run in runs:
        values = curve(run.history, panel.metric, "validation").values
        of_model = f"{run.entry.name} " if len(runs) > 1 else ""
        courses.append(f"{of_model}from {values[0]:.4g} to {values[-1]:.4g}")
    return f"validation {', '.join(courses)}"


def _table(runs: Sequence[Run], panel: Panel) -> Table:
    heads, columns = ["epoch"], []
    for run in runs:
        of_model = f"{run.entry.name}, " if len(runs) > 1 else ""
        for series in SERIES:
            heads.append(of_model + series)
            found = curve(run.history, panel.metric, series)
            columns.append(dict(zip(*found, strict=True)))
    epochs = sorted(set(itertools.chain(*columns)))
    rows = [[epoch, *(column.get(epoch) for column in columns)] for epoch in epochs]
    return Table(f"{panel.metric} by epoch", heads, rows)
