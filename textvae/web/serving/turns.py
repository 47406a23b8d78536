"""Dropping responses superseded by a newer event of the same session.

Gradio runs the events of a session concurrently and shows responses as they come. One that
fills every tab takes longer than a later one started by a click.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count


@dataclass
class _Visit:
    running: int = 0  # events
    last: dict[int, int] = field(default_factory=dict)  # by output, the newest event


class Turns:
    """The newest event of a session for each output; used in the server's event loop.

    Example:
        >>> turns = Turns()
        >>> with turns.take("a visit", [1, 2]) as filling:
        ...     with turns.take("a visit", [2]) as clicked:
        ...         clicked(2), filling(1), filling(2)
        (True, True, False)
    """

    def __init__(self) -> None:
        self._visits: dict[str, _Visit] = {}
        self._numbers = count()

    @contextmanager
    def take(self, visit: str, outputs: Sequence[int]) -> Iterator[Callable[[int], bool]]:
        """A context for a running event; yields whether it is the newest for an output."""
        number, found = next(self._numbers), self._visits.setdefault(visit, _Visit())
        found.running += 1
        found.last.update(dict.fromkeys(outputs, number))
        try:
            yield lambda output: found.last[output] == number
        finally:
            found.running -= 1
            if not found.running:
                del self._visits[visit]
