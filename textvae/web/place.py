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
    """A place on a map, and units of the code there that are moved to other values."""

    x: float
    y: float
    moves: dict[int, float]

    @classmethod
    def parse(cls, text: Any) -> Place:
        """What is written `1.5,-0.25;45:1.2`. Raises `BadInput`."""
        parts = PLACE.fullmatch(text) if isinstance(text, str) else None
        if not parts:
            raise BadInput(strings.NOT_PLACE.format(value=shown(text)))
        pairs = (move.split(":") for move in parts[3].split(";")[1:])
        moves = {int(unit): float(value) for unit, value in pairs}
        return cls(float(parts[1]), float(parts[2]), moves)
