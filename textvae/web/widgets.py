"""Components shared by several tabs, and the files of static/."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from textvae.web import links, validation
from textvae.web.i18n.language import strings

STATIC = Path(__file__).parent / "static"


def panel(value: str = "", **arguments: Any) -> Any:
    """A `gr.HTML` whose buttons work: some in the browser, others by its `pick` event.

    A function, not a subclass: Gradio writes a `.pyi` file next to the source of every subclass
    of a component.
    """
    return gr.HTML(value, js_on_load=asset("captions.js"), **arguments)


def caption_box(tab: str, name: str, label: str, **arguments: Any) -> Any:
    """The box for the caption called `name` in links of this tab."""
    return gr.Textbox(
        links.default(tab, name),
        label=label,
        placeholder=strings.CAPTION_HINT,
        max_lines=1,
        elem_id=name,
        elem_classes="tv-box",
        **arguments,
    )


def settings(tab: str) -> Any:
    """A fold for settings that visitors can ignore: counts, seeds, and temperature."""
    return gr.Accordion(strings.SETTINGS, open=False, elem_id=f"{tab}-settings")


def boldness(tab: str, name: str) -> Any:
    """The slider of the temperature, from careful to bold."""
    return gr.Slider(
        *validation.TEMPERATURES,
        value=links.default(tab, name),
        step=0.05,
        label=strings.TEMPERATURE,
        info=strings.TEMPERATURE_INFO,
        elem_id=name,
        min_width=220,
    )


@cache
def asset(name: str) -> str:
    """The text of a file in static/."""
    return (STATIC / name).read_text("utf-8")
