"""A sentence moved along the directions of a model, one thing in it changed, or to a label."""

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

MOST_LABELS = 6  # sliders beside each other


@dataclass(frozen=True)
class Move:
    """A caption on its way along a direction.

    Attributes:
        name: of the direction, a key of `EDITS`, or the label.
        captions: the caption where it starts, then at each of `traversal.STRENGTHS`.
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
        apt = [each for each in vae.bundle.directions if _is_apt(each, prepared.cleaned)]
        if not apt and vae.bundle.labels is None:
            return ()
        code = vae.encode(prepared)[None]
        found = *_changed(vae, code, apt), *_relabelled(vae, code)
        return tuple(move for move in found if move is not None)

    return service.ask(model, make, "towards", text)


def _changed(vae: Pipeline, code: Codes, apt: Sequence[Direction]) -> Iterator[Move | None]:
    if not apt:
        return
    found = traverse(vae.decode, code, [each.move for each in apt])
    for direction, path in zip(apt, found, strict=True):
        shows = map(EDITS[direction.name].shows, path)
        name, _, kept, tried = direction
        yield _move(vae, name, path, shows, kept, tried)


def _relabelled(vae: Pipeline, code: Codes) -> Iterator[Move | None]:
    labels = vae.bundle.labels
    others = [k for k in labels.offered() if k != labels.of(code)[0]] if labels else []
    if not labels or not others:
        return
    others = others[:MOST_LABELS]
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


def _is_apt(direction: Direction, caption: str) -> bool:
    return EDITS[direction.name].apply(caption) is not None
