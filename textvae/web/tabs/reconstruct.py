"""The Reconstruct tab: a caption there and back, and the cloud of points in between."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from textvae.web import links, plots, render
from textvae.web.i18n.language import strings
from textvae.web.service import Service
from textvae.web.widgets import Tab, panel

NAME = "reconstruct"


def build(service: Service) -> Tab:
    """Lay the tab out, inside a `gr.Tabs`."""
    with gr.Tab(strings.RECONSTRUCT, id=NAME, elem_id="reconstruct"):
        gr.HTML(render.intro(strings.RECONSTRUCT_INTRO))
        caption = _box()
        examples = panel(_examples(), elem_id="reconstruct-examples")
        notice = gr.HTML(elem_id="reconstruct-notice")
        result = panel(render.loading(), elem_id="reconstruct-result")
        with gr.Row(elem_classes="tv-split"):
            with gr.Column(min_width=300):
                drawn = panel(elem_id="reconstruct-draws")
            with gr.Column(min_width=300):
                heading = gr.HTML(elem_id="posterior-heading")
                plot = gr.Plot(show_label=False, container=False, elem_id="posterior")

    def refresh(model: str, typed: Any) -> tuple[Any, ...]:
        made = service.reconstruct(model, typed)
        figure = plots.posterior(made.mu, made.sigma, made.kl_per_unit)
        return (
            render.reconstructed(made),
            render.draws(made),
            render.posterior_heading(made),
            PlotData(type="plotly", plot=figure),
        )

    return Tab(
        NAME,
        {"caption": caption},
        [notice, result, drawn, heading, plot],
        refresh,
        [caption.submit],
        [result, drawn, examples],
    )


def _box() -> Any:
    return gr.Textbox(
        links.default(NAME, "caption"),
        label=strings.CAPTION,
        placeholder=strings.CAPTION_HINT,
        submit_btn=strings.RECONSTRUCT_BUTTON,
        max_lines=1,
        elem_id="caption",
        elem_classes="tv-box",
    )


def _examples() -> str:
    return render.examples(
        [{"text": one, "caption": one} for one in strings.RECONSTRUCT_EXAMPLES]
    )
