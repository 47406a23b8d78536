"""Figures measured several times with different seeds, as one set of figures."""

from collections.abc import Mapping, Sequence

import numpy as np


def seeds_of(seed: int, num_seeds: int) -> list[int]:
    """`num_seeds` seeds that belong to `seed` and to no other."""
    return [seed * num_seeds + place for place in range(num_seeds)]


def mean_and_std(measured: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure, and as `<name>_std` its standard deviation over the seeds.

    The spread has N - 1 below the line; measured once, a figure has none.
    """
    out = {}
    for name in measured[0]:
        values = [figures[name] for figures in measured]
        out[name] = float(np.mean(values))
        if len(values) > 1:
            out[f"{name}_std"] = float(np.std(values, ddof=1))
    return out
