"""SIGTERM to the page while thirty clients request captions without a pause."""

import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from benchmarks.faults.tally import Row, Tally, Try
from benchmarks.page_process import running_app

API = "/gradio_api"
NUM_TRIES = 16
NUM_CLIENTS = 30
DEADLINES = (10.0, 3.0)  # seconds
SLACK = 1.0  # seconds, on a busy machine


class Client:
    """Requests captions, each time with another seed, until the page accepts nothing more."""

    def __init__(self, url: str, number: int, outcomes: Counter[str]) -> None:
        self.url, self.number, self.outcomes = url, number, outcomes

    def run(self) -> None:
        """Make requests repeatedly, and count their outcomes."""
        with httpx.Client(base_url=self.url, timeout=60) as client:
            for seed in range(1_000_000):
                outcome = self._asked(client, 1000 * self.number + seed)
                self.outcomes[outcome] += 1
                if outcome not in ("answered", "told"):
                    return

    def _asked(self, client: httpx.Client, seed: int) -> str:
        body = {"num_captions": 20, "seed": seed}
        try:
            joined = client.post(f"{API}/call/v2/generate", json=body)
        except httpx.HTTPError:
            return "gone"  # nothing was taken
        if joined.status_code == 503:
            return "refused"
        try:
            event = joined.json()["event_id"]
            text = client.get(f"{API}/call/generate/{event}").text
        except (httpx.HTTPError, KeyError, ValueError) as error:
            return f"cut: {type(error).__name__} {joined.status_code}"
        if "event: complete" in text:
            return "answered"
        return "told" if "is restarting" in text else f"cut: {text[-100:]!r}"


def sigterm(this: Try) -> list[Row]:
    """At a random moment; no response may be cut off, and the process ends in time with 0."""
    kept = Tally("SIGTERM: whoever was let in is answered or told to try again later")
    ended = Tally("SIGTERM: the page ends with status 0 within the deadline")
    total: Counter[str] = Counter()
    for number in this.share(range(NUM_TRIES)):
        rng = random.Random(this.seed + number)
        deadline = DEADLINES[number % len(DEADLINES)]
        outcomes: Counter[str] = Counter()
        seconds, status = _one(deadline, rng.uniform(0.2, 4.0), outcomes)
        for outcome, count in outcomes.items():
            for _ in range(count):
                kept.note(not outcome.startswith("cut"), f"try {number}: {outcome}")
        is_right = status == 0 and seconds < deadline + SLACK
        ended.note(is_right, f"try {number}: status {status} after {seconds:.1f} s")
        total += outcomes
    return [kept.row(", ".join(f"{n:,} {name}" for name, n in total.items())), ended.row()]


def _one(deadline: float, moment: float, outcomes: Counter[str]) -> tuple[float, int]:
    """Seconds from the signal to the end of the page, and its status."""
    with (
        running_app(TEXTVAE_DRAIN=str(deadline)) as (url, process),
        ThreadPoolExecutor(NUM_CLIENTS) as pool,
    ):
        for number in range(NUM_CLIENTS):
            pool.submit(Client(url, number, outcomes).run)
        time.sleep(moment)
        watched = _Watched(process)
        os.kill(process, signal.SIGTERM)
        return watched.end()


class _Watched:
    """A child process whose end is timed and whose status is kept."""

    def __init__(self, process: int) -> None:
        self.start, self.process = time.monotonic(), process
        self.found: dict[str, Any] = {}
        self.thread = threading.Thread(target=self._wait)
        self.thread.start()

    def _wait(self) -> None:
        _, status = os.waitpid(self.process, 0)
        self.found = {"seconds": time.monotonic() - self.start, "status": status}

    def end(self) -> tuple[float, int]:
        self.thread.join(60)
        return self.found["seconds"], os.waitstatus_to_exitcode(self.found["status"])
