"""What the page and the endpoints ask of the models, in plain Python types.

Every argument is checked here by `limits`, before a model is touched. Models load when first
asked for and stay. A lock stands around each, because a `Pipeline` is not thread safe; whoever
asks for another model, which loads and compiles for seconds, holds up nobody else. No gradio
and, until a model loads, no tensorflow.
"""

from __future__ import annotations

import logging
import math
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from textvae import loading
from textvae.errors import BadInput
from textvae.hub.download import PREFIX, parse
from textvae.metrics import gaussian_kl
from textvae.web import validation
from textvae.web.i18n.language import strings

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline, PreparedCaption

Result = TypeVar("Result")
log = logging.getLogger(__name__)

WEIGHT_FILES = ("config.json", "vocabulary.txt", "model.safetensors")
NUM_DRAWS = 3
FINE_STEPS = 48  # the slider has at least this many positions along a path
PAUSE = 0.05  # seconds in which a visitor who waits for a model gets it before the warm-up does
REMEMBERED = 256  # results kept; they are a few kilobytes each
InTrainingSet = tuple[bool, ...] | None  # which captions stand in the training data


@dataclass(frozen=True)
class Facts:
    """What the header and the controls show of a loaded model."""

    name: str
    device: str
    latent_dim: int
    max_length: int
    has_fitted_prior: bool
    notice: str = ""


@dataclass(frozen=True)
class Generated:
    """Captions from random points, with the settings that give them again.

    Attributes:
        codes: the points, `[N, D]`.
        in_training_set: which captions stand in the training data; None where nobody knows.
        probabilities: of each word, if they were asked for.
    """

    model: str
    captions: tuple[str, ...]
    temperature: float
    top_p: float
    seed: int
    prior: str
    codes: np.ndarray
    in_training_set: InTrainingSet = None
    probabilities: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True)
class Reconstructed:
    """A caption, what came back of it, and the posterior that it came back from.

    `in_training_set` is of what was read, what came back, and the draws.
    """

    model: str
    typed: str
    prepared: PreparedCaption
    caption: str
    draws: tuple[str, ...]
    mu: np.ndarray
    sigma: np.ndarray
    max_length: int
    in_training_set: InTrainingSet = None

    @property
    def kl_per_unit(self) -> np.ndarray:
        """KL of each unit to N(0, 1), `[D]`, nats."""
        mu, sigma = self.mu.astype("float64"), self.sigma.astype("float64")
        kl: np.ndarray = gaussian_kl.kl_per_unit(mu, 2.0 * np.log(sigma))
        return kl


@dataclass(frozen=True)
class InterpolationPath:
    """The captions on a path; `fine` has every `stride`-th of them in `captions`.

    `in_training_set` is of `captions`.
    """

    model: str
    typed: tuple[str, str]
    prepared: tuple[PreparedCaption, PreparedCaption]
    fine: tuple[str, ...]
    stride: int
    path: str
    max_length: int
    in_training_set: InTrainingSet = None

    @property
    def captions(self) -> tuple[str, ...]:
        """The rows of the list: both ends and the steps between."""
        return self.fine[:: self.stride]


@dataclass(frozen=True)
class About:
    """What is known of a model: `report` as it came with the weights, unchecked.

    `card` is its model card as Markdown, empty where the report is too broken for one.
    """

    name: str
    facts: Facts
    vocab_size: int
    report: dict[str, Any]
    card: str
    example: Reconstructed | None


class Service:
    """The models of a page.

    Args:
        default: the model shown first: a name under `weights/`, a folder, or
            `hf://owner/repo[@revision]`, which is fetched when it is loaded.
        load: gives the pipeline of a name or folder; `loaded` unless a test says more.
        shipped: the names to offer; those under `weights/` unless a test says more.

    Raises:
        BadInput: if `default` is no model, or if there is none at all.
    """

    def __init__(
        self,
        default: str | None = None,
        *,
        load: Callable[[str], Any] | None = None,
        shipped: Sequence[str] | None = None,
    ):
        names = list(loading.list_models() if shipped is None else shipped)
        self.default = _default_model(default, names)
        self.names = [self.default, *(name for name in names if name != self.default)]
        self._load = load or loaded
        self._locks = {name: threading.RLock() for name in self.names}
        self._loading = threading.Lock()  # keras builds one network at a time
        self._pipelines: dict[str, Pipeline] = {}
        self._failed: set[str] = set()
        self._results: OrderedDict[Hashable, Any] = OrderedDict()
        self._results_lock = threading.Lock()  # what is remembered waits for no model

    def load(self, model: str) -> Facts:
        """Load the model unless it is loaded, and say what it is. Slow the first time."""
        with self.locked_model(model):
            pass
        facts = self.facts(model)
        assert facts is not None
        return facts

    def warm_up(self, model: str, captions: Sequence[str]) -> None:
        """Do once what visitors will do, so that the first one waits no longer than others.

        Shapes are compiled when they first occur: those of few captions and of many.
        """
        for count in validation.CAPTIONS:
            time.sleep(PAUSE)
            self.generate(model, count, with_words=True)
        time.sleep(PAUSE)
        with suppress(BadInput):  # a model of other texts may know none of these words
            self.interpolate(model, *captions)
        time.sleep(PAUSE)
        self.about(model)

    def facts(self, model: str) -> Facts | None:
        """What is known of a model, at once; None while it is not loaded."""
        vae = self._pipelines.get(model)
        if vae is None:
            return None
        sizes = vae.latent_dim, vae.max_length, vae.has_fitted_prior
        return Facts(model, vae.device, *sizes, vae.notice)

    def has_failed(self, model: str) -> bool:
        """Whether the last attempt to load this model failed."""
        return model in self._failed

    def generate(
        self,
        model: str,
        num_captions: Any = 5,
        temperature: Any = 0.3,
        top_p: Any = 1.0,
        prior: str | None = None,
        seed: Any = 0,
        *,
        with_words: bool = False,
    ) -> Generated:
        """Captions from random points; `prior=None` is the fitted one where there is one.

        `with_words` adds the probability of each word.
        """
        count = validation.whole_number(
            strings.NUM_CAPTIONS, num_captions, *validation.CAPTIONS
        )
        temperature = validation.number(
            strings.TEMPERATURE, temperature, *validation.TEMPERATURES
        )
        top_p = validation.number(strings.TOP_P, top_p, *validation.TOP_PS)
        seed = validation.whole_number(strings.SEED, seed, *validation.SEEDS)
        if prior is not None:
            validation.choice(strings.PRIOR, prior, validation.PRIORS)

        def make(vae: Pipeline) -> Generated:
            name = prior or ("fitted" if vae.has_fitted_prior else "standard")
            codes = vae.prior_codes(count, seed, name)
            found = vae.decode(codes, temperature=temperature, top_p=top_p, seed=seed)
            settings = (temperature, top_p, seed, name)
            return Generated(model, tuple(found), *settings, codes, in_training_set(vae, found))

        key = ("generate", count, temperature, top_p, seed, prior)
        result = self._remember(model, key, make)
        if not with_words:
            return result
        return self._remember(model, (*key, "words"), lambda vae: measured(vae, result))

    def reconstruct(self, model: str, caption: Any) -> Reconstructed:
        """A typed caption there and back, from the posterior's mean and from draws of it."""
        text = validation.typed_caption(caption)

        def make(vae: Pipeline) -> Reconstructed:
            prepared = prepare(vae, text)
            back = vae.reconstruct([prepared.cleaned])[0]
            draws = tuple(vae.reconstruct_draws(prepared.cleaned, NUM_DRAWS, seed=0))
            mu, sigma = vae.posterior(prepared.cleaned)
            known = in_training_set(vae, (prepared.cleaned, back, *draws))
            sizes = (vae.max_length, known)
            return Reconstructed(model, text, prepared, back, draws, mu, sigma, *sizes)

        return self._remember(model, ("reconstruct", text), make)

    def interpolate(
        self, model: str, first: Any, last: Any, num_steps: Any = 7, path: str = "linear"
    ) -> InterpolationPath:
        """The path between two typed captions, finer than `num_steps` for the slider."""
        ends = (
            validation.typed_caption(first, strings.FIRST),
            validation.typed_caption(last, strings.LAST),
        )
        steps = validation.whole_number(strings.STEPS, num_steps, *validation.STEPS)
        validation.choice(strings.PATH, path, validation.PATHS)
        stride = math.ceil(FINE_STEPS / (steps - 1))

        def make(vae: Pipeline) -> InterpolationPath:
            prepared = prepare(vae, ends[0], strings.FIRST), prepare(vae, ends[1], strings.LAST)
            start, end = (each.cleaned for each in prepared)
            fine = vae.interpolate(start, end, (steps - 1) * stride + 1, path=path)
            known = in_training_set(vae, fine[::stride])
            sizes = (vae.max_length, known)
            return InterpolationPath(model, ends, prepared, tuple(fine), stride, path, *sizes)

        return self._remember(model, ("interpolate", *ends, steps, path), make)

    def about(self, model: str) -> About:
        """What is known of a model, with one caption there and back."""
        facts, example = self.load(model), self._example(model)

        def make(vae: Pipeline) -> About:
            known = (facts, len(vae.tokenizer), vae.report, card_of(vae))
            return About(Path(model).name, *known, example)

        return self._remember(model, ("about",), make)

    def _example(self, model: str) -> Reconstructed | None:
        """A caption there and back: the model's own where it does not know ours."""
        with suppress(BadInput):
            if not (
                made := self.reconstruct(model, strings.ABOUT_EXAMPLE)
            ).prepared.unknown_words:
                return made
        with suppress(BadInput):  # letters that are no English ones
            return self.reconstruct(model, self.generate(model, 1).captions[0])
        return None

    def encode(self, model: str, captions: Any) -> list[list[float]]:
        """The posterior means of typed captions, one list of numbers each."""
        texts = [
            validation.typed_caption(one)
            for one in validation.batch("captions", captions, "captions")
        ]
        with self.locked_model(model) as vae:
            cleaned = [prepare(vae, text).cleaned for text in texts]
            return [[float(value) for value in row] for row in vae.encode(cleaned)]

    def decode(self, model: str, z: Any) -> list[str]:
        """The likeliest captions of points, given as lists of numbers."""
        rows = validation.batch("z", z, "points")
        with self.locked_model(model) as vae:
            return list(vae.decode(validation.points(rows, vae.latent_dim)))

    def ask(self, model: str, question: Callable[[Pipeline], Result], *key: Hashable) -> Result:
        """What a model answers, one visitor at a time; remembered if there is a key for it."""
        if key:
            return self._remember(model, key, question)
        with self.locked_model(model) as vae:
            return question(vae)

    @contextmanager
    def locked_model(self, model: str) -> Iterator[Pipeline]:
        """The model, which nobody else has meanwhile."""
        validation.choice_of_model(model, self.names)
        with self._locks[model]:
            yield self._pipeline(model)

    def _pipeline(self, model: str) -> Pipeline:
        if model not in self._pipelines:
            try:
                with self._loading:
                    vae = self._load(model)
                if not vae.latent_dim:
                    raise BadInput(strings.LANGUAGE_MODEL.format(model=model))
                self._pipelines[model] = vae
            except BaseException:
                self._failed.add(model)
                raise
            self._failed.discard(model)
        return self._pipelines[model]

    def _remember(
        self, model: str, key: tuple[Hashable, ...], make: Callable[[Pipeline], Result]
    ) -> Result:
        """The result of `make`, or the one it gave last time: all results are deterministic."""
        found: Result | None = self._remembered((model, key))
        if found is not None:
            return found
        with self.locked_model(model) as vae:
            found = self._remembered((model, key))
            if found is not None:  # another visitor has asked for the same meanwhile
                return found
            result = make(vae)
            with self._results_lock:
                self._results[model, key] = result
                if len(self._results) > REMEMBERED:
                    self._results.popitem(last=False)
        return result

    def _remembered(self, key: Hashable) -> Any:
        with self._results_lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)


def loaded(model: str) -> Pipeline:
    """The model, ready to generate."""
    vae = loading.load(model)
    if vae.latent_dim:
        vae.warm_up()
    return vae


def in_training_set(vae: Pipeline, captions: Sequence[str]) -> InTrainingSet:
    """Which captions stand word for word in the training data, where the weights can tell."""
    known = vae.in_training_set(captions)
    return None if known is None else tuple(known)


def measured(vae: Pipeline, result: Generated) -> Generated:
    """The same captions with the probability of each word."""
    found = vae.word_probabilities(result.captions, result.codes)
    return replace(result, probabilities=tuple(map(tuple, found)))


def card_of(vae: Pipeline) -> str:
    """The model card without the part that is for the Hub; empty if there is none to be had."""
    try:
        return re.sub(r"\A---\n.*?\n---\n+", "", vae.card(), flags=re.DOTALL)
    except Exception:  # its report is not as we write them
        log.warning("no model card of %s", vae.name, exc_info=True)
        return ""


def prepare(vae: Pipeline, caption: str, box: str = "") -> PreparedCaption:
    """`vae.prepare`, with its complaint in the visitor's language and the name of the box."""
    try:
        return vae.prepare(caption)
    except BadInput as error:
        prefix = f"{box}: " if box else ""
        raise BadInput(
            prefix + strings.NO_KNOWN_WORDS.format(text=validation.shown(caption))
        ) from error


def _default_model(wanted: str | None, shipped: list[str]) -> str:
    files = ", ".join(WEIGHT_FILES)
    if wanted and wanted.startswith(PREFIX):
        return str(parse(wanted))
    if wanted and (wanted in shipped or _holds_weights(Path(wanted))):
        return wanted
    if wanted:
        names = ", ".join(shipped) or "none"
        raise BadInput(
            strings.BAD_WEIGHTS.format(value=validation.shown(wanted), names=names, files=files)
        )
    if not shipped:
        raise BadInput(strings.NO_WEIGHTS.format(folder="weights/", files=files))
    return shipped[0]


def _holds_weights(folder: Path) -> bool:
    return all((folder / name).is_file() for name in WEIGHT_FILES)
