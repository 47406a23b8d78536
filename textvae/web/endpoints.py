"""The arguments of the endpoints, and their validation before a call.

An invalid call is rejected when it arrives, with status 422. Gradio would accept it into its
queue with status 200, and report the error with the answer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textvae.errors import BadInput
from textvae.web import checked, validation
from textvae.web.i18n.language import strings
from textvae.web.service import Service
from textvae.web.zero_gpu import is_zero_gpu


@dataclass(frozen=True)
class Endpoint:
    """An endpoint for programs.

    Attributes:
        run: answers a call.
        check: takes the same arguments, and raises `BadInput` if `run` would.

    Example:
        >>> def encode(captions, model=""):
        ...     return [[0.5, -1.25]]
        >>> endpoint = Endpoint(encode, check=lambda captions, model: None)
        >>> endpoint.arguments([["a dog"]])
        {'captions': ['a dog'], 'model': ''}
        >>> endpoint.arguments({"caption": "a dog"})
        Traceback (most recent call last):
        textvae.errors.BadInput: encode has no argument “caption”; it takes captions, model.
    """

    run: Callable[..., Any]
    check: Callable[..., None]

    def arguments(self, given: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
        """All arguments by name, from those given by position or name, with the defaults.

        Raises:
            BadInput: there are too many or too few, or one has an unknown name.
        """
        parameters = inspect.signature(self.run).parameters
        names, name = list(parameters), self.run.__name__
        if not isinstance(given, Mapping):
            if len(given) > len(names):
                limit, count = len(names), len(given)
                raise BadInput(strings.TOO_MANY.format(name=name, limit=limit, count=count))
            given = dict(zip(names, given, strict=False))
        unknown = next((each for each in given if each not in parameters), None)
        if unknown is not None:
            shown = validation.quoted(unknown)
            known = ", ".join(names)
            raise BadInput(strings.NO_ARGUMENT.format(name=name, argument=shown, names=known))
        found = {each: one.default for each, one in parameters.items()} | dict(given)
        missing = [each for each, one in found.items() if one is inspect.Parameter.empty]
        if missing:
            raise BadInput(strings.NEEDS_ARGUMENT.format(name=name, argument=missing[0]))
        return found


def model_named(service: Service, model: Any) -> str:
    """The model requested from an endpoint: the default one if the name is empty.

    Raises:
        BadInput: there is no such model.

    Example:
        >>> service = Service("coco", shipped=["coco", "poems"])
        >>> model_named(service, ""), model_named(service, "poems")
        ('coco', 'poems')
    """
    if model is None or model == "":
        return service.models.default
    validation.choice_of_model(model, service.models.names)
    return str(model)


def checks(service: Service) -> dict[str, Callable[..., None]]:
    """The check of each endpoint, by its name.

    Those that need a model wait until it is loaded, unless the page's process never loads one.

    Example:
        >>> check = checks(Service("coco", shipped=["coco"]))
        >>> check["generate"](0, 0.7, 1.0, 7, "", False, "")
        Traceback (most recent call last):
        textvae.errors.BadInput: num_captions must be a whole number from 1 to 20; got 0.
    """

    def readable(model: Any, texts: Sequence[str], boxes: Sequence[str] = ()) -> None:
        name = model_named(service, model)
        if not is_zero_gpu():
            for text, box in zip(texts, boxes or [""] * len(texts), strict=True):
                service.prepare(name, text, box)

    def generate(
        num_captions: Any,
        temperature: Any,
        top_p: Any,
        seed: Any,
        prior: Any,
        word_probabilities: Any,
        model: Any,
    ) -> None:
        name = model_named(service, model)
        checked.generation(num_captions, temperature, top_p, prior_named(prior), seed)
        validation.flag("word_probabilities", word_probabilities)
        if prior == "scene" and not is_zero_gpu() and not service.models.load(name).has_prior:
            raise BadInput(strings.NO_SCENE.format(model=name))

    def reconstruct(caption: Any, model: Any) -> None:
        readable(model, [validation.typed_caption(caption)])

    def interpolate(first: Any, last: Any, num_steps: Any, path: Any, model: Any) -> None:
        typed, _, _ = checked.interpolation(first, last, num_steps, path)
        readable(model, typed, (strings.FIRST, strings.LAST))

    def encode(captions: Any, model: Any) -> None:
        texts = checked.captions(captions)
        readable(model, texts, [checked.place(row) for row in range(len(texts))])

    def decode(z: Any, model: Any) -> None:
        rows, name = checked.points(z), model_named(service, model)
        if not is_zero_gpu():
            validation.points(rows, service.models.get(name).latent_dim)

    found: tuple[Callable[..., None], ...]
    found = (generate, reconstruct, interpolate, encode, decode)
    return {each.__name__: each for each in found}


def prior_named(prior: Any) -> Any:
    """The prior requested from an endpoint: None, the model's choice, if it is empty.

    Example:
        >>> prior_named(""), prior_named("standard")
        (None, 'standard')
    """
    return None if prior == "" else prior
