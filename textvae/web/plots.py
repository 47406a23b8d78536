"""Plotly figures as plain dictionaries, readable on light and dark.

Gradio's page has plotly.js 3; the python package would write for plotly.js 4 and costs a second
at import, so that the few keys that are needed stand here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from textvae.web import about
from textvae.web.i18n.language import strings
from textvae.web.render import ACTIVE_KL

TEXT = "#8a8a84"  # legible on both backgrounds
GRID = "rgba(128,128,128,.22)"
ACCENT = "#129484"
QUIET = "rgba(128,128,128,.55)"


def posterior(mu: np.ndarray, sigma: np.ndarray, kl: np.ndarray) -> str:
    """Mean and standard deviation of each unit, by falling KL, over the band of the prior.

    Args:
        mu: `[D]`.
        sigma: `[D]`, standard deviations.
        kl: `[D]`, nats.

    Returns:
        The figure as JSON, for `gr.Plot`.
    """
    order = np.argsort(-kl, kind="stable")
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": list(range(1, len(order) + 1)),
        "y": mu[order].round(3).tolist(),
        "error_y": {"type": "data", "array": sigma[order].round(3).tolist(), "width": 0},
        "marker": {"size": 6, "color": [ACCENT if kl[i] > ACTIVE_KL else QUIET for i in order]},
        "customdata": [[int(i), float(sigma[i]), float(kl[i])] for i in order],
        "hovertemplate": strings.POSTERIOR_HOVER + strings.POSTERIOR_HOVER_KL,
    }
    trace["error_y"].update(color=QUIET, thickness=1.5)
    return json.dumps(
        {"data": [trace], "layout": _layout(len(order)), "config": {"displayModeBar": False}}
    )


def curves(report: Mapping[str, Any], names: Sequence[str]) -> str:
    """Figures of a training run by pass, a panel each, one above the other, as JSON.

    Training values are with dropout, so they may lie above the validation ones.
    """
    traces = [
        _curve(part, places, row)
        for row, name in enumerate(names, start=1)
        for part, places in about.lines(report, name).items()
    ]
    return json.dumps(
        {"data": traces, "layout": _panels(names), "config": {"displayModeBar": False}}
    )


def _curve(part: str, places: tuple[Any, ...], row: int) -> dict[str, Any]:
    is_training = part == "training"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": places[0],
        "y": places[1],
        "name": strings.CURVE_TRAINING if is_training else strings.CURVE_VALIDATION,
        "line": {"color": QUIET if is_training else ACCENT, "width": 2},
        "marker": {"size": 4},
        "xaxis": f"x{row}",
        "yaxis": f"y{row}",
        "showlegend": row == 1,
        "hovertemplate": "%{y:.3g}",
    }


def _panels(names: Sequence[str]) -> dict[str, Any]:
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "fixedrange": True}
    layout: dict[str, Any] = {
        **_plain(430),
        "grid": {"rows": len(names), "columns": 1, "pattern": "independent", "ygap": 0.2},
        "margin": {"l": 48, "r": 8, "t": 30, "b": 40},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02},
        "hovermode": "x unified",
        "uirevision": "curves",
    }
    for row, name in enumerate(names, start=1):
        layout[f"xaxis{row}"] = {**axis, "showgrid": False, "nticks": 8}
        layout[f"yaxis{row}"] = {**axis, "title": {"text": strings.CURVES[name]}, "nticks": 5}
        layout[f"yaxis{row}"]["rangemode"] = "tozero"
    layout[f"xaxis{len(names)}"]["title"] = {"text": strings.CURVE_PASS}
    layout["legend"]["yanchor"] = "bottom"
    return layout


def _plain(height: int) -> dict[str, Any]:
    """What every figure has in common: its height, and no colour that one theme hides."""
    return {
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": TEXT, "size": 12, "family": "IBM Plex Sans, sans-serif"},
    }


def _layout(num_units: int) -> dict[str, Any]:
    prior_band = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": -1, "y1": 1}
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "fixedrange": True}
    return {
        **_plain(300),
        "margin": {"l": 48, "r": 8, "t": 8, "b": 40},
        "showlegend": False,
        "uirevision": "posterior",
        "xaxis": {
            **axis,
            "title": {"text": strings.POSTERIOR_AXIS},
            "range": [0, num_units + 1],
            "showgrid": False,
            "showticklabels": False,
            "zeroline": False,
        },
        "yaxis": {**axis, "title": {"text": strings.POSTERIOR_SCALE}},
        "shapes": [{**prior_band, "fillcolor": GRID, "line": {"width": 0}, "layer": "below"}],
    }
