"""The page: a header, the tabs, and the wires between them.

A tab to come (a map, an account of the model) is one more module with a
`build(service) -> Tab`, its parameters in links.py, and one more name in `TABS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from textvae.web import api, links, render, tab_generate, tab_interpolate, tab_reconstruct
from textvae.web import strings as say
from textvae.web.send import Boxes, send
from textvae.web.service import Service
from textvae.web.theme import theme
from textvae.web.widgets import HERE, OF_THE_PAGE, ON_THE_MODEL, Tab, logged

TABS = (tab_generate.build, tab_reconstruct.build, tab_interpolate.build)
QUIETLY: dict[str, Any] = {"show_progress": "hidden", **OF_THE_PAGE}


def build_demo(service: Service) -> Any:
    """The page around a service. Nothing is loaded until it is opened, or `service` told to."""
    with gr.Blocks(title=say.TITLE, analytics_enabled=False) as demo:
        model, status = _header(service)
        first = next(iter(links.PARAMETERS))
        with gr.Tabs(selected=first, overflow_behavior="wrap", elem_id="tabs") as front:
            tabs = [build(service) for build in TABS]
        _wire_refresh(model, tabs)
        _wire_clicks(model, front, tabs)
        _wire_start(demo, service, (model, status, front), tabs)
        api.publish(service)
    return demo.queue(max_size=64)


def launch_options() -> dict[str, Any]:
    """What `launch` needs for the page to look and behave as it should."""
    return {
        "theme": theme(),
        "css_paths": [HERE / "page.css"],
        "js": (HERE / "page.js").read_text("utf-8"),
        "footer_links": ["api", "settings"],
        "run_history": False,
        "ssr_mode": False,
        "enable_monitoring": False,
        "show_error": False,
        "max_file_size": "1mb",
        "pwa": False,
        "share": False,
    }


def _header(service: Service) -> tuple[Any, Any]:
    space = os.environ.get("SPACE_ID", "")
    share = f"https://huggingface.co/spaces/{space}" if space else ""
    with gr.Row(elem_id="header", equal_height=False):
        gr.HTML(render.title(share), elem_id="title")
        with gr.Column(scale=0, min_width=250, elem_id="live"):
            model = gr.Dropdown(
                [(Path(name).name, name) for name in service.names],
                value=service.default,
                label=say.MODEL,
                filterable=False,
                elem_id="model",
            )
            status = gr.HTML(render.status(service.default, None), elem_id="status")
    return model, status


def _wire_refresh(model: Any, tabs: Sequence[Tab]) -> None:
    for tab in tabs:
        for trigger in tab.triggers:
            _refresh(trigger, model, tab, trigger_mode="always_last")


def _refresh(after: Callable[..., Any], model: Any, tab: Tab, **more: Any) -> Any:
    options = {"show_progress": "minimal", "show_progress_on": tab.outputs[1], **more}
    inputs = [model, *tab.inputs.values()]
    return after(tab.guarded(), inputs, tab.outputs, **options, **ON_THE_MODEL, **OF_THE_PAGE)


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
            for taker in takers:
                done = _refresh(done.then, model, taker)


def _clicked(tab: str) -> Callable[..., tuple[Any, ...]]:
    # Not a partial: gradio finds the event by the hint, which it does not see through one.
    def clicked(caption: Any, first: Any, last: Any, event: gr.EventData) -> tuple[Any, ...]:
        before = Boxes(tab, str(caption or ""), str(first or ""), str(last or ""))
        after = send(getattr(event, "_data", None) or {}, before)
        return gr.Tabs(selected=after.tab), after.caption, after.first, after.last

    return clicked


def _wire_start(
    demo: Any, service: Service, header: tuple[Any, Any, Any], tabs: Sequence[Tab]
) -> None:
    """At load: take the link's settings at once, wait for the model, fill every tab."""
    model, status, front = header
    boxes = {name: box for tab in tabs for name, box in tab.inputs.items()}

    def restore(request: gr.Request) -> tuple[Any, ...]:
        values = links.read(dict(request.query_params), service.names)
        name = values["model"]
        shown = render.status(name, service.facts(name), service.has_failed(name))
        return gr.Tabs(selected=values["tab"]), name, shown, *(values[key] for key in boxes)

    def await_model(name: str, prior: str) -> tuple[str, Any]:
        return _ready(service, name, prior)

    def announce(name: str) -> str:
        return render.status(name, service.facts(name))

    opened = demo.load(
        restore, None, [front, model, status, *boxes.values()], queue=False, **QUIETLY
    )
    switched = model.input(announce, model, status, queue=False, **QUIETLY)
    for step in (opened, switched):
        wait: dict[str, Any] = {**ON_THE_MODEL, **QUIETLY}
        done = step.then(await_model, [model, boxes["prior"]], [status, boxes["prior"]], **wait)
        for tab in tabs:
            done = _refresh(done.then, model, tab)


def _ready(service: Service, name: str, prior: str) -> tuple[str, Any]:
    """The header once the model is there, and the priors that it has."""
    try:
        facts = service.load(name)
    except Exception:
        logged()
        return render.status(name, None, failed=True), gr.skip()
    names = list(say.PRIORS) if facts.has_fitted_prior else ["standard"]
    choices = [(say.PRIORS[one], one) for one in names]
    value = prior if prior in names else names[0]
    return render.status(name, facts), gr.Radio(choices=choices, value=value)
