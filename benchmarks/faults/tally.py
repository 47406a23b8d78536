"""Tries and failures, and the table of them."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

SHOWN = 5  # printed failures of a row
T = TypeVar("T")


class Row(NamedTuple):
    """One line of the table: the guarantee, the number of tries, and the failures."""

    promise: str
    tries: int
    failures: tuple[str, ...] = ()
    figures: str = ""  # further measurements, such as the slowest answer


@dataclass
class Tally:
    """Counts the tries of one guarantee.

    Example:
        >>> tally = Tally("two and two are four")
        >>> tally.note(2 + 2 == 4, "2 + 2")
        >>> tally.row()
        Row(promise='two and two are four', tries=1, failures=(), figures='')
    """

    promise: str
    tries: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, is_kept: bool, what: str) -> None:
        """Count a try; `what` names it if it failed."""
        self.tries += 1
        if not is_kept:
            self.failures.append(what)

    def row(self, figures: str = "") -> Row:
        """The line of the table."""
        return Row(self.promise, self.tries, tuple(self.failures), figures)


@dataclass(frozen=True)
class Try:
    """The input of a part.

    Attributes:
        folder: an empty one to work in, which is removed afterwards.
        number, of: the share of the tries to make, such as the second of three.
        seed: of all random choices.
        seconds: after which no further try is started.
        begun: when the part began, on the monotonic clock.
    """

    folder: Path
    number: int = 1
    of: int = 1
    seed: int = 0
    seconds: float = 540.0
    begun: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Whether no further try may be started."""
        return time.monotonic() > self.begun + self.seconds

    def share(self, tries: Iterable[T]) -> Iterator[T]:
        """The tries that belong to this share, until the time is over."""
        for place, each in enumerate(tries):
            if place % self.of == self.number - 1:
                if self.is_over:
                    print("out of time: run the rest in shares", file=sys.stderr)
                    return
                yield each


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown, with the first failures below.

    Example:
        >>> print(table([Row("it stands", 3, ("a push",))]))
        | promise | tries | failures | figures |
        | --- | --- | --- | --- |
        | it stands | 3 | 1 |  |
        <BLANKLINE>
        it stands: a push
    """
    lines = ["| promise | tries | failures | figures |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {row.promise} | {row.tries:,} | {len(row.failures)} | {row.figures} |"
        for row in rows
    ]
    failed = [f"{row.promise}: {what}" for row in rows for what in row.failures[:SHOWN]]
    return "\n".join([*lines, *([""] if failed else []), *failed])


def merged(path: Path, rows: Sequence[Row]) -> list[Row]:
    """The rows in a file from other parts and shares, with these added."""
    before = json.loads(path.read_text()) if path.is_file() else []
    found = {each[0]: Row(each[0], each[1], tuple(each[2]), each[3]) for each in before}
    for row in rows:
        old = found.get(row.promise, Row(row.promise, 0))
        figures = "; ".join(filter(None, (old.figures, row.figures)))
        found[row.promise] = Row(
            row.promise, old.tries + row.tries, (*old.failures, *row.failures), figures
        )
    path.write_text(json.dumps(list(found.values()), indent=1) + "\n")
    return list(found.values())
