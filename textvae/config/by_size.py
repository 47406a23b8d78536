"""Settings that depend on the number of training captions: the rows of a recipe.

A row is `{"up_to": 1000, "train.epochs": 60, ...}`: settings for at most 1,000 captions. The
first row that fits applies; with more captions than any row allows, the recipe is unchanged.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from textvae.errors import BadInput

UP_TO = "up_to"
Row = Mapping[str, Any]


def check_rows(rows: Any, source: str) -> tuple[Row, ...]:
    """The rows, if each is for more captions than the one before.

    Raises:
        BadInput: they have another form; `source` names the recipe.

    Example:
        >>> check_rows([{"up_to": 9, "train.epochs": 5}], "mine.json")
        ({'up_to': 9, 'train.epochs': 5},)
    """
    is_list = isinstance(rows, Sequence) and not isinstance(rows, str)
    before = 0
    for row in rows if is_list else [rows]:
        limit = row.get(UP_TO) if isinstance(row, Mapping) else None
        if not is_list or type(limit) is not int or limit <= before:
            raise BadInput(
                f"{source}: by_size must be a list of settings such as"
                f' {{"up_to": 1000, "train.epochs": 60}}, from fewer captions to more,'
                f" got {row!r}"
            )
        before = limit
    return tuple(dict(row) for row in rows)


def row_for(rows: Sequence[Row], num_captions: int) -> dict[str, Any]:
    """The settings for this many captions; empty if there are more than any row allows.

    Example:
        >>> rows = ({"up_to": 100, "train.epochs": 60}, {"up_to": 900, "train.epochs": 40})
        >>> row_for(rows, 101), row_for(rows, 901)
        ({'train.epochs': 40}, {})
    """
    for row in rows:
        if num_captions <= row[UP_TO]:
            return {key: value for key, value in row.items() if key != UP_TO}
    return {}


def without(rows: Sequence[Row], keys: Collection[str]) -> tuple[Row, ...]:
    """The rows without these settings, which the user has set.

    Example:
        >>> without(({"up_to": 100, "train.epochs": 60, "train.beta": 0.1},), {"train.beta"})
        ({'up_to': 100, 'train.epochs': 60},)
    """
    return tuple({key: row[key] for key in row if key not in keys} for row in rows)
