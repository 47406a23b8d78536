"""Limits on requests to the page, and checks with messages for visitors.

The page's own controls respect the limits, but programs can call its endpoints with anything.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from textvae.errors import BadInput
from textvae.web.i18n.language import strings

CAPTIONS = (1, 20)  # generated at once
STEPS = (3, 15)  # rows of an interpolation
TEMPERATURES = (0.0, 2.0)
TOP_PS = (0.01, 1.0)
SEEDS = (0, 2**31 - 1)
MAX_CHARACTERS = 400  # of a typed caption; the longest of COCO has about 250
JOINERS = "\u200c\u200d"  # the zero-width non-joiner and joiner
BATCH = (1, 256)  # captions or points in one call of encode or decode


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """`value` as an int. JSON has no separate integer type, so 3.0 is accepted, too.

    Raises:
        BadInput: it is not a whole number, or not within the limits.

    Example:
        >>> whole_number("Seed", 3.0, 0, 10)
        3
        >>> whole_number("Seed", 11, 0, 10)
        Traceback (most recent call last):
        textvae.errors.BadInput: Seed must be a whole number from 0 to 10; got 11.
    """
    if _is_number(value) and low <= value <= high and value == int(value):
        return int(value)
    raise BadInput(strings.NOT_WHOLE.format(name=name, low=low, high=high, value=quoted(value)))


def number(name: str, value: Any, low: float, high: float) -> float:
    """`value` as a float.

    Raises:
        BadInput: it is not a number, or not within the limits.

    Example:
        >>> number("Temperature", 1, 0.0, 2.0)
        1.0
    """
    if _is_number(value) and low <= value <= high:
        return float(value)
    raise BadInput(
        strings.NOT_NUMBER.format(name=name, low=low, high=high, value=quoted(value))
    )


def flag(name: str, value: Any) -> None:
    """Check that `value` is true or false.

    Raises:
        BadInput: it is neither.

    Example:
        >>> flag("words", True)
    """
    if not isinstance(value, bool):
        raise BadInput(strings.NOT_FLAG.format(name=name, value=quoted(value)))


def choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Check that `value` is one of the choices.

    Raises:
        BadInput: it is not one of them; the message lists them.

    Example:
        >>> choice("path", "curved", ("linear", "spherical"))
        Traceback (most recent call last):
        textvae.errors.BadInput: path must be one of linear, spherical; got curved.
    """
    if value not in choices:
        options = ", ".join(choices)
        raise BadInput(
            strings.NOT_CHOICE.format(name=name, choices=options, value=quoted(value))
        )


def choice_of_model(model: Any, names: Sequence[str]) -> None:
    """Check that `model` is one of the models that can be chosen.

    Raises:
        BadInput: it is not one of them; the message lists them.

    Example:
        >>> choice_of_model("coco", ["coco", "poems"])
    """
    if model not in names:
        raise BadInput(strings.NOT_FOUND.format(model=quoted(model), names=", ".join(names)))


def typed_caption(value: Any, name: str = "") -> str:
    """The typed text, with single spaces.

    Raises:
        BadInput: it is not text, too long, or empty; the message begins with `name`.

    Example:
        >>> typed_caption("  A dog   on a beach ")
        'A dog on a beach'
    """
    prefix = f"{name}: " if name else ""
    if not isinstance(value, str):
        raise BadInput(prefix + strings.NOT_TEXT.format(value=quoted(value)))
    text = " ".join(value.split())
    if not text:
        raise BadInput(prefix + strings.EMPTY)
    if len(text) > MAX_CHARACTERS:
        raise BadInput(prefix + strings.TOO_LONG.format(length=len(text), limit=MAX_CHARACTERS))
    return text


def batch(name: str, value: Any, things: str) -> list[Any]:
    """`value`, if it is a list of 1 to 256 items.

    Raises:
        BadInput: it is anything else.

    Example:
        >>> batch("captions", ["a dog"], "captions")
        ['a dog']
    """
    if isinstance(value, list) and BATCH[0] <= len(value) <= BATCH[1]:
        return value
    low, high = BATCH
    got = f"{len(value)}" if isinstance(value, list) else quoted(value)
    raise BadInput(
        strings.NOT_LIST.format(name=name, low=low, high=high, things=things, value=got)
    )


def points(rows: list[Any], latent_dim: int) -> np.ndarray:
    """Codes given as lists of numbers, `[N, D]` float32.

    Raises:
        BadInput: a row has the wrong length or a number out of range; the message names it.

    Example:
        >>> points([[0.5, -1], [3, 0]], latent_dim=2)
        array([[ 0.5, -1. ], [ 3. ,  0. ]], dtype=float32)
        >>> points([[0.5, -1], [3]], latent_dim=2)
        Traceback (most recent call last):
        textvae.errors.BadInput: Each point must be a list of 2 finite numbers; point 2 is not.
    """
    for position, row in enumerate(rows, start=1):
        is_code = isinstance(row, list) and len(row) == latent_dim
        if not (is_code and all(map(_is_coordinate, row))):
            raise BadInput(strings.NOT_CODE.format(dim=latent_dim, row=position))
    return np.asarray(rows, "float32")


def quoted(value: Any) -> str:
    """A value quoted in an error message: at most 40 characters, all visible.

    Example:
        >>> quoted("a" * 50) == "a" * 39 + "…"
        True
    """
    text = strings.MISSING if value is None else str(value)
    return isolated(visible(text if len(text) <= 40 else text[:39] + "…"))


def isolated(text: str) -> str:
    r"""The text between marks that isolate its direction if it is right-to-left.

    Otherwise it would reorder the numbers and marks next to it in the sentence.

    Example:
        >>> isolated("a dog"), isolated("\u05d0") == "\u2068\u05d0\u2069"
        ('a dog', True)
    """
    is_rtl = any(unicodedata.bidirectional(each) in ("R", "AL") for each in text)
    return f"\u2068{text}\u2069" if is_rtl else text


def visible(text: str) -> str:
    r"""The text with a replacement character for each invisible one.

    Control characters would overwrite lines of a log, and direction marks would reverse the
    rest of a sentence. Joiners stay: Persian words and family emoji need them.

    Example:
        >>> visible("a\u202edog\n")
        'a�dog�'
    """
    return "".join(each if is_visible(each) else "\ufffd" for each in text)


def is_visible(character: str) -> bool:
    r"""Whether it is visible, or only changes the look of its neighbours.

    Example:
        >>> [is_visible(each) for each in "a\u200d\n"]
        [True, True, False]
    """
    return character.isprintable() or character in JOINERS


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_coordinate(value: Any) -> bool:
    # 1e6 is far beyond any code of a caption, and well within the range of float32.
    return _is_number(value) and abs(value) <= 1e6
