"""Requests that no browser sends, by hypothesis and by hand, to every address."""

import copy
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import httpx
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as some

from benchmarks.faults.tally import Row, Tally, Try
from benchmarks.machine import ROOT
from benchmarks.page_process import memory_mb, running_app

API = "/gradio_api"
NUM_REQUESTS = 10_000
MAX_LOG = 100  # lines
MEMORY = 1.1  # times the memory before
QUEUE_IS_FULL = 503
# Parts of a traceback, or of a path on the server.
LEAKS = re.compile(
    rf'Traceback|File \\?"|site-packages|/(usr|home|root|tmp|proc)/|{re.escape(str(ROOT))}'
)
LONG = "x" * 99
PATHS = r"/([!-.0-~][!-~]{0,39})?"  # after two slashes, the client would read another host
LINKS = (
    *(
        "",
        "tab=about",
        "tab=grid&model=..%2F..",
        "tab=generate&n=99&seed=1e999&temperature=nan",
    ),
    *(f"tab=reconstruct&caption={text}" for text in ("zqx", "%00", "%ff", "%E2%80%AEa+dog")),
    *("tab=map&place=nan,inf&pin=a+dog", f"tab=sum&start={5000 * 'x'}", "tab[]=%&%=&&;"),
)
ADDRESSES = (
    *("/", "/config", "/healthz", "/readyz", "/login", "/logout", "/monitoring", "/robots.txt"),
    *("/static/x", "/assets/..%2f..%2fx", "/svelte/x", "/manifest.json", "/theme.css"),
    *("/static/" + "a" * 300, "/svelte/" + "a/" * 2500 + "a", "/assets/%00"),
    *(f"/{picture}?{link}" for picture in ("card.png", "picture.svg") for link in LINKS),
    *(f"{API}/{name}" for name in ("info", "upload", "upload_progress", "file=/etc/passwd")),
    *(f"{API}/{name}" for name in ("proxy=http://x", "stream/x", "process_recording", "reset")),
    *(f"{API}/{name}" for name in ("queue/join", "queue/data", "queue/status", "cancel")),
    *(f"{API}/{name}" for name in ("component_server", "startup-events", f"heartbeat/{LONG}")),
    *(f"{API}/{name}" for name in ("call/generate", "call/v2/encode", "run/decode", "api/x")),
    *(
        f"{API}/{name}"
        for name in ("call/generate/x", "mcp", "mcp/sse", "mcp/messages", "runs")
    ),
)
WORDS = (
    "",
    "a dog",
    "zqx",
    "coco",
    "<img src=x onerror=alert(1)>",
    "\u202eevil",
    "\ud800",
    "\0",
)
JUNK = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(10**30), 10**30)
    | some.floats()
    | some.sampled_from(WORDS)
    | some.text(max_size=20)
    | some.text("ab \u202e<", min_size=390, max_size=410),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(some.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


class Request(NamedTuple):
    """One request, with its body as it is sent."""

    method: str
    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


def valid(config: dict[str, Any], latent_dim: int) -> list[tuple[str, Any]]:
    """Paths, each with a body that the page accepts."""
    named = {
        "generate": {"num_captions": 1, "seed": 1},
        "reconstruct": {"caption": "a dog"},
        "interpolate": {"first": "a dog", "last": "a man", "num_steps": 3},
        "encode": {"captions": ["a dog"]},
        "decode": {"z": [[0.0] * latent_dim]},
    }
    found: list[tuple[str, Any]] = []
    for name, arguments in named.items():
        data = {"data": list(arguments.values()), "session_hash": None}
        found += [(f"{API}/call/v2/{name}", arguments)]
        found += [(f"{API}/{way}/{name}", data) for way in ("call", "run")]
        tool = {"name": name, "arguments": arguments}
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": tool}
        found += [(f"{API}/mcp/", asked)]
    values = {each["id"]: each["props"].get("value") for each in config["components"]}
    panel = next(each for each in config["components"] if each["props"].get("server_fns"))
    for event in config["dependencies"]:
        body = {
            "fn_index": event["id"],
            "data": [values[one] for one in event["inputs"]],
            "event_data": {"action": "first", "caption": "a dog", "link": "?seed=1"},
            "trigger_id": event["targets"][0][0] if event["targets"] else None,
            "session_hash": "hostile",
        }
        found += [(f"{API}/queue/join", body), (f"{API}/run/predict", body)]
    question = {"fn_name": "decode_place", "data": {"model": "coco", "place": "0,0"}}
    asked_of_panel = {**question, "component_id": panel["id"], "session_hash": "hostile"}
    found += [(f"{API}/component_server", asked_of_panel)]
    found += [(f"{API}/cancel", {"session_hash": "x", "fn_index": 0, "event_id": "y"})]
    return found


def by_hand(templates: Sequence[tuple[str, Any]]) -> Iterator[Request]:
    """Inputs known to break servers, to every address that accepts a body."""
    deep = b"[" * 10_000 + b"]" * 10_000
    bodies = [b"", b"{", b"null", b"[]", b"{}", b'{"data": []}', b'{"data": null}', b"\xff\xfe"]
    bodies += [b'{"data": ' + deep + b"}", deep, b'{"data": [NaN, Infinity, -1e999]}']
    bodies += [b'{"data": ["' + b"a" * 10_000_000 + b'"]}', b'{"data": ["\\ud800", "\\udfff"]}']
    bodies += [b'{"data": [' + b"9" * 100_000 + b"]}", b'{"data": ["\\u202e\\u0000"]}']
    for path in dict.fromkeys(path for path, _ in templates):
        for body in bodies:
            yield Request("POST", path, body)
        yield Request("POST", path, b'{"data": []}', ())
        yield Request("POST", path, b"--x\r\n\r\n", (("Content-Type", "multipart/form-data"),))
    forged = tuple((name, "evil.example") for name in ("Host", "X-Forwarded-Host", "Origin"))
    for path in ADDRESSES:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            yield Request(method, path, b"{}" if method == "POST" else None)
        yield Request("GET", f"{path}?page=x&deep_link=../x&session_hash=x", None, forged)


@some.composite
def requests(draw: Any, templates: Sequence[tuple[str, Any]]) -> Request:
    """A valid request with one change, or one made of junk."""
    if draw(some.integers(0, 4)) == 0:
        path = draw(some.sampled_from(ADDRESSES) | some.from_regex(PATHS, fullmatch=True))
        method = draw(some.sampled_from(("GET", "POST", "PUT")))
        body = draw(some.binary(max_size=50)) if method == "POST" else None
        return Request(method, path.split("#")[0], body)
    path, body = draw(some.sampled_from(templates))
    changed = _changed(draw, copy.deepcopy(body))
    return Request("POST", path, json.dumps(changed).encode())


def _changed(draw: Any, body: Any) -> Any:
    """The body with a value replaced, removed or added somewhere."""
    if not isinstance(body, dict | list) or not body or draw(some.integers(0, 5)) == 0:
        return draw(JUNK)
    places: list[Any] = list(body if isinstance(body, dict) else range(len(body)))
    place, what = draw(some.sampled_from(places)), draw(some.integers(0, 9))
    if what == 0:
        del body[place]
    elif what == 1 and isinstance(body, dict):
        body[draw(some.text(max_size=8))] = draw(JUNK)
    else:
        body[place] = _changed(draw, body[place])
    return body


class Attacker:
    """Sends requests, fetches their answers, and checks both."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.statuses: Counter[int] = Counter()

    def fault(self, request: Request) -> str:
        """The error in the answer to a request; empty if there is none."""
        answer = self._sent(request)
        while answer.status_code == QUEUE_IS_FULL and "queue is full" in answer.text:
            time.sleep(0.3)
            answer = self._sent(request)
        self.statuses[answer.status_code] += 1
        shown = f"{request.method} {request.path[:60]} {(request.body or b'')[:120]!r}: "
        text = answer.text + self._streamed(request, answer)
        if answer.status_code // 100 not in (2, 4):
            return f"{shown}{answer.status_code} {text[:100]}"
        if "javascript" in answer.headers.get("content-type", ""):
            return ""
        said = LEAKS.search(text) or re.search('"error": ?null|Something went wrong', text)
        return f"{shown}{said[0]}" if said else ""

    def _sent(self, request: Request) -> httpx.Response:
        with self.client.stream(
            request.method, request.path, content=request.body, headers=dict(request.headers)
        ) as answer:
            is_endless = "/heartbeat/" in request.path and answer.status_code == 200
            if not is_endless:
                answer.read()
            return answer

    def _streamed(self, request: Request, answer: httpx.Response) -> str:
        """The stream's messages for an event accepted into the queue."""
        is_event = answer.status_code == 200 and '"event_id"' in answer.text
        if not is_event or request.method != "POST":
            return ""
        if "/call/" in request.path:
            return self.client.get(f"{API}/call/x/{answer.json()['event_id']}").text
        session = json.loads(request.body or b"{}")["session_hash"]
        said = self.client.get(f"{API}/queue/data", params={"session_hash": session}).text
        return "" if "process_completed" in said else '"error": null'


def attack(
    client: httpx.Client,
    number: int,
    of_seed: int,
    tally: Tally,
    is_over: Callable[[], bool] = lambda: False,
) -> Counter[int]:
    """Send `count` requests, handmade ones first; returns the counts of each status."""
    config = client.get("/config").json()
    codes = client.post(f"{API}/run/encode", json={"data": [["a dog"]]}).json()["data"][0]
    templates = valid(config, len(codes[0]))
    attacker = Attacker(client)
    for each in by_hand(templates):
        fault = attacker.fault(each)
        tally.note(not fault, fault)

    @seed(of_seed)
    @settings(
        max_examples=max(1, number - tally.tries),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(templates))
    def send(request: Request) -> None:
        if is_over():
            return
        fault = attacker.fault(request)
        tally.note(not fault, fault)

    send()
    return attacker.statuses


def against_the_page(this: Try) -> list[Row]:
    """All requests to `app.py` on the shipped weights, and their effects afterwards."""
    honest = Tally("hostile requests get 2xx or 4xx, without a path or a traceback")
    after = Tally("after hostile requests: log, memory and latency as before")
    log = this.folder / "log.txt"
    with log.open("w") as errors, running_app(errors) as (url, process):
        with httpx.Client(base_url=url, timeout=60) as client:
            _warm(client)
            before = memory_mb(process), _latency(client, 10_000)
            number, of_seed = NUM_REQUESTS // this.of, this.seed + this.number
            statuses = attack(client, number, of_seed, honest, lambda: this.is_over)
            time.sleep(2)
            later = memory_mb(process), _latency(client, 20_000)
        lines = len(log.read_text().splitlines())
    after.note(lines < MAX_LOG, f"{lines} lines in the log")
    after.note(later[0] < MEMORY * before[0], f"{before[0]:.0f} to {later[0]:.0f} MB")
    after.note(later[1] < 1.5 * before[1] + 0.02, f"{before[1]:.3f} to {later[1]:.3f} s")
    counts = ", ".join(f"{count:,} x {status}" for status, count in sorted(statuses.items()))
    figures = f"{lines} lines, {before[0]:.0f} to {later[0]:.0f} MB, "
    figures += f"{1000 * before[1]:.0f} to {1000 * later[1]:.0f} ms"
    return [honest.row(counts), after.row(figures)]


def _warm(client: httpx.Client) -> None:
    """Compile, load and cache everything that valid requests need."""
    for model in ("coco", "elephant", "article"):
        for index in range(40):
            body = {"num_captions": 1 + index % 20, "seed": index, "model": model}
            event = client.post(f"{API}/call/v2/generate", json=body).json()["event_id"]
            client.get(f"{API}/call/generate/{event}")


def _latency(client: httpx.Client, first: int) -> float:
    """The median of twenty captions, in seconds."""
    seconds = []
    for seed_of_captions in range(first, first + 20):
        start = time.perf_counter()
        client.post(f"{API}/run/generate", json={"data": [1, 0.3, 1.0, seed_of_captions]})
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def uploads(this: Try) -> list[Row]:
    """Files sent to a page that accepts none."""
    tally = Tally("no file that is sent to the page stays on its disk")
    folder = this.folder / "gradio"
    with (
        running_app(GRADIO_TEMP_DIR=str(folder)) as (url, _),
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        for _ in this.share(range(150)):
            sent = {"files": ("a.txt", b"a" * 1_000_000)}
            answer = client.post(f"{API}/upload", files=sent)
            kept = [each for each in folder.rglob("*") if each.is_file()]
            tally.note(
                answer.status_code == 404 and not kept, f"{answer.status_code} {kept[:1]}"
            )
    return [tally.row()]
