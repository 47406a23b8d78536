"""What the Map tab asks of a model: its map, what is said at a place, and sums of captions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from textvae.errors import BadInput
from textvae.latent.interpolation import interpolate_codes
from textvae.latent.latent_map import FUNCTION_WORDS, KINDS, OTHER, LatentMap, build_map, draw
from textvae.web.i18n import english
from textvae.web.i18n.language import strings
from textvae.web.place import Place
from textvae.web.service import InterpolationPath, Service, prepare
from textvae.web.validation import shown, typed_caption

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline, PreparedCaption

NUM_UNITS = 6  # sliders
NUM_NEAR = 3  # captions beside a sum
NUM_EXAMPLES = 6
SKETCH, STROKE = 400, 50  # captions of a map made while a visitor waits, and at a time
Places = list[list[float]]


@dataclass(frozen=True)
class Progress:
    """How far a map has got that is being made."""

    done: int
    total: int


@dataclass(frozen=True)
class Sum:
    """A - B + C of three captions' codes, in words.

    Attributes:
        near: captions of the map whose codes are nearest to it; none without a map.
        places: of A, B, C and the sum on the map; none without one.
    """

    model: str
    typed: tuple[str, str, str]
    prepared: tuple[PreparedCaption, PreparedCaption, PreparedCaption]
    caption: str
    max_length: int
    near: tuple[str, ...] = ()
    places: Places | None = None


class Maps:
    """The maps of a service's models: those that come with the weights, and sketches."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._sketches: dict[str, LatentMap] = {}
        self._strokes: dict[str, list[Any]] = {}  # what a sketch is made of so far

    def known(self, model: str) -> LatentMap | None:
        """The map of a model; None while there is none."""
        own: LatentMap | None = self.service.ask(model, lambda vae: vae.latent_map)
        return own or self._sketches.get(model)

    def open(self, model: str) -> LatentMap | Progress:
        """The map of a model. Where the weights have none, each call makes a part of one.

        So nobody waits for more than a part, and the page can say how far it is.
        """
        return self.service.ask(model, lambda vae: vae.latent_map or self._sketch(model, vae))

    def _sketch(self, model: str, vae: Pipeline) -> LatentMap | Progress:
        if model not in self._sketches:
            strokes = self._strokes.setdefault(model, [])
            strokes.append(draw(vae, STROKE, seed=len(strokes)))
            if len(strokes) * STROKE < SKETCH:
                return Progress(len(strokes) * STROKE, SKETCH)
            captions = [caption for texts, _ in strokes for caption in texts]
            self._sketches[model] = build_map(captions, np.concatenate([c for _, c in strokes]))
            del self._strokes[model]
        return self._sketches[model]

    def read(self, model: str, text: Any) -> dict[str, Any]:
        """What is said at a place: the caption, its units, and where it is once they moved."""
        place = Place.parse(text)
        latent_map = self.known(model)
        if latent_map is None:
            raise BadInput(strings.NO_MAP.format(model=model))
        code = latent_map.code_at((place.x, place.y))
        for unit, value in place.moves.items():
            if unit >= len(code):
                raise BadInput(strings.NOT_PLACE.format(value=shown(text)))
            code[unit] = value
        caption = self.service.ask(model, lambda vae: vae.decode(code[None])[0])
        x, y = latent_map.places(code[None])[0].tolist()
        units = {str(u.number): float(code[u.number]) for u in latent_map.units[:NUM_UNITS]}
        return {"caption": caption, "x": x, "y": y, "units": units}

    def add_up(self, model: str, start: Any, minus: Any, plus: Any) -> Sum:
        """The caption of code(start) - code(minus) + code(plus)."""
        typed = (
            typed_caption(start, strings.START),
            typed_caption(minus, strings.MINUS),
            typed_caption(plus, strings.PLUS),
        )
        latent_map = self.known(model)

        def make(vae: Pipeline) -> Sum:
            prepared = (
                prepare(vae, typed[0], strings.START),
                prepare(vae, typed[1], strings.MINUS),
                prepare(vae, typed[2], strings.PLUS),
            )
            a, b, c = vae.encode([each.cleaned for each in prepared])
            code = a - b + c
            caption = vae.decode(code[None])[0]
            found: tuple[Any, ...] = ()
            if latent_map:
                near = tuple(latent_map.captions[i] for i in latent_map.nearest(code, NUM_NEAR))
                found = (near, latent_map.places(np.array([a, b, c, code])).tolist())
            return Sum(model, typed, prepared, caption, vae.max_length, *found)

        return self.service.ask(model, make, "sum", *typed, latent_map is None)

    def examples(self, model: str) -> list[tuple[str, str, str]]:
        """Sums that come out right with this model, found by trying a list of them.

        Those about what the map is about come first.
        """
        latent_map = self.known(model)

        def make(vae: Pipeline) -> list[tuple[str, str, str]]:
            readable = [each for each in english.SUM_EXAMPLES if _is_readable(vae, each)]
            if not readable:
                return []
            codes = vae.encode([caption for each in readable for caption in each])
            a, b, c = codes.reshape(len(readable), 3, -1).swapaxes(0, 1)
            results = vae.decode(a - b + c)
            pairs = zip(readable, results, strict=True)
            right = [each for each, result in pairs if is_right(each, result)]
            usual = usual_words(latent_map.captions) if latent_map else set()
            return sorted(right, key=lambda each: _strangeness(each[0], usual))[:NUM_EXAMPLES]

        return self.service.ask(model, make, "sum examples", latent_map is None)

    def on_map(self, path: InterpolationPath) -> Places | None:
        """Where the fine path of an interpolation runs on the map; None without one."""
        latent_map = self.known(path.model)
        if latent_map is None:
            return None

        def make(vae: Pipeline) -> Places:
            first, last = vae.encode([each.cleaned for each in path.prepared])
            codes = interpolate_codes(first, last, len(path.fine), path.path)
            places: Places = latent_map.places(codes).round(3).tolist()
            return places

        key = (*path.typed, len(path.fine), path.path)
        return self.service.ask(path.model, make, "path", *key)


_of: WeakKeyDictionary[Service, Maps] = WeakKeyDictionary()


def of(service: Service) -> Maps:
    """The maps of a service, the same for all who ask."""
    return _of.setdefault(service, Maps(service))


def as_json(found: LatentMap | Progress) -> dict[str, Any]:
    """What map.js takes: all of the map but its codes, or how far it has got."""
    if isinstance(found, Progress):
        return {"done": found.done, "total": found.total}
    points = found.points.round(3)
    kinds = [
        {"name": kind_name(name), "colour": colour, "other": name == OTHER}
        for name, colour in zip(found.names, colours(found), strict=True)
    ]
    return {
        "captions": list(found.captions),
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        "kind": found.kinds.tolist(),
        "kinds": kinds,
        "units": [unit._asdict() for unit in found.units[:NUM_UNITS]],
        "start": start_of(found),
    }


def start_of(latent_map: LatentMap) -> int:
    """The caption that a visitor sees first: of the largest kind, where others are rare."""
    counts = np.bincount(latent_map.kinds, minlength=len(latent_map.names))
    mine = np.flatnonzero(latent_map.kinds == counts.argmax())
    goal = 1.5 * latent_map.points[mine].mean(axis=0)  # away from the middle
    return int(mine[((latent_map.points[mine] - goal) ** 2).sum(axis=1).argmin()])


def colours(latent_map: LatentMap) -> list[int]:
    """Of each kind the number of its colour in map.css: water is blue on every map."""
    known = list(KINDS)
    numbers = [
        known.index(name) if name in known else i for i, name in enumerate(latent_map.names)
    ]
    return [
        len(known) if name == OTHER else number % len(known)
        for name, number in zip(latent_map.names, numbers, strict=True)
    ]


def kind_name(name: str) -> str:
    """A kind of scene in the visitor's language; a word of the captions stays as it is."""
    return str(strings.KINDS.get(name, name))


def is_right(example: tuple[str, str, str], result: str) -> bool:
    """Whether a sum exchanged what it should: C's words came for B's, most others stayed."""
    a, b, c, found = (set(text.split()) - FUNCTION_WORDS for text in (*example, result))
    new, gone = c - b, b - c
    kept = a - gone
    return (
        bool(new)
        and new <= found
        and not gone & found
        and len(kept & found) * 3 >= len(kept) * 2
    )


def usual_words(captions: Sequence[str]) -> set[str]:
    """Words of at least one caption in a thousand."""
    counts = Counter(word for caption in captions for word in set(caption.split()))
    return {word for word, count in counts.items() if count * 1000 >= len(captions)}


def _strangeness(caption: str, usual: set[str]) -> float:
    """The share of its telling words that are not usual."""
    words = set(caption.split()) - FUNCTION_WORDS
    return len(words - usual) / max(1, len(words))


def _is_readable(vae: Pipeline, captions: tuple[str, ...]) -> bool:
    try:
        return not any(vae.prepare(caption).unknown_words for caption in captions)
    except BadInput:
        return False


def value(model: str, place: str) -> str:
    """What the panel of the map shows, as map.js reads it."""
    return json.dumps({"model": model, "place": place})
