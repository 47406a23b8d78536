"""The Arithmetic tab: one caption minus another plus a third."""

from __future__ import annotations

from typing import Any

import gradio as gr

from textvae.web import maps
from textvae.web.arithmetic import add_up, working_examples
from textvae.web.clicks import BOXES_OF
from textvae.web.i18n.language import strings
from textvae.web.rendering.arithmetic import sum_examples, summed
from textvae.web.rendering.messages import intro, loading
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.widgets import caption_box, panel

NAME = "sum"
BOXES = BOXES_OF[NAME]


def build(service: Service) -> Tab:
    """Lay the tab out."""
    latent_map = maps.of(service)
    with gr.Tab(strings.SUM, id=NAME, elem_id=NAME):
        gr.HTML(intro(strings.SUM_INTRO))
        boxes, button = _boxes()
        examples = panel(elem_id="sum-examples")
        notice = gr.HTML(elem_id="sum-notice")
        result = panel(loading(), elem_id="sum-result")

    def refresh(model: str, *captions: str) -> tuple[str, str]:
        made = add_up(service, model, *captions)
        offered = sum_examples(working_examples(service, model))
        return summed(made, latent_map.known(model)), offered

    return Tab(
        NAME,
        dict(zip(BOXES, boxes, strict=True)),
        [notice, result, examples],
        refresh,
        [button.click, *(box.submit for box in boxes)],
        [result, examples],
    )


def _boxes() -> tuple[list[Any], Any]:
    labels = (strings.START, strings.MINUS, strings.PLUS)
    with gr.Row(elem_classes="tv-bar", equal_height=False):
        boxes = [
            caption_box(NAME, name, label, scale=1, min_width=220)
            for name, label in zip(BOXES, labels, strict=True)
        ]
        button = gr.Button(
            strings.SUM_BUTTON, variant="primary", elem_id="sum-run", min_width=110, scale=0
        )
    return boxes, button
