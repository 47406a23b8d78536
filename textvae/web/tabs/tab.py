"""The interface of a tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from textvae.web.events import guarded
from textvae.web.rendering import messages


@dataclass(frozen=True)
class Tab:
    """The parts needed to run a tab, restore it from a link and fill it by clicks.

    Attributes:
        name: the tab's id, and its name in links.
        inputs: by their names in links, in the order in which `refresh` takes them.
        outputs: the notice, then what `refresh` returns.
        refresh: computes the outputs after the notice from the model's name and the inputs.
        triggers: the events that refresh the tab.
        panels: whose captions, examples and suggestions can be clicked.

    Example:
        >>> parts = {"n": None}, ["notice", "result"], lambda model, n: (f"{n} from {model}",)
        >>> tab = Tab("generate", *parts, triggers=[], panels=[])
        >>> tab.guarded()("coco", 5)
        ('', '5 from coco')
        >>> tab.failed("Try again.")[0]
        '<div class="tv-notice" role="alert">Try again.</div>'
    """

    name: str
    inputs: Mapping[str, Any]
    outputs: Sequence[Any]
    refresh: Callable[..., tuple[Any, ...]]
    triggers: Sequence[Any]
    panels: Sequence[Any]

    def guarded(self) -> Callable[..., tuple[Any, ...]]:
        """`refresh` with the notice before its outputs; it never raises."""
        return guarded(self.refresh, len(self.outputs) - 1)

    def failed(self, sentence: str) -> tuple[Any, ...]:
        """The outputs if `refresh` need not be tried: a notice with the reason."""
        return messages.notice(sentence), *(gr.skip(),) * (len(self.outputs) - 1)
