"""A progress bar on standard error, for whoever asks for one."""

from collections.abc import Iterable, Iterator, Sized
from typing import Any

from textvae.types import Progress

SOON = 2.0  # seconds; for what is done by then, no bar of rows appears


def progress_bar(is_shown: bool, title: str) -> Progress:
    """Passes parts on and shows how many of all captions are done.

    Args:
        is_shown: whether there is a bar at all.
        title: what stands before the bar.

    Example:
        >>> [list(part) for part in progress_bar(False, "encode")([range(2), range(2, 3)])]
        [[0, 1], [2]]
    """

    def passed_on(parts: Iterable[Any]) -> Iterator[Any]:
        from tqdm import tqdm

        each: list[Sized] = list(parts)
        total = sum(map(len, each))
        with tqdm(total=total, desc=title, unit="caption", disable=not is_shown) as bar:
            for part in each:
                yield part
                bar.update(len(part))

    return passed_on


def row_bar(is_shown: bool, total: int | None, done: int = 0) -> Any:
    """A bar of how many rows are done, with the time that is left where `total` is known.

    At a terminal only, and only for what takes seconds.

    Args:
        is_shown: whether there may be one at all.
        total: how many rows there are to do, if that is known.
        done: how many of them were done before.

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
        disable=None if is_shown else True,  # None: unless standard error is a terminal
        delay=SOON,
    )
