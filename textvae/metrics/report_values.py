"""Values of a `report.json`, any part of which may be missing or of another type.

A report comes with the weights, perhaps from an unknown source, and is not validated on
loading, so code that displays one reads it with these functions.
"""

from collections.abc import Mapping
from typing import Any, TypeGuard

MOST = 1e300  # larger values are not measurements, and an int may exceed a float


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether `value` is a finite number; `True` and `False` are not numbers.

    Example:
        >>> [is_number(value) for value in (2, 0.5, float("nan"), True, "2", None)]
        [True, True, False, False, False, False]
    """
    is_of_type = isinstance(value, int | float) and not isinstance(value, bool)
    return is_of_type and abs(value) < MOST


def value_at(report: Any, *path: str) -> Any:
    """The value under these keys, or None if one of them is missing.

    Example:
        >>> value_at({"data": {"train": {"captions": 3046}}}, "data", "train", "captions")
        3046
        >>> value_at({"data": "many"}, "data", "train", "captions") is None
        True
    """
    for key in path:
        report = report.get(key) if isinstance(report, Mapping) else None
    return report


def number_at(report: Any, *path: str) -> float | int | None:
    """The finite number under these keys, or None.

    Example:
        >>> number_at({"validation": {"nll": 2.5}}, "validation", "nll")
        2.5
        >>> number_at({"validation": {"nll": "low"}}, "validation", "nll") is None
        True
    """
    value = value_at(report, *path)
    return value if is_number(value) else None


def text_at(report: Any, *path: str) -> str | None:
    """The text under these keys, or None if there is no text or it is empty.

    Example:
        >>> text_at({"finished": "2026-11-24"}, "finished")
        '2026-11-24'
        >>> text_at({"finished": ""}, "finished") is None
        True
    """
    value = value_at(report, *path)
    return value if isinstance(value, str) and value else None
