"""A place on the map as text, in links and between the page and the model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from textvae.errors import BadInput
from textvae.web.i18n.language import strings
from textvae.web.validation import quoted

NUMBER = r"-?[0-9]{1,4}(?:\.[0-9]{1,6})?"
PLACE = re.compile(f"({NUMBER}),({NUMBER})")


@dataclass(frozen=True)
class Place:
    """A place on a map.

    Attributes:
        x: to the right of the map's middle.
        y: above it.
    """

    x: float
    y: float

    @classmethod
    def parse(cls, text: Any) -> Place:
        """The place written as `x,y`. Raises `BadInput`.

        Example:
            >>> Place.parse("1.5,-0.25")
            Place(x=1.5, y=-0.25)
        """
        parts = PLACE.fullmatch(text) if isinstance(text, str) else None
        if not parts:
            raise BadInput(strings.NOT_PLACE.format(value=quoted(text)))
        return cls(float(parts[1]), float(parts[2]))
