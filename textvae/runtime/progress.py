"""A progress bar on standard error, for whoever asks for one."""

from collections.abc import Iterable, Iterator, Sized
from typing import Any

from textvae.types import Progress


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
