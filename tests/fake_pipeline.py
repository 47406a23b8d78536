"""A pipeline with no network behind it: its captions follow from the arguments alone."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np

from textvae.errors import BadInput

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
KNOWN = set(" ".join(SCENES).split())
LATENT_DIM = 32
MAX_LENGTH = 16


class FakePipeline:
    """What `textvae.load` gives, as far as the page can tell; counts its calls."""

    def __init__(self, name: str, has_fitted_prior: bool = True):
        self.name, self.device, self.notice = name, "CPU", ""
        self.latent_dim, self.max_length = LATENT_DIM, MAX_LENGTH
        self.has_fitted_prior = has_fitted_prior
        self.report: dict[str, Any] = {}
        self.calls: list[str] = []

    def read(self, caption: str) -> Any:
        words = re.sub("[^a-z ]", "", caption.lower()).split()
        unknown = tuple(dict.fromkeys(word for word in words if word not in KNOWN))
        if set(words) <= set(unknown):
            raise BadInput(f"the model knows none of the words in {caption[:60]!r}")
        near = {
            word: known for word in unknown for known in sorted(KNOWN) if known[:3] == word[:3]
        }
        cut = " ".join(words[: self.max_length])
        return SimpleNamespace(
            cleaned=cut,
            unknown_words=unknown,
            suggestions=near,
            shortened=len(words) > self.max_length,
        )

    def generate(self, num_captions=5, *, temperature=0.3, top_p=1.0, seed=0, prior=None):
        self.calls.append("generate")
        start = seed + (3 if self.name != "coco" else 0) + (1 if prior == "standard" else 0)
        return [SCENES[(start * 5 + i) % len(SCENES)] for i in range(num_captions)]

    def reconstruct(self, captions):
        self.calls.append("reconstruct")
        return [self._back(caption) for caption in captions]

    def reconstruct_draws(self, caption, num_draws=3, *, seed=0):
        words = self._back(caption).split()
        return [
            " ".join([*words[:-1], extra]) for extra in ("beach", "street", "field")[:num_draws]
        ]

    def posterior(self, caption):
        rng = np.random.default_rng(len(caption))
        sigma = np.linspace(0.1, 1.0, self.latent_dim)
        return rng.normal(size=self.latent_dim) * (1.1 - sigma), sigma.astype("float32")

    def interpolate(self, first, last, num_steps=7, *, path="linear"):
        self.calls.append("interpolate")
        a, b = self._back(first).split(), self._back(last).split()
        shares = [step / (num_steps - 1) for step in range(num_steps)]
        return [self._blend(a, b, share) for share in shares]

    def encode(self, captions):
        return np.stack([self.posterior(caption)[0] for caption in captions]).astype("float32")

    def decode(self, z, *, temperature=0.0, top_p=1.0, seed=0):
        return [SCENES[int(abs(row.sum()) * 10) % len(SCENES)] for row in z]

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
