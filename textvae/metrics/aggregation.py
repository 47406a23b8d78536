"""Means and standard deviations of metrics over seeds."""

from collections.abc import Mapping, Sequence

import numpy as np


def seeds_of(seed: int, num_seeds: int) -> list[int]:
    """`num_seeds` seeds derived from `seed` and from no other seed.

    Example:
        >>> seeds_of(0, 3), seeds_of(1, 3)
        ([0, 1, 2], [3, 4, 5])
    """
    return [seed * num_seeds + place for place in range(num_seeds)]


def mean_and_std(measured: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric, and as `<name>_std` its standard deviation over seeds.

    It is the sample standard deviation, with divisor N - 1; it needs at least two values.

    Args:
        measured: the metrics of each seed, all with the same names.

    Example:
        >>> mean_and_std([{"nll": 1.0}, {"nll": 2.0}, {"nll": 3.0}])
        {'nll': 2.0, 'nll_std': 1.0}
    """
    out = {}
    for name in measured[0]:
        values = [metrics[name] for metrics in measured]
        out[name] = float(np.mean(values))
        if len(values) > 1:
            out[f"{name}_std"] = float(np.std(values, ddof=1))
    return out
