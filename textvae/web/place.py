"""A place on the map as text: in links, and between the page and the model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from textvae.errors import BadInput
from textvae.web.i18n.language import strings
from textvae.web.validation import shown

NUMBER = r"-?[0-9]{1,4}(?:\.[0-9]{1,6})?"
PLACE = re.compile(rf"({NUMBER}),({NUMBER})((?:;[0-9]{{1,4}}:{NUMBER}){{0,64}})")


@dataclass(frozen=True)
class Place:
    """A place on a map, and latent units of the code there that are set to other values.

    Attributes:
        x: to the right of the map's middle.
        y: above it.
        moves: the new value of each such unit, by number.
    """

    x: float
    y: float
    moves: dict[int, float]

    @classmethod
    def parse(cls, text: Any) -> Place:
        """The place written as `x,y` or `x,y;unit:value;...`. Raises `BadInput`.

        Example:
            >>> Place.parse("1.5,-0.25;45:1.2")
            Place(x=1.5, y=-0.25, moves={45: 1.2})
        """
        parts = PLACE.fullmatch(text) if isinstance(text, str) else None
        if not parts:
            raise BadInput(strings.NOT_PLACE.format(value=shown(text)))
        pairs = (move.split(":") for move in parts[3].split(";")[1:])
        moves = {int(unit): float(value) for unit, value in pairs}
        return cls(float(parts[1]), float(parts[2]), moves)
