"""A sentence moved along the directions of a model, or to its labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textvae.latent.directions import Direction
from textvae.latent.traversal import Traversal, first_shown, traverse
from textvae.latent.word_edits import EDITS
from textvae.web import validation
from textvae.web.service import Service

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline
    from textvae.types import Codes

MOST_LABELS = 6  # sliders in a row


@dataclass(frozen=True)
class Move:
    """A caption moved along a direction.

    Attributes:
        name: of the direction, a key of `EDITS`, or the label.
        captions: at each of `traversal.STEPS`.
        arrival: the index of the first one that shows the change.
        kept: the share of captions for which the direction worked: the change appeared and the
            rest stayed. For a label, the share of moved captions that show it.
        tried: the number of captions the direction was tested on; 0 for a label.
        language: of the captions.
    """

    name: str
    captions: tuple[str, ...]
    arrival: int
    kept: float
    tried: int
    language: str = ""


def moves(service: Service, model: str, caption: Any) -> tuple[Move, ...]:
    """A typed caption moved along each direction and to each label that works with it.

    Left out are directions with nothing to change in the caption, the label that it already
    has, and changes that no step of the traversal shows. Raises `BadInput`.
    """
    text = validation.typed_caption(caption)
    read = service.reconstruct(model, text).posterior

    def make(vae: Pipeline) -> tuple[Move, ...]:
        cleaned = read.prepared.cleaned
        directions = [each for each in vae.bundle.directions if _can_change(each, cleaned)]
        if not directions and vae.bundle.labels is None:
            return ()
        code = read.mu[None]
        found = *_changed(vae, code, directions), *_relabelled(vae, code)
        return tuple(move for move in found if move is not None)

    return service.ask(model, make, "towards", text)


def _changed(
    vae: Pipeline, code: Codes, directions: Sequence[Direction]
) -> Iterator[Move | None]:
    if not directions:
        return
    found = traverse(vae.decode, code, [each.move for each in directions])
    for direction, path in zip(directions, found, strict=True):
        shows = map(EDITS[direction.name].shows, path)
        name, _, kept, tried = direction
        yield _move(vae, name, path, shows, kept, tried)


def _relabelled(vae: Pipeline, code: Codes) -> Iterator[Move | None]:
    labels = vae.bundle.labels
    if labels is None:
        return
    own = labels.predict(code)[0]
    others = [label for label in labels.offered() if label != own][:MOST_LABELS]
    if not others:
        return
    found = traverse(vae.decode, code, map(labels.towards, others))
    for target, path in zip(others, found, strict=True):
        shows = vae.labels_shown(path) == target
        yield _move(vae, labels.names[target], path, shows, float(labels.kept[target]))


def _move(
    vae: Pipeline,
    name: str,
    path: Traversal,
    shows: Iterable[bool],
    kept: float,
    tried: int = 0,
) -> Move | None:
    reached = first_shown(shows)
    if reached is None:
        return None
    return Move(name, path, reached, kept, tried, vae.language)


def _can_change(direction: Direction, caption: str) -> bool:
    return EDITS[direction.name].apply(caption) is not None
