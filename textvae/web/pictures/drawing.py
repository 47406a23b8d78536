"""The parts of a picture for all formats: shapes at places, and the width of text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from PIL import ImageFont

from textvae.report.fonts import FONTS

# The light theme's, see theme.py.
PAPER, CARD, RULE = "#fbfaf7", "#ffffff", "#d3cfc3"
INK, MUTED, ACCENT = "#181d20", "#54544f", "#0f766e"


@dataclass(frozen=True)
class Text:
    """A line of text with its left end at `x` and its baseline at `y`."""

    x: float
    y: float
    text: str
    size: float
    colour: str = INK
    is_bold: bool = False
    whole: str = ""  # the text that it is a line of, for its direction; empty for itself


@dataclass(frozen=True)
class Dot:
    """A disc, with a ring of paper around it if it has an `edge`."""

    x: float
    y: float
    radius: float
    colour: str
    opacity: float = 1.0
    edge: float = 0.0


@dataclass(frozen=True)
class Line:
    """A line through places."""

    places: Sequence[tuple[float, float]]
    colour: str = INK
    width: float = 2.5


@dataclass(frozen=True)
class Box:
    """A rectangle with rounded corners, filled and outlined."""

    x: float
    y: float
    width: float
    height: float
    fill: str = CARD
    line: str = RULE
    radius: float = 10


Shape = Text | Dot | Line | Box


@dataclass(frozen=True)
class Drawing:
    """Shapes on paper, the first below the others."""

    width: int
    height: int
    shapes: Sequence[Shape]


@cache
def font(size: float, is_bold: bool = False) -> Any:
    """The font of pictures at a size in pixels.

    Example:
        >>> font(40).size, font(40, is_bold=True).getname()
        (40, ('Source Serif 4', 'Bold'))
    """
    return ImageFont.truetype(FONTS[is_bold], size)


def width_of(text: str, size: float, is_bold: bool = False) -> float:
    """The width of a line of text, in pixels.

    A character that the font lacks counts as a square, the width of Chinese characters in the
    viewer's font.

    Example:
        >>> width_of("a dog", 40) < width_of("a dog on a beach", 40) < 400
        True
    """
    written = "".join(filter(_has_glyph, text))
    width = float(font(100, is_bold).getlength(written)) * size / 100
    return width + (len(text) - len(written)) * size


def wrap(text: str, size: float, room: float, is_bold: bool = False) -> list[str]:
    """The text in lines of at most `room` pixels; longer words are cut.

    Example:
        >>> wrap("a dog on a beach", 40, 200)
        ['a dog on a', 'beach']
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size, is_bold) <= room:
            lines[-1] = longer
            continue
        while width_of(word, size, is_bold) > room:
            cut = _fitting(word, size, room, is_bold)
            lines.append(word[:cut])
            word = word[cut:]
        lines.append(word)
    return [line for line in lines if line] or [""]


def _fitting(word: str, size: float, room: float, is_bold: bool) -> int:
    """The number of letters of an overlong word that fit, at least one."""
    low, high = 1, 2  # first by doubling, since the time to measure grows with the text
    while high < len(word) and width_of(word[:high], size, is_bold) <= room:
        low, high = high, 2 * high
    high = min(high, len(word))
    while high - low > 1:
        middle = (low + high) // 2
        fits = width_of(word[:middle], size, is_bold) <= room
        low, high = (middle, high) if fits else (low, middle)
    return next((place for place in range(low, 0, -1) if not _is_within(word, place)), low)


def _is_within(word: str, place: int) -> bool:
    """Whether a cut here would separate a letter from its sign, or split an emoji."""
    following = word[place : place + 1]
    is_sign = any(unicodedata.category(each)[0] == "M" for each in following)
    return is_sign or "\u200d" in word[place - 1 : place + 1]


def _glyph(character: str) -> bytes:
    return bytes(font(100).getmask(character))


@lru_cache(4096)  # of a million characters that visitors may type
def _has_glyph(character: str) -> bool:
    return character.isspace() or _glyph(character) != _glyph("\uffff")


def can_write(text: str) -> bool:
    """Whether the font has all characters of a text.

    Example:
        >>> can_write("café – “a dog”"), can_write("一只狗")
        (True, False)
    """
    return all(map(_has_glyph, set(text)))
