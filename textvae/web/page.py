"""The page: a header, the tabs, and the wires between them.

A tab is one module with a `build(service) -> Tab`, its parameters in links.py, and its name in
`TABS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from textvae.web import api, history, links, render
from textvae.web.i18n.language import (
    CATALOGUES,
    ENGLISH,
    current_language,
    strings,
    use_language,
)
from textvae.web.requests import app_options
from textvae.web.send import Boxes, send
from textvae.web.service import Service
from textvae.web.tabs import about as tab_about
from textvae.web.tabs import generate as tab_generate
from textvae.web.tabs import interpolate as tab_interpolate
from textvae.web.tabs import map as tab_map
from textvae.web.tabs import reconstruct as tab_reconstruct
from textvae.web.theme import theme
from textvae.web.widgets import (
    OF_THE_PAGE,
    ON_THE_MODEL,
    STATIC,
    Tab,
    asset,
    clicks,
    localized,
    logged,
)

TABS = (
    tab_generate.build,
    tab_reconstruct.build,
    tab_interpolate.build,
    tab_map.build,
    tab_about.build,
)
QUIETLY: dict[str, Any] = {"show_progress": "hidden", **OF_THE_PAGE}
WAITING = 64  # visitors who may stand in line; one more is told to come back
# Visits whose boxes and panels gradio remembers, 0.4 MB each; by itself 10,000, long after they
# have ended. The page reads none of it: whoever is forgotten goes on as if nothing were.
SESSIONS = 64


class Page(gr.Blocks):
    """Blocks that come in the language of whoever opens them.

    Gradio's own I18n leaves the labels of sliders and text boxes, the page's language and what
    it does not know itself (plain `zh`). So the page is built once for each language, and of
    the others than English only the words are kept.
    """

    def __init__(self, **options: Any) -> None:
        self._english: dict[str, Any] = {}
        self._translated: dict[str, list[dict[str, Any]]] = {}
        super().__init__(**options)

    @property
    def config(self) -> dict[str, Any]:
        """What the browser builds the page from, in the language of this request."""
        words = self._translated.get(current_language())
        if words is None:
            return self._english
        pairs = zip(self._english["components"], words, strict=True)
        translated = [{**ours, "props": props} for ours, props in pairs]
        return {**self._english, "components": translated}

    @config.setter
    def config(self, config: dict[str, Any]) -> None:
        self._english = config

    def translate(self, language: str, same: Page) -> None:
        """Take the words of the same page built in another language."""
        self._translated[language] = [each["props"] for each in same._english["components"]]


def build_demo(service: Service) -> Page:
    """The page around a service. Nothing is loaded until it is opened, or `service` told to."""
    page = _build(service)
    for language in CATALOGUES:
        if language != ENGLISH:
            with use_language(language):
                page.translate(language, _build(service))
    page.queue(max_size=WAITING)
    return page


def _build(service: Service) -> Page:
    page = Page(title=strings.TITLE, analytics_enabled=False)
    with page:
        model, status, past = _header(service)
        first = next(iter(links.PARAMETERS))
        with gr.Tabs(selected=first, overflow_behavior="wrap", elem_id="tabs") as front:
            tabs = [build(service) for build in TABS]
        _wire_refresh(model, tabs)
        _wire_clicks(model, front, tabs)
        _wire_start(page, service, (model, status, front, past), tabs)
        api.publish(service)
    return page


def launch_options() -> dict[str, Any]:
    """What `launch` needs for the page to look and behave as it should."""
    return {
        "theme": theme(),
        "css_paths": [STATIC / "page.css", STATIC / "map.css"],
        "head": f"<script>{asset('plane.js')}</script>",
        "js": (STATIC / "page.js").read_text("utf-8"),
        "footer_links": ["api", "settings"],
        "run_history": False,
        "state_session_capacity": SESSIONS,
        "ssr_mode": False,
        "enable_monitoring": False,
        "show_error": False,
        "max_file_size": "1mb",
        "pwa": False,
        "share": False,
        "mcp_server": api.can_serve_agents(),
        "app_kwargs": app_options(),
    }


def _header(service: Service) -> tuple[Any, Any, Any]:
    space = os.environ.get("SPACE_ID", "")
    share = f"https://huggingface.co/spaces/{space}" if space else ""
    with gr.Row(elem_id="header", equal_height=False):
        gr.HTML(render.title(share), elem_id="title")
        with gr.Column(scale=0, min_width=280, elem_id="live"):
            model = gr.Dropdown(
                [(Path(name).name, name) for name in service.names],
                value=service.default,
                label=strings.MODEL,
                filterable=False,
                elem_id="model",
            )
            with gr.Row(elem_id="state"):
                status = gr.HTML(render.status(service.default, None), elem_id="status")
                past = history.build()
    return model, status, past


def _wire_refresh(model: Any, tabs: Sequence[Tab]) -> None:
    for tab in tabs:
        for trigger in tab.triggers:
            _refresh(trigger, model, [tab], trigger_mode="always_last")


def _refresh(after: Callable[..., Any], model: Any, tabs: Sequence[Tab], **more: Any) -> Any:
    """One event that shows anew what these tabs show."""

    def run(name: str, *values: Any) -> tuple[Any, ...]:
        return _results(name, values, tabs)

    shown = [tab.outputs[1] for tab in tabs]
    options = {"show_progress": "minimal", "show_progress_on": shown, **more}
    inputs = [model, *(box for tab in tabs for box in tab.inputs.values())]
    outputs = [each for tab in tabs for each in tab.outputs]
    return after(localized(run), inputs, outputs, **options, **ON_THE_MODEL, **OF_THE_PAGE)


def _results(model: str, values: Sequence[Any], tabs: Sequence[Tab]) -> tuple[Any, ...]:
    """The outputs of each tab for its own share of the values; one's failure is its own."""
    found: list[Any] = []
    rest = list(values)
    for tab in tabs:
        count = len(tab.inputs)
        found += tab.guarded()(model, *rest[:count])
        del rest[:count]
    return tuple(found)


def _wire_clicks(model: Any, front: Any, tabs: Sequence[Tab]) -> None:
    """Captions, examples and suggested words: fill the boxes, then show what they give."""
    inputs = {name: box for tab in tabs for name, box in tab.inputs.items()}
    boxes = [inputs["caption"], inputs["first"], inputs["last"]]
    takers = [tab for tab in tabs if not set(tab.inputs).isdisjoint(("caption", "first"))]
    for tab in tabs:
        for panel in tab.panels:
            done = panel.pick(
                _clicked(tab.name), boxes, [front, *boxes], queue=False, **QUIETLY
            )
            _refresh(done.then, model, takers)


def _clicked(tab: str) -> Callable[..., tuple[Any, ...]]:
    # Not a partial: gradio finds the event by the hint, which it does not see through one.
    def clicked(caption: Any, first: Any, last: Any, event: gr.EventData) -> tuple[Any, ...]:
        before = Boxes(tab, str(caption or ""), str(first or ""), str(last or ""))
        after = send(clicks(event), before)
        return gr.Tabs(selected=after.tab), after.caption, after.first, after.last

    return clicked


def _wire_start(
    page: Any, service: Service, header: tuple[Any, Any, Any, Any], tabs: Sequence[Tab]
) -> None:
    """A link, at load or from the history: take its settings at once, then fill every tab."""
    model, status, front, past = header
    boxes = {name: box for tab in tabs for name, box in tab.inputs.items()}
    restored = [front, model, status, *boxes.values()]

    def restore(query: Mapping[str, str]) -> tuple[Any, ...]:
        values = links.read(query, service.names)
        shown = announce(values["model"])
        return gr.Tabs(selected=values["tab"]), values["model"], shown, *map(values.get, boxes)

    def opened_link(request: gr.Request) -> tuple[Any, ...]:
        return restore(dict(request.query_params))

    def opened_again(event: gr.EventData) -> tuple[Any, ...]:
        return restore(links.parse(str(clicks(event).get("link", ""))))

    def announce(name: str) -> str:
        return render.status(name, service.facts(name), service.has_failed(name))

    def fill(name: str, *values: Any) -> tuple[Any, ...]:
        given = dict(zip(boxes, values, strict=True))
        shown, prior, given["prior"] = _ready(service, name, given["prior"])
        return shown, prior, *_results(name, list(given.values()), tabs)

    outputs = [status, boxes["prior"], *(each for tab in tabs for each in tab.outputs)]
    for step in (
        page.load(localized(opened_link), None, restored, queue=False, **QUIETLY),
        past.pick(localized(opened_again), None, restored, queue=False, **QUIETLY),
        model.input(localized(announce), model, status, queue=False, **QUIETLY),
    ):
        step.then(localized(fill), [model, *boxes.values()], outputs, **ON_THE_MODEL, **QUIETLY)


def _ready(service: Service, name: str, prior: str) -> tuple[str, Any, str]:
    """The header once the model is there, and the priors that it has."""
    try:
        facts = service.load(name)
    except Exception:
        logged()
        return render.status(name, None, failed=True), gr.skip(), prior
    names = list(strings.PRIORS) if facts.has_fitted_prior else ["standard"]
    choices = [(strings.PRIORS[one], one) for one in names]
    value = prior if prior in names else names[0]
    return render.status(name, facts), gr.Radio(choices=choices, value=value), value
