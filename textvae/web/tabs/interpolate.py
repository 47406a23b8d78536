"""The Interpolate tab: the sentences on a path between two captions."""

from __future__ import annotations

from typing import Any

import gradio as gr

from textvae.web import links, maps, render, render_map, validation
from textvae.web.i18n.language import strings
from textvae.web.service import Service
from textvae.web.widgets import OF_THE_PAGE, Tab, panel

NAME = "interpolate"


def build(service: Service) -> Tab:
    """Lay the tab out, inside a `gr.Tabs`."""
    with gr.Tab(strings.INTERPOLATE, id=NAME, elem_id="interpolate"):
        gr.HTML(render.intro(strings.INTERPOLATE_INTRO))
        first, last, swap = _boxes()
        examples = panel(_examples(), elem_id="interpolate-examples")
        steps, path, button = _controls()
        notice = gr.HTML(elem_id="interpolate-notice")
        result = panel(render.loading(), elem_id="interpolate-result")
    swapped = swap.click(
        lambda a, b: (b, a),
        [first, last],
        [first, last],
        queue=False,
        show_progress="hidden",
        **OF_THE_PAGE,
    )

    latent_map = maps.of(service)

    def refresh(model: str, *inputs: Any) -> tuple[str]:
        path = service.interpolate(model, *inputs)
        return (
            render.interpolated(
                path,
                render_map.path_on_map(path, latent_map.on_map(path), latent_map.known(model)),
            ),
        )

    return Tab(
        NAME,
        {"first": first, "last": last, "steps": steps, "path": path},
        [notice, result],
        refresh,
        [button.click, first.submit, last.submit, swapped.then, steps.input, path.input],
        [result, examples],
    )


def _boxes() -> tuple[Any, Any, Any]:
    with gr.Row(elem_classes="tv-bar", equal_height=False):
        first = _box("first", strings.FIRST)
        swap = gr.Button(strings.SWAP, elem_id="swap", min_width=80, scale=0)
        last = _box("last", strings.LAST)
    return first, last, swap


def _box(name: str, label: str) -> Any:
    return gr.Textbox(
        links.default(NAME, name),
        label=label,
        placeholder=strings.CAPTION_HINT,
        max_lines=1,
        min_width=260,
        scale=1,
        elem_id=name,
        elem_classes="tv-box",
    )


def _controls() -> tuple[Any, Any, Any]:
    paths = [(text, name) for name, text in strings.PATHS.items()]
    with gr.Row(elem_classes="tv-bar tv-quiet", equal_height=False):
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
        button = gr.Button(
            strings.INTERPOLATE_BUTTON,
            variant="primary",
            elem_id="interpolate-run",
            min_width=130,
            scale=0,
        )
    return steps, path, button


def _examples() -> str:
    return render.examples(
        [
            {"text": strings.ARROW.format(first=first, last=last), "first": first, "last": last}
            for first, last in strings.INTERPOLATE_EXAMPLES
        ]
    )
