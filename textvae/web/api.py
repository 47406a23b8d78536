"""The endpoints for programs: JSON in and out, validated like input on the page.

Their names, type hints and docstrings are shown by the page's API view, by `gradio_client` and,
if the extra `mcp` is installed, in an agent's list of tools.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import gradio as gr

from textvae.config import defaults
from textvae.errors import BadInput
from textvae.web.endpoints import Endpoint, checks, model_named, prior_named
from textvae.web.events import MODEL_QUEUE
from textvae.web.results import InTrainingSet
from textvae.web.service import Service
from textvae.web.serving.refusals import RefusedValue
from textvae.web.zero_gpu import on_gpu


def publish(service: Service) -> dict[str, Endpoint]:
    """Add the five endpoints to the page that is being built, and return them by name."""
    found: dict[str, Endpoint] = {}
    check = checks(service)
    groups = (_sampling_endpoints, _caption_endpoints, _code_endpoints)
    for endpoint in (one for group in groups for one in group(service)):
        gr.api(on_gpu(_answered(endpoint)), api_name=endpoint.__name__, **MODEL_QUEUE)
        found[endpoint.__name__] = Endpoint(endpoint, check[endpoint.__name__])
    return found


def _sampling_endpoints(service: Service) -> tuple[Callable[..., Any], ...]:
    def generate(
        num_captions: int = defaults.NUM_CAPTIONS,
        temperature: float = defaults.TEMPERATURE,
        top_p: float = defaults.TOP_P,
        seed: int = 0,
        prior: str = "",
        word_probabilities: bool = False,
        model: str = "",
    ) -> dict[str, Any]:
        """Generate captions from random numbers; the same seed gives them again.

        Args:
            num_captions: number of captions, 1 to 20.
            temperature: 0 takes the most probable word each time; 2 is the highest.
            top_p: draw only from the most probable words with this total probability, from
                0.01 to 1.
            seed: the same seed gives the same captions again.
            prior: "scene" or "standard"; empty for "scene" if the model has it.
            word_probabilities: whether to add the probability of each word.
            model: one of the models in the page's list; empty for the default one.

        Returns:
            captions: a list of texts.
            in_training_set: for each caption whether it is in the training data verbatim; null
                if unknown.
            words: the words of each caption, which joined are the caption; null unless their
                probabilities are requested.
            word_probabilities: for each caption the probability of each of its words, at
                temperature 1; null unless requested.
        """
        result = service.generate(
            model_named(service, model),
            *(num_captions, temperature, top_p, prior_named(prior), seed),
            with_words=word_probabilities,
        )
        probabilities = result.probabilities
        return {
            "captions": list(result.captions),
            "in_training_set": _list(result.in_training_set),
            "words": None if probabilities is None else list(map(list, result.words)),
            "word_probabilities": None
            if probabilities is None
            else list(map(list, probabilities)),
        }

    return (generate,)


def _caption_endpoints(service: Service) -> tuple[Callable[..., Any], ...]:
    def reconstruct(caption: str, model: str = "") -> dict[str, Any]:
        """Encode a caption as a point in the latent space, and decode that point again.

        Args:
            caption: a line in the language of the model, at most 400 characters.
            model: one of the models in the page's list; empty for the default one.

        Returns:
            cleaned: the words that the model read.
            unknown_words: those of them that it does not know.
            shortened: whether the caption was too long and its last words were dropped.
            caption: the caption decoded from the mean of the posterior.
            draws: the captions decoded from three draws of the posterior.
            in_training_set: whether cleaned, caption and each of draws are in the training data
                verbatim; null if unknown.
        """
        result = service.reconstruct(model_named(service, model), caption)
        return {
            "cleaned": result.prepared.cleaned,
            "unknown_words": list(result.prepared.unknown_words),
            "shortened": result.prepared.shortened,
            "caption": result.caption,
            "draws": list(result.draws),
            "in_training_set": _list(result.in_training_set),
        }

    def interpolate(
        first: str,
        last: str,
        num_steps: int = defaults.NUM_STEPS,
        path: str = defaults.PATH,
        model: str = "",
    ) -> dict[str, Any]:
        """Decode the points on a path from one caption to another.

        Args:
            first: the caption to start from.
            last: the caption to end at.
            num_steps: number of captions, including both ends, 3 to 15.
            path: the shape of the path, "linear" or "spherical".
            model: one of the models in the page's list; empty for the default one.

        Returns:
            captions: a list of texts, from the first to the last.
            in_training_set: for each caption whether it is in the training data verbatim; null
                if unknown.
        """
        result = service.interpolate(model_named(service, model), first, last, num_steps, path)
        return {
            "captions": list(result.captions),
            "in_training_set": _list(result.in_training_set),
        }

    return reconstruct, interpolate


def _code_endpoints(service: Service) -> tuple[Callable[..., Any], ...]:
    def encode(captions: list[str], model: str = "") -> list[list[float]]:
        """Encode each caption as a point: the mean of its posterior.

        Args:
            captions: 1 to 256 lines in the language of the model.
            model: one of the models in the page's list; empty for the default one.

        Returns:
            For each caption a list of as many numbers as the model has latent units.
        """
        return service.encode(model_named(service, model), captions)

    def decode(z: list[list[float]], model: str = "") -> list[str]:
        """Decode each point, with the most probable words.

        Args:
            z: 1 to 256 points, each a list of as many numbers as the model has latent units.
            model: one of the models in the page's list; empty for the default one.

        Returns:
            The caption of each point.
        """
        return service.decode(model_named(service, model), z)

    return encode, decode


def _list(in_training_set: InTrainingSet) -> list[bool] | None:
    return None if in_training_set is None else list(in_training_set)


def _answered(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, whose errors about values reach the caller as a sentence."""

    @wraps(endpoint)
    def run(*arguments: Any, **named: Any) -> Any:
        try:
            return endpoint(*arguments, **named)
        except BadInput as error:
            raise RefusedValue(str(error)) from error

    return run
