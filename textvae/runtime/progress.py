"""Progress bars on standard error, for callers that request them."""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Sized
from typing import Any

from textvae.types import Progress

SOON = 2.0  # seconds before a bar of rows appears


class _StandardError:
    """Standard error whose failures, a full disk or a closed pipe, do not end a run."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)

    def write(self, text: str) -> None:
        """Write a text, or drop it on failure."""
        with contextlib.suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Write the buffered text, or keep it on failure."""
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def bar(is_shown: bool, steps: Iterable[Any] | None = None, **options: Any) -> Any:
    """A tqdm bar on standard error, whose write failures are ignored.

    Args:
        is_shown: whether there may be a bar at all.
        steps: what to iterate over, if the bar is not updated by hand.
        **options: of `tqdm.tqdm`.

    Example:
        >>> list(bar(False, range(3), desc="counting"))
        [0, 1, 2]
    """
    from tqdm import tqdm

    # tqdm would only use the width of `sys.stderr`, which is None if it is closed.
    options = {"file": _StandardError(), "dynamic_ncols": True, "disable": False, **options}
    if not is_shown or sys.stderr is None:
        options["disable"] = True
    return tqdm(steps, **options)


def progress_bar(is_shown: bool, title: str) -> Progress:
    """A function that iterates over batches of captions and shows how many are done.

    Args:
        is_shown: whether there is a bar at all.
        title: shown before the bar.

    Example:
        >>> [list(part) for part in progress_bar(False, "encode")([range(2), range(2, 3)])]
        [[0, 1], [2]]
    """

    def passed_on(parts: Iterable[Any]) -> Iterator[Any]:
        each: list[Sized] = list(parts)
        with bar(is_shown, total=sum(map(len, each)), desc=title, unit="caption") as shown:
            for part in each:
                yield part
                shown.update(len(part))

    return passed_on


def row_bar(is_shown: bool, total: int | None, done: int = 0) -> Any:
    """A bar with the number of rows done, and the time left if `total` is known.

    It appears only at a terminal, and only after two seconds.

    Args:
        is_shown: whether there may be a bar at all.
        total: rows to do, if known.
        done: rows done before.

    Example:
        >>> with row_bar(False, total=3) as bar:
        ...     bar.update(2)
    """
    counted: dict[str, Any] = {"total": total, "initial": done, "unit": "line"}
    unless_terminal = None
    return bar(is_shown, **counted, unit_scale=True, disable=unless_terminal, delay=SOON)
