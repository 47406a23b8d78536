"""The neighbours of a sentence on the map, and paraphrases of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textvae.web import maps, validation
from textvae.web.i18n.language import strings
from textvae.web.service import Service

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

NUM_NEAR, NUM_WORDINGS = 5, 5


@dataclass(frozen=True)
class Surroundings:
    """The neighbours and paraphrases of a typed caption.

    Attributes:
        near: the captions of the map nearest to it in the space, nearest first; empty without a
            map.
        distances: to each of them, in the space.
        wordings: other captions of the same scene; None if the model has no scenes.
        boldness: the temperature of their words.
        wording: the seed of their words.
    """

    near: tuple[str, ...]
    distances: tuple[float, ...]
    wordings: tuple[str, ...] | None
    boldness: float
    wording: int
    language: str = ""


def surroundings(
    service: Service, model: str, caption: Any, boldness: Any, wording: Any
) -> Surroundings:
    """The neighbours and paraphrases of a typed caption; arguments as in `Surroundings`.

    Raises:
        BadInput: the model cannot read the caption, or a setting is out of range.

    Example:
        >>> service = Service(shipped=["coco"])
        >>> surroundings(service, "coco", "a dog on a beach", boldness=3, wording=0)
        Traceback (most recent call last):
        textvae.errors.BadInput: Wording must be a number from 0 to 2; got 3.
    """
    text = validation.typed_caption(caption)
    temperature = validation.number(strings.TEMPERATURE, boldness, *validation.TEMPERATURES)
    seed = validation.whole_number(strings.SEED, wording, *validation.SEEDS)
    read = service.reconstruct(model, text).posterior
    latent_map = maps.of(service).known(model)

    def make(vae: Pipeline) -> Surroundings:
        code = vae.space.posterior(read)  # which is `read` itself for a model without scenes
        near: tuple[str, ...] = ()
        distances: tuple[float, ...] = ()
        if latent_map:
            found = latent_map.neighbours(code.mu, NUM_NEAR)
            near = tuple(latent_map.captions[i] for i in found.indices[0].tolist())
            distances = tuple(found.distances[0].tolist())
        wordings = None
        if vae.has_scenes:
            said = vae.rephrase(code, NUM_WORDINGS, temperature=temperature, seed=seed)
            wordings = tuple(said)
        return Surroundings(near, distances, wordings, temperature, seed, vae.language)

    return service.ask(model, make, "around", text, temperature, seed, latent_map is None)
