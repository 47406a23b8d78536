"""The endpoints for programs: plain JSON in and out, checked like everything typed by hand.

Their names, hints and docstrings are what the page's API view, `gradio_client` and, where the
`mcp` extra is installed, an agent's list of tools show.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from typing import Any

import gradio as gr

from textvae.config import defaults
from textvae.errors import BadInput
from textvae.web.events import MODEL_QUEUE, log_failure
from textvae.web.results import InTrainingSet
from textvae.web.service import Service

Endpoint = Callable[..., Any]


def publish(service: Service) -> None:
    """Add the five endpoints to the page that is being built."""
    groups = (_sampling_endpoints, _caption_endpoints, _code_endpoints)
    for endpoint in (one for group in groups for one in group(service)):
        gr.api(_answered(endpoint), api_name=endpoint.__name__, **MODEL_QUEUE)


def can_serve_agents() -> bool:
    """Whether what gradio needs for its MCP server is installed."""
    return find_spec("mcp") is not None


def answer_agents(page: Any) -> bool:
    """Whether the page that was launched has an MCP server, which then answers in JSON.

    Gradio gives agents the `str` of a result, which for a dictionary is Python's notation.
    """
    server = getattr(page, "mcp_server_obj", None)
    if not server:
        return False
    in_words = server.postprocess_output_data
    server.postprocess_output_data = lambda data, root_url: in_words(
        [json.dumps(each) for each in data], root_url
    )
    return True


def _sampling_endpoints(service: Service) -> tuple[Endpoint, ...]:
    def generate(
        num_captions: int = defaults.NUM_CAPTIONS,
        temperature: float = defaults.TEMPERATURE,
        top_p: float = defaults.TOP_P,
        seed: int = 0,
        prior: str = "",
        word_probabilities: bool = False,
        model: str = "",
    ) -> dict[str, Any]:
        """Write captions from random points of the latent space.

        Args:
            num_captions: how many, 1 to 20.
            temperature: 0 takes the likeliest word each time, up to 2.
            top_p: leaves out the words beyond this much probability, above 0 and up to 1.
            seed: the same seed gives the same captions again.
            prior: "fitted" or "standard"; empty for the model's own.
            word_probabilities: also give how sure the model was of each word.
            model: one of the models in the page's list; empty for the default one.

        Returns:
            captions: a list of texts.
            in_training_set: for each whether it stands word for word in the training data;
                null where the model cannot tell.
            word_probabilities: for each caption a number for each of its words, at temperature
                1; null unless asked for.
        """
        result = service.generate(
            model or service.models.default,
            *(num_captions, temperature, top_p, prior or None, seed),
            with_words=word_probabilities,
        )
        shares = result.probabilities
        return {
            "captions": list(result.captions),
            "in_training_set": _list(result.in_training_set),
            "word_probabilities": None if shares is None else list(map(list, shares)),
        }

    return (generate,)


def _caption_endpoints(service: Service) -> tuple[Endpoint, ...]:
    def reconstruct(caption: str, model: str = "") -> dict[str, Any]:
        """Read a caption, turn it into a point and write it again from that point.

        Args:
            caption: an English sentence, at most 400 characters.
            model: one of the models in the page's list; empty for the default one.

        Returns:
            cleaned: the words that were read.
            unknown_words: those of them that the model does not know.
            shortened: whether words beyond its longest caption were left out.
            caption: what came back, from the mean of the posterior.
            draws: what came back from three draws of the posterior.
            in_training_set: of cleaned, caption and each of draws whether it stands word for
                word in the training data; null where the model cannot tell.
        """
        result = service.reconstruct(model or service.models.default, caption)
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
        """Walk from one caption to another and write the captions on the way.

        Args:
            first: the caption to start from.
            last: the caption to end at.
            num_steps: captions in all, both ends included, 3 to 15.
            path: "linear" or "spherical".
            model: one of the models in the page's list; empty for the default one.

        Returns:
            captions: a list of texts, from the first to the last.
            in_training_set: for each whether it stands word for word in the training data;
                null where the model cannot tell.
        """
        result = service.interpolate(
            model or service.models.default, first, last, num_steps, path
        )
        return {
            "captions": list(result.captions),
            "in_training_set": _list(result.in_training_set),
        }

    return reconstruct, interpolate


def _code_endpoints(service: Service) -> tuple[Endpoint, ...]:
    def encode(captions: list[str], model: str = "") -> list[list[float]]:
        """Give the point of each caption: the mean of its posterior.

        Args:
            captions: 1 to 256 English sentences.
            model: one of the models in the page's list; empty for the default one.

        Returns:
            For each caption as many numbers as the model has latent units.
        """
        return service.encode(model or service.models.default, captions)

    def decode(z: list[list[float]], model: str = "") -> list[str]:
        """Write the likeliest caption of each point.

        Args:
            z: 1 to 256 points, each a list of as many numbers as the model has latent units.
            model: one of the models in the page's list; empty for the default one.

        Returns:
            For each point its caption.
        """
        return service.decode(model or service.models.default, z)

    return encode, decode


def _list(in_training_set: InTrainingSet) -> list[bool] | None:
    return None if in_training_set is None else list(in_training_set)


def _answered(endpoint: Endpoint) -> Endpoint:
    """The endpoint with its failures as `gr.Error`, whose text reaches the caller."""

    @wraps(endpoint)
    def run(*arguments: Any, **named: Any) -> Any:
        try:
            return endpoint(*arguments, **named)
        except BadInput as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            raise gr.Error(log_failure(), print_exception=False) from error

    return run
