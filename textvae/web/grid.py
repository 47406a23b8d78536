"""Captions on a square grid between four captions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textvae.config import defaults
from textvae.web.i18n.language import strings
from textvae.web.results import InTrainingSet
from textvae.web.service import Service, in_training_set
from textvae.web.validation import typed_caption

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.pipeline import Pipeline

SIZE = defaults.GRID_SIZE


@dataclass(frozen=True)
class Grid:
    """The captions of a grid, row by row.

    Attributes:
        typed: the corners as typed: top left, top right, bottom left, bottom right.
        prepared: the corners, prepared.
        captions: of all cells; in the corners, the reconstructions of the four.
        max_length: the model's maximum number of words in a caption.
        in_training_set: whether each of `captions` is in the training data.
    """

    model: str
    typed: tuple[str, ...]
    prepared: tuple[PreparedCaption, ...]
    captions: tuple[str, ...]
    max_length: int
    in_training_set: InTrainingSet = None
    language: str = ""


def fill_grid(service: Service, model: str, *corners: Any) -> Grid:
    """The grid between four typed captions. Raises `BadInput`.

    Example:
        >>> fill_grid(Service(shipped=["coco"]), "coco", "a dog", "a cat", "", "a bus")
        Traceback (most recent call last):
        textvae.errors.BadInput: Bottom left: Type a line in the language of the model first.
    """
    names = strings.CORNERS
    typed = tuple(map(typed_caption, corners, names))
    boxes = zip(typed, names, strict=True)
    prepared = tuple(service.prepare(model, text, name) for text, name in boxes)

    def make(vae: Pipeline) -> Grid:
        captions = vae.grid(prepared, SIZE)
        copies = in_training_set(vae, captions)
        sizes = vae.max_length, copies, vae.language
        return Grid(model, typed, prepared, tuple(captions), *sizes)

    return service.ask(model, make, "grid", *typed)
