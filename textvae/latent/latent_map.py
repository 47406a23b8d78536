"""The map of a model: its own captions at their codes, projected onto a plane by kind of scene.

The projection is linear: the linear path between two captions is a straight line on the map,
A - B + C is the fourth corner of a parallelogram, and a code can be found for every point. The
map holds no caption of any data set.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from textvae.errors import BadInput
from textvae.latent import projection
from textvae.latent.directions import Unit, describe_units
from textvae.latent.neighbours import nearest_codes
from textvae.latent.scene_kinds import OTHER, find_kinds
from textvae.types import Array, Codes, Floats

FILE_NAME = "map.safetensors"
NUM_POINTS = 3000
MIN_UNITS = 2  # a code of one unit has no plane
MAX_POINTS = 50_000  # that a file from elsewhere may hold
NUM_NEIGHBOURS = 12  # on the plane, among which the most similar code is looked for


class CaptionModel(Protocol):
    """What a map is made of: the part of `pipeline.Pipeline` that is needed here."""

    space: Any  # of `space.CaptionSpace`: captions to codes of what they say

    def generate(self, num_captions: int, *, seed: int = 0) -> list[str]:
        """Captions drawn from the prior."""


@dataclasses.dataclass(frozen=True)
class LatentMap:
    """Captions at their codes, and the plane that shows them.

    Attributes:
        captions: what the model decodes from each code, all different.
        codes: `[N, D]` float32, each exact in 16 bits.
        kinds: `[N]`, the place in `names` of each caption's kind.
        names: of the kinds; a key of `KINDS`, `other`, or a word that such captions share.
        centre: `[D]`, the code in the middle of the plane.
        axes: `[D, 2]`, which project a code onto the plane.

    Example:
        >>> codes = np.array([[3.0, 0.0, 1.0], [-3.0, 0.0, 1.0], [0.0, 2.0, 1.0]], np.float32)
        >>> found = build_map(["a dog sleeps", "a pizza", "a red bus"], codes)
        >>> [found.names[kind] for kind in found.kinds]
        ['pets', 'food', 'street']
        >>> code = found.code_at((0.25, -1.5))
        >>> (found.project(code[None]).round(3) + 0.0).tolist()
        [[0.25, -1.5]]
        >>> [found.captions[i] for i in found.nearest(codes[0], 2)]
        ['a dog sleeps', 'a red bus']
    """

    captions: tuple[str, ...]
    codes: Codes
    kinds: Array
    names: tuple[str, ...]
    centre: Array
    axes: Array

    def project(self, codes: Array) -> Floats:
        """The points of codes on the map: `[N, D]` -> `[N, 2]`."""
        out: Floats = (codes.astype(np.float64) - self.centre) @ self.axes
        return out

    @cached_property
    def points(self) -> Floats:
        """The points of the map's own codes, `[N, 2]`."""
        return self.project(self.codes)

    @cached_property
    def inverse_projection(self) -> Floats:
        """The change of a code that moves its point by one along each axis, `[2, D]`."""
        return projection.inverse_projection(self.codes, self.axes)

    def code_at(self, point: Sequence[float]) -> Codes:
        """A code that is projected onto exactly this point: `[2]` -> `[D]`.

        It is that of the nearest caption on the map, blended with the most similar of its
        neighbours, the more so the nearer that one is, and then moved to the point. A blend
        with neighbours that are near on the plane only would lie between captions, where the
        decoded words are unsure.
        """
        distances = ((self.points - point) ** 2).sum(axis=1)
        nearest = np.argsort(distances, kind="stable")[:NUM_NEIGHBOURS]
        code = self.codes[nearest[0]].astype(np.float64)
        if len(nearest) > 1:
            differences = self.codes[nearest[1:]] - self.codes[nearest[0]]
            similar = int((differences**2).sum(axis=1).argmin())
            further = max(float(distances[nearest[1 + similar]]), 1e-12)
            code += 0.5 * float(distances[nearest[0]]) / further * differences[similar]
        out: Codes = code + (point - self.project(code[None])[0]) @ self.inverse_projection
        return out.astype(np.float32)

    def nearest(self, code: Array, count: int) -> list[int]:
        """The places of the captions whose codes are nearest to `code` `[D]`, nearest first."""
        found: list[int] = nearest_codes(code[None], self.codes, count).indices[0].tolist()
        return found

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """All latent units, from the one in which captions differ most."""
        return describe_units(self.captions, self.codes)

    def arrays(self) -> tuple[dict[str, Array], dict[str, str]]:
        """The arrays and the metadata of its safetensors file; `from_arrays` reads them."""
        text = "\n".join(self.captions).encode()
        arrays: dict[str, Array] = {
            "captions": np.frombuffer(text, np.uint8),
            "codes": self.codes.astype(np.float16),
            "kinds": self.kinds.astype(np.uint8),
            "centre": self.centre.astype(np.float32),
            "axes": self.axes.astype(np.float32),
        }
        return arrays, {"kinds": json.dumps(self.names)}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Array], metadata: Mapping[str, str], dim: int, source: str
    ) -> "LatentMap":
        """The map that `arrays` gave, checked, for a model of `dim` latent units.

        Args:
            arrays: those of the file.
            metadata: those of the file.
            dim: latent units of the model beside it.
            source: the file, for the message.

        Raises:
            BadInput: they are not the map of such a model.
        """
        try:
            names = json.loads(metadata.get("kinds", ""))
            captions = arrays["captions"].tobytes().decode().split("\n")
            found = cls(
                tuple(captions),
                arrays["codes"].astype(np.float32),
                arrays["kinds"],
                tuple(names),
                arrays["centre"],
                arrays["axes"],
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            found = None
        if found is None or len(arrays) != 5 or not _is_valid(found, dim):
            raise BadInput(
                f"{source} is not the map of a model with {dim} latent units; make it again"
                " with `textvae map`"
            )
        return found


def draw_captions(
    vae: CaptionModel, num_captions: int, seed: int = 0
) -> tuple[list[str], Codes]:
    """Captions drawn from the prior, and the codes of what they say, `[N, D]`.

    The codes are rounded to 16 bits, as a map stores them.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> captions, codes = draw_captions(vae, 2, seed=1)
        >>> len(captions), codes.shape
        (2, (2, 32))
    """
    captions = vae.generate(num_captions, seed=seed)
    codes: Codes = vae.space.encode(captions)
    return captions, codes.astype(np.float16).astype(np.float32)


def build_map(captions: Sequence[str], codes: Array) -> LatentMap:
    """The map of captions at their codes `[N, D]`; of repeated captions it has the first only.

    Raises:
        BadInput: codes have fewer than two units.

    Example:
        >>> found = build_map(["a dog", "a pizza", "a dog"], np.eye(3, dtype=np.float32))
        >>> found.captions, found.names
        (('a dog', 'a pizza'), ('pets', 'food', 'other'))
    """
    if codes.shape[1] < MIN_UNITS:
        raise BadInput(
            f"a map needs codes of at least {MIN_UNITS} latent units; this model has"
            f" {codes.shape[1]}"
        )
    first = {caption: i for i, caption in reversed(list(enumerate(captions)))}
    kept = sorted(first.values())
    texts, codes = tuple(captions[i] for i in kept), codes[kept]
    names, kinds = find_kinds(texts)
    axes = projection.separating_axes(codes, kinds, ungrouped=names.index(OTHER))
    # Rounded as they are stored, so that a map is the same before and after.
    centre = codes.mean(axis=0, dtype=np.float32)
    return LatentMap(texts, codes, kinds, names, centre, axes.astype(np.float32))


def _is_valid(found: LatentMap, dim: int) -> bool:
    count = len(found.captions)
    shapes = (found.codes.shape, found.kinds.shape, found.centre.shape, found.axes.shape)
    if shapes != ((count, dim), (count,), (dim,), (dim, 2)) or not 1 <= count <= MAX_POINTS:
        return False
    if found.kinds.dtype != np.uint8 or found.kinds.max() >= len(found.names):
        return False
    if not all(isinstance(name, str) for name in found.names) or "" in found.captions:
        return False
    numbers = (found.codes, found.centre, found.axes)
    is_finite = all(np.isfinite(each.astype(np.float64)).all() for each in numbers)
    return is_finite and bool(np.linalg.matrix_rank(found.axes) == 2)
