"""The About tab: what one is looking at, and what is known of the model."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from textvae.web import about, plots, render
from textvae.web.i18n.language import strings
from textvae.web.service import Service
from textvae.web.widgets import Tab

NAME = "about"
PANELS = (("nll", "kl"), ("loss", "active_units"))  # of each figure, from the top


def build(service: Service) -> Tab:
    """Lay the tab out, inside a `gr.Tabs`."""
    with gr.Tab(strings.ABOUT, id=NAME, elem_id="about"):
        notice = gr.HTML(elem_id="about-notice")
        result = gr.HTML(render.loading(), elem_id="about-result")
        heading = gr.HTML(elem_id="curves-heading")
        with gr.Row(elem_id="curves"):
            plots = [_plot(), _plot()]
        limits = gr.HTML(elem_id="about-limits")
        with gr.Accordion(strings.CARD, open=False, elem_id="card"):
            card = gr.Markdown(elem_id="card-text")

    def refresh(model: str) -> tuple[Any, ...]:
        known = service.about(model)
        return (
            f'<div class="tv-result tv-about">{about.explained(known)}</div>',
            about.trained(known.report),
            *_curves(known.report),
            f'<div class="tv-about">{about.limits(known)}</div>',
            known.card,
        )

    return Tab(NAME, {}, [notice, result, heading, *plots, limits, card], refresh, [], [])


def _plot() -> Any:
    return gr.Plot(show_label=False, container=False, visible=False, min_width=300)


def _curves(report: Any) -> list[Any]:
    """Two figures of two panels each; hidden where there is no history."""
    if not about.history(report):
        return [gr.Plot(visible=False)] * 2
    made = (plots.curves(report, names) for names in PANELS)
    return [gr.Plot(PlotData(type="plotly", plot=one), visible=True) for one in made]
