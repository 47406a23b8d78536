"""One person with a browser, who reads and clicks at random, and a log of the events."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.browser import Browser, Full, Lost
from textvae.config.defaults import NUM_DRAWS, TEMPERATURE

LONGEST_PAUSE = 10.0  # times the mean: no visitor waits out the whole run
MODELS = ("coco", "elephant", "article")
WHO = ("a man", "a woman", "two people", "a group of people", "a dog", "a cat", "an elephant")
DOES = ("standing", "sitting", "walking", "playing", "looking at the camera", "holding a ball")
WHERE = ("on a beach", "in a park", "on a street", "near a tree", "in a kitchen", "by a lake")
Request = tuple[Any, ...]  # kind, model and settings: what the answer depends on


@dataclass
class Log:
    """A log of the events of visitors."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    answers: list[tuple[Request, Any]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    num_full: int = 0
    # Moments of `time.monotonic`, with the megabytes and threads of the server then, or
    # what was waited for until then and for how many seconds.
    memory: list[tuple[float, float]] = field(default_factory=list)
    threads: list[tuple[float, float]] = field(default_factory=list)
    waits: list[tuple[float, str, float]] = field(default_factory=list)
    # Of the server during visits: seconds of processor time per action, with the moment in the
    # middle, and in all; and how long these visits took.
    cpu_per_action: list[tuple[float, float]] = field(default_factory=list)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


class Visitor:
    """One person with a browser, who reads and clicks until the end."""

    def __init__(self, client: httpx.AsyncClient, log: Log, seed: int, pause: float) -> None:
        self.client, self.log, self.pause = client, log, pause
        self.random = random.Random(seed)
        self.browser = Browser(client)

    async def stay(self, until: float) -> None:
        """Arrive at a random moment within the first pause, and click at random.

        A pause is counted from the previous click, and lasts at least until that is answered,
        so a visitor who waits longer for an answer does not click less often because of it.
        """
        await asyncio.sleep(self.random.uniform(0, self.pause))
        clicked = time.monotonic()
        await self._timed("open", self.open)
        actions, weights = zip(*self._actions().items(), strict=True)
        while True:
            wait = min(self.random.expovariate(1 / self.pause), LONGEST_PAUSE * self.pause)
            clicked = max(clicked + wait, time.monotonic())
            if clicked >= until:
                return
            await asyncio.sleep(clicked - time.monotonic())
            act = self.random.choices(actions, weights)[0]
            await self._timed(act.__name__, act)

    def _actions(self) -> dict[Callable[[], Awaitable[None]], int]:
        """The actions, and the frequency of each in percent."""
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
        temperature = TEMPERATURE if pick() < 0.7 else self.random.choice((0, 0.3, 1.0))
        browser.put("temperature", temperature)
        browser.put("words", pick() < 0.2)
        await browser.fire("generate-run", "click")
        self._note("generate")

    async def reconstruct(self) -> None:
        """A typed caption."""
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
        """The button next to a caption that sends it to Reconstruct."""
        captions = self.browser.result("generate-result")["captions"]
        click = {"action": "caption", "caption": self.random.choice(captions)}
        await self.browser.fire("generate-result", "pick", click)
        self._note("reconstruct")

    async def look_around(self) -> None:
        """One place of the map, as in a drag; the first time, the map is loaded before."""
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
        """Another model, after which everything is shown again."""
        self.browser.put("model", self.random.choice(MODELS))
        await self.browser.fire("model", "input")
        self._note("generate")

    def _caption(self) -> str:
        return " ".join(self.random.choice(part) for part in (WHO, DOES, WHERE))

    def _note(self, tab: str) -> None:
        """Record a panel's result for comparison; its settings must match the boxes."""
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
        # The rest are neighbours on the map, which may still be in progress, and wordings.
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
