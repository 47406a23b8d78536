"""Directions: how the code of a caption moves if one attribute of the caption changes.

A direction is learned from pairs of captions that differ only in that attribute. How a code
represents a word depends on the word's position in the caption, so no single vector fits all
captions; an affine map of the code does.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from textvae.errors import BadInput
from textvae.latent.word_edits import EDITS
from textvae.types import Array, Codes, Floats

PROMISE = 0.8  # share of held-out captions for which an offered change must succeed
RIDGE = 0.02  # relative to the variance of a unit, to regularise fits to few pairs


class Direction(NamedTuple):
    """A change, with the move of codes that makes it.

    Attributes:
        name: of the change, a key of `latent.word_edits.EDITS`.
        matrix: `[D + 1, D]`, the affine map from a code to its displacement at strength 1.
        kept: the share of tested held-out captions in which the change appeared and the rest
            stayed.
        tried: the number of held-out captions it was tested on.

    Example:
        >>> matrix = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 2.0]], np.float32)
        >>> Direction("night", matrix, 0.9, 200).move(np.zeros((1, 2)), 0.5).tolist()
        [[0.5, 1.0]]
    """

    name: str
    matrix: Array
    kept: float = 0.0
    tried: int = 0

    def move(self, codes: Array, strength: float) -> Codes:
        """Codes moved along the direction: `[N, D]` -> `[N, D]` float32.

        Strength 1 is the difference between captions with and without the change.
        """
        moved: Codes = (codes + strength * (_with_one(codes) @ self.matrix)).astype(np.float32)
        return moved


def fit_direction(name: str, before: Array, after: Array) -> Direction:
    """The direction from the codes of captions to those of the changed captions.

    It is a ridge regression of the displacements on the codes.

    Args:
        name: of the change.
        before: codes of captions, `[N, D]`.
        after: those of the changed captions, `[N, D]`.

    Example:
        >>> before = np.random.default_rng(0).normal(size=(500, 2))
        >>> found = fit_direction("louder", before, 1.5 * before + [1.0, 0.0])
        >>> found.move(np.array([[2.0, -2.0]]), 1.0).round(1).tolist()
        [[4.0, -3.0]]

    Source: Hoerl & Kennard 1970; moves from pairs that differ in one thing, Mikolov et al. 2013
    (NAACL, linguistic regularities).
    """
    known = _with_one(before)
    shrinkage = RIDGE * len(known) * np.eye(known.shape[1])
    shrinkage[-1, -1] = 0.0  # the intercept, the mean displacement, is not shrunk
    matrix = np.linalg.solve(known.T @ known + shrinkage, known.T @ (after - before))
    return Direction(name, matrix.astype(np.float16).astype(np.float32))


def to_arrays(directions: Sequence[Direction]) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the metadata of their safetensors file; `from_arrays` reads them.

    Example:
        >>> arrays, metadata = to_arrays([Direction("night", np.zeros((3, 2)), 0.9, 200)])
        >>> arrays["night"].dtype.name, metadata
        ('float16', {'night': '0.9 of 200'})
    """
    arrays = {each.name: each.matrix.astype(np.float16) for each in directions}
    return arrays, {each.name: f"{each.kept:g} of {each.tried}" for each in directions}


def from_arrays(
    arrays: dict[str, Array], metadata: dict[str, str], dim: int, source: str
) -> tuple[Direction, ...]:
    """The directions that `to_arrays` stored, checked, for a model of `dim` latent units.

    Raises:
        BadInput: they are not the directions of such a model.

    Example:
        >>> given = to_arrays([Direction("night", np.zeros((3, 2)), 0.9, 200)])
        >>> [(each.name, each.kept, each.tried) for each in from_arrays(*given, 2, "file")]
        [('night', 0.9, 200)]
    """
    try:
        found = tuple(
            Direction(name, _checked(arrays[name], dim), *_measured(metadata[name]))
            for name in EDITS
            if name in arrays
        )
    except (KeyError, ValueError):
        raise BadInput(
            f"{source} does not hold the directions of a model with {dim} latent units; train"
            " the model again, or remove the file"
        ) from None
    if len(found) != len(arrays):
        unknown = min(arrays.keys() - EDITS.keys())
        raise BadInput(
            f"{source} has the direction {unknown!r}, which this version does not know; install"
            " a newer textvae"
        )
    return found


def _with_one(codes: Array) -> Floats:
    ones = np.ones((len(codes), 1))
    return np.concatenate([codes.astype(np.float64), ones], axis=1)


def _checked(matrix: Array, dim: int) -> Array:
    if matrix.shape != (dim + 1, dim) or not np.isfinite(matrix).all():
        raise ValueError(matrix.shape)
    return matrix.astype(np.float32)


def _measured(text: str) -> tuple[float, int]:
    kept, tried = text.split(" of ")
    if not 0.0 <= float(kept) <= 1.0:
        raise ValueError(text)
    return float(kept), int(tried)
