"""What every tab uses: a panel of HTML that can be clicked, its parts, and a guard."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from textvae.errors import BadInput
from textvae.web import render
from textvae.web.i18n.language import preferred_language, strings, use_language

STATIC = Path(__file__).parent / "static"
log = logging.getLogger(__name__)

# One model runs at a time, see `Service`; what is remembered overtakes whoever waits for it.
ON_THE_MODEL: Mapping[str, Any] = {"concurrency_id": "model", "concurrency_limit": 8}
OF_THE_PAGE: Mapping[str, Any] = {"api_visibility": "private"}


def localized(function: Callable[..., Any]) -> Callable[..., Any]:
    """An event's function that answers in the language of the visitor who caused it."""

    @wraps(function)
    def run(*inputs: Any) -> Any:
        request = LocalContext.request.get(None)
        wanted = request.headers.get("accept-language", "") if request else ""
        with use_language(preferred_language(wanted)):
            return function(*inputs)

    return run


def clicks(event: gr.EventData) -> Mapping[str, Any]:
    """The fields that a panel sent with its `pick`: from the browser, so anything."""
    fields = getattr(event, "_data", None)
    return fields if isinstance(fields, dict) else {}


def panel(value: str = "", **arguments: Any) -> Any:
    """A `gr.HTML` whose buttons work: copy and download in the browser, `pick` for the page.

    Not a subclass: gradio writes a `.pyi` beside the source of every class of components.
    """
    return gr.HTML(value, js_on_load=asset("captions.js"), **arguments)


@dataclass(frozen=True)
class Tab:
    """What the page has to know of a tab to run, restore and link it.

    Attributes:
        name: the tab's id, and its name in links.
        inputs: by their name in links, in the order in which `refresh` takes them.
        outputs: the notice first, then what `refresh` gives.
        refresh: from the model's name and the inputs to the outputs after the notice.
        triggers: the events that refresh it.
        panels: whose captions, examples and suggestions can be clicked.
    """

    name: str
    inputs: Mapping[str, Any]
    outputs: Sequence[Any]
    refresh: Callable[..., tuple[Any, ...]]
    triggers: Sequence[Any]
    panels: Sequence[Any]

    def guarded(self) -> Callable[..., tuple[Any, ...]]:
        """`refresh` with the notice in front: empty, or what was wrong with the input."""
        return guarded(self.refresh, len(self.outputs) - 1)


def guarded(
    refresh: Callable[..., tuple[Any, ...]], num_outputs: int
) -> Callable[..., tuple[Any, ...]]:
    """`refresh` with its failures turned into a notice; the results then stay as they were."""

    def run(*inputs: Any) -> tuple[Any, ...]:
        unchanged = (gr.skip(),) * num_outputs
        try:
            return "", *refresh(*inputs)
        except BadInput as error:
            return render.notice(str(error)), *unchanged
        except Exception:
            return render.notice(logged()), *unchanged

    return run


def logged() -> str:
    """Log the exception at hand under a new id; the sentence that gives the id to a visitor."""
    number = secrets.token_hex(4)
    log.exception("id %s", number)
    return strings.WENT_WRONG.format(id=number)


@cache
def asset(name: str) -> str:
    """The text of a file beside this one."""
    return (STATIC / name).read_text("utf-8")
