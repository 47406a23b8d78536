"""The Reconstruct tab: a caption, its reconstruction, and the posterior in between."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from textvae.web import examples
from textvae.web.i18n.language import strings
from textvae.web.rendering import captions
from textvae.web.rendering.messages import intro, loading
from textvae.web.rendering.plots import posterior
from textvae.web.rendering.reconstruct import draws, posterior_heading, reconstructed
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.widgets import caption_box, panel

NAME = "reconstruct"


def build(service: Service) -> Tab:
    """Lay the tab out."""
    with gr.Tab(strings.RECONSTRUCT, id=NAME, elem_id=NAME):
        gr.HTML(intro(strings.RECONSTRUCT_INTRO))
        caption = caption_box(
            NAME, "caption", strings.CAPTION, submit_btn=strings.RECONSTRUCT_BUTTON
        )
        offered = panel(_examples(service), elem_id="reconstruct-examples")
        notice = gr.HTML(elem_id="reconstruct-notice")
        result = panel(loading(), elem_id="reconstruct-result")
        with gr.Row(elem_classes="tv-split"):
            with gr.Column(min_width=300):
                drawn = panel(elem_id="reconstruct-draws")
            with gr.Column(min_width=300):
                heading = gr.HTML(elem_id="posterior-heading")
                plot = gr.Plot(show_label=False, container=False, elem_id="posterior")

    def refresh(model: str, typed: Any) -> tuple[Any, ...]:
        made = service.reconstruct(model, typed)
        found = made.posterior
        figure = posterior(found.mu, found.sigma, found.kl_per_unit())
        return (
            reconstructed(made),
            draws(made),
            posterior_heading(made),
            PlotData(type="plotly", plot=figure),
        )

    return Tab(
        NAME,
        {"caption": caption},
        [notice, result, drawn, heading, plot],
        refresh,
        [caption.submit],
        [result, drawn, offered],
    )


def _examples(service: Service) -> str:
    own = service.models.own_lines(service.models.default)[: len(examples.CAPTIONS)]
    return captions.examples((each, {"caption": each}) for each in own or examples.CAPTIONS)
