"""Importance-weighted likelihoods of captions, and their standard deviation over seeds."""

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from textvae.types import Array, Floats

GROUPS = 10  # of draws; only the sum of each group is kept, so memory is bounded


class GroupedWeights:
    """log sum_s w_s of each caption, in groups of draws: draw s is in group s mod 10.

    Args:
        num_captions: the number of captions, N.

    Example:
        >>> weights = GroupedWeights(1)
        >>> for draw, weight in enumerate([0.2, 0.4, 0.6]):
        ...     weights.add(np.array([0]), draw, np.log([weight]))
        >>> np.exp(-weights.nll(3)).round(6).tolist()
        [0.4]
    """

    def __init__(self, num_captions: int) -> None:
        self.log_sums = np.full((GROUPS, num_captions), -np.inf)

    def add(self, captions: Array, draw: int, log_weights: Array) -> None:
        """Add log w of one draw for the captions with these indices, `[B]` each."""
        group = self.log_sums[draw % GROUPS]
        group[captions] = np.logaddexp(group[captions], log_weights.astype(np.float64))

    def nll(self, num_draws: int) -> Floats:
        """-log 1/S sum_s w_s of all S draws: `[N]` nats.

        Source: Burda et al. 2016, section 3 (arXiv 1509.00519).
        """
        total: Floats = np.logaddexp.reduce(self.log_sums, axis=0)
        return math.log(num_draws) - total

    def nll_without_each(self, num_draws: int) -> Iterator[Floats]:
        """`nll` without the draws of one group, `[N]` nats, for each non-empty group."""
        for group in range(min(GROUPS, num_draws)):
            num_left = num_draws - len(range(group, num_draws, GROUPS))
            if num_left:
                others = np.delete(self.log_sums, group, axis=0)
                yield math.log(num_left) - np.logaddexp.reduce(others, axis=0)


def noise(text: str, draw: int, size: int, seed: int) -> Floats:
    """Standard normal noise `[size]` of one draw, a function of only these arguments.

    Example:
        >>> noise("a dog", draw=0, size=2, seed=0).shape
        (2,)
    """
    return np.random.default_rng([seed, draw, zlib.crc32(text.encode())]).standard_normal(size)


def jackknife_std(without_each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """`<name>_std`: the standard deviation over seeds, estimated from the draws of one seed.

        sqrt((G - 1) / G sum_g (x_g - mean x)^2), x_g the metric without the g-th group of draws

    Args:
        without_each: the metrics without each of the G groups; with fewer than two groups the
            result is empty.

    Example:
        >>> jackknife_std([{"ppl": 7.0}, {"ppl": 9.0}])
        {'ppl_std': 1.0}

    Source: Quenouille 1956; Efron & Stein 1981.
    """
    count = len(without_each)
    if count < 2:
        return {}
    return {
        f"{name}_std": math.sqrt(
            (count - 1) * float(np.var([metrics[name] for metrics in without_each]))
        )
        for name in without_each[0]
    }
