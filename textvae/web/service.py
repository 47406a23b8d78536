"""The models' answers for the page and the endpoints.

Every argument is checked by `validation` before a model is used, and results are cached, since
all of them are deterministic. Does not import Gradio or, until a model loads, TensorFlow.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from textvae.config import defaults
from textvae.data.text_modes import PLAIN
from textvae.errors import BadInput
from textvae.web import checked, examples, validation
from textvae.web.i18n.language import strings
from textvae.web.models import Models
from textvae.web.result_cache import ResultCache
from textvae.web.results import (
    About,
    Generated,
    InterpolationPath,
    InTrainingSet,
    Reconstructed,
)
from textvae.words import beginning

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.inference.caption import CaptionLike
    from textvae.pipeline import Pipeline

Result = TypeVar("Result")
log = logging.getLogger(__name__)

FINE_STEPS = 48  # the slider has at least this many positions along a path
PAUSE = 0.05  # seconds between parts of the warm-up, when a waiting visitor gets the model
NUM_REMEMBERED = 256  # results, of a few kilobytes each
MAX_EXAMPLE = 100  # characters of an example line in a message


class Service:
    """Answers about models, one visitor at a time for each model.

    Args:
        default: the model shown first; see `Models` for this and the others.
        load: returns the pipeline of a name.
        shipped: the names to offer.

    Attributes:
        models: the models.

    Raises:
        BadInput: `default` is not a model, or there is no model.

    Example:
        >>> import textvae
        >>> service = Service("article", load=textvae.load)
        >>> service.reconstruct("article", "Two elephants standing in the water!").caption
        'two elephants standing in the water'
        >>> service.generate("article", 0)
        Traceback (most recent call last):
        textvae.errors.BadInput: num_captions must be a whole number from 1 to 20; got 0.
    """

    def __init__(
        self,
        default: str | None = None,
        *,
        load: Callable[[str], Any] | None = None,
        shipped: Sequence[str] | None = None,
    ) -> None:
        self.models = Models(default, load, shipped)
        self._results = ResultCache(NUM_REMEMBERED)
        self._prepared = ResultCache(NUM_REMEMBERED)

    def warm_up(self, model: str, captions: Sequence[str]) -> None:
        """Run typical requests once, so that the first visitor waits no longer than others.

        Shapes are compiled when they first occur: those of few captions and of many.
        """
        for count in validation.CAPTIONS:
            time.sleep(PAUSE)
            self.generate(model, count, with_words=True)
        time.sleep(PAUSE)
        with suppress(BadInput):  # a model of other texts may not know these words
            self.interpolate(model, *captions)
        time.sleep(PAUSE)
        self.about(model)

    def generate(
        self,
        model: str,
        num_captions: Any = defaults.NUM_CAPTIONS,
        temperature: Any = defaults.TEMPERATURE,
        top_p: Any = defaults.TOP_P,
        prior: str | None = None,
        seed: Any = 0,
        *,
        with_words: bool = False,
    ) -> Generated:
        """Captions from random codes; `prior=None` is `scene` if the model has one.

        `with_words` adds the probability of each word.
        """
        count, temperature, top_p, prior, seed = checked.generation(
            num_captions, temperature, top_p, prior, seed
        )

        def make(vae: Pipeline) -> Generated:
            name = prior or ("scene" if vae.has_prior else "standard")
            codes = vae.prior_codes(count, seed, name)
            codec = vae.prior_codec(name)
            found = codec.decode(codes, temperature=temperature, top_p=top_p, seed=seed)
            settings = (temperature, top_p, seed, name)
            copies = in_training_set(vae, found)
            language = vae.language
            return Generated(model, tuple(found), *settings, codes, copies, language=language)

        key = ("generate", count, temperature, top_p, seed, prior)
        result = self._remember(model, key, make)
        if not with_words:
            return result
        return self._remember(
            model, (*key, "words"), lambda vae: with_probabilities(vae, result)
        )

    def reconstruct(self, model: str, caption: Any) -> Reconstructed:
        """A typed caption, reconstructed from its posterior's mean and from draws."""
        text = validation.typed_caption(caption)
        prepared = self.prepare(model, text)

        def make(vae: Pipeline) -> Reconstructed:
            posterior = vae.posterior(prepared)
            codes = np.vstack([posterior.mu, posterior.sample(defaults.NUM_DRAWS)])
            back, *draws = vae.decode(codes)
            copies = in_training_set(vae, [prepared, back, *draws])
            sizes = (vae.max_length, copies, vae.language)
            return Reconstructed(model, text, posterior, back, tuple(draws), *sizes)

        return self._remember(model, ("reconstruct", text), make)

    def interpolate(
        self,
        model: str,
        first: Any,
        last: Any,
        num_steps: Any = defaults.NUM_STEPS,
        path: str = defaults.PATH,
    ) -> InterpolationPath:
        """The path between two typed captions, finer than `num_steps` for the slider."""
        typed, steps, path = checked.interpolation(first, last, num_steps, path)
        boxes = strings.FIRST, strings.LAST
        stride = math.ceil(FINE_STEPS / (steps - 1))
        prepared = [self.prepare(model, *each) for each in zip(typed, boxes, strict=True)]

        def make(vae: Pipeline) -> InterpolationPath:
            start, end = vae.posterior(prepared)
            fine = vae.interpolate(start, end, (steps - 1) * stride + 1, path=path)
            fine[::stride] = vae.interpolate(start, end, steps, path=path)  # no repeated row
            copies = in_training_set(vae, fine[::stride])
            settings = (stride, path, vae.max_length, copies, vae.language)
            return InterpolationPath(model, typed, (start, end), tuple(fine), *settings)

        return self._remember(model, ("interpolate", *typed, steps, path), make)

    def about(self, model: str) -> About:
        """The facts about a model, with one reconstructed caption."""
        facts, example = self.models.load(model), self._example(model)

        def make(vae: Pipeline) -> About:
            known = (facts, len(vae.tokenizer), vae.report, card_of(vae))
            is_of_pieces = vae.bundle.text.mode == PLAIN
            return About(model, *known, example, is_of_pieces)

        return self._remember(model, ("about",), make)

    def _example(self, model: str) -> Reconstructed | None:
        """A reconstructed caption: one of the model's initial lines, else a generated one."""
        first = [*self.models.own_lines(model), examples.ROUND_TRIP][0]
        with suppress(BadInput):
            made = self.reconstruct(model, first)
            if not made.prepared.unknown_words:
                return made
        with suppress(BadInput):  # its own may be empty
            return self.reconstruct(model, self.generate(model, 1).captions[0])
        return None

    def encode(self, model: str, captions: Any) -> list[list[float]]:
        """The posterior means of typed captions, a list of numbers for each."""
        texts = checked.captions(captions)
        prepared = [self.prepare(model, text, checked.place(i)) for i, text in enumerate(texts)]
        with self.models.locked_model(model) as vae:
            codes = vae.encode(prepared)
        return [[float(value) for value in row] for row in codes]

    def decode(self, model: str, z: Any) -> list[str]:
        """The captions of codes given as lists of numbers, with the most probable words."""
        codes = validation.points(checked.points(z), self.models.get(model).latent_dim)
        with self.models.locked_model(model) as vae:
            return list(vae.decode(codes))

    def prepare(self, model: str, caption: str, box: str = "") -> PreparedCaption:
        """The caption, prepared without the lock of the model.

        Raises:
            BadInput: in the visitor's language, with the name of the box if there is one.
        """
        vae = self.models.get(model)
        found: PreparedCaption | None = self._prepared.get((model, caption))
        if found is not None:  # the check of an endpoint has prepared it
            return found
        try:
            found = vae.prepare(caption)
            self._prepared.put((model, caption), found)
            return found
        except BadInput as error:
            prefix = f"{box}: " if box else ""
            text = validation.quoted(caption)
            own = validation.isolated(beginning(vae.example, MAX_EXAMPLE))
            said = strings.UNREADABLE_SUCH_AS if own else strings.UNREADABLE
            raise BadInput(prefix + said.format(text=text, example=own)) from error

    def ask(self, model: str, question: Callable[[Pipeline], Result], *key: Hashable) -> Result:
        """The answer of a model to `question`, cached under `key` if given.

        The model is locked meanwhile, so it answers one visitor at a time.
        """
        if key:
            return self._remember(model, key, question)
        with self.models.locked_model(model) as vae:
            return question(vae)

    def _remember(
        self, model: str, key: tuple[Hashable, ...], make: Callable[[Pipeline], Result]
    ) -> Result:
        """The result of `make`, or the cached one."""
        validation.choice_of_model(model, self.models.names)
        found: Result | None = self._results.get((model, key))
        if found is not None:
            return found
        with self.models.locked_model(model) as vae:
            found = self._results.get((model, key))
            if found is not None:  # another visitor has requested the same meanwhile
                return found
            result = make(vae)
            self._results.put((model, key), result)
        return result


def in_training_set(vae: Pipeline, captions: Sequence[CaptionLike]) -> InTrainingSet:
    """Whether each caption is in the training data verbatim; None if unknown.

    Example:
        >>> import textvae
        >>> captions = ["A herd of elephants walking across a field.", "two zebras"]
        >>> in_training_set(textvae.load("article"), captions)
        (True, False)
    """
    found = vae.in_training_set(captions)
    return None if found is None else tuple(found)


def with_probabilities(vae: Pipeline, result: Generated) -> Generated:
    """The same captions with the probability of each word."""
    codec = vae.prior_codec(result.prior)
    found = codec.word_probabilities(result.captions, result.codes)
    words = tuple(tuple(vae.words(caption)) for caption in result.captions)
    return replace(result, probabilities=tuple(map(tuple, found)), words=words)


def card_of(vae: Pipeline) -> str:
    """The model card without its front matter, which is for the Hub; empty without a card.

    Example:
        >>> import textvae
        >>> print(card_of(textvae.load("article")))
        # article
        ...
    """
    try:
        return re.sub(r"\A---\n.*?\n---\n+", "", vae.card(), flags=re.DOTALL)
    except Exception:  # the report is not one that this program wrote
        log.warning("no model card of %s", vae.name, exc_info=True)
        return ""
