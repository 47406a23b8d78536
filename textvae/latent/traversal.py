"""Latent traversals: codes moved step by step until their captions show a change."""

from collections.abc import Callable, Iterable

import numpy as np

from textvae.types import Array, Codes

# Distances, shortest first: the first with the change alters the rest least.
STRENGTHS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
STEPS = (0.0, *STRENGTHS)

Traversal = tuple[str, ...]  # the captions at `STEPS`


def traverse(
    decode: Callable[[Codes], list[str]],
    codes: Array,
    moves: Iterable[Callable[[Array, float], Array]],
) -> list[Traversal]:
    """The traversal of each code `[N, D]` along each move, ordered by code.

    Args:
        decode: codes to captions; it is called once.
        codes: the starting points.
        moves: functions of codes `[N, D]` and a distance that return the moved codes `[N, D]`.

    Example:
        >>> ahead = lambda codes, strength: codes + strength
        >>> words = lambda codes: [f"{code[0]:.2f}" for code in codes]
        >>> traverse(words, np.zeros((1, 1)), [ahead])[0][:3]
        ('0.00', '0.50', '0.75')
    """
    moved = np.stack([move(codes, each) for move in moves for each in STEPS], axis=1)
    captions = decode(moved.reshape(-1, moved.shape[-1]))
    starts = range(0, len(captions), len(STEPS))
    return [tuple(captions[start : start + len(STEPS)]) for start in starts]


def first_shown(shows: Iterable[bool], start: int = 1) -> int | None:
    """The first step, from `start` on, whose caption shows the change; None without one.

    Example:
        >>> first_shown([True, False, True]), first_shown([True, False, True], start=0)
        (2, 0)
    """
    return next((i for i, is_shown in enumerate(shows) if i >= start and is_shown), None)
