"""Components that several tabs use, and the files of static/."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from textvae.web import links
from textvae.web.i18n.language import strings

STATIC = Path(__file__).parent / "static"


def panel(value: str = "", **arguments: Any) -> Any:
    """A `gr.HTML` whose buttons work: some in the browser, others by its `pick` event.

    A function and not a subclass: Gradio writes a `.pyi` file beside the source of every
    subclass of a component.
    """
    return gr.HTML(value, js_on_load=asset("captions.js"), **arguments)


def caption_box(tab: str, name: str, label: str, **arguments: Any) -> Any:
    """The box for the caption that links of this tab call `name`."""
    return gr.Textbox(
        links.default(tab, name),
        label=label,
        placeholder=strings.CAPTION_HINT,
        max_lines=1,
        elem_id=name,
        elem_classes="tv-box",
        **arguments,
    )


@cache
def asset(name: str) -> str:
    """The text of a file in static/."""
    return (STATIC / name).read_text("utf-8")
