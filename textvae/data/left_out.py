"""The characters of a typed sentence that cleaning removes and the model does not read."""

import re
import unicodedata
from typing import NamedTuple

NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
JOINERS = "\u200d\ufe0e\ufe0f"  # within one emoji
MAX_NAMED = 6


class LeftOut(NamedTuple):
    """The parts left out of a sentence.

    Attributes:
        things: numbers, emoji and other signs, each once, in order, at most six.
        punctuation: whether any was left out.
    """

    things: tuple[str, ...]
    punctuation: bool


def left_out(typed: str, cleaned: str) -> LeftOut:
    """The parts that cleaning removed from `typed` to make `cleaned`.

    Example:
        >>> left_out("2 dogs & a cat, 10.5 m away! 🐶", "dogs a cat m away")
        LeftOut(things=('2', '&', '10.5', '🐶'), punctuation=True)
        >>> left_out("2 dogs", "2 dogs")
        LeftOut(things=(), punctuation=False)
    """
    found: list[str] = []
    has_punctuation = False
    for part in typed.split():
        place = 0
        while place < len(part):
            number = NUMBER.match(part, place)
            thing = number[0] if number else _sign(part, place)
            is_punctuation = unicodedata.category(thing[0])[0] == "P" and thing not in "&%@#*"
            is_left_out = not thing[0].isalpha() and thing not in cleaned
            if is_left_out and is_punctuation:
                has_punctuation = True
            elif is_left_out and unicodedata.category(thing[0])[0] in "NSP":
                found.append(thing)
            place += len(thing)
    return LeftOut(tuple(dict.fromkeys(found))[:MAX_NAMED], has_punctuation)


def _sign(text: str, place: int) -> str:
    """The character here, with those joined to it: an emoji may have several."""
    end = place + 1
    while end < len(text) and (
        text[end] in JOINERS
        or text[end - 1] == "\u200d"
        or unicodedata.category(text[end]) == "Sk"
    ):
        end += 1
    return text[place:end]
