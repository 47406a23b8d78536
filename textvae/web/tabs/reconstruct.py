"""The first tab: a typed sentence, its reconstruction, neighbours and paraphrases."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from textvae.web import examples, links
from textvae.web.i18n.language import strings
from textvae.web.own_sentence import surroundings
from textvae.web.rendering import captions
from textvae.web.rendering.messages import intro, loading
from textvae.web.rendering.own_sentence import around
from textvae.web.rendering.plots import posterior
from textvae.web.rendering.reconstruct import draws, posterior_heading, reconstructed
from textvae.web.rendering.towards import towards
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.towards import moves
from textvae.web.widgets import boldness, caption_box, panel, settings

NAME = "reconstruct"
NUM_WRITTEN = 5


def build(service: Service) -> Tab:
    """Lay the tab out."""
    with gr.Tab(strings.RECONSTRUCT, id=NAME, elem_id=NAME):
        gr.HTML(intro(strings.RECONSTRUCT_INTRO))
        caption = caption_box(
            NAME, "caption", strings.CAPTION, submit_btn=strings.RECONSTRUCT_BUTTON
        )
        offered = panel(elem_id="reconstruct-examples")
        notice = gr.HTML(elem_id="reconstruct-notice")
        result = panel(loading(), elem_id="reconstruct-result")
        moved = panel(elem_id="reconstruct-towards")
        near = panel(elem_id="reconstruct-around")
        with settings(NAME), gr.Row(elem_classes="tv-bar"):
            bold, seed = boldness(NAME, "boldness"), _seed()
        with gr.Accordion(strings.INSIDE, open=False, elem_id="inside"):
            drawn, heading, plot = _inside()

    def refresh(model: str, typed: Any, temperature: Any, wording: Any) -> tuple[Any, ...]:
        made = service.reconstruct(model, typed)
        found = surroundings(service, model, typed, temperature, wording)
        written = service.generate(model, NUM_WRITTEN, seed=examples.SEED)
        code = made.posterior
        figure = posterior(code.mu, code.sigma, code.kl_per_unit())
        return (
            reconstructed(made, found),
            towards(moves(service, model, typed)),
            around(found, written),
            _examples(service, model),
            draws(made),
            posterior_heading(made),
            PlotData(type="plotly", plot=figure),
        )

    return Tab(
        NAME,
        {"caption": caption, "boldness": bold, "wording": seed},
        [notice, result, moved, near, offered, drawn, heading, plot],
        refresh,
        [caption.submit, bold.input, seed.submit],
        [result, moved, near, drawn, offered],
    )


def _seed() -> Any:
    return gr.Number(
        links.default(NAME, "wording"),
        precision=0,
        label=strings.WORDING_SEED,
        info=strings.SEED_INFO,
        elem_id="wording",
        min_width=160,
    )


def _inside() -> tuple[Any, Any, Any]:
    with gr.Row(elem_classes="tv-split"):
        with gr.Column(min_width=300):
            drawn = panel(elem_id="reconstruct-draws")
        with gr.Column(min_width=300):
            heading = gr.HTML(elem_id="posterior-heading")
            plot = gr.Plot(show_label=False, container=False, elem_id="posterior")
    return drawn, heading, plot


def _examples(service: Service, model: str) -> str:
    own = service.models.own_lines(model)[: len(examples.CAPTIONS)]
    return captions.examples((each, {"caption": each}) for each in own or examples.CAPTIONS)
