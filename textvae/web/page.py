"""The layout of the page: a header and the tabs, and the events that connect them.

The contents of the tabs are in tabs/, the rendering of results in rendering/.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import gradio as gr

from textvae.errors import BadInput
from textvae.hub.repository import page_url
from textvae.web import agents, api, links, validation
from textvae.web.clicks import NAMES, Boxes, boxes_after
from textvae.web.events import (
    AT_ONCE,
    LAST,
    MODEL_QUEUE,
    ONE_BY_ONE,
    PRIVATE,
    SILENT,
    click_fields,
    localized,
    log_failure,
)
from textvae.web.i18n.language import CATALOGUES, ENGLISH, strings, use_language, use_things
from textvae.web.localized_blocks import LocalizedBlocks
from textvae.web.rendering.header import model_name, status, title
from textvae.web.rendering.history import history
from textvae.web.requests import app_options
from textvae.web.service import Service
from textvae.web.serving import gradio_queue
from textvae.web.serving.draining import Draining
from textvae.web.sharing import font_faces, with_sharing
from textvae.web.tabs import TABS
from textvae.web.tabs.tab import Tab
from textvae.web.theme import theme
from textvae.web.widgets import STATIC, asset
from textvae.web.zero_gpu import on_gpu

STYLES = ("page.css", "results.css", "about.css", "history.css", "map.css")
# Loaded before all others.
SCRIPTS = ("plane.js", "address.js", "connection.js", "slider_names.js", "api_panel.js")
MAX_QUEUE = 64  # waiting events; one more is rejected since the queue is full
# A page whose request failed, as with a full queue, asks again after the latest failure, for
# what its boxes contain then.
A_WHILE = """() => new Promise((done) => {
  clearTimeout(window.textvaeRetry);
  window.textvaeRetry = setTimeout(done, 10_000);
})"""
# A queue of its own: requests that wait for a model to load do not hold up those of others.
FILL_QUEUE: Mapping[str, Any] = {"concurrency_id": "fill", "concurrency_limit": 8}
# Sessions whose components Gradio remembers, 0.4 MB each; by default 10,000, long after they
# have ended. The page never reads this state, so dropping a session has no effect.
SESSIONS = 64


class Header(NamedTuple):
    """The components above the tabs."""

    model: Any
    status: Any
    history: Any
    link: Any  # the one to reopen; hidden


def build_demo(service: Service) -> LocalizedBlocks:
    """The page for a service. Models are loaded when it is first opened, or by `service`."""
    page = _build(service)
    page.service = service
    for language in CATALOGUES:
        if language != ENGLISH:
            with use_language(language):
                page.translate(language, _build(service))
    page.queue(max_size=MAX_QUEUE)
    gradio_queue.prepare(page)
    page.draining = Draining()
    return page


def launch_options() -> dict[str, Any]:
    """The arguments of `launch` for the look and behaviour of the page."""
    return {
        "theme": theme(),
        "css_paths": [STATIC / name for name in STYLES],
        "head": font_faces() + "".join(f"<script>{asset(name)}</script>" for name in SCRIPTS),
        "js": asset("page.js"),
        "footer_links": ["api", "settings"],
        "run_history": False,
        "state_session_capacity": SESSIONS,
        "ssr_mode": False,
        "enable_monitoring": False,
        "show_error": False,
        "max_file_size": "1mb",
        "pwa": False,
        "share": False,
        "mcp_server": agents.can_serve_mcp(),
        "app_kwargs": with_sharing(app_options()),
    }


def _build(service: Service) -> LocalizedBlocks:
    page = LocalizedBlocks(title=strings.TITLE, analytics_enabled=False)
    with page:
        header = _header(service)
        first = next(iter(links.PARAMETERS))
        with gr.Tabs(selected=first, overflow_behavior="wrap", elem_id="tabs") as selected:
            tabs = [build(service) for build in TABS]
        _connect_triggers(service, header.model, tabs)
        _connect_clicks(service, header.model, selected, tabs)
        _connect_links(page, service, header, selected, tabs)
        page.endpoints = api.publish(service)
    return page


def _header(service: Service) -> Header:
    space = os.environ.get("SPACE_ID", "")
    share_url = page_url(f"spaces/{space}") if space else ""
    with gr.Row(elem_id="header", equal_height=False):
        gr.HTML(title(share_url), elem_id="title")
        with gr.Column(scale=0, min_width=280, elem_id="live"):
            model = gr.Dropdown(
                [(model_name(name), name) for name in service.models.names],
                value=service.models.default,
                label=strings.MODEL,
                filterable=False,
                elem_id="model",
            )
            with gr.Row(elem_id="state"):
                state = gr.HTML(status(service.models.default, None), elem_id="status")
                past = gr.HTML(history(), js_on_load=asset("history.js"), elem_id="history")
        link = gr.Textbox("", visible=False)
    return Header(model, state, past, link)


def _connect_triggers(service: Service, model: Any, tabs: Sequence[Tab]) -> None:
    """Refresh a tab when its own controls change."""
    for tab in tabs:
        for trigger in tab.triggers:
            _refresh(trigger, service, model, [tab])


def _refresh(
    after: Callable[..., Any], service: Service, model: Any, tabs: Sequence[Tab]
) -> Any:
    """An event, after another, that refreshes these tabs from their latest inputs."""

    def run(name: str, *values: Any) -> tuple[Any, ...]:
        return _results(service, name, values, tabs)

    inputs = [model, *(box for tab in tabs for box in tab.inputs.values())]
    outputs = [output for tab in tabs for output in tab.outputs]
    progress = {"show_progress": "minimal", "show_progress_on": [t.outputs[1] for t in tabs]}
    return after(
        on_gpu(localized(run)), inputs, outputs, **progress, **LAST, **MODEL_QUEUE, **PRIVATE
    )


def _results(
    service: Service, model: str, values: Sequence[Any], tabs: Sequence[Tab]
) -> tuple[Any, ...]:
    """The outputs of all tabs; a tab that fails shows a notice without affecting others."""
    outputs: list[Any] = []
    rest = iter(values)
    with use_things(service.models.things(model)):
        for tab in tabs:
            outputs += tab.guarded()(model, *(next(rest) for _ in tab.inputs))
    return tuple(outputs)


def _connect_clicks(service: Service, model: Any, selected: Any, tabs: Sequence[Tab]) -> None:
    """Make clicks on captions, examples and suggestions fill boxes, then refresh tabs."""
    inputs = {name: box for tab in tabs for name, box in tab.inputs.items()}
    boxes = [inputs[name] for name in NAMES]
    with_boxes = [tab for tab in tabs if not set(tab.inputs).isdisjoint(NAMES)]
    for tab in tabs:
        for panel in tab.panels:
            done = panel.pick(_clicked(tab.name), boxes, [selected, *boxes], **AT_ONCE)
            _refresh(done.then, service, model, with_boxes)


def _clicked(tab: str) -> Callable[..., tuple[Any, ...]]:
    # A closure, since Gradio would not see the type hint of the event in a `partial`.
    def clicked(event: gr.EventData, *values: Any) -> tuple[Any, ...]:
        *texts, wording = values  # in the order of `NAMES`
        given: list[Any] = [*(str(text or "") for text in texts), int(wording or 0)]
        before = Boxes(tab, *given)
        after = boxes_after(click_fields(event), before)
        shown = gr.skip() if after.tab == tab else gr.Tabs(selected=after.tab)
        # Other boxes may have been changed since the click.
        pairs = ((getattr(before, name), getattr(after, name)) for name in NAMES)
        return shown, *(gr.skip() if old == new else new for old, new in pairs)

    return clicked


def _connect_links(
    page: Any, service: Service, header: Header, selected: Any, tabs: Sequence[Tab]
) -> None:
    """Restore a link, opened or from the history, at once; then refresh every tab.

    When another model is chosen, boxes with initial texts of a model get those of the new
    model; typed texts stay.
    """
    boxes = {name: box for tab in tabs for name, box in tab.inputs.items()}
    restored = [selected, header.model, header.status, *boxes.values()]

    def restore(query: Mapping[str, str], built: Mapping[str, Any]) -> tuple[Any, ...]:
        values = links.read(query, service.models.names, service.models.own_lines)

        def unless_built(name: str, value: Any) -> Any:
            return gr.skip() if name in built and built[name] == values[name] else value

        return (
            unless_built("tab", gr.Tabs(selected=values["tab"])),
            unless_built("model", values["model"]),
            unless_built("model", announce(values["model"])),
            *(unless_built(name, values[name]) for name in boxes),
        )

    def opened_link(request: gr.Request) -> tuple[Any, ...]:
        # Unchanged defaults may have been edited by the visitor since.
        return restore(dict(request.query_params), links.read({}, service.models.names))

    def opened_again(link: str) -> tuple[Any, ...]:
        return restore(links.parse(link or ""), {})

    def announce(name: str) -> str:
        validation.choice_of_model(name, service.models.names)
        return status(name, service.models.facts(name), service.models.has_failed(name))

    def chosen(name: str, *values: Any) -> tuple[Any, ...]:
        shown = announce(name)
        *others, own = (
            links.read({}, [each], service.models.own_lines)
            for each in (*service.models.names, name)
        )
        filled = (
            own[box] if any(value == other[box] for other in others) else gr.skip()
            for box, value in zip(boxes, values, strict=True)
        )
        return shown, *filled

    def fill(name: str, *values: Any) -> tuple[Any, ...]:
        shown, failure = _loaded(service, name)
        if failure:  # which each tab would meet again, just as slowly
            return shown, *(each for tab in tabs for each in tab.failed(failure))
        return shown, *_results(service, name, values, tabs)

    outputs = [header.status, *(each for tab in tabs for each in tab.outputs)]
    filling = on_gpu(localized(fill)), [header.model, *boxes.values()], outputs
    # Requests during the loading of a model, up to a minute, do not wait for it; `Turns` drops
    # the superseded response.
    options = {"trigger_mode": "multiple", **FILL_QUEUE, **SILENT}
    for started in (
        page.load(localized(opened_link), None, restored, **AT_ONCE),
        header.history.pick(
            localized(opened_again),
            header.link,
            restored,
            js="() => window.textvaeAddress.next()",  # the newest at its turn
            **ONE_BY_ONE,
        ),
        header.model.input(
            localized(chosen),
            [header.model, *boxes.values()],
            [header.status, *boxes.values()],
            **ONE_BY_ONE,
        ),
    ):
        filled = started.then(*filling, **options)
        filled.failure(None, None, None, js=A_WHILE, **PRIVATE).then(*filling, **options)


def _loaded(service: Service, model: str) -> tuple[str, str]:
    """Load the model; its status, and the error, empty on success."""
    validation.choice_of_model(model, service.models.names)
    try:
        return status(model, service.models.load(model)), ""
    except Exception as error:  # errors in its files have been logged, once
        failure = str(error) if isinstance(error, BadInput) else log_failure()
        return status(model, None, failed=True), failure
