"""How fast the machine is from moment to moment: one fixed computation, timed again and again.

    python -m benchmarks.yardstick      every two seconds a moment and the seconds it took

The cores of a rented machine get slower and faster by half within minutes, as its neighbours
need them. What is measured for an hour is therefore also given in times of this computation,
which runs beside it in a process of its own and takes a few per cent of one core. Only its own
processor time counts, not what others take of the same core.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from typing import IO, Self

from benchmarks.machine import ROOT

EVERY = 2.0  # seconds between two measurements
WINDOW = 60.0  # seconds, of which the median is taken: single measurements vary much
NUM_ADDITIONS = 500_000  # about half of the time, like the page's own Python
NUM_PRODUCTS = 30  # with a matrix as large as those of a decoder, which is read from memory


class Yardstick:
    """Measures as long as it is open.

    Example:
        >>> with Yardstick() as yardstick:
        ...     yardstick.wait()
        ...     yardstick.now() > 0
        True
    """

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []  # moments of `time.monotonic`, seconds
        self._first = threading.Event()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.yardstick"],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), daemon=True
        )
        self._reader.start()
        return self

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            moment, seconds = map(float, line.split())
            self.times.append((moment, seconds))
            self._first.set()

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._reader.join(10)

    def wait(self) -> None:
        """Until there is a measurement.

        Raises:
            RuntimeError: there was none within a minute.
        """
        if not self._first.wait(60):
            raise RuntimeError("the fixed computation was not done within 60 s")

    def now(self) -> float:
        """Seconds that the computation took in the last minute."""
        return median_around(self.times, time.monotonic(), 2 * WINDOW)


def median_around(
    times: Sequence[tuple[float, float]], moment: float, window: float = WINDOW
) -> float:
    """The median of all values in a window around a moment, or the nearest one.

    Args:
        times: moments in order, at least one, each with a value.
        moment: in the middle of the window.
        window: its length, in the units of the moments.

    Example:
        >>> median_around([(0, 1.0), (10, 2.0), (20, 4.0)], 14, window=20)
        3.0
    """
    first = bisect_left(times, (moment - window / 2,))
    last = bisect_left(times, (moment + window / 2,))
    found = [value for _, value in times[first:last]]
    return statistics.median(found) if found else times[min(first, len(times) - 1)][1]


class Pace:
    """The mean pause between clicks, longer in the same measure as the machine is slower.

    Args:
        pause: seconds, as long as the machine is as fast as now.
        yardstick: tells how fast it is; without one, the pause stays the same.
    """

    def __init__(self, pause: float, yardstick: Yardstick | None = None) -> None:
        self._pause, self._yardstick = pause, yardstick
        self._standard = yardstick.now() if yardstick else 1.0

    def pause(self) -> float:
        """Seconds, at this moment."""
        slower = self._yardstick.now() / self._standard if self._yardstick else 1.0
        return self._pause * slower


def measure() -> None:
    """Compute, print, sleep, until the process is ended."""
    import numpy as np

    matrix = np.ones((1024, 3072), np.float32)
    vector = np.ones(3072, np.float32)
    while True:
        start = time.process_time()
        total = 0
        for each in range(NUM_ADDITIONS):
            total += each
        for _ in range(NUM_PRODUCTS):
            matrix @ vector
        print(time.monotonic(), time.process_time() - start, flush=True)
        time.sleep(EVERY)


if __name__ == "__main__":
    measure()
