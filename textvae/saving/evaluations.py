"""Metrics on captions other than the validation set, for the card and the Hub."""

from collections.abc import Mapping
from typing import Any

from textvae.errors import BadInput

KEY = "evaluations"  # of a report
COUNTS = ("num_captions", "num_tokens")


def checked_evaluation(raw: Any, source: str) -> dict[str, Any]:
    """`raw`, if it is output of `textvae evaluate --json` for one model.

    Args:
        raw: metrics by name, with counts and settings.
        source: the name of the file, for messages.

    Raises:
        BadInput: it is anything else.

    Example:
        >>> checked_evaluation([1.5], "test.json")
        Traceback (most recent call last):
        textvae.errors.BadInput: test.json is not what `textvae evaluate --json` prints of one
        model, got '[1.5]'
    """
    if _is_evaluation(raw):
        return dict(raw)
    raise BadInput(
        f"{source} is not what `textvae evaluate --json` prints of one model, got"
        f" {str(raw)[:80]!r}"
    )


def evaluations_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The evaluations that were added when the model was pushed.

    Example:
        >>> evaluations_of({"evaluations": [3]}), evaluations_of({})
        ([], [])
    """
    found = report.get(KEY)
    if not isinstance(found, list):
        return []
    return [dict(each) for each in found if _is_evaluation(each)]


def _is_evaluation(raw: Any) -> bool:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("settings"), Mapping):
        return False
    names = raw.get("captions", [])
    are_names = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return are_names and all(type(raw.get(name)) is int for name in COUNTS)
