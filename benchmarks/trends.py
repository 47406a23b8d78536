"""Whether a measured value drifts over a long run: its slope, with a standard error."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

BLOCKS = 24  # of time; their means count as independent, unlike single samples
SKIPPED = 1 / 3  # of the time, while a server warms up
HOUR = 3600.0


class Trend(NamedTuple):
    """A slope in units per hour, and its standard error."""

    per_hour: float
    error: float

    def __str__(self) -> str:
        return f"{self.per_hour:+.2f} ± {self.error:.2f} per hour"


def trend(points: Sequence[tuple[float, float]]) -> Trend:
    """The slope of a value over time, by least squares on the means of blocks of time.

    The first third is left out. The standard error is that of the residuals, with n - 2 degrees
    of freedom.

    Args:
        points: times in seconds, in order, each with the value then.

    Example:
        >>> print(trend([(second, 5 + second / 1800) for second in range(3600)]))
        +2.00 ± 0.00 per hour
    """
    late = [each for each in points if each[0] >= points[0][0] + SKIPPED * _span(points)]
    blocks = means_of_blocks(late)
    if len(blocks) < 3:
        return Trend(0.0, math.inf)
    x, y = zip(*blocks, strict=True)
    line = statistics.linear_regression(x, y)
    residuals = (b - line.intercept - line.slope * a for a, b in blocks)
    centre = statistics.fmean(x)
    spread = sum((each - centre) ** 2 for each in x)
    variance = sum(each**2 for each in residuals) / (len(blocks) - 2)
    return Trend(line.slope * HOUR, math.sqrt(variance / spread) * HOUR)


def _span(points: Sequence[tuple[float, float]]) -> float:
    return points[-1][0] - points[0][0]


def means_of_blocks(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The mean time and the mean value of each block of time that has any points."""
    if not points:
        return []
    start, length = points[0][0], max(_span(points), 1e-9) / BLOCKS
    blocks: dict[int, list[tuple[float, float]]] = {}
    for moment, value in points:
        place = min(int((moment - start) / length), BLOCKS - 1)
        blocks.setdefault(place, []).append((moment, value))
    return [
        (statistics.fmean(a for a, _ in each), statistics.fmean(b for _, b in each))
        for each in blocks.values()
    ]
