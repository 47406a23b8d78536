"""The Reconstruct tab: a caption there and back, and the cloud of points in between."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from textvae.web import figures, links, render
from textvae.web import strings as say
from textvae.web.service import Service
from textvae.web.widgets import Panel, Tab

NAME = "reconstruct"


def build(service: Service) -> Tab:
    """Lay the tab out, inside a `gr.Tabs`."""
    with gr.Tab(say.RECONSTRUCT, id=NAME, elem_id="reconstruct"):
        gr.HTML(render.intro(say.RECONSTRUCT_INTRO))
        caption = _box()
        examples = Panel(_examples(), elem_id="reconstruct-examples")
        notice = gr.HTML(elem_id="reconstruct-notice")
        panel = Panel(render.loading(), elem_id="reconstruct-result")
        with gr.Row(elem_classes="tv-split"):
            with gr.Column(min_width=300):
                drawn = Panel(elem_id="reconstruct-draws")
            with gr.Column(min_width=300):
                heading = gr.HTML(elem_id="posterior-heading")
                plot = gr.Plot(show_label=False, container=False, elem_id="posterior")

    def refresh(model: str, typed: Any) -> tuple[Any, ...]:
        result = service.reconstruct(model, typed)
        figure = figures.posterior(result.mu, result.sigma, result.kl_per_unit)
        return (
            render.reconstructed(result),
            render.draws(result),
            render.posterior_heading(result),
            PlotData(type="plotly", plot=figure),
        )

    return Tab(
        NAME,
        {"caption": caption},
        [notice, panel, drawn, heading, plot],
        refresh,
        [caption.submit],
        [panel, drawn, examples],
    )


def _box() -> Any:
    return gr.Textbox(
        links.default(NAME, "caption"),
        label=say.CAPTION,
        placeholder=say.CAPTION_HINT,
        submit_btn=say.RECONSTRUCT_BUTTON,
        max_lines=1,
        elem_id="caption",
        elem_classes="tv-box",
    )


def _examples() -> str:
    return render.examples([{"text": one, "caption": one} for one in say.RECONSTRUCT_EXAMPLES])
