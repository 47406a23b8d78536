"""The About tab: what the model does, how it was trained and measured, and its limits."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from textvae.metrics.training_history import PANELS, history_of
from textvae.web.i18n.language import strings
from textvae.web.rendering.about import explained, limits, trained
from textvae.web.rendering.messages import loading
from textvae.web.rendering.plots import curves
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab

NAME = "about"
PLOTS = (PANELS[:2], PANELS[2:])  # the panels of each, from the top


def build(service: Service) -> Tab:
    """Lay the tab out."""
    with gr.Tab(strings.ABOUT, id=NAME, elem_id="about"):
        notice = gr.HTML(elem_id="about-notice")
        result = gr.HTML(loading(), elem_id="about-result")
        heading = gr.HTML(elem_id="curves-heading")
        with gr.Row(elem_id="curves"):
            plots = [_plot() for _ in PLOTS]
        cannot = gr.HTML(elem_id="about-limits")
        with gr.Accordion(strings.CARD, open=False, elem_id="card"):
            card = gr.Markdown(elem_id="card-text")

    def refresh(model: str) -> tuple[Any, ...]:
        about = service.about(model)
        return (
            f'<div class="tv-result tv-about">{explained(about)}</div>',
            trained(about.report),
            *_plots(about.report),
            f'<div class="tv-about">{limits(about)}</div>',
            about.card,
        )

    return Tab(NAME, {}, [notice, result, heading, *plots, cannot, card], refresh, [], [])


def _plot() -> Any:
    return gr.Plot(show_label=False, container=False, visible=False, min_width=300)


def _plots(report: Any) -> list[Any]:
    """The training curves; hidden if the report has no history."""
    if not history_of(report):
        return [gr.Plot(visible=False) for _ in PLOTS]
    plots = [curves(report, panels) for panels in PLOTS]
    return [gr.Plot(PlotData(type="plotly", plot=plot), visible=True) for plot in plots]
