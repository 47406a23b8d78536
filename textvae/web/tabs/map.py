"""The Map tab: captions on a plane, a caption for every point of it, and sums of captions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from textvae.errors import BadInput
from textvae.web import map_json, maps
from textvae.web.arithmetic import add_up, working_examples
from textvae.web.clicks import replace_word
from textvae.web.events import PRIVATE, SILENT, click_fields, log_failure
from textvae.web.i18n.language import strings
from textvae.web.maps import Maps
from textvae.web.rendering.arithmetic import sum_examples, summed
from textvae.web.rendering.map_panel import map_panel
from textvae.web.rendering.markup import heading
from textvae.web.rendering.messages import intro, loading
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.validation import MAX_CHARACTERS
from textvae.web.widgets import asset, caption_box, panel

NAME = "map"
BOXES = ("start", "minus", "plus")
SCRIPTS = ("captions.js", "map_view.js", "map_controls.js", "map_input.js", "map.js")


def build(service: Service) -> Tab:
    """Lay the tab out."""
    latent_map = maps.of(service)
    with gr.Tab(strings.MAP, id=NAME, elem_id=NAME):
        gr.HTML(intro(strings.MAP_INTRO))
        shown = _map(latent_map)
        # The place that was picked in the browser, for links; the server is not asked for it.
        place = gr.Textbox("", visible=False, elem_id="place")
        gr.HTML(heading(strings.SUM, strings.SUM_INFO))
        boxes, button = _boxes()
        examples = panel(elem_id="sum-examples")
        notice = gr.HTML(elem_id="map-notice")
        result = panel(loading(), elem_id="map-result")
    shown.place(None, None, place, js="() => window.textvaePlane.place", **PRIVATE)
    filled = examples.pick(_filled, None, boxes, queue=False, **SILENT)
    corrected = result.pick(_corrected, boxes, boxes, queue=False, **SILENT)

    def refresh(model: str, place: str, *captions: str) -> tuple[str, str, str]:
        made = add_up(service, model, *captions)
        return (
            summed(made, latent_map.known(model), place),
            map_json.panel_value(model, place),
            sum_examples(working_examples(service, model)),
        )

    return Tab(
        NAME,
        {"place": place, **dict(zip(BOXES, boxes, strict=True))},
        [notice, result, shown, examples],
        refresh,
        [button.click, *(box.submit for box in boxes), filled.then, corrected.then],
        [result, shown],
    )


def _map(latent_map: Maps) -> Any:
    def open_map(request: Any) -> dict[str, Any]:
        return map_json.as_json(latent_map.open(_field(request, "model")))

    def decode_place(request: Any) -> dict[str, Any]:
        return latent_map.decode_at(_field(request, "model"), _field(request, "place"))

    return gr.HTML(
        map_json.panel_value("", ""),
        html_template=map_panel(),
        js_on_load="\n".join(map(asset, SCRIPTS)),
        server_functions=[_answering(open_map), _answering(decode_place)],
        elem_id="map-panel",
    )


def _answering(function: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """The function, with its failures as an answer that map.js shows."""

    def run(request: Any) -> dict[str, Any]:
        try:
            return function(request)
        except BadInput as error:
            return {"error": str(error)}
        except Exception:
            return {"error": log_failure()}

    run.__name__ = function.__name__  # by which the browser calls it
    return run


def _field(request: Any, name: str) -> Any:
    """A field of what the browser sent, which may be anything."""
    return request.get(name) if isinstance(request, dict) else None


def _filled(event: gr.EventData) -> list[str]:
    """The boxes with an example that was clicked."""
    fields = click_fields(event)
    return [str(fields.get(name, "")) for name in BOXES]


def _corrected(start: Any, minus: Any, plus: Any, event: gr.EventData) -> list[str]:
    """The boxes with an unknown word replaced by the one that was clicked."""
    fields, texts = click_fields(event), [str(each or "") for each in (start, minus, plus)]
    if fields.get("action") != "replace":
        return texts
    word, by = (str(fields.get(name, ""))[:MAX_CHARACTERS] for name in ("word", "by"))
    return [replace_word(text, word, by) for text in texts]


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
