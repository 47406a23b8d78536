"""Answers that a newer event of the same visit has overtaken.

Gradio runs the events of a visit side by side and shows answers as they come. One that fills
every tab takes longer than one that a click has started after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count


@dataclass
class _Visit:
    running: int = 0  # events
    last: dict[int, int] = field(default_factory=dict)  # by output, the event that began last


class Turns:
    """Which event of a visit began last, for each output; used in the server's event loop.

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
        """While an event runs; gives whether none for an output has begun after it."""
        number, found = next(self._numbers), self._visits.setdefault(visit, _Visit())
        found.running += 1
        found.last.update(dict.fromkeys(outputs, number))
        try:
            yield lambda output: found.last[output] == number
        finally:
            found.running -= 1
            if not found.running:
                del self._visits[visit]
