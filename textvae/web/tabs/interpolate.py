"""The Interpolate tab: the captions on a path between two captions."""

from __future__ import annotations

from typing import Any

import gradio as gr

from textvae.web import examples, links, maps, validation
from textvae.web.events import ONE_BY_ONE
from textvae.web.i18n.language import strings
from textvae.web.rendering import captions
from textvae.web.rendering.interpolate import interpolated, path_on_map
from textvae.web.rendering.messages import intro, loading
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.widgets import caption_box, panel, settings

NAME = "interpolate"


def build(service: Service) -> Tab:
    """Lay the tab out."""
    with gr.Tab(strings.INTERPOLATE, id=NAME, elem_id=NAME):
        gr.HTML(intro(strings.INTERPOLATE_INTRO))
        first, last, swap = _boxes()
        with gr.Row(elem_classes="tv-bar"):
            offered = panel(elem_id="interpolate-examples")
            button = gr.Button(
                strings.INTERPOLATE_BUTTON,
                variant="primary",
                elem_id="interpolate-run",
                min_width=150,
                scale=0,
            )
        notice = gr.HTML(elem_id="interpolate-notice")
        result = panel(loading(), elem_id="interpolate-result")
        with settings(NAME):
            steps, path = _controls()
    swapped = swap.click(lambda a, b: (b, a), [first, last], [first, last], **ONE_BY_ONE)
    latent_map = maps.of(service)

    def refresh(model: str, *inputs: Any) -> tuple[str, str]:
        made = service.interpolate(model, *inputs)
        on_map = path_on_map(made, latent_map.on_map(made), latent_map.known(model))
        return interpolated(made, on_map), _examples(service, model)

    return Tab(
        NAME,
        {"first": first, "last": last, "steps": steps, "path": path},
        [notice, result, offered],
        refresh,
        [button.click, first.submit, last.submit, swapped.then, steps.input, path.input],
        [result, offered],
    )


def _boxes() -> tuple[Any, Any, Any]:
    with gr.Row(elem_classes="tv-bar", equal_height=False):
        first = caption_box(NAME, "first", strings.FIRST, scale=1, min_width=260)
        swap = gr.Button(strings.SWAP, elem_id="swap", min_width=80, scale=0)
        last = caption_box(NAME, "last", strings.LAST, scale=1, min_width=260)
    return first, last, swap


def _controls() -> tuple[Any, Any]:
    paths = [(text, name) for name, text in strings.PATHS.items()]
    with gr.Row(elem_classes="tv-bar", equal_height=False):
        steps = gr.Slider(
            *validation.STEPS,
            value=links.default(NAME, "steps"),
            step=1,
            label=strings.STEPS,
            elem_id="steps",
            min_width=220,
        )
        path = gr.Radio(
            paths,
            value=links.default(NAME, "path"),
            label=strings.PATH,
            elem_id="path",
            min_width=220,
        )
    return steps, path


def _examples(service: Service, model: str) -> str:
    own = service.models.own_lines(model)[: 2 * len(examples.PAIRS)]
    pairs = list(zip(own[::2], own[1::2], strict=False)) or examples.PAIRS
    return captions.examples(
        (captions.pair(first, last), {"first": first, "last": last}) for first, last in pairs
    )
