"""A pipeline with no network behind it: its captions follow from the arguments alone."""

import itertools
import re
import zlib
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from textvae.errors import BadInput
from textvae.latent.caption_posterior import CaptionPosterior
from textvae.latent.directions import Direction
from textvae.latent.interpolation import corners_of, grid_codes
from textvae.latent.latent_map import LatentMap, build_map
from textvae.web.examples import CAPTIONS, PAIRS, SUMS

SCENES = (
    "a man riding a wave on a surfboard in the ocean",
    "two elephants standing in a grassy field near a tree",
    "a plate of food with rice and broccoli on a table",
    "a red bus driving down a city street past a tall building",
    "a cat sleeping on a bed next to a laptop computer",
    "a group of people flying kites on a sandy beach",
    "a train on the tracks at a station with people waiting",
    "a bathroom with a white toilet and a sink under a mirror",
    "a young boy holding a baseball bat on a field",
    "a woman sitting on a bench in a park with a dog",
    "an elephant standing in the water",
    "a wooden plate on grassy ground with double decker cake",
)
TRAINED = {SCENES[0], SCENES[4]}  # as if they stood in the training data
SUM = "a woman riding a wave on a surfboard"  # of the first sum that the page offers
SHARES = (0.05, 0.3, 0.7, 0.95)  # a word of n letters has the one at n % 4
FIRST = {
    "nll": 53.0,
    "kl": 26.0,
    "loss": 54.0,
    "active_units": 32.0,
}  # of an epoch, over its number
KNOWN = set(" ".join([*SCENES, *CAPTIONS, *itertools.chain(*PAIRS)]).split())
LATENT_DIM = 32
HISTORY = [
    {
        "epoch": epoch,
        **{
            f"{part}{name}": value / epoch
            for part in ("", "val_")
            for name, value in FIRST.items()
        },
    }
    for epoch in range(1, 14)
]
REPORTS: dict[str, dict[str, Any]] = {
    "coco": {
        "recipe": {"data": {"captions": ["captions_train.json"]}},
        "data": {"train": {"captions": 1234}, "validation": {"captions": 567}},
        "validation": {
            "num_captions": 567,
            "nll": 4.2247,
            "nll_std": 0.0072,
            "kl": 49.905,
            "active_units": 32,
            "reconstruction_exact": 0.6969,
            "samples": {"scene": {"unique": 0.99}},
        },
        "training_set_filter": {"captions": 1200, "false_positive_rate": 1e-4},
        "best_epoch": 12,
        "history": HISTORY,
    },
    "elephant": {"history": HISTORY[:2], "validation": {"nll": 3.5, "kl": "much"}},
}
REPORTS["lines"] = {  # of texts that are no captions
    **REPORTS["coco"],
    "recipe": {"data": {"captions": ["lines.txt"], "language": ["en"], "license": "mit"}},
    "samples": list(SCENES[:6]),
}
MAX_LENGTH = 16
FAR = 1000.0  # what a direction at strength 1 adds to its number of a code
MOVED = {"night": "a city street at night", "indoors": "a dog in a living room"}
UNKEPT = "snow"  # a direction after which no caption says so
SAID: dict[bytes, str] = {}  # by what is encoded to this code


THINGS = {  # what captions of the fake's map are about, and the kind that it is of
    "dog": "pets",
    "cat": "pets",
    "pizza": "food",
    "cake": "food",
    "train": "street",
    "bus": "street",
    "tennis": "ball",
    "frisbee": "ball",
}


@cache
def fake_map() -> LatentMap:
    """Eighty captions, ten of each thing, each kind in its own part of the space."""
    rng = np.random.default_rng(0)
    captions = [f"a {thing} that is number {i} here" for thing in THINGS for i in "abcdefghij"]
    kinds = [sorted(set(THINGS.values())).index(THINGS[text.split()[1]]) for text in captions]
    codes = rng.normal(size=(len(captions), LATENT_DIM)) + 4 * np.eye(LATENT_DIM)[kinds]
    return build_map(captions, codes.astype(np.float16).astype(np.float32))


def _directions() -> tuple[Direction, ...]:
    """Each adds to one number of a code."""
    found = []
    for place, name in enumerate([*MOVED, UNKEPT]):
        matrix = np.zeros((LATENT_DIM + 1, LATENT_DIM), np.float32)
        matrix[-1, place] = FAR
        found.append(Direction(name, matrix, 0.9 - place / 10, 200))
    return tuple(found)


def _moved(row: np.ndarray) -> str | None:
    """What a code says that was moved at least as far as strength 1."""
    return next((MOVED[n] for n, x in zip(MOVED, row, strict=False) if x > 0.99 * FAR), None)


class FakePipeline:
    """What `textvae.load` gives, as far as the page can tell; counts its calls."""

    def __init__(self, name: str, has_prior: bool = True):
        self.name, self.device, self.notice = name, "CPU", ""
        self.idle_gpus: tuple[str, ...] = ()
        self.language, self.example = "en", SCENES[0]
        self.is_unfinished = False
        self.latent_dim, self.max_length = LATENT_DIM, MAX_LENGTH
        self.has_prior = has_prior
        self.report: dict[str, Any] = REPORTS.get(name, {})
        self.bundle = SimpleNamespace(
            directions=_directions() if name == "coco" else (),
            labels=None,
            text=SimpleNamespace(mode="caption"),
        )
        self.labels: tuple[str, ...] = ()
        self.tokenizer = sorted(KNOWN)
        self.calls: list[str] = []
        self.latent_map = fake_map() if name != "article" else None
        start, minus, plus = self.encode(SUMS[0])
        SAID[(start - minus + plus).tobytes()] = SUM

    def card(self) -> str:
        return f"---\nlicense: mit\n---\n\n# {self.name}\n\nA card with **bold** words."

    def prepare(self, caption: str) -> Any:
        words = re.sub("[^a-z ]", "", caption.lower()).split()
        unknown = tuple(dict.fromkeys(word for word in words if word not in KNOWN))
        if set(words) <= set(unknown):
            raise BadInput(f"the model knows none of the words in {caption[:60]!r}")
        near = {
            word: known for word in unknown for known in sorted(KNOWN) if known[:3] == word[:3]
        }
        return SimpleNamespace(
            cleaned=" ".join(words[: self.max_length]),
            unknown_words=unknown,
            suggestions=near,
            shortened=len(words) > self.max_length,
            mode="caption",
        )

    def prior_codes(self, num_codes, seed=0, prior=None):
        start = seed + (3 if self.name != "coco" else 0) + (1 if prior == "standard" else 0)
        codes = np.zeros((num_codes, LATENT_DIM), np.float32)
        codes[:, 0] = [(start * 5 + i) % len(SCENES) for i in range(num_codes)]
        return codes

    def prior_codec(self, prior=None):
        return self

    def generate(self, num_captions=5, *, temperature=0.7, top_p=1.0, seed=0, prior=None):
        return self.decode(self.prior_codes(num_captions, seed, prior))

    def word_probabilities(self, captions, codes):
        self.calls.append("words")
        return [[SHARES[len(word) % 4] for word in caption.split()] for caption in captions]

    @staticmethod
    def words(caption):
        return re.findall(" ?[^ ]+", caption)

    def in_training_set(self, captions):
        is_copy = [self._cleaned(caption) in TRAINED for caption in captions]
        return is_copy if self.name != "article" else None

    @staticmethod
    def _cleaned(caption):
        prepared = getattr(caption, "prepared", caption)
        return getattr(prepared, "cleaned", prepared)

    def posterior(self, captions):
        if not isinstance(captions, list):
            return self.posterior([captions])[0]
        self.calls.append("posterior")
        return [self._posterior(caption) for caption in captions]

    def _posterior(self, caption):
        prepared = self.prepare(caption) if isinstance(caption, str) else caption
        prepared = getattr(prepared, "prepared", prepared)
        rng = np.random.default_rng(zlib.crc32(prepared.cleaned.encode()))
        sigma = np.linspace(0.1, 1.0, self.latent_dim)
        mu = (rng.normal(size=self.latent_dim) * (1.1 - sigma)).astype("float32")
        SAID[mu.tobytes()] = self._back(prepared.cleaned)
        return CaptionPosterior(prepared, mu, sigma.astype("float32"))

    def interpolate(self, first, last, num_steps=7, *, path="linear"):
        self.calls.append("interpolate")
        a, b = (self._back(self._cleaned(each)).split() for each in (first, last))
        shares = [step / (num_steps - 1) for step in range(num_steps)]
        return [self._blend(a, b, share) for share in shares]

    def grid(self, corners, size):
        found = self.decode(grid_codes(self.encode(list(corners)), size))
        for cell, caption in zip(corners_of(size), self.reconstruct(corners), strict=True):
            found[cell] = caption
        return found

    @property
    def space(self) -> "FakePipeline":
        return self

    @property
    def has_scenes(self) -> bool:
        return self.has_prior

    def encode(self, captions):
        if isinstance(captions, str | SimpleNamespace):
            return self._posterior(captions).mu
        return np.stack([self._posterior(caption).mu for caption in captions])

    def add_up(self, start, minus, plus):
        a, b, c = self.encode([start, minus, plus])
        [caption] = self.decode((a - b + c)[None])
        return caption

    def reconstruct(self, captions):
        return [self._back(self._cleaned(caption)) for caption in captions]

    def rephrase(self, caption, num_captions=5, *, temperature=0.7, seed=0):
        """Scenes that follow from the words and the seed."""
        self.calls.append("rephrase")
        start = zlib.crc32(self._cleaned(caption).encode()) + seed
        return [SCENES[(start + i) % len(SCENES)] for i in range(num_captions)]

    def decode(self, z, *, temperature=0.0, top_p=1.0, seed=0):
        """What was encoded comes back; any other code says one of a few scenes."""
        self.calls.append("decode")
        scenes = [SCENES[int(abs(row.sum())) % len(SCENES)] for row in z]
        said = [SAID.get(row.tobytes(), scene) for row, scene in zip(z, scenes, strict=True)]
        return [_moved(row) or text for row, text in zip(z, said, strict=True)]

    def _back(self, caption: str) -> str:
        """The caption with every unknown word replaced, and `grassy` always misread."""
        words = [word if word in KNOWN else "field" for word in caption.split()]
        return " ".join("sandy" if word == "grassy" else word for word in words)

    @staticmethod
    def _blend(a: list[str], b: list[str], share: float) -> str:
        if share in (0.0, 1.0):
            return " ".join(a if share == 0.0 else b)
        cut_a, cut_b = round(len(a) * share), round(len(b) * share)
        return " ".join(b[:cut_b] + a[cut_a:])
