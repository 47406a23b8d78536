"""The effect of a click on a caption, an example or a suggested word on the page's boxes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import Any

from textvae.data.cleaning import LETTERS, clean
from textvae.web.validation import MAX_CHARACTERS
from textvae.words import beginning

BOXES_OF = {
    "reconstruct": ("caption",),
    "interpolate": ("first", "last"),
    "grid": ("top_left", "top_right", "bottom_left", "bottom_right"),
    "sum": ("start", "minus", "plus"),
}
TAB_OF = {box: tab for tab, boxes in BOXES_OF.items() for box in boxes} | {"pin": "map"}
SPACED = re.compile(r"\S+")
MAX_REWORDED = 1_000_000  # requests for other wordings


@dataclass(frozen=True)
class Boxes:
    """The selected tab, the texts of the caption boxes, and the seed of the wordings."""

    tab: str
    caption: str = ""
    first: str = ""
    last: str = ""
    start: str = ""
    minus: str = ""
    plus: str = ""
    pin: str = ""
    top_left: str = ""
    top_right: str = ""
    bottom_left: str = ""
    bottom_right: str = ""
    wording: int = 0


NAMES = tuple(field.name for field in fields(Boxes) if field.name != "tab")


def boxes_after(click: Mapping[str, Any], boxes: Boxes) -> Boxes:
    """The boxes after a click, whose fields come from the browser and may be anything.

    Example:
        >>> boxes_after({"action": "first", "caption": "a dog"}, Boxes("generate")).first
        'a dog'
    """
    given = {name: beginning(str(value), MAX_CHARACTERS) for name, value in click.items()}
    texts: dict[str, Any] = {}
    match given.get("action"):
        case "caption" | "first" | "last" | "start" | "pin" | "top_left" as box:
            texts[box] = given.get("caption", "")
            return replace(boxes, tab=TAB_OF[box], **texts)
        case "example":
            texts = {name: given[name] for name in TAB_OF if name in given}
            return replace(boxes, **texts)
        case "reword":
            return replace(boxes, wording=(boxes.wording + 1) % MAX_REWORDED)
        case "replace":
            # Only in the selected tab: elsewhere the word may be intended.
            old = {name: getattr(boxes, name) for name in BOXES_OF.get(boxes.tab, ())}
            word, by = given.get("word", ""), given.get("by", "")
            texts = {
                name: replace_word(text, word, by)
                for name, text in old.items()
                if len(" ".join(text.split())) <= MAX_CHARACTERS  # longer ones are invalid
            }
            return replace(boxes, **texts)
    return boxes


def replace_word(text: str, word: str, by: str) -> str:
    """The text with every occurrence of an unknown word replaced.

    Args:
        text: as typed.
        word: as the model read it, in lower case and without inner apostrophes.
        by: the replacement.

    Example:
        >>> replace_word("A Manx, two manxes", "manx", "man")
        'A man, two manxes'
        >>> replace_word("It doesn't!", "doesnt", "does")
        'It does!'
    """
    if not word:
        return text
    pieces = ["".join(piece) for _, piece in groupby(text, _is_of_word)]
    replaced = [by if clean(piece) == word else piece for piece in pieces]
    if replaced != pieces:
        return "".join(replaced)
    # For a model that reads marks and digits, words are separated only by spaces.
    return SPACED.sub(lambda found: by if found[0].lower() == word.lower() else found[0], text)


def _is_of_word(character: str) -> bool:
    """Whether cleaning keeps it, or drops it without leaving a space."""
    return not character.translate(LETTERS).isspace()
