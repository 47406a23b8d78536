"""Interpolation paths: the codes of the steps between two codes, and their captions."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from textvae.checks import whole_number
from textvae.errors import BadInput
from textvae.types import Array, Codes, Floats

PATHS = ("linear", "spherical")
MAX_STEPS = 1000


def interpolate_codes(first: Array, last: Array, num_steps: int, path: str = "linear") -> Codes:
    """The codes at `num_steps` steps from `first` to `last`: `[D]`, `[D]` -> `[N, D]` float32.

    The first and the last row are the two codes themselves. The steps between them are spaced
    by `ease`.

    Args:
        first: where the path begins.
        last: where it ends.
        num_steps: the number of codes, from 2 to 1000.
        path: `linear`, a straight line, or `spherical`, an arc whose direction and length both
            change in proportion to the distance covered. There is no unique arc between
            parallel codes or from the origin; the path is then the straight line.

    Raises:
        BadInput: an argument out of range.

    Example:
        >>> first, last = np.array([0.0, 24.0]), np.array([12.0, 0.0])
        >>> interpolate_codes(first, last, 4, "linear").round(1).tolist()
        [[0.0, 24.0], [5.0, 14.0], [7.0, 10.0], [12.0, 0.0]]

    Source: Shoemake 1985 (slerp); White 2016 (arXiv 1609.04468) for its use in latent spaces.
    """
    count = whole_number("the number of steps", num_steps, 2, MAX_STEPS)
    if path not in PATHS:
        raise BadInput(f"path must be {' or '.join(PATHS)}, got {path!r}")
    # Quotients, so that equal steps of two paths have bitwise equal codes.
    shares = ease(np.arange(count) / (count - 1))[:, None]
    codes = (1.0 - shares) * first + shares * last
    if path == "spherical":
        codes = _spherical(first, last, shares, codes)
    codes[0], codes[-1] = first, last  # bitwise equal, so that they decode alike
    return codes.astype(np.float32)


def ease(steps: Floats) -> Floats:
    """The fraction of a path covered after these fractions of its steps, 0..1, of any shape.

    The first sixth of the steps covers a third of the path, and so does the last sixth. Codes
    near that of a caption decode to this caption, so even steps would begin and end with
    repetitions. The middle third, where words change, gets two thirds of the steps.

    Example:
        >>> ease(np.array([0.0, 1 / 6, 0.5, 5 / 6, 1.0])).round(2).tolist()
        [0.0, 0.33, 0.5, 0.67, 1.0]
    """
    return np.interp(steps, [0.0, 1 / 6, 5 / 6, 1.0], [0.0, 1 / 3, 2 / 3, 1.0])


def grid_codes(corners: Array, size: int) -> Codes:
    """The codes of a square grid between four corners, row by row: `[4, D]` -> `[size², D]`.

    The corners are the top left, top right, bottom left and bottom right; between them codes
    are interpolated bilinearly, with even steps.

    Example:
        >>> corners = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
        >>> grid_codes(corners, 3)[[0, 1, 4, 8]].tolist()
        [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [4.0, 4.0]]
    """
    share = np.arange(size) / (size - 1)
    weights = np.stack([1.0 - share, share])
    both = np.einsum("ar,bc->rcab", weights, weights).reshape(size * size, 4)
    codes: Floats = both @ corners.astype(np.float64)
    return codes.astype(np.float32)


def corners_of(size: int) -> tuple[int, int, int, int]:
    """The corner cells of a square grid, in the order of `grid_codes`.

    Example:
        >>> corners_of(3)
        (0, 2, 6, 8)
    """
    return 0, size - 1, size * (size - 1), size * size - 1


def _spherical(first: Array, last: Array, shares: Floats, line: Floats) -> Floats:
    """The arc at these shares `[N, 1]`; `line`, `[N, D]`, if there is no unique arc."""
    # Double precision distinguishes opposite directions from nearly opposite ones.
    ends = np.array([first, last], np.float64)
    lengths = np.linalg.norm(ends, axis=1)
    if lengths.min() == 0.0:
        return line
    start, end = ends / lengths[:, None]
    angle = np.arccos(np.clip(start @ end, -1.0, 1.0))
    if np.sin(angle) < 1e-6:  # parallel
        return line
    arc = np.sin((1.0 - shares) * angle) * start + np.sin(shares * angle) * end
    codes: Floats = arc / np.sin(angle) * ((1.0 - shares) * lengths[0] + shares * lengths[1])
    return codes


def repeating(
    captions: Sequence[str], kept: Sequence[int], is_bad: Callable[[str], bool]
) -> list[int]:
    """The places, except those in `kept`, of captions that repeat another or are bad.

    A caption repeats another that is at a place in `kept`, or at an earlier place.

    Example:
        >>> repeating(["a dog", "a cat", "a cat", "THE COW", "a cow"], (0, 4), str.isupper)
        [2, 3]
    """
    said, found = {captions[place] for place in kept}, []
    for place, caption in enumerate(captions):
        if place in kept:
            continue
        if caption in said or is_bad(caption):
            found.append(place)
        said.add(caption)
    return found


def without_repeats(
    captions: Sequence[str],
    wordings: Mapping[int, Sequence[str]],
    is_bad: Callable[[str], bool],
) -> list[str]:
    """Captions with another wording for those that repeat one or are bad.

    Args:
        captions: of a path or a grid.
        wordings: other captions, the best first, for each place that may change. The captions
            at all other places stay, and no new one is equal to them.
        is_bad: whether a caption should be replaced if possible.

    Example:
        >>> path = ["a dog", "a cat", "a cat", "a cow"]
        >>> without_repeats(path, {1: ["the cat"], 2: ["a cat", "my cat"]}, str.isupper)
        ['a dog', 'a cat', 'my cat', 'a cow']
    """
    found = list(captions)
    said = {text for place, text in enumerate(captions) if place not in wordings}
    for place, others in wordings.items():
        fresh = [text for text in (captions[place], *others) if text not in said]
        good = [text for text in fresh if not is_bad(text)]
        found[place] = [*good, *fresh, captions[place]][0]
        said.add(found[place])
    return found
