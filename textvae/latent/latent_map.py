"""The map of a model: generated captions, laid out on a plane so that neighbours stay near.

The axes of the plane have no meaning. Captions near on it are mostly near in the space; its
`ProjectionQuality` measures how reliable this is. A new code is placed among the captions
nearest to it in the space, and the code of a place is blended from the captions near it on the
plane. The map does not contain captions of any data set.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from textvae.checks import is_label
from textvae.errors import BadInput
from textvae.latent.layout import layout
from textvae.latent.neighbours import Neighbours, nearest_codes
from textvae.latent.scene_kinds import find_kinds
from textvae.metrics.projection_quality import ProjectionQuality, projection_quality
from textvae.types import Array, Codes, Floats

NUM_POINTS = 3000
MIN_UNITS = 2  # codes of one unit do not span a plane
MAX_POINTS = 50_000  # in an external file
LONGEST_CAPTION = 2**18  # characters; longer than any that a model writes
MAX_TEXT = 2**24  # bytes of their captions
MAX_BYTES = 2**26 - 2**16  # in all arrays of a map; a larger file is not read
NUM_PLACING = 5  # nearest captions in the space that determine a code's place
TOGETHER = 1.0  # distance on the plane within which two of these belong together
NUM_BLENDED = 4  # nearest captions on the plane that are blended into a place's code
SHARPNESS = 4.0  # of a blend: weights are distances to minus this power
LINEAR = "linear"  # the layout of earlier versions, which projected codes onto a plane


@dataclasses.dataclass(frozen=True)
class LatentMap:
    """Captions with their codes, and their points on a plane.

    Attributes:
        captions: written by the prior, all distinct.
        codes: of their meaning, `[N, D]` float32, each number exact in half precision.
        kinds: `[N]`, the index in `names` of each caption's kind.
        names: of the kinds: labels; else keys of `KINDS` or words common to such captions, and
            `other`.
        points: `[N, 2]` float32, the positions of the captions on the plane.
        method: of the layout: `t-SNE`, `PCA`, or `linear` for a map of an earlier version.
        kept: how well the plane preserves neighbourhoods; None if not measured.
        has_labels: whether the names are labels. Maps of earlier versions lack this.

    Example:
        >>> codes = np.array([[3.0, 0.0, 1.0], [-3.0, 0.0, 1.0], [0.0, 2.0, 1.0]], np.float32)
        >>> found = build_map(["a dog sleeps", "a pizza", "a red bus"], codes)
        >>> [found.names[kind] for kind in found.kinds]
        ['pets', 'food', 'street']
        >>> found.code_at(found.points[1]).tolist()
        [-3.0, 0.0, 1.0]
        >>> np.allclose(found.place(codes), found.points)
        True
        >>> [found.captions[i] for i in found.nearest(codes[0], 2)]
        ['a dog sleeps', 'a red bus']
    """

    captions: tuple[str, ...]
    codes: Codes
    kinds: Array
    names: tuple[str, ...]
    points: Array
    method: str
    kept: ProjectionQuality | None = None
    has_labels: bool = False

    def place(self, codes: Array) -> Floats:
        """The positions of codes on the plane: `[N, D]` -> `[N, 2]`.

        A code is placed at the mean of the captions nearest to it in the space, weighted by the
        inverse of the squared distances. Only captions that are close together on the plane
        count, since a point between two regions need not be near either. The code of a caption
        is placed at the caption's point.

        Example:
            >>> codes = np.array([[0, 0], [0, 1], [9, 9]], np.float32)
            >>> found = build_map(["a dog", "a cat", "a bus"], codes)
            >>> np.allclose(found.place(codes[:1]), found.points[:1])
            True
        """
        near = nearest_codes(codes, self.codes, NUM_PLACING)
        rows = zip(near.indices, near.distances, strict=True)
        places = [_middle(self.points[row], distances) for row, distances in rows]
        out: Floats = np.reshape(places, (len(codes), 2))
        return out

    def code_at(self, point: Sequence[float] | Array) -> Codes:
        """The code of a place on the plane: `[2]` -> `[D]`.

        At a caption's point it is the caption's code. Elsewhere the codes of the captions
        nearest on the plane are blended, the nearest with by far the largest weight, and the
        blend is scaled to their length: a plain mean is shorter, like a vague caption's code.

        Example:
            >>> codes = np.array([[2.0, 0.0], [0.0, 2.0]], np.float32)
            >>> found = build_map(["a dog", "a bus"], codes)
            >>> np.allclose(found.code_at(found.points.mean(axis=0)), [2**0.5, 2**0.5])
            True
        """
        target = np.asarray(point, np.float64)[None]
        near = nearest_codes(target, self.points, NUM_BLENDED)
        codes = self.codes[near.indices[0]].astype(np.float64)
        weights = _weights(near.distances[0], SHARPNESS)
        blend = weights @ codes
        length = weights @ np.linalg.norm(codes, axis=1)
        out: Codes = blend * (length / max(float(np.linalg.norm(blend)), 1e-9))
        return out.astype(np.float32)

    def nearest(self, code: Array, count: int) -> list[int]:
        """The indices of the captions with the codes nearest to `code` `[D]`, nearest first."""
        found: list[int] = self.neighbours(code, count).indices[0].tolist()
        return found

    def neighbours(self, code: Array, count: int) -> Neighbours:
        """The same, with their distances in the space."""
        return nearest_codes(code[None], self.codes, count)

    def arrays(self) -> tuple[dict[str, Array], dict[str, str]]:
        """The arrays and the metadata of its safetensors file; `from_arrays` reads them."""
        text = "\n".join(self.captions).encode()
        arrays: dict[str, Array] = {
            "captions": np.frombuffer(text, np.uint8),
            "codes": self.codes.astype(np.float16),
            "kinds": self.kinds.astype(np.uint8),
            "points": self.points.astype(np.float32),
        }
        facts: dict[str, Any] = {"names": self.names, "method": self.method}
        if self.has_labels:
            facts["has_labels"] = True
        if self.kept:
            facts |= {name: round(value, 4) for name, value in self.kept._asdict().items()}
        # A single entry: safetensors writes several in an order that varies between runs.
        return arrays, {"kinds": json.dumps(facts)}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Array], metadata: Mapping[str, str], dim: int, source: str
    ) -> "LatentMap":
        """The map that `arrays` stored, checked, for a model of `dim` latent units.

        Maps of earlier versions have axes instead of points, and look the same as before.

        Args:
            arrays: of the file.
            metadata: of the file.
            dim: latent units of its model.
            source: the file, for the message.

        Raises:
            BadInput: they are not the map of such a model.
        """
        try:
            found = _read(arrays, metadata)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            found = None
        if found is None or not _is_valid(found, dim):
            raise BadInput(
                f"{source} is not the map of a model with {dim} latent units; make it again"
                " with `textvae map --weights FOLDER`"
            )
        return found


def build_map(
    captions: Sequence[str],
    codes: Array,
    seed: int = 0,
    kinds: tuple[Sequence[str], Array] | None = None,
) -> LatentMap:
    """The map of captions and their codes `[N, D]`; repeated captions are dropped.

    Args:
        captions: to show.
        codes: of the captions.
        seed: of the layout.
        kinds: labels, and the index of each caption's label; None finds kinds of scene.

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
            f" {codes.shape[1]}; train with a larger model.latent_dim"
        )
    first = {caption: i for i, caption in reversed(list(enumerate(captions)))}
    kept = sorted(first.values())
    texts, codes = tuple(captions[i] for i in kept), codes[kept]
    names, places = (tuple(kinds[0]), kinds[1][kept]) if kinds else find_kinds(texts)
    points, method = layout(codes, seed)
    measured = projection_quality(points, codes)
    of_each = places.astype(np.uint8)
    return LatentMap(texts, codes, of_each, names, points, method, measured, bool(kinds))


def _weights(distances: Floats, power: float) -> Floats:
    """Weights that add up to 1, shared by those at distance 0, if there are any."""
    if distances[0] < 1e-6:
        at_once = (distances < 1e-6).astype(np.float64)
        shares: Floats = at_once / at_once.sum()
        return shares
    inverse = (distances[0] / distances) ** power
    weights: Floats = inverse / inverse.sum()
    return weights


def _middle(points: Floats, distances: Floats) -> Floats:
    """The weighted mean of the points near the most central one."""
    weights = _weights(distances, 2.0)
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    is_together = apart[np.argmin(apart @ weights)] <= TOGETHER
    middle: Floats = weights[is_together] @ points[is_together] / weights[is_together].sum()
    return middle


def _read(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> LatentMap | None:
    facts = json.loads(metadata.get("kinds", ""))
    if isinstance(facts, list):  # of an earlier version
        facts = {"method": LINEAR, **metadata, "names": facts}
    names, method = tuple(facts["names"]), str(facts["method"])
    captions = tuple(arrays["captions"].tobytes().decode().split("\n"))
    codes = arrays["codes"].astype(np.float32)
    if "axes" in arrays and len(arrays) == 5:
        centre, axes = arrays["centre"], arrays["axes"]
        if codes.ndim != 2 or centre.shape != codes.shape[1:] or axes.shape != (len(centre), 2):
            return None  # other shapes would broadcast to any size
        points = (codes - centre) @ axes
    elif len(arrays) == 4:
        points = arrays["points"]
    else:
        return None
    kept = [float(facts[name]) for name in ProjectionQuality._fields if name in facts]
    measured = ProjectionQuality(*kept) if len(kept) == len(ProjectionQuality._fields) else None
    has_labels = facts.get("has_labels") is True
    kinds = arrays["kinds"]
    return LatentMap(captions, codes, kinds, names, points, method, measured, has_labels)


def _is_valid(found: LatentMap, dim: int) -> bool:
    count = len(found.captions)
    shapes = (found.codes.shape, found.kinds.shape, found.points.shape)
    if shapes != ((count, dim), (count,), (count, 2)) or not 1 <= count <= MAX_POINTS:
        return False
    if found.kinds.dtype != np.uint8 or found.kinds.max() >= len(found.names):
        return False
    if not all(map(is_label, found.names)) or "" in found.captions:
        return False
    if max(map(len, found.captions)) > LONGEST_CAPTION:
        return False
    if found.kept and not all(0.0 <= value <= 1.0 for value in found.kept):
        return False
    numbers = (found.codes, found.points)
    return all(np.isfinite(each.astype(np.float64)).all() for each in numbers)
