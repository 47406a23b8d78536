"""Arithmetic with captions: A - B + C, and examples that work with a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from textvae.errors import BadInput
from textvae.latent.word_edits import content_words, is_right
from textvae.web import examples, maps
from textvae.web.i18n.language import ENGLISH, strings
from textvae.web.maps import Places
from textvae.web.service import Service
from textvae.web.validation import typed_caption

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.pipeline import Pipeline

NUM_NEAR = 3  # captions next to a sum
NUM_EXAMPLES = 6
Example = tuple[str, str, str]  # A, B and C


@dataclass(frozen=True)
class Sum:
    """The caption of code(A) - code(B) + code(C).

    Attributes:
        typed: A, B and C as typed.
        prepared: A, B and C, prepared.
        caption: the caption of the sum.
        max_length: the model's maximum number of words in a caption.
        near: captions of the map whose codes are nearest to the sum; empty without a map.
        places: of A, B, C and the sum on the map; None without one.
    """

    model: str
    typed: Example
    prepared: tuple[PreparedCaption, ...]
    caption: str
    max_length: int
    near: tuple[str, ...] = ()
    places: Places | None = None
    language: str = ""


def add_up(service: Service, model: str, start: Any, minus: Any, plus: Any) -> Sum:
    """The caption of code(start) - code(minus) + code(plus). Raises `BadInput`.

    Example:
        >>> add_up(Service(shipped=["coco"]), "coco", "a dog on a couch", "", "a cat")
        Traceback (most recent call last):
        textvae.errors.BadInput: minus B: Type a line in the language of the model first.
    """
    boxes = strings.START, strings.MINUS, strings.PLUS
    typed = (
        typed_caption(start, boxes[0]),
        typed_caption(minus, boxes[1]),
        typed_caption(plus, boxes[2]),
    )
    prepared = tuple(
        service.prepare(model, text, box) for text, box in zip(typed, boxes, strict=True)
    )
    latent_map = maps.of(service).known(model)

    def make(vae: Pipeline) -> Sum:
        made = typed, prepared, vae.add_up(*prepared), vae.max_length
        if latent_map is None:
            return Sum(model, *made, language=vae.language)
        a, b, c = vae.space.encode(prepared)
        code = a - b + c
        near = tuple(latent_map.captions[i] for i in latent_map.nearest(code, NUM_NEAR))
        places = latent_map.place(np.array([a, b, c, code])).round(3).tolist()
        return Sum(model, *made, near, places, vae.language)

    return service.ask(model, make, "sum", *typed, latent_map is None)


def working_examples(service: Service, model: str) -> list[Example]:
    """Examples that work with this model, found by trying those of `examples.SUMS`.

    Those about the topics of the map come first. They are English, so they are not tried with a
    model of another recorded language.
    """
    latent_map = maps.of(service).known(model)

    def make(vae: Pipeline) -> list[Example]:
        if vae.language.partition("-")[0] not in ("", ENGLISH):
            return []
        readable = [example for example in examples.SUMS if _is_readable(vae, example)]
        if not readable:
            return []
        right = [example for example in readable if is_right(*example, vae.add_up(*example))]
        common = common_words(latent_map.captions) if latent_map else set()
        return sorted(right, key=lambda each: _share_of_rare(each[0], common))[:NUM_EXAMPLES]

    return service.ask(model, make, "sum examples", latent_map is None)


def common_words(captions: Sequence[str]) -> set[str]:
    """Words that occur in at least one caption in a thousand.

    Example:
        >>> sorted(common_words(["a dog sleeps"] * 2000 + ["a zebra runs"]))
        ['a', 'dog', 'sleeps']
    """
    counts = Counter(word for caption in captions for word in set(caption.split()))
    return {word for word, count in counts.items() if count * 1000 >= len(captions)}


def _share_of_rare(caption: str, common: set[str]) -> float:
    """The share of its words, except function words, that are not common."""
    words = content_words(caption)
    return len(words - common) / max(1, len(words))


def _is_readable(vae: Pipeline, captions: Example) -> bool:
    try:
        return not any(vae.prepare(caption).unknown_words for caption in captions)
    except BadInput:
        return False
