"""What may be asked for, and the sentence for each thing that may not.

The page's own controls keep to these limits, but do not bind whoever calls its endpoints.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from textvae.errors import BadInput
from textvae.web.i18n.language import strings

CAPTIONS = (1, 20)  # how many can be generated at once
STEPS = (3, 15)  # rows of an interpolation
TEMPERATURES = (0.0, 2.0)
TOP_PS = (0.01, 1.0)
SEEDS = (0, 2**31 - 1)
PRIORS = ("fitted", "standard")
PATHS = ("linear", "spherical")
MAX_CHARACTERS = 400  # of a typed caption; the longest of COCO has about 250
BATCH = (1, 256)  # captions or points in one call of encode or decode


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """`value` as an int within the limits, or a sentence that says them."""
    if _is_number(value) and low <= value <= high and value == int(value):
        return int(value)
    raise BadInput(strings.NOT_WHOLE.format(name=name, low=low, high=high, value=shown(value)))


def number(name: str, value: Any, low: float, high: float) -> float:
    """`value` as a float within the limits, or a sentence that says them."""
    if _is_number(value) and low <= value <= high:
        return float(value)
    raise BadInput(strings.NOT_NUMBER.format(name=name, low=low, high=high, value=shown(value)))


def choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Nothing, or a sentence that lists the choices."""
    if value not in choices:
        options = ", ".join(choices)
        raise BadInput(
            strings.NOT_CHOICE.format(name=name, choices=options, value=shown(value))
        )


def choice_of_model(model: Any, names: Sequence[str]) -> None:
    """Nothing, or a sentence that lists the models."""
    if model not in names:
        raise BadInput(strings.NOT_FOUND.format(model=shown(model), names=", ".join(names)))


def typed_caption(value: Any, name: str = "") -> str:
    """What was typed, white space folded, if there is anything in it to read."""
    prefix = f"{name}: " if name else ""
    if not isinstance(value, str):
        raise BadInput(prefix + strings.NOT_TEXT.format(value=shown(value)))
    text = " ".join(value.split())
    if not text:
        raise BadInput(prefix + strings.EMPTY)
    if len(text) > MAX_CHARACTERS:
        raise BadInput(prefix + strings.TOO_LONG.format(length=len(text), limit=MAX_CHARACTERS))
    if not re.search("[a-zA-Z]", text):
        raise BadInput(prefix + strings.NO_WORDS.format(text=shown(text)))
    return text


def batch(name: str, value: Any, things: str) -> list[Any]:
    """A list of 1 to 256 things, or a sentence that says so."""
    if isinstance(value, list) and BATCH[0] <= len(value) <= BATCH[1]:
        return value
    low, high = BATCH
    got = f"{len(value)}" if isinstance(value, list) else shown(value)
    raise BadInput(
        strings.NOT_LIST.format(name=name, low=low, high=high, things=things, value=got)
    )


def points(rows: list[Any], latent_dim: int) -> np.ndarray:
    """`[N, D]` float32 from lists of numbers, or a sentence that names the first bad row."""
    for position, row in enumerate(rows, start=1):
        if not (isinstance(row, list) and len(row) == latent_dim and all(map(_finite, row))):
            raise BadInput(strings.NOT_CODE.format(dim=latent_dim, row=position))
    return np.asarray(rows, "float32")


def shown(value: Any) -> str:
    """A value as an error message may quote it: short, and never a page of it."""
    text = strings.MISSING if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _finite(value: Any) -> bool:
    # 1e6 is far outside anything a posterior gives, and far inside float32.
    return _is_number(value) and abs(value) <= 1e6
