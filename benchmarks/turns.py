"""Two pages, used in turns by the same visitors: the cost of one in units of the other.

The cores of a rented machine get slower and faster within minutes, and not equally for every
computation. So the unit of time is the duration of the same actions on another page, at nearly
the same moment.
"""

import asyncio
import math
import statistics
import time
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import httpx

from benchmarks.browser import PATIENCE
from benchmarks.page_process import cpu_seconds, memory_mb, num_threads
from benchmarks.visitor import Log, Visitor

App = tuple[str, int]  # its address and process id
Waits = Sequence[tuple[float, str, float]]
Points = Sequence[tuple[float, float]]
SAMPLING = 2.0  # seconds between two samples of a page's memory
NO_PAUSE = 1e-3  # seconds


class Turn(NamedTuple):
    """A page and the reference page, with the same requests from visitors who do not pause.

    Attributes:
        moment: of `time.monotonic`, in the middle.
        page, reference: milliseconds of processor time per action.
        waiting: by how many per cent visitors of the page wait longer than those of the
            reference page, as the mean logarithm of the ratio for each kind of action.
    """

    moment: float
    page: float
    reference: float
    waiting: float

    @property
    def work(self) -> float:
        """The page's additional processor time in percent, as a logarithm."""
        return 100 * math.log(self.page / self.reference)


async def visits(
    app: App, log: Log, visitors: int, minutes: float, seed: int, pause: float
) -> None:
    """`count` visitors with this mean pause between clicks, added to a log."""
    url, process = app
    until = time.monotonic() + 60 * minutes

    async def watch() -> None:
        while True:
            moment = time.monotonic()
            log.memory.append((moment, memory_mb(process)))
            log.threads.append((moment, num_threads(process)))
            await asyncio.sleep(SAMPLING)

    began, used, count = time.monotonic(), cpu_seconds(process), len(log.waits)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=visitors)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits) as client:
        watching = asyncio.create_task(watch())
        crowd = (Visitor(client, log, seed + number, pause) for number in range(visitors))
        await asyncio.gather(*(visitor.stay(until) for visitor in crowd))
        watching.cancel()
    spent, ended = cpu_seconds(process) - used, time.monotonic()
    log.wall_seconds += ended - began
    log.cpu_seconds += spent
    if done := len(log.waits) - count:
        log.cpu_per_action.append(((began + ended) / 2, spent / done))


def turn(
    page: App, reference: App, visitors: int, seconds: float, seed: int, page_first: bool
) -> Turn:
    """Both pages for `seconds` each, one after the other.

    Raises:
        RuntimeError: an action failed.
    """
    logs = Log(), Log()
    both = [(page, logs[0]), (reference, logs[1])]
    began = time.monotonic()
    for app, log in both if page_first else reversed(both):
        asyncio.run(visits(app, log, visitors, seconds / 60, seed, NO_PAUSE))
    if failed := logs[0].errors + logs[1].errors:
        raise RuntimeError(f"asked in turns, a page failed: {failed.most_common(3)}")
    moment = (began + time.monotonic()) / 2
    per_action = [1000 * log.cpu_per_action[0][1] for log in logs]
    return Turn(moment, *per_action, waiting(*logs))


def waiting(log: Log, other: Log) -> float:
    """By how many percent waits are longer than others, as in `Turn.waiting`."""
    return statistics.fmean(
        100 * math.log(statistics.median(waits) / statistics.median(other.seconds[action]))
        for action, waits in log.seconds.items()
        if action in other.seconds
    )


def in_logarithms(waits: Waits, machine: Points = ()) -> Points:
    """Waiting times as 100 log(time / median of its action), with the moment of each.

    A small difference is then in per cent, and a few waits of ten times the median do not
    dominate, as they would in a mean of times: at any load the queue is long now and then.

    Args:
        waits: moments, actions and seconds.
        machine: moments in order, with the duration on the reference page then, which becomes
            the unit of waiting times.

    Example:
        >>> in_logarithms([(0, "open", 2.0), (9, "open", 2.0)])
        [(0, 0.0), (9, 0.0)]
        >>> waits = [(0, "open", 2.0), (9, "open", 4.0)]
        >>> in_logarithms(waits, [(0, 0.1), (9, 0.2)])  # the machine has got slower
        [(0, 0.0), (9, 0.0)]
    """
    seconds = [each / (at(machine, when) if machine else 1) for when, _, each in waits]
    by_action: dict[str, list[float]] = {}
    for (_, action, _), each in zip(waits, seconds, strict=True):
        by_action.setdefault(action, []).append(each)
    medians = {action: statistics.median(each) for action, each in by_action.items()}
    return [
        (when, 100 * math.log(each / medians[action]))
        for (when, action, _), each in zip(waits, seconds, strict=True)
    ]


def at(points: Points, moment: float) -> float:
    """The value at a moment, on a straight line between the points around it.

    Example:
        >>> [at([(0, 1.0), (10, 2.0)], moment) for moment in (-1, 5, 99)]
        [1.0, 1.5, 2.0]
    """
    place = bisect_left(points, moment, key=lambda point: point[0])
    if place in (0, len(points)):
        return points[min(place, len(points) - 1)][1]
    (start, before), (stop, after) = points[place - 1 : place + 1]
    return before + (after - before) * (moment - start) / (stop - start)
