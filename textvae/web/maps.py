"""What the Map tab asks of a model: its map, and the caption at a place on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from textvae.errors import BadInput
from textvae.latent.interpolation import interpolate_codes
from textvae.latent.latent_map import LatentMap, build_map, draw_captions
from textvae.web.i18n.language import strings
from textvae.web.place import Place
from textvae.web.results import InterpolationPath
from textvae.web.service import Service
from textvae.web.validation import shown

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

NUM_UNITS = 6  # sliders
SMALL_MAP, PART = 400, 50  # captions of a map made while a visitor waits, and of a part of it
Places = list[list[float]]  # [x, y] each


@dataclass(frozen=True)
class Progress:
    """How many captions there are of a map that is being made."""

    done: int
    total: int


class Maps:
    """The maps of a service's models: those of their weights, and small ones made here."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._small: dict[str, LatentMap] = {}
        self._parts: dict[str, list[Any]] = {}  # of small maps that are being made

    def known(self, model: str) -> LatentMap | None:
        """The map of a model; None while there is none."""
        own: LatentMap | None = self.service.models.get(model).latent_map
        return own or self._small.get(model)

    def open(self, model: str) -> LatentMap | Progress:
        """The map of a model. If the weights have none, each call makes a part of a small one.

        So nobody waits for more than a part, and the page can say how far it is.
        """
        return self.known(model) or self.service.ask(
            model, lambda vae: self._next_part(model, vae)
        )

    def _next_part(self, model: str, vae: Pipeline) -> LatentMap | Progress:
        if model in self._small:  # another visitor has made the last part meanwhile
            return self._small[model]
        parts = self._parts.setdefault(model, [])
        parts.append(draw_captions(vae, PART, seed=len(parts)))
        if len(parts) * PART < SMALL_MAP:
            return Progress(len(parts) * PART, SMALL_MAP)
        captions = [caption for texts, _ in parts for caption in texts]
        self._small[model] = build_map(captions, np.concatenate([codes for _, codes in parts]))
        del self._parts[model]
        return self._small[model]

    def decode_at(self, model: str, text: Any) -> dict[str, Any]:
        """The caption at a place, and values of the code there.

        Args:
            model: one with a map.
            text: the place, as `Place.parse` takes it, perhaps with units moved.

        Returns:
            caption: decoded from the code, as JSON-ready as everything else.
            x: where the code is on the map, after its units were moved.
            y: the same.
            units: the code's values in the units that have sliders, by number.

        Raises:
            BadInput: the text is not a place, or the model has no map yet.
        """
        place = Place.parse(text)
        latent_map = self.known(model)
        if latent_map is None:
            raise BadInput(strings.NO_MAP.format(model=model))
        code = latent_map.code_at((place.x, place.y))
        for unit, value in place.moves.items():
            if unit >= len(code):
                raise BadInput(strings.NOT_PLACE.format(value=shown(text)))
            code[unit] = value
        [caption] = self.service.ask(model, lambda vae: vae.decode(code[None]))
        [[x, y]] = latent_map.project(code[None]).tolist()
        units = {str(u.number): float(code[u.number]) for u in latent_map.units[:NUM_UNITS]}
        return {"caption": caption, "x": x, "y": y, "units": units}

    def on_map(self, path: InterpolationPath) -> Places | None:
        """The places of the fine path of an interpolation; None without a map."""
        latent_map = self.known(path.model)
        if latent_map is None:
            return None
        first, last = path.posteriors
        codes = interpolate_codes(first.mu, last.mu, len(path.fine), path.path)
        places: Places = latent_map.project(codes).round(3).tolist()
        return places


_of: WeakKeyDictionary[Service, Maps] = WeakKeyDictionary()


def of(service: Service) -> Maps:
    """The maps of a service, the same for all who ask."""
    return _of.setdefault(service, Maps(service))
