"""What a click on a caption, an example or a suggested word does to the boxes of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from textvae.web.validation import MAX_CHARACTERS

# The Map tab replaces words in its own boxes.
BOXES_OF = {"reconstruct": ("caption",), "interpolate": ("first", "last")}


@dataclass(frozen=True)
class Boxes:
    """The selected tab and the texts of the three boxes that take captions."""

    tab: str
    caption: str
    first: str
    last: str


def boxes_after(click: Mapping[str, Any], boxes: Boxes) -> Boxes:
    """The boxes after a click, whose fields come from the browser and may hold anything.

    Example:
        >>> boxes_after({"action": "first", "caption": "a dog"}, Boxes("generate", "", "", ""))
        Boxes(tab='interpolate', caption='', first='a dog', last='')
    """
    fields = {name: str(value)[:MAX_CHARACTERS] for name, value in click.items()}
    match fields.get("action"):
        case "reconstruct":
            return replace(boxes, tab="reconstruct", caption=fields.get("caption", ""))
        case "first" | "last" as box:
            return replace(boxes, tab="interpolate", **{box: fields.get("caption", "")})
        case "example":
            names = ("caption", "first", "last")
            return replace(boxes, **{name: fields[name] for name in names if name in fields})
        case "replace":
            # Only in the selected tab: elsewhere the same word may be meant.
            texts = {name: getattr(boxes, name) for name in BOXES_OF.get(boxes.tab, ())}
            word, by = fields.get("word", ""), fields.get("by", "")
            return replace(boxes, **{n: replace_word(t, word, by) for n, t in texts.items()})
    return boxes


def replace_word(text: str, word: str, by: str) -> str:
    """The text with every occurrence of a whole word replaced, in any case.

    Example:
        >>> replace_word("A Manx, two manxes", "manx", "man")
        'A man, two manxes'
    """
    pattern = re.compile(rf"(?<![a-z]){re.escape(word)}(?![a-z])", re.IGNORECASE)
    return pattern.sub(lambda _: by, text) if word else text
