"""Plotly figures as plain dictionaries, readable on light and dark.

Gradio's page has plotly.js 3; the python package would write for plotly.js 4 and costs a second
at import, so that the few keys that are needed stand here.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from textvae.web import strings as say
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
        "hovertemplate": say.POSTERIOR_HOVER + say.POSTERIOR_HOVER_KL,
    }
    trace["error_y"].update(color=QUIET, thickness=1.5)
    return json.dumps(
        {"data": [trace], "layout": _layout(len(order)), "config": {"displayModeBar": False}}
    )


def _layout(num_units: int) -> dict[str, Any]:
    prior_band = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": -1, "y1": 1}
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "fixedrange": True}
    return {
        "height": 300,
        "margin": {"l": 48, "r": 8, "t": 8, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": TEXT, "size": 12, "family": "IBM Plex Sans, sans-serif"},
        "showlegend": False,
        "uirevision": "posterior",
        "xaxis": {
            **axis,
            "title": {"text": say.POSTERIOR_AXIS},
            "range": [0, num_units + 1],
            "showgrid": False,
            "showticklabels": False,
            "zeroline": False,
        },
        "yaxis": {**axis, "title": {"text": say.POSTERIOR_SCALE}},
        "shapes": [{**prior_band, "fillcolor": GRID, "line": {"width": 0}, "layer": "below"}],
    }
