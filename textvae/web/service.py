"""What the page and the endpoints ask of the models, in plain Python types.

Every argument is checked here, before a model is touched: the page's own limits do not bind a
program that calls its endpoints. Models load when first asked for and stay; one lock stands
around all of them, because a `Pipeline` is not thread safe. No gradio and, until a model loads,
no tensorflow.
"""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

import textvae
from textvae.errors import BadInput
from textvae.hub import PREFIX, parse
from textvae.web import strings as say

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline, Reading

Result = TypeVar("Result")

WEIGHT_FILES = ("config.json", "vocabulary.txt", "model.safetensors")
CAPTIONS = (1, 20)  # how many can be generated at once
STEPS = (3, 15)  # rows of an interpolation
TEMPERATURES = (0.0, 2.0)
TOP_PS = (0.01, 1.0)
SEEDS = (0, 2**31 - 1)
PRIORS = ("fitted", "standard")
PATHS = ("linear", "spherical")
MAX_CHARACTERS = 400  # of a typed caption; the longest of COCO has about 250
BATCH = (1, 256)  # captions or points in one call of encode or decode
NUM_DRAWS = 3
FINE_STEPS = 48  # the slider has at least this many positions along a path
REMEMBERED = 256  # results kept; they are a few kilobytes each


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
    """Captions from random points, with the settings that give them again."""

    model: str
    captions: tuple[str, ...]
    temperature: float
    top_p: float
    seed: int
    prior: str


@dataclass(frozen=True)
class Reconstructed:
    """A caption, what came back of it, and the posterior that it came back from."""

    model: str
    typed: str
    reading: Reading
    caption: str
    draws: tuple[str, ...]
    mu: np.ndarray
    sigma: np.ndarray
    max_length: int

    @property
    def kl_per_unit(self) -> np.ndarray:
        """KL of each unit to N(0, 1), `[D]`, nats."""
        variance = self.sigma.astype("float64") ** 2
        kl: np.ndarray = (self.mu**2 + variance - np.log(variance) - 1) / 2
        return kl


@dataclass(frozen=True)
class Walk:
    """The captions on a path; `fine` has every `stride`-th of them in `captions`."""

    model: str
    typed: tuple[str, str]
    readings: tuple[Reading, Reading]
    fine: tuple[str, ...]
    stride: int
    path: str
    max_length: int

    @property
    def captions(self) -> tuple[str, ...]:
        """The rows of the list: both ends and the steps between."""
        return self.fine[:: self.stride]


class Service:
    """The models of a page.

    Args:
        default: the model shown first: a name under `weights/`, a folder, or
            `hf://owner/repo[@revision]`, which is fetched when it is loaded.
        load: gives the pipeline of a name or folder; `textvae.load` unless a test says more.
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
        names = list(textvae.shipped_models() if shipped is None else shipped)
        self.default = _default_model(default, names)
        self.names = names if self.default in names else [self.default, *names]
        self._load = load
        self._lock = threading.RLock()
        self._pipelines: dict[str, Pipeline] = {}
        self._failed: set[str] = set()
        self._results: OrderedDict[Hashable, Any] = OrderedDict()

    def load(self, model: str) -> Facts:
        """Load the model unless it is loaded, and say what it is. Slow the first time."""
        with self._lock:
            self._pipeline(model)
        facts = self.facts(model)
        assert facts is not None
        return facts

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
    ) -> Generated:
        """Captions from random points; `prior=None` is the fitted one where there is one."""
        count = whole_number(say.NUM_CAPTIONS, num_captions, *CAPTIONS)
        temperature = number(say.TEMPERATURE, temperature, *TEMPERATURES)
        top_p = number(say.TOP_P, top_p, *TOP_PS)
        seed = whole_number(say.SEED, seed, *SEEDS)
        if prior is not None:
            choice(say.PRIOR, prior, PRIORS)

        def make(vae: Pipeline) -> Generated:
            name = prior or ("fitted" if vae.has_fitted_prior else "standard")
            controls = {"temperature": temperature, "top_p": top_p, "seed": seed, "prior": name}
            return Generated(model, tuple(vae.generate(count, **controls)), **controls)

        return self._remember(model, ("generate", count, temperature, top_p, seed, prior), make)

    def reconstruct(self, model: str, caption: Any) -> Reconstructed:
        """A typed caption there and back, from the posterior's mean and from draws of it."""
        text = typed_caption(caption)

        def make(vae: Pipeline) -> Reconstructed:
            reading = vae.read(text)
            back = vae.reconstruct([reading.cleaned])[0]
            draws = tuple(vae.reconstruct_draws(reading.cleaned, NUM_DRAWS, seed=0))
            mu, sigma = vae.posterior(reading.cleaned)
            return Reconstructed(model, text, reading, back, draws, mu, sigma, vae.max_length)

        return self._remember(model, ("reconstruct", text), make)

    def interpolate(
        self, model: str, first: Any, last: Any, num_steps: Any = 7, path: str = "linear"
    ) -> Walk:
        """The path between two typed captions, finer than `num_steps` for the slider."""
        ends = typed_caption(first, say.FIRST), typed_caption(last, say.LAST)
        steps = whole_number(say.STEPS, num_steps, *STEPS)
        choice(say.PATH, path, PATHS)
        stride = math.ceil(FINE_STEPS / (steps - 1))

        def make(vae: Pipeline) -> Walk:
            readings = read_end(vae, say.FIRST, ends[0]), read_end(vae, say.LAST, ends[1])
            start, end = (reading.cleaned for reading in readings)
            fine = vae.interpolate(start, end, (steps - 1) * stride + 1, path=path)
            return Walk(model, ends, readings, tuple(fine), stride, path, vae.max_length)

        return self._remember(model, ("interpolate", *ends, steps, path), make)

    def encode(self, model: str, captions: Any) -> list[list[float]]:
        """The posterior means of typed captions, one list of numbers each."""
        texts = [typed_caption(one) for one in batch("captions", captions, "captions")]
        with self._lock:
            vae = self._pipeline(model)
            cleaned = [vae.read(text).cleaned for text in texts]
            return [[float(value) for value in row] for row in vae.encode(cleaned)]

    def decode(self, model: str, z: Any) -> list[str]:
        """The likeliest captions of points, given as lists of numbers."""
        rows = batch("z", z, "points")
        with self._lock:
            vae = self._pipeline(model)
            return list(vae.decode(points(rows, vae.latent_dim)))

    def _pipeline(self, model: str) -> Pipeline:
        choice_of_model(model, self.names)
        if model not in self._pipelines:
            try:
                self._pipelines[model] = (self._load or textvae.load)(model)
            except BaseException:
                self._failed.add(model)
                raise
            self._failed.discard(model)
        return self._pipelines[model]

    def _remember(
        self, model: str, key: tuple[Hashable, ...], make: Callable[[Pipeline], Result]
    ) -> Result:
        """The result of `make`, or the one it gave last time: all results are deterministic."""
        with self._lock:
            vae = self._pipeline(model)
            if (model, key) not in self._results:
                self._results[model, key] = make(vae)
                if len(self._results) > REMEMBERED:
                    self._results.popitem(last=False)
            self._results.move_to_end((model, key))
            result: Result = self._results[model, key]
            return result


def read_end(vae: Pipeline, name: str, caption: str) -> Reading:
    """`vae.read`, with its complaint saying which of the two boxes is meant."""
    try:
        return vae.read(caption)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """`value` as an int within the limits, or a sentence that says them."""
    if _is_number(value) and low <= value <= high and value == int(value):
        return int(value)
    raise BadInput(say.NOT_WHOLE.format(name=name, low=low, high=high, value=shown(value)))


def number(name: str, value: Any, low: float, high: float) -> float:
    """`value` as a float within the limits, or a sentence that says them."""
    if _is_number(value) and low <= value <= high:
        return float(value)
    raise BadInput(say.NOT_NUMBER.format(name=name, low=low, high=high, value=shown(value)))


def choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Nothing, or a sentence that lists the choices."""
    if value not in choices:
        options = ", ".join(choices)
        raise BadInput(say.NOT_CHOICE.format(name=name, choices=options, value=shown(value)))


def choice_of_model(model: Any, names: Sequence[str]) -> None:
    """Nothing, or a sentence that lists the models."""
    if model not in names:
        raise BadInput(say.NOT_FOUND.format(model=shown(model), names=", ".join(names)))


def typed_caption(value: Any, name: str = "") -> str:
    """What was typed, white space folded, if there is anything in it to read."""
    prefix = f"{name}: " if name else ""
    if not isinstance(value, str):
        raise BadInput(prefix + say.NOT_TEXT.format(value=shown(value)))
    text = " ".join(value.split())
    if not text:
        raise BadInput(prefix + say.EMPTY)
    if len(text) > MAX_CHARACTERS:
        raise BadInput(prefix + say.TOO_LONG.format(length=len(text), limit=MAX_CHARACTERS))
    if not re.search("[a-zA-Z]", text):
        raise BadInput(prefix + say.NO_WORDS.format(text=shown(text)))
    return text


def batch(name: str, value: Any, things: str) -> list[Any]:
    """A list of 1 to 256 things, or a sentence that says so."""
    if isinstance(value, list) and BATCH[0] <= len(value) <= BATCH[1]:
        return value
    low, high = BATCH
    got = f"{len(value)}" if isinstance(value, list) else shown(value)
    raise BadInput(say.NOT_LIST.format(name=name, low=low, high=high, things=things, value=got))


def points(rows: list[Any], latent_dim: int) -> np.ndarray:
    """`[N, D]` float32 from lists of numbers, or a sentence that names the first bad row."""
    for position, row in enumerate(rows, start=1):
        if not (isinstance(row, list) and len(row) == latent_dim and all(map(_finite, row))):
            raise BadInput(say.NOT_CODE.format(dim=latent_dim, row=position))
    return np.asarray(rows, "float32")


def shown(value: Any) -> str:
    """A value as an error message may quote it: short, and never a page of it."""
    text = say.MISSING if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _finite(value: Any) -> bool:
    # 1e6 is far outside anything a posterior gives, and far inside float32.
    return _is_number(value) and abs(value) <= 1e6


def _default_model(wanted: str | None, shipped: list[str]) -> str:
    files = ", ".join(WEIGHT_FILES)
    if wanted and wanted.startswith(PREFIX):
        return str(parse(wanted))
    if wanted and (wanted in shipped or _holds_weights(Path(wanted))):
        return wanted
    if wanted:
        names = ", ".join(shipped) or "none"
        raise BadInput(say.BAD_WEIGHTS.format(value=shown(wanted), names=names, files=files))
    if not shipped:
        raise BadInput(say.NO_WEIGHTS.format(folder="weights/", files=files))
    return shipped[0]


def _holds_weights(folder: Path) -> bool:
    return all((folder / name).is_file() for name in WEIGHT_FILES)
