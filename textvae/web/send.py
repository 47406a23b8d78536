"""What a click on a caption, an example or a suggested word does to the boxes of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from textvae.web.validation import MAX_CHARACTERS


@dataclass(frozen=True)
class Boxes:
    """The tab in front and the three boxes that take captions."""

    tab: str
    caption: str
    first: str
    last: str


def send(click: Mapping[str, Any], boxes: Boxes) -> Boxes:
    """The boxes after a click. Its fields come from the browser: anything may be in them."""
    fields = {name: str(value)[:MAX_CHARACTERS] for name, value in click.items()}
    action, caption = fields.get("action"), fields.get("caption", "")
    if action == "reconstruct":
        return replace(boxes, tab="reconstruct", caption=caption)
    if action in ("first", "last"):
        return replace(boxes, tab="interpolate", **{action: caption})
    if action == "example":
        known = {name: fields[name] for name in ("caption", "first", "last") if name in fields}
        return replace(boxes, **known)
    if action == "replace":
        return _replace_word(fields.get("word", ""), fields.get("by", ""), boxes)
    return boxes


def replaced(text: str, word: str, by: str) -> str:
    """The text with another word for one of its words."""
    pattern = re.compile(rf"(?<![a-z]){re.escape(word)}(?![a-z])", re.IGNORECASE)
    return pattern.sub(lambda _: by, text) if word else text


def _replace_word(word: str, by: str, boxes: Boxes) -> Boxes:
    # Only the boxes in front: the same word elsewhere may be meant. The map has its own.
    fronts = {"reconstruct": ("caption",), "interpolate": ("first", "last")}
    names = fronts.get(boxes.tab, ())
    return replace(boxes, **{name: replaced(getattr(boxes, name), word, by) for name in names})
