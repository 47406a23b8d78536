"""The Grid tab: captions between four captions."""

from __future__ import annotations

import zlib
from typing import Any

import gradio as gr

from textvae.web.grid import fill_grid
from textvae.web.i18n.language import strings
from textvae.web.rendering.captions import examples
from textvae.web.rendering.grid import BOXES, grid
from textvae.web.rendering.messages import intro, loading
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.widgets import asset, caption_box, panel

NAME = "grid"
SCRIPTS = ("captions.js", "grid.js")


def build(service: Service) -> Tab:
    """Lay the tab out."""
    with gr.Tab(strings.GRID, id=NAME, elem_id=NAME):
        gr.HTML(intro(strings.GRID_INTRO))
        boxes = [box for start in (0, 2) for box in _row(start)]
        with gr.Row(elem_classes="tv-bar"):
            offered = panel(elem_id="grid-examples")
            button = gr.Button(
                strings.GRID_BUTTON, variant="primary", elem_id="grid-run", scale=0
            )
        notice = gr.HTML(elem_id="grid-notice")
        scripts = "\n".join(map(asset, SCRIPTS))
        result = gr.HTML(loading(), js_on_load=scripts, elem_id="grid-result")

    def refresh(model: str, *corners: str) -> tuple[str, str]:
        return grid(fill_grid(service, model, *corners)), _others(service, model, corners)

    return Tab(
        NAME,
        dict(zip(BOXES, boxes, strict=True)),
        [notice, result, offered],
        refresh,
        [button.click, *(box.submit for box in boxes)],
        [result, offered],
    )


def _row(start: int) -> list[Any]:
    with gr.Row(elem_classes="tv-bar", equal_height=False):
        return [
            caption_box(NAME, BOXES[i], strings.CORNERS[i], scale=1, min_width=140)
            for i in (start, start + 1)
        ]


def _others(service: Service, model: str, corners: tuple[str, ...]) -> str:
    """A button with four generated captions, others after each use."""
    seed = zlib.crc32("\n".join(corners).encode()) % 1_000_000
    drawn = service.generate(model, len(BOXES), seed=seed).captions
    return examples([(strings.GRID_OTHERS, dict(zip(BOXES, drawn, strict=True)))])
