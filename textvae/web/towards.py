"""A sentence moved along the directions of a model, one thing in it changed, or to a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from textvae.latent.directions import STRENGTHS, Direction
from textvae.latent.labels import Labels
from textvae.latent.word_edits import EDITS
from textvae.web import validation
from textvae.web.service import Service

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline
    from textvae.types import Codes

MOST_LABELS = 6  # sliders beside each other


@dataclass(frozen=True)
class Move:
    """A caption on its way along a direction.

    Attributes:
        name: of the direction, a key of `EDITS`, or the label.
        captions: the caption where it starts, then at each of `STRENGTHS`.
        arrival: the number of the first of them that shows the change.
        kept: of the captions that the direction was tried on, the share in which the change
            came and the rest stayed; of those moved to the label, the share that show it.
        tried: how many captions the direction was tried on; 0 of a label.
        language: of the captions.
    """

    name: str
    captions: tuple[str, ...]
    arrival: int
    kept: float
    tried: int
    language: str = ""


def moves(service: Service, model: str, caption: Any) -> tuple[Move, ...]:
    """A typed caption moved along every direction that keeps its promise with this caption.

    A direction is left out if there is nothing in the caption for it to change, or if the
    change does not come; and so is a label that it shows, or never comes to show. Raises
    `BadInput`.
    """
    text = validation.typed_caption(caption)
    prepared = service.prepare(model, text)

    def make(vae: Pipeline) -> tuple[Move, ...]:
        return *changes(vae), *to_labels(vae)

    def to_labels(vae: Pipeline) -> tuple[Move, ...]:
        labels = vae.bundle.labels
        if labels is None:
            return ()
        code = vae.encode(prepared)[None]
        others = [k for k in labels.offered() if k != labels.of(code)[0]]
        found = (_to_label(vae, labels, code, k) for k in others[:MOST_LABELS])
        return tuple(move for move in found if move is not None)

    def changes(vae: Pipeline) -> tuple[Move, ...]:
        apt = [each for each in vae.bundle.directions if _is_apt(each, prepared.cleaned)]
        if not apt:
            return ()
        code = vae.encode(prepared)[None]
        strengths = (0.0, *STRENGTHS)
        places = [each.move(code, strength) for each in apt for strength in strengths]
        decoded = iter(vae.decode(np.concatenate(places)))
        paths = [tuple(next(decoded) for _ in strengths) for _ in apt]
        found = [_move(*each, vae.language) for each in zip(apt, paths, strict=True)]
        return tuple(move for move in found if move is not None)

    return service.ask(model, make, "towards", text)


def _to_label(vae: Pipeline, labels: Labels, code: Codes, target: int) -> Move | None:
    places = [labels.move(code, target, strength) for strength in (0.0, *STRENGTHS)]
    captions = tuple(vae.decode(np.concatenate(places)))
    shown = vae.labels_shown(captions)
    arrival = next((i for i, place in enumerate(shown) if i and place == target), None)
    if arrival is None:
        return None
    kept = float(labels.kept[target])
    return Move(labels.names[target], captions, arrival, kept, 0, language=vae.language)


def _is_apt(direction: Direction, caption: str) -> bool:
    return EDITS[direction.name].apply(caption) is not None


def _move(direction: Direction, captions: tuple[str, ...], language: str) -> Move | None:
    shows = EDITS[direction.name].shows
    arrival = next((i for i, text in enumerate(captions) if i and shows(text)), None)
    if arrival is None:
        return None
    return Move(
        direction.name, captions, arrival, direction.kept, direction.tried, language=language
    )
