"""Plots for `gr.Plot`: JSON for plotly.js, legible in light and dark themes.

The page has plotly.js 3. The Python package would write plots for plotly.js 4 and takes a
second to import, so the few required keys are written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from textvae.metrics.training_history import SERIES, Panel, curve, history_of
from textvae.web.i18n.language import strings
from textvae.web.rendering.reconstruct import ACTIVE_KL

TEXT = "#8a8a84"  # legible on both backgrounds
GRID = "rgba(128,128,128,.22)"
ACCENT = "#129484"
QUIET = "rgba(128,128,128,.55)"
AXIS = {"gridcolor": GRID, "zerolinecolor": GRID, "fixedrange": True}
HEIGHTS = {"posterior": 300, "curves": 430}  # pixels


def posterior(mu: np.ndarray, sigma: np.ndarray, kl: np.ndarray) -> str:
    """Mean and standard deviation of each unit, by decreasing KL, over the band of the prior.

    Args:
        mu: `[D]`.
        sigma: `[D]`, standard deviations.
        kl: `[D]`, nats.

    Returns:
        The plot as JSON.

    Example:
        >>> mu, sigma, kl = np.array([[0.1, 1.5], [0.99, 0.2], [0.01, 2.25]])
        >>> [units] = json.loads(posterior(mu, sigma, kl))["data"]
        >>> units["y"], units["error_y"]["array"]
        ([1.5, 0.1], [0.2, 0.99])
    """
    order = np.argsort(-kl, kind="stable")
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": list(range(1, len(order) + 1)),
        "y": mu[order].round(3).tolist(),
        "error_y": {
            "type": "data",
            "array": sigma[order].round(3).tolist(),
            "width": 0,
            "color": QUIET,
            "thickness": 1.5,
        },
        "marker": {"size": 6, "color": [ACCENT if kl[i] > ACTIVE_KL else QUIET for i in order]},
        "customdata": [[int(i), float(sigma[i]), float(kl[i])] for i in order],
        "hovertemplate": strings.POSTERIOR_HOVER + strings.POSTERIOR_HOVER_KL,
    }
    return _plot([trace], _posterior_layout(len(order)))


def curves(report: Any, panels: Sequence[Panel]) -> str:
    """Metrics of training by epoch, one panel above the other, as JSON.

    Example:
        >>> report = {"history": [{"epoch": 1, "kl": 9.1, "val_kl": 9.8}]}
        >>> traces = json.loads(curves(report, [Panel("kl", "nats per caption")]))["data"]
        >>> [(trace["name"], trace["x"], trace["y"]) for trace in traces]
        [('training', [1], [9.1]), ('validation', [1], [9.8])]
    """
    history = history_of(report)
    traces = [
        _curve(*curve(history, panel.metric, series), series, row)
        for row, panel in enumerate(panels, start=1)
        for series in SERIES
    ]
    return _plot(traces, _curves_layout(panels, len(history)))


def _curve(
    epochs: Sequence[int], values: Sequence[float], series: str, row: int
) -> dict[str, Any]:
    is_training = series == "training"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(epochs),
        "y": list(values),
        "name": strings.CURVE_TRAINING if is_training else strings.CURVE_VALIDATION,
        "line": {"color": QUIET if is_training else ACCENT, "width": 2},
        "marker": {"size": 4},
        "xaxis": f"x{row}",
        "yaxis": f"y{row}",
        "showlegend": row == 1,
        "hovertemplate": "%{y:.3g}",
    }


def _curves_layout(panels: Sequence[Panel], num_epochs: int) -> dict[str, Any]:
    ticks = {"nticks": 8} if num_epochs > 8 else {"dtick": 1}  # no half epochs
    layout: dict[str, Any] = {
        **_layout("curves"),
        "grid": {"rows": len(panels), "columns": 1, "pattern": "independent", "ygap": 0.2},
        "margin": {"l": 48, "r": 8, "t": 30, "b": 40},
        "legend": {
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1.02,
            "yanchor": "bottom",
        },
        "hovermode": "x unified",
    }
    for row, panel in enumerate(panels, start=1):
        layout[f"xaxis{row}"] = {**AXIS, "showgrid": False, **ticks}
        layout[f"yaxis{row}"] = {
            **AXIS,
            "title": {"text": strings.CURVES[panel.metric]},
            "nticks": 5,
            "rangemode": "tozero" if panel.starts_at_zero else "normal",
        }
    layout[f"xaxis{len(panels)}"]["title"] = {"text": strings.CURVE_EPOCH}
    return layout


def _posterior_layout(num_units: int) -> dict[str, Any]:
    prior = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": -1, "y1": 1}
    return {
        **_layout("posterior"),
        "margin": {"l": 48, "r": 8, "t": 8, "b": 40},
        "showlegend": False,
        "xaxis": {
            **AXIS,
            "title": {"text": strings.POSTERIOR_AXIS},
            "range": [0, num_units + 1],
            "showgrid": False,
            "showticklabels": False,
            "zeroline": False,
        },
        "yaxis": {**AXIS, "title": {"text": strings.POSTERIOR_SCALE}},
        "shapes": [{**prior, "fillcolor": GRID, "line": {"width": 0}, "layer": "below"}],
    }


def _layout(name: str) -> dict[str, Any]:
    """The common layout of plots, without colours that are illegible in one of the themes."""
    return {
        "height": HEIGHTS[name],
        "uirevision": name,  # plotly keeps the zoom and hidden traces while this is equal
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": TEXT, "size": 12, "family": "IBM Plex Sans, sans-serif"},
    }


def _plot(traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> str:
    return json.dumps({"data": traces, "layout": layout, "config": {"displayModeBar": False}})
