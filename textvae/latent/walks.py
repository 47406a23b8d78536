"""Codes that go step by step towards a change, until their captions show it."""

from collections.abc import Callable, Iterable

import numpy as np

from textvae.types import Array, Codes

# The distances to go, shortest first: of those that show the change, the first changes least.
STRENGTHS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
STEPS = (0.0, *STRENGTHS)

Walk = tuple[str, ...]  # the captions at `STEPS`


def walks(
    decode: Callable[[Codes], list[str]],
    codes: Array,
    moves: Iterable[Callable[[Array, float], Array]],
) -> list[Walk]:
    """The walks of each code `[N, D]` along each move, those of the first code first.

    Args:
        decode: codes to captions; it is called once.
        codes: where the walks start.
        moves: codes and how far to go -> the codes there, both `[N, D]`.

    Example:
        >>> ahead = lambda codes, strength: codes + strength
        >>> words = lambda codes: [f"{code[0]:.2f}" for code in codes]
        >>> walks(words, np.zeros((1, 1)), [ahead])[0][:3]
        ('0.00', '0.50', '0.75')
    """
    places = np.stack([move(codes, each) for move in moves for each in STEPS], axis=1)
    captions = decode(places.reshape(-1, places.shape[-1]))
    starts = range(0, len(captions), len(STEPS))
    return [tuple(captions[start : start + len(STEPS)]) for start in starts]


def arrival(shows: Iterable[bool], start: int = 1) -> int | None:
    """The first step, from `start` on, whose caption shows the change; None if none does.

    Example:
        >>> arrival([True, False, True]), arrival([True, False, True], start=0)
        (2, 0)
    """
    return next((i for i, is_shown in enumerate(shows) if i >= start and is_shown), None)
