"""Progress bars on standard error, for callers that ask for one."""

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import Any

from textvae.types import Progress

SOON = 2.0  # seconds before a bar of rows appears


def progress_bar(is_shown: bool, title: str) -> Progress:
    """A function that iterates over parts of captions and shows how many captions are done.

    Args:
        is_shown: whether there is a bar at all.
        title: shown before the bar.

    Example:
        >>> [list(part) for part in progress_bar(False, "encode")([range(2), range(2, 3)])]
        [[0, 1], [2]]
    """

    def passed_on(parts: Iterable[Any]) -> Iterator[Any]:
        from tqdm import tqdm

        each: list[Sized] = list(parts)
        total = sum(map(len, each))
        is_hidden = not is_shown or sys.stderr is None  # which is None if it is closed
        with tqdm(total=total, desc=title, unit="caption", disable=is_hidden) as bar:
            for part in each:
                yield part
                bar.update(len(part))

    return passed_on


def row_bar(is_shown: bool, total: int | None, done: int = 0) -> Any:
    """A bar of how many rows are done, with the time left if `total` is known.

    It appears only at a terminal, and only after two seconds.

    Args:
        is_shown: whether there may be a bar at all.
        total: rows to do, if known.
        done: rows that were done before.

    Example:
        >>> with row_bar(False, total=3) as bar:
        ...     bar.update(2)
    """
    from tqdm import tqdm

    return tqdm(
        total=total,
        initial=done,
        unit="line",
        unit_scale=True,
        # None: unless standard error is a terminal
        disable=None if is_shown and sys.stderr else True,
        delay=SOON,
    )
