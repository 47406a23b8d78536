"""The Map tab's queries: a model's map, the caption at a place, and a caption's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from textvae.data.left_out import left_out
from textvae.data.text_modes import UNITS
from textvae.errors import BadInput
from textvae.latent.drawn_map import draw_captions, map_of
from textvae.latent.interpolation import interpolate_codes
from textvae.latent.latent_map import MIN_UNITS, LatentMap
from textvae.web.i18n.language import strings
from textvae.web.place import Place
from textvae.web.results import InterpolationPath
from textvae.web.service import Service
from textvae.web.validation import isolated, typed_caption

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline
    from textvae.types import Codes

NUM_NEAR = 6  # captions in the lists next to the map
SMALL_MAP, PART = 400, 50  # captions of a map made while a visitor waits, and of one part
Places = list[list[float]]  # [x, y] each


class NotOpened(BadInput):
    """A model has no map yet: the page was restarted after a visitor had opened it.

    Example:
        >>> from types import SimpleNamespace
        >>> vae = SimpleNamespace(latent_dim=32, latent_map=None)
        >>> maps = Maps(Service("coco", load=lambda name: vae, shipped=["coco"]))
        >>> maps.decode_at("coco", "1.5,-0.25")
        Traceback (most recent call last):
        textvae.web.maps.NotOpened: “coco” has no map yet; open the Map tab first.
    """


@dataclass(frozen=True)
class Progress:
    """The number of captions so far of a map in progress."""

    done: int
    total: int


class Maps:
    """The maps of a service's models: those in their weights, and small ones made here.

    Example:
        >>> import textvae
        >>> maps = Maps(Service("article", load=textvae.load))
        >>> found = maps.find("article", "An elephant in the water!")
        >>> found["caption"], len(found["near"])
        ('an elephant in the water', 6)
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._small: dict[str, LatentMap] = {}
        self._parts: dict[str, list[Any]] = {}  # of small maps in progress

    def known(self, model: str) -> LatentMap | None:
        """The map of a model; None if there is none yet."""
        own: LatentMap | None = self.service.models.get(model).latent_map
        return own or self._small.get(model)

    def open(self, model: str) -> LatentMap | Progress:
        """The map of a model. If the weights have none, each call makes part of a small one.

        So no one waits for more than one part, and the page can show the progress.

        Raises:
            BadInput: no map can be made from the texts of this model.
        """
        return self.known(model) or self.service.ask(
            model, lambda vae: self._next_part(model, vae)
        )

    def _next_part(self, model: str, vae: Pipeline) -> LatentMap | Progress:
        if model in self._small:  # another visitor has made the last part meanwhile
            return self._small[model]
        refused = BadInput(strings.NO_MAP_POSSIBLE.format(model=model))
        if vae.latent_dim < MIN_UNITS:
            raise refused
        parts = self._parts.setdefault(model, [])
        parts.append(draw_captions(vae, PART, seed=len(parts)))
        if len(parts) * PART < SMALL_MAP:
            return Progress(len(parts) * PART, SMALL_MAP)
        del self._parts[model]  # whether or not a map can be made
        captions = [caption for texts, _ in parts for caption in texts]
        try:
            made = map_of(vae, captions, np.concatenate([codes for _, codes in parts]))
        except BadInput as error:
            raise refused from error
        self._small[model] = made
        return made

    def decode_at(self, model: str, text: Any) -> dict[str, Any]:
        """The caption at a place, and its nearest neighbours in the space, ready for JSON.

        Args:
            model: one with a map.
            text: the place, for `Place.parse`.

        Returns:
            caption: decoded from the code of the place.
            x: of the place.
            y: of the place.
            near: the indices of the captions nearest to that code, nearest first.
            distances: to each of them, in the space.

        Raises:
            BadInput: the text is not a place, or the model has no map yet.
        """
        place = Place.parse(text)
        latent_map = self._opened(model)
        code = latent_map.code_at((place.x, place.y))
        [caption] = self.service.ask(model, lambda vae: vae.space.decode(code[None]))
        return {"caption": caption, "x": place.x, "y": place.y, **_near(latent_map, code)}

    def find(self, model: str, typed: Any) -> dict[str, Any]:
        """The place of a typed caption, in the form of `decode_at`; `caption` is as read.

        `unread` names its unknown words and the signs that were left out, and reports
        truncation. Its neighbours are those of its own code, not of the code of the place.

        Raises:
            BadInput: the model cannot read it, or has no map yet.
        """
        text = typed_caption(typed)
        latent_map = self._opened(model)
        prepared = self.service.prepare(model, text)
        code = self.service.ask(model, lambda vae: vae.space.encode(prepared), "place", text)
        [[x, y]] = latent_map.place(code[None]).round(3).tolist()
        words = map(isolated, prepared.unknown_words)
        unread = [strings.UNKNOWN.format(word=word) for word in words]
        if prepared.shortened:
            most = self.service.models.get(model).max_length
            unread.append(strings.SHORTENED[UNITS[prepared.mode]].format(max_length=most))
        if things := left_out(text, prepared.cleaned).things:
            named = strings.AND_SO_ON.join(strings.QUOTED.format(text=each) for each in things)
            unread.append(strings.LEFT_OUT.format(things=named))
        near = _near(latent_map, code)
        return {"caption": prepared.cleaned, "x": x, "y": y, "unread": unread, **near}

    def _opened(self, model: str) -> LatentMap:
        latent_map = self.known(model)
        if latent_map is None:
            raise NotOpened(strings.NO_MAP.format(model=model))
        return latent_map

    def on_map(self, path: InterpolationPath) -> Places | None:
        """The places of an interpolation's fine path; None without a map."""
        latent_map = self.known(path.model)
        if latent_map is None:
            return None

        def make(vae: Pipeline) -> Places:
            first, last = vae.space.encode(list(path.prepared))
            codes = interpolate_codes(first, last, len(path.fine), path.path)
            places: Places = latent_map.place(codes).round(3).tolist()
            return places

        key = "on map", *path.typed, len(path.fine), path.path
        return self.service.ask(path.model, make, *key)


def _near(latent_map: LatentMap, code: Codes) -> dict[str, Any]:
    found = latent_map.neighbours(code, NUM_NEAR)
    return {
        "near": found.indices[0].tolist(),
        "distances": found.distances[0].round(2).tolist(),
    }


_of: WeakKeyDictionary[Service, Maps] = WeakKeyDictionary()


def of(service: Service) -> Maps:
    """The maps of a service, the same for all callers."""
    return _of.setdefault(service, Maps(service))
