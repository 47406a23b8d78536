"""What every tab uses: a panel of HTML that can be clicked, its parts, and a guard."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from textvae.errors import BadInput
from textvae.web import render
from textvae.web import strings as say

HERE = Path(__file__).parent
log = logging.getLogger(__name__)

# One model call at a time: tensorflow uses every core by itself.
ON_THE_MODEL: Mapping[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
OF_THE_PAGE: Mapping[str, Any] = {"api_visibility": "private"}


def panel(value: str = "", **arguments: Any) -> Any:
    """A `gr.HTML` whose buttons work: copy and download in the browser, `pick` for the page.

    Not a subclass: gradio writes a `.pyi` beside the source of every class of components.
    """
    return gr.HTML(value, js_on_load=_asset("captions.js"), **arguments)


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
    return say.WENT_WRONG.format(id=number)


@cache
def _asset(name: str) -> str:
    return (HERE / name).read_text("utf-8")
