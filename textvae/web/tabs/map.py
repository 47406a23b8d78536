"""The Map tab: captions of the model on a plane, a sentence for every place, and sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from textvae.errors import BadInput
from textvae.web import links, maps, render, render_map
from textvae.web.i18n.language import strings
from textvae.web.maps import Maps
from textvae.web.send import replaced
from textvae.web.service import Service
from textvae.web.validation import MAX_CHARACTERS
from textvae.web.widgets import OF_THE_PAGE, Tab, asset, clicks, logged, panel

NAME = "map"
BOXES = ("start", "minus", "plus")


def build(service: Service) -> Tab:
    """Lay the tab out, inside a `gr.Tabs`."""
    latent_map = maps.of(service)
    with gr.Tab(strings.MAP, id=NAME, elem_id="map"):
        gr.HTML(render.intro(strings.MAP_INTRO))
        shown = _map(latent_map)
        # What is picked in the browser, so that links have it; the server is not asked.
        place = gr.Textbox("", visible=False, elem_id="place")
        gr.HTML(f"<h3>{strings.SUM}</h3><p class='tv-info'>{strings.SUM_INFO}</p>")
        boxes, button = _boxes()
        examples = panel(elem_id="sum-examples")
        notice = gr.HTML(elem_id="map-notice")
        result = panel(render.loading(), elem_id="map-result")
    shown.place(None, None, place, js="() => window.textvaePlane.place", **OF_THE_PAGE)
    quietly: dict[str, Any] = {"queue": False, "show_progress": "hidden", **OF_THE_PAGE}
    filled = examples.pick(_filled, None, boxes, **quietly)
    corrected = result.pick(_corrected, boxes, boxes, **quietly)

    def refresh(model: str, place: str, *captions: str) -> tuple[str, str, str]:
        found = latent_map.add_up(model, *captions)
        return (
            render_map.summed(found, latent_map.known(model), place),
            maps.value(model, place),
            render_map.examples(latent_map.examples(model)),
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
        return maps.as_json(latent_map.open(_field(request, "model")))

    def read_place(request: Any) -> dict[str, Any]:
        return latent_map.read(_field(request, "model"), _field(request, "place"))

    return gr.HTML(
        maps.value("", ""),
        html_template=render_map.frame(),
        js_on_load=f"{asset('captions.js')}\n{asset('map.js')}",
        server_functions=[_answered(open_map), _answered(read_place)],
        elem_id="map-panel",
    )


def _answered(function: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """The function for map.js: what goes wrong is a sentence, too."""

    def run(request: Any) -> dict[str, Any]:
        try:
            return function(request)
        except BadInput as error:
            return {"error": str(error)}
        except Exception:
            return {"error": logged()}

    run.__name__ = function.__name__  # by which the browser calls it
    return run


def _field(request: Any, name: str) -> Any:
    """A field of what the browser sent, which may be anything."""
    return request.get(name) if isinstance(request, dict) else None


def _filled(event: gr.EventData) -> list[str]:
    return [str(clicks(event).get(name, "")) for name in BOXES]


def _corrected(start: Any, minus: Any, plus: Any, event: gr.EventData) -> list[str]:
    """The boxes with the word that a visitor took instead of an unknown one."""
    click, texts = clicks(event), [str(each or "") for each in (start, minus, plus)]
    if click.get("action") != "replace":
        return texts
    pair = [str(click.get(name, ""))[:MAX_CHARACTERS] for name in ("word", "by")]
    return [replaced(text, *pair) for text in texts]


def _boxes() -> tuple[list[Any], Any]:
    labels = (strings.START, strings.MINUS, strings.PLUS)
    with gr.Row(elem_classes="tv-bar", equal_height=False):
        boxes = [
            gr.Textbox(
                links.default(NAME, name),
                label=label,
                placeholder=strings.CAPTION_HINT,
                max_lines=1,
                min_width=220,
                scale=1,
                elem_id=name,
                elem_classes="tv-box",
            )
            for name, label in zip(BOXES, labels, strict=True)
        ]
        button = gr.Button(
            strings.SUM_BUTTON, variant="primary", elem_id="sum-run", min_width=110, scale=0
        )
    return boxes, button
