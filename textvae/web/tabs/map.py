"""The Map tab: captions on a plane, a caption for every point, and a place for a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from textvae.errors import BadInput
from textvae.web import map_json, maps
from textvae.web.events import PRIVATE, log_failure
from textvae.web.i18n.language import strings
from textvae.web.maps import Maps, NotOpened
from textvae.web.rendering.map_panel import map_panel
from textvae.web.rendering.messages import intro
from textvae.web.service import Service
from textvae.web.tabs.tab import Tab
from textvae.web.widgets import asset

NAME = "map"
SCRIPTS = ("captions.js", "map_view.js", "map_controls.js", "map_input.js", "map.js")


def build(service: Service) -> Tab:
    """Lay the tab out."""
    latent_map = maps.of(service)
    with gr.Tab(strings.MAP, id=NAME, elem_id=NAME):
        gr.HTML(intro(strings.MAP_INTRO))
        notice = gr.HTML(elem_id="map-notice")
        shown = _map(latent_map)
        # The selection in the browser, for links, without a request to the server.
        picked = {
            name: gr.Textbox("", visible=False, elem_id=name) for name in ("place", "pin")
        }
    picks = "() => [window.textvaePlane.place, window.textvaePlane.pin]"
    shown.place(None, None, list(picked.values()), js=picks, **PRIVATE)

    def refresh(model: str, place: str, pin: str) -> tuple[str]:
        return (map_json.panel_value(model, place, pin),)

    return Tab(NAME, picked, [notice, shown], refresh, [], [shown])


def _map(latent_map: Maps) -> Any:
    def open_map(request: Any) -> dict[str, Any]:
        return map_json.as_json(latent_map.open(_field(request, "model")))

    def decode_place(request: Any) -> dict[str, Any]:
        return latent_map.decode_at(_field(request, "model"), _field(request, "place"))

    def find_sentence(request: Any) -> dict[str, Any]:
        return latent_map.find(_field(request, "model"), _field(request, "sentence"))

    return gr.HTML(
        map_json.panel_value("", ""),
        html_template=map_panel(),
        js_on_load="\n".join(map(asset, SCRIPTS)),
        server_functions=[_answering(each) for each in (open_map, decode_place, find_sentence)],
        elem_id="map-panel",
    )


def _answering(function: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """The function, with failures as an answer that map.js shows."""

    def run(request: Any) -> dict[str, Any]:
        try:
            return function(request)
        except NotOpened as error:
            return {"error": str(error), "again": True}
        except BadInput as error:
            return {"error": str(error)}
        except Exception:
            return {"error": log_failure()}

    run.__name__ = function.__name__  # the name used by the browser
    return run


def _field(request: Any, name: str) -> Any:
    """A field of the browser's data, which may be anything."""
    return request.get(name) if isinstance(request, dict) else None
