"""Limiting the logs of other libraries: one line per record, with few repetitions.

Uvicorn and the MCP library log data from clients, sometimes with tracebacks and over many
lines, on every occurrence.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from textvae.web.validation import visible

OWN_HANDLERS = ("uvicorn.error",)  # loggers whose records do not reach the root logger
MAX_WIDTH = 300  # characters of a line


class Terse(logging.Filter):
    """Passes at most `most` lines in `seconds` from each place in the code.

    The first line that passes after suppressed ones gives their number.

    Example:
        >>> terse, now = Terse(most=2, seconds=60, clock=lambda: now[0]), [0.0]
        >>> def record(name):
        ...     fields = {"msg": "not %s" + chr(10) + "at all", "args": (name,), "lineno": 7}
        ...     return logging.makeLogRecord(fields)
        >>> [terse.filter(record(name)) for name in "abcd"]
        [True, True, False, False]
        >>> now[0], later = 61.0, record("e")
        >>> terse.filter(later), later.getMessage()
        (True, 'not e (and 2 more like it)')
    """

    def __init__(
        self, most: int = 3, seconds: float = 600.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self.most, self.seconds, self.clock = most, seconds, clock
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}  # start of the period, count

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record, cut to its first line; see `logging.Filter`."""
        place, now = (record.pathname, record.lineno), self.clock()
        since, count = self._seen.get(place, (now, 0))
        held_back = 0
        if now - since >= self.seconds:
            held_back, since, count = max(0, count - self.most), now, 0
        self._seen[place] = since, count + 1
        line = visible(record.getMessage().partition("\n")[0][:MAX_WIDTH])
        record.msg = f"{line} (and {held_back} more like it)" if held_back else line
        record.args, record.exc_info, record.exc_text = (), None, None
        return count < self.most


class _LibraryHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes the logs of other packages; this package has its own handler."""

    def __init__(self) -> None:
        super().__init__()
        self.setLevel(logging.WARNING)
        self.addFilter(lambda record: not record.name.startswith("textvae"))
        self.addFilter(Terse())


def keep_terse() -> None:
    """Make libraries' logs of requests terse from now on."""
    root = logging.getLogger()
    if not any(isinstance(each, _LibraryHandler) for each in root.handlers):
        root.addHandler(_LibraryHandler())
        for name in OWN_HANDLERS:
            logging.getLogger(name).addFilter(Terse())
