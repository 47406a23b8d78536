"""Many visitors at once, on every tab: how long they wait, and whether each is answered right.

    python -m benchmarks.visitors [--visitors 50] [--minutes 10] [--json]
    python -m benchmarks.visitors --minutes 60 --share 0.8      an hour at 80% of the capacity

Starts `app.py` on the shipped weights as its own process. Visitors open the page and click at
random on every tab, by the protocol of the page's own client, with pauses in between that are
drawn from an exponential distribution. Nearly every request is a new one, so that what the page
remembers helps no more than it would in life. Afterwards the page is gone, and each request is
made once more, alone and in this process: every answer must be the same word for word. Memory,
threads and waiting times are given with their slopes and the errors of these, which are zero
within the errors for a page that can live for long.

Ends with status 1 if an answer was wrong or lost, or anything failed.
"""

import argparse
import asyncio
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.browser import PATIENCE, Browser, Full, Lost
from benchmarks.machine import ROOT, in_words, machine, print_progress
from benchmarks.trends import trend
from textvae.config.defaults import NUM_DRAWS

START = 300.0  # seconds until a page that is not ready is given up
LONGEST_PAUSE = 10.0  # times the mean: no visitor waits out the whole run
SAMPLING = 2.0  # seconds between two looks at the server's memory
MODELS = ("coco", "elephant", "article")
WHO = ("a man", "a woman", "two people", "a group of people", "a dog", "a cat", "an elephant")
DOES = ("standing", "sitting", "walking", "playing", "looking at the camera", "holding a ball")
WHERE = ("on a beach", "in a park", "on a street", "near a tree", "in a kitchen", "by a lake")
Request = tuple[Any, ...]  # kind, model and settings: what the answer depends on


@dataclass
class Log:
    """What happened to whom."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    answers: list[tuple[Request, Any]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    num_full: int = 0
    # Moments in seconds, with the megabytes and threads of the server then, or what was waited
    # for until then and for how many seconds.
    memory: list[tuple[float, float]] = field(default_factory=list)
    threads: list[tuple[float, float]] = field(default_factory=list)
    waits: list[tuple[float, str, float]] = field(default_factory=list)


class Visitor:
    """One person with a browser, who reads and clicks until the time is over."""

    def __init__(self, client: httpx.AsyncClient, log: Log, seed: int, pause: float) -> None:
        self.client, self.log, self.pause = client, log, pause
        self.random = random.Random(seed)
        self.browser = Browser(client)

    async def stay(self, until: float) -> None:
        """Come at some moment within the first pause, and click at random."""
        await asyncio.sleep(self.random.uniform(0, self.pause))
        await self._timed("open", self.open)
        actions, weights = zip(*self._actions().items(), strict=True)
        while time.monotonic() < until:
            wait = min(self.random.expovariate(1 / self.pause), LONGEST_PAUSE * self.pause)
            await asyncio.sleep(min(wait, max(0.0, until - time.monotonic())))
            if time.monotonic() < until:
                act = self.random.choices(actions, weights)[0]
                await self._timed(act.__name__, act)

    def _actions(self) -> dict[Callable[[], Awaitable[None]], int]:
        """How often what is done, in per cent."""
        return {
            self.generate: 34,
            self.reconstruct: 18,
            self.interpolate: 14,
            self.send: 8,
            self.look_around: 12,
            self.add_up: 5,
            self.open: 6,
            self.change_model: 3,
        }

    async def _timed(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        start = time.perf_counter()
        try:
            await act()
        except Full:
            self.log.num_full += 1
        except Lost as error:
            self.log.errors[f"{name}: {error}"] += 1
        except (httpx.HTTPError, KeyError, ValueError, StopIteration) as error:
            self.log.errors[f"{name}: {type(error).__name__} {str(error)[:100]}"] += 1
        else:
            waited = time.perf_counter() - start
            self.log.seconds.setdefault(name, []).append(waited)
            self.log.waits.append((time.monotonic(), name, waited))

    async def open(self) -> None:
        """Open the page in a new tab of the browser."""
        self.browser = Browser(self.client)
        await self.browser.open()
        self._note("generate")

    async def generate(self) -> None:
        """Another seed, sometimes with other settings."""
        browser, pick = self.browser, self.random.random
        browser.put("seed", self.random.randrange(1_000_000))
        browser.put("num-captions", 5 if pick() < 0.8 else self.random.randint(1, 20))
        browser.put("temperature", 0.3 if pick() < 0.7 else self.random.choice((0, 0.7, 1.0)))
        browser.put("words", pick() < 0.2)
        await browser.fire("generate-run", "click")
        self._note("generate")

    async def reconstruct(self) -> None:
        """A caption of one's own."""
        self.browser.put("caption", self._caption())
        await self.browser.fire("caption", "submit")
        self._note("reconstruct")

    async def interpolate(self) -> None:
        """From one caption to another."""
        self.browser.put("first", self._caption())
        self.browser.put("last", self._caption())
        await self.browser.fire("last", "submit")
        self._note("interpolate")

    async def send(self) -> None:
        """The button beside a caption that sends it to Reconstruct."""
        captions = self.browser.result("generate-result")["captions"]
        click = {"action": "caption", "caption": self.random.choice(captions)}
        await self.browser.fire("generate-result", "pick", click)
        self._note("reconstruct")

    async def look_around(self) -> None:
        """One place of the map, as of a drag; the first time, the map comes before it."""
        browser, model = self.browser, self.browser.value("model")
        while model not in browser.maps:
            if "total" not in await browser.ask("map-panel", "open_map", {"model": model}):
                browser.maps.add(model)
        place = f"{self.random.uniform(-3, 3):.2f},{self.random.uniform(-3, 3):.2f}"
        asked = {"model": model, "place": place}
        answer = await browser.ask("map-panel", "decode_place", asked)
        if "caption" not in answer:
            raise Lost(f"no caption at {place}: {str(answer)[:100]}")
        self.log.answers.append((("place", model, place), answer["caption"]))

    async def add_up(self) -> None:
        """A sum of captions."""
        for box in ("start", "minus", "plus"):
            self.browser.put(box, self._caption())
        await self.browser.fire("sum-run", "click")
        self._note("sum")

    async def change_model(self) -> None:
        """Another model, on which everything is shown again."""
        self.browser.put("model", self.random.choice(MODELS))
        await self.browser.fire("model", "input")
        self._note("generate")

    def _caption(self) -> str:
        return " ".join(self.random.choice(part) for part in (WHO, DOES, WHERE))

    def _note(self, tab: str) -> None:
        """Keep what a panel shows to compare it; what it says it is of must be in the boxes."""
        browser = self.browser
        notice = re.sub("<[^>]*>", "", str(browser.value(f"{tab}-notice") or ""))
        if notice:
            raise Lost(f"a notice: {notice}")
        result = browser.result(f"{tab}-result")
        settings = {**result["settings"], "model": result["model"]}
        for name, box in BOXES[tab].items():
            if settings[name] != browser.value(box):
                raise Lost(f"{name} is {settings[name]!r}, asked was {browser.value(box)!r}")
        request = (tab, settings.pop("model"), *settings.values())
        # The rest are neighbours on the map, which may still be in the making, and wordings.
        captions = result["captions"][: {"sum": 1, "reconstruct": 2 + NUM_DRAWS}.get(tab)]
        self.log.answers.append((request, captions))


BOXES = {
    "generate": {
        "model": "model",
        "seed": "seed",
        "n": "num-captions",
        "temperature": "temperature",
        "words": "words",
    },
    "reconstruct": {"model": "model", "caption": "caption"},
    "interpolate": {"model": "model", "first": "first", "last": "last"},
    "sum": {"model": "model", "start": "start", "minus": "minus", "plus": "plus"},
}


# --- the server ----------------------------------------------------------------------------


@contextmanager
def running_app(errors: Any = None, **settings: str) -> Iterator[tuple[str, int]]:
    """`app.py` as its own process: the address, once its model is ready, and the process id.

    Args:
        errors: the file to which it logs; by default where this process does.
        settings: variables of its environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), **settings}
    app = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL if errors is None else errors,
        stderr=errors,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, app)
        yield url, app.pid
    finally:
        app.terminate()
        app.wait(30)


def _wait_until_ready(url: str, app: Any) -> None:
    """Until it has made a caption; one from a visitor who came too early would tell nothing."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and app.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=10).status_code == 200:
                asyncio.run(first_visit(url))
                return
        except (httpx.HTTPError, Lost):
            pass
        time.sleep(0.2)
    raise RuntimeError(f"app.py was never ready at {url}")


async def first_visit(url: str) -> None:
    """Open the page once, however long it takes."""
    async with httpx.AsyncClient(base_url=url, timeout=START) as client:
        await Browser(client).open()


def memory_mb(process: int) -> float:
    """What the process holds now, in megabytes (10^6 bytes)."""
    return _status(process, "VmRSS") * 1024 / 1e6


def num_threads(process: int) -> int:
    """How many threads the process has now."""
    return _status(process, "Threads")


def _status(process: int, name: str) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else 0


def cpu_seconds(process: int) -> float:
    """Seconds of processor time that the process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def visits(url: str, process: int, arguments: argparse.Namespace) -> Log:
    """All visitors, for as long as they stay."""
    log, start = Log(), time.monotonic()
    until = start + arguments.minutes * 60

    async def watch() -> None:
        while True:
            moment = time.monotonic() - start
            log.memory.append((moment, memory_mb(process)))
            log.threads.append((moment, num_threads(process)))
            await asyncio.sleep(SAMPLING)

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=arguments.visitors)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits) as client:
        watching = asyncio.create_task(watch())
        visitors = (
            Visitor(client, log, arguments.seed + number, arguments.pause)
            for number in range(arguments.visitors)
        )
        await asyncio.gather(*(visitor.stay(until) for visitor in visitors))
        watching.cancel()
    return log


# --- what came of it -----------------------------------------------------------------------


class Alone:
    """The same requests, made one after the other in this process."""

    def __init__(self, service: Any = None) -> None:
        from textvae.web import arithmetic, maps
        from textvae.web.service import Service

        self.add_up = arithmetic.add_up
        self.service = service or Service()
        self.maps = maps.of(self.service)

    def answer(self, request: Request) -> Any:
        """What the page must have answered."""
        kind, model, *settings = request
        if kind == "generate":
            n, temperature, seed, _ = settings
            made = self.service.generate(model, n, temperature, seed=seed)
            return list(made.captions)
        if kind == "reconstruct":
            back = self.service.reconstruct(model, settings[0])
            return [back.prepared.cleaned, back.caption, *back.draws]
        if kind == "interpolate":
            return list(self.service.interpolate(model, *settings).captions)
        if kind == "place":
            while self.maps.known(model) is None:
                self.maps.open(model)
            return self.maps.decode_at(model, *settings)["caption"]
        return [self.add_up(self.service, model, *settings).caption]


def wrong_answers(log: Log, alone: Alone, most: int | None = None) -> tuple[int, list[str]]:
    """How many different requests were made again, and which answers were not as when alone.

    Args:
        log: what was answered.
        alone: answers each request, one at a time.
        most: how many different requests to make again, drawn from all of them; None is all.
    """
    requests = list(dict.fromkeys(request for request, _ in log.answers))
    if most is not None:
        requests = random.Random(0).sample(requests, min(most, len(requests)))
    expected = {request: alone.answer(request) for request in requests}
    wrong = [
        f"{request}: {answer}, alone {expected[request]}"
        for request, answer in log.answers
        if request in expected and answer != expected[request]
    ]
    return len(expected), wrong


def relative_waits(log: Log) -> list[tuple[float, float]]:
    """How long was waited at each moment, in per cent of the median of the same action."""
    medians = {name: statistics.median(each) for name, each in log.seconds.items()}
    return [(when, 100 * waited / medians[name]) for when, name, waited in log.waits]


def pause_for(share: float, url: str, process: int, arguments: argparse.Namespace) -> float:
    """The pause with which so many visitors take this share of the page's capacity.

    The capacity is measured for a minute in which nobody pauses, after another one in which
    models are loaded and functions compiled.
    """
    busy = argparse.Namespace(**{**vars(arguments), "minutes": 1.0, "pause": 1e-3})
    asyncio.run(visits(url, process, busy))
    busy.seed += arguments.visitors  # what is not remembered
    num_actions = len(asyncio.run(visits(url, process, busy)).waits)
    print_progress(f"without pauses {num_actions} actions a minute")
    return 60.0 * arguments.visitors / (share * num_actions)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th and 99th percentile and the worst, in seconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else []
    at = (lambda share: cuts[share - 1]) if cuts else (lambda _: seconds[0])
    return {
        "count": len(seconds),
        **{f"p{share}": round(at(share), 4) for share in (50, 95, 99)},
        "max": round(max(seconds), 4),
    }


def summary(log: Log, arguments: argparse.Namespace, cpu: float) -> dict[str, Any]:
    """Everything that was measured, with what it was measured on."""
    names = sorted(log.seconds)
    return {
        "visitors": arguments.visitors,
        "minutes": arguments.minutes,
        "pause": f"exponential, mean {arguments.pause:g} s, at most {LONGEST_PAUSE:g} of these",
        "actions_per_minute": round(len(log.waits) / arguments.minutes, 1),
        "seconds": {name: percentiles(log.seconds[name]) for name in names},
        "answers": len(log.answers),
        "errors": dict(log.errors),
        "queue_full": log.num_full,
        "memory_mb": {
            "start": round(log.memory[0][1], 1),
            "end": round(log.memory[-1][1], 1),
            **_drift(log.memory),
        },
        "threads": {"end": log.threads[-1][1], **_drift(log.threads)},
        "waiting_percent": _drift(relative_waits(log)),
        "cores_used": round(cpu / (arguments.minutes * 60), 2),
        "cpu_ms_per_answer": round(1000 * cpu / max(1, len(log.answers)), 1),
        "machine": machine(("gradio", "tensorflow", "keras", "numpy", "httpx")),
    }


def compared(log: Log, most: int | None) -> dict[str, Any]:
    """How the answers compare with those in this process, which may take as long again."""
    print_progress(f"{len(log.answers):,} answers; making the requests once more, alone")
    num_requests, wrong = wrong_answers(log, Alone(), most)
    return {"requests": num_requests, "wrong": len(wrong), "wrong_examples": wrong[:5]}


def _drift(points: Sequence[tuple[float, float]]) -> dict[str, float]:
    found = trend(points)
    return {"per_hour": round(found.per_hour, 2), "error": round(found.error, 2)}


def table(found: dict[str, Any]) -> str:
    """The summary for people."""
    lines = [
        in_words(found["machine"]),
        f"{found['visitors']} visitors, {found['minutes']:g} minutes; pause: {found['pause']};"
        f" {found['actions_per_minute']:g} actions a minute",
        "",
        f"{'seconds':<14}{'count':>7}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}",
    ]
    for name, row in found["seconds"].items():
        cells = "".join(f"{row[key]:>8.3f}" for key in ("p50", "p95", "p99", "max"))
        lines.append(f"{name:<14}{row['count']:>7}{cells}")
    memory = found["memory_mb"]
    lines += [
        "",
        f"failures {sum(found['errors'].values())}, line full {found['queue_full']}",
        *(f"  {count} x {error}" for error, count in found["errors"].items()),
        f"memory {memory['start']:,.0f} to {memory['end']:,.0f} MB;"
        f" {found['cores_used']} cores in use,"
        f" {found['cpu_ms_per_answer']:.0f} ms of them for each answer",
    ]
    lines += [
        f"per hour {drift['per_hour']:+.2f} ± {drift['error']:.2f} {unit}"
        for unit, drift in (
            ("MB", memory),
            ("threads", found["threads"]),
            ("% of the waiting time", found["waiting_percent"]),
        )
    ]
    return "\n".join(lines)


def verdict(found: dict[str, Any]) -> str:
    """How many answers were wrong, and some of them."""
    lines = [
        f"{found['answers']:,} answers; {found['requests']:,} different requests made again,"
        f" alone: {found['wrong']} answers were wrong"
    ]
    return "\n".join([*lines, *(f"  wrong: {one}" for one in found["wrong_examples"])])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, and exit with 1 if anything was not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=50, metavar="N")
    parser.add_argument("--minutes", type=float, default=10.0, metavar="M")
    parser.add_argument("--pause", type=float, default=8.0, help="mean seconds between clicks")
    parser.add_argument(
        "--share", type=float, metavar="S", help="of the page's capacity, in place of --pause"
    )
    parser.add_argument("--seed", type=int, default=0, help="of what the visitors do")
    parser.add_argument(
        "--compared", type=int, metavar="N", help="requests to be made again; all by default"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parsed = parser.parse_args(arguments)
    print_progress("starting app.py")
    with running_app() as (url, process):
        if parsed.share:
            parsed.pause = pause_for(parsed.share, url, process, parsed)
        print_progress(f"{parsed.visitors} visitors for {parsed.minutes:g} minutes")
        before = cpu_seconds(process)
        log = asyncio.run(visits(url, process, parsed))
        cpu = cpu_seconds(process) - before
    found = summary(log, parsed, cpu)
    if not parsed.json:
        print(table(found), flush=True)
    found |= compared(log, parsed.compared)
    print(json.dumps(found, indent=2) if parsed.json else verdict(found))
    sys.exit(1 if found["wrong"] or found["errors"] else 0)


if __name__ == "__main__":
    main()
