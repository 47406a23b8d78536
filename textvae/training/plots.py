"""Plotly figures of a training run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

PANELS = (
    ("nll", "nats a caption"),
    ("kl", "nats a caption"),
    ("loss", "nats a caption"),
    ("active_units", "units"),
)


def training_curves(history: Sequence[dict[str, float]]) -> Any:
    """`nll`, `kl`, `loss` and `active_units` by pass, training and validation: a plotly figure.

    Training values are with dropout, so they may lie above the validation ones.
    """
    titles = [f"{name} ({unit})" for name, unit in PANELS]
    figure = make_subplots(rows=2, cols=2, subplot_titles=titles)
    epochs = [logs["epoch"] for logs in history]
    for place, (name, _) in enumerate(PANELS):
        for prefix, colour in (("", "#8a8a84"), ("val_", "#129484")):
            line = go.Scatter(
                x=epochs,
                y=[logs[prefix + name] for logs in history],
                name="validation" if prefix else "training",
                line={"color": colour},
                showlegend=place == 0,
            )
            figure.add_trace(line, row=place // 2 + 1, col=place % 2 + 1)
    figure.update_layout(
        template="none", height=640, margin={"l": 50, "r": 20, "t": 50, "b": 40}
    )
    figure.update_xaxes(title_text="pass")
    return figure


def write_html(figure: Any, path: Path) -> None:
    """One self-contained page: plotly stands inside, no network is needed."""
    figure.write_html(path, include_plotlyjs=True, full_html=True)
