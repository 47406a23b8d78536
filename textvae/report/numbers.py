"""Number formatting of the report."""

from __future__ import annotations

import math

MINUS = "\u2212"
DIGITS = 4


def number(value: float) -> str:
    """A metric with four digits; a count in full.

    Example:
        >>> [number(value) for value in (0.03684, 35.824, 1703.6, 12626)]
        ['0.0368', '35.82', '1,704', '12,626']
    """
    return f"{value:,.{_decimals(value)}f}".replace("-", MINUS)


def std(value: float, of: float) -> str:
    """A standard deviation with the decimals of its metric.

    Example:
        >>> std(0.173, of=35.824)
        '0.17'
        >>> std(0.001, of=35.824)  # not zero, but too small for two decimals
        '<0.01'
    """
    decimals = _decimals(of)
    least = 10.0**-decimals
    return f"<{least:.{decimals}f}" if 0.0 < value < least / 2 else f"{value:,.{decimals}f}"


def percent(share: float) -> str:
    """A share, 0..1, in percent.

    Example:
        >>> percent(0.7304)
        '73.0%'
    """
    return f"{100.0 * share:.1f}%"


def _decimals(value: float) -> int:
    """The number of decimals that give the value `DIGITS` digits; 0 for a count."""
    if isinstance(value, int):
        return 0
    whole = math.floor(math.log10(abs(value))) + 1 if abs(value) >= 1.0 else 0
    return max(DIGITS - whole, 0)
