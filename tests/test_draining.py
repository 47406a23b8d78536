"""The page as a process: its address, its end, and clients that are waiting for answers."""

import contextlib
import functools
import json
import os
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest
from agent import visit
from apart import run_apart
from fake_pipeline import LATENT_DIM, FakePipeline
from test_sharing import tags
from verbs import start

from textvae.web.agents import can_serve_mcp
from textvae.web.i18n import english
from textvae.web.page import MAX_QUEUE

API = "/gradio_api"
AGENT = {"Accept": "application/json, text/event-stream"}
HERE = Path(__file__).parent
MANY = (sys.executable, str(HERE / "fake_app.py"), "--many")
NUM_CLIENTS = 30
SLACK = 4.0  # seconds, on a busy machine
# Each call makes a client, which would read all certificates first, though none is needed here.
post = functools.partial(httpx.post, verify=False)


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    """The process that forks pages, and the file to which they log."""
    if not can_serve_mcp():
        pytest.fail("the MCP server needs gradio[mcp], which requirements-dev.txt installs")
    path = os.pathsep.join((str(HERE), str(HERE.parent)))
    log = tmp_path_factory.mktemp("pages") / "log.txt"
    with log.open("a") as errors:
        env = {**os.environ, "PYTHONPATH": path, "GRADIO_SERVER_PORT": ""}
        process = start(program=MANY, env=env, stdin=PIPE, stderr=errors)
    yield process, log
    process.communicate(timeout=20)
    assert process.returncode == 0


class Page:
    """A page around fake models, and a client of it."""

    def __init__(self, nursery, environment):
        self.nursery, self.log = nursery
        self.log.write_text("")
        self.status = None
        self.nursery.stdin.write(json.dumps(environment) + "\n")
        self.nursery.stdin.flush()
        # Behind what another page has still said.
        self.process = int(next(filter(str.isdecimal, map(str.strip, self.nursery.stdout))))
        address, self.mcp = (self.nursery.stdout.readline().split()[-1] for _ in range(2))
        self.client = httpx.Client(base_url=address, timeout=60)

    def wait_until_ready(self):
        end = time.monotonic() + 60
        while self.client.get("/readyz").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.05)

    def send(self, number):
        os.kill(self.process, number)

    def ended(self):
        """The status of a page that was sent a signal, what it said, and seconds until then."""
        begun = time.monotonic()
        end = next(each for each in self.nursery.stdout if each.startswith("ended with "))
        self.status = int(end.split()[-1])
        said, seconds = self.log.read_text(), time.monotonic() - begun
        assert "Traceback" not in said
        return self.status, said, seconds


@pytest.fixture
def running(nursery):
    """Starts a page, with these variables in its environment, and ends it in any case."""
    pages = []

    def running(**environment):
        pages.append(Page(nursery, environment))
        pages[-1].wait_until_ready()
        return pages[-1]

    yield running
    for page in pages:
        if page.status is None:
            page.send(signal.SIGKILL)
            page.ended()
        page.client.close()


def call(client, seed, asked=None):
    """Ask for a caption, say that it is `asked` for, and hear what the stream says."""
    body = {"num_captions": 1, "seed": seed}
    joined = client.post(f"{API}/call/v2/generate", json=body)
    if asked:
        asked.release()
    text = client.get(f"{API}/call/generate/{joined.json()['event_id']}").text
    return text.strip().split("\n")[-2].removeprefix("event: "), text.strip().split("\n")[-1]


def all_at_once(pool, client):
    """Thirty clients that wait for an answer; all have asked."""
    asked, seeds = threading.Semaphore(0), range(1000, 1000 + NUM_CLIENTS)
    waiting = [pool.submit(call, client, seed, asked) for seed in seeds]
    for _ in waiting:
        assert asked.acquire(timeout=30)
    return waiting


def test_sigterm_ends_the_page_once_everybody_is_answered_and_takes_nobody_new(running):
    page = running(FAKE_SECONDS="0.05", TEXTVAE_DRAIN="30")
    client = page.client
    with ThreadPoolExecutor(NUM_CLIENTS) as pool:
        waiting = all_at_once(pool, client)
        page.send(signal.SIGTERM)
        time.sleep(0.3)
        late = client.post(f"{API}/call/generate", json={"data": []})
        assert (late.status_code, late.headers["retry-after"]) == (503, "30")
        assert late.json()["detail"] == english.ENDING
        assert client.get("/").status_code == 503
        assert client.get("/readyz").json() == {"status": "ending"}
        assert client.get("/healthz").status_code == 200
        answers = [each.result() for each in waiting]
    assert [kind for kind, _ in answers] == ["complete"] * NUM_CLIENTS
    captions = [json.loads(text.removeprefix("data: "))[0]["captions"] for _, text in answers]
    assert all(len(each) == 1 for each in captions)
    status, said, seconds = page.ended()
    assert status == 0
    assert seconds < 30
    assert said.count("\n") == 1
    assert "a second signal ends the page now" in said


def test_those_who_cannot_be_answered_in_time_are_told_to_come_again(running):
    page = running(FAKE_SECONDS="0.5", TEXTVAE_DRAIN="3")
    with ThreadPoolExecutor(NUM_CLIENTS + 2) as pool:
        waiting = all_at_once(pool, page.client)
        body = {"data": [1, 1, 1, 5]}
        direct = pool.submit(page.client.post, f"{API}/run/generate", json=body)
        drawn = pool.submit(page.client.get, "/picture.svg?tab=generate&seed=41")
        time.sleep(0.3)
        page.send(signal.SIGTERM)
        status, said, seconds = page.ended()
        answers = [each.result() for each in waiting]
        assert direct.result().status_code in (200, 503)
        assert drawn.result().status_code in (200, 503)
    assert status == 0
    assert seconds < 3 + SLACK
    assert {kind for kind, _ in answers} == {"complete", "error"}
    told = [text.removeprefix("data: ") for kind, text in answers if kind == "error"]
    assert {json.loads(each)["error"] for each in told} == {english.ENDING}
    assert "requests rejected with 'try again later': " in said


def test_an_idle_page_ends_at_once_and_open_pages_do_not_hold_it(running):
    page = running(TEXTVAE_DRAIN="30")
    with page.client.stream("GET", f"{API}/heartbeat/me") as beats:
        assert next(beats.iter_lines()) == "data: ALIVE"
        page.send(signal.SIGINT)
        status, said, seconds = page.ended()
    assert (status, said) == (0, "")
    assert seconds < SLACK


def test_a_picture_that_is_being_drawn_is_answered_and_no_other_is_begun(running):
    page = running(FAKE_SECONDS="0.6", TEXTVAE_DRAIN="30")
    with ThreadPoolExecutor(1) as pool:
        drawn = pool.submit(page.client.get, "/picture.svg?tab=generate&seed=41")
        time.sleep(0.3)
        page.send(signal.SIGTERM)
        time.sleep(0.1)
        for path in ("/picture.svg", "/card.png"):
            late = page.client.get(f"{path}?tab=generate&seed=42")
            assert (late.status_code, late.json()["error"]) == (503, english.ENDING)
        assert drawn.result().status_code == 200
    assert page.ended()[0] == 0


def test_no_picture_is_drawn_while_the_queue_is_full(running):
    page = running(FAKE_SECONDS="60")
    for seed in range(2 * MAX_QUEUE):
        body = {"num_captions": 1, "seed": seed}
        if page.client.post(f"{API}/call/v2/generate", json=body).status_code == 503:
            break
    for path in ("/picture.svg", "/card.png"):
        answer = page.client.get(f"{path}?tab=generate&seed=43")
        assert (answer.status_code, answer.json()["error"]) == (503, english.BUSY)
        assert answer.headers["retry-after"] == "10"


def test_a_second_signal_ends_the_page_at_once(running):
    page = running(FAKE_SECONDS="20", TEXTVAE_DRAIN="30")
    with ThreadPoolExecutor(1) as pool:
        cut = pool.submit(pytest.raises, httpx.HTTPError, call, page.client, 1)
        time.sleep(0.5)
        page.send(signal.SIGINT)
        time.sleep(0.3)
        page.send(signal.SIGINT)
        status, said, seconds = page.ended()
        cut.result()
    assert (status, "a second signal ends the page now" in said) == (0, True)
    assert seconds < SLACK


def test_a_page_is_told_its_address_and_believes_no_request(running):
    page = running(GRADIO_ROOT_PATH="https://example.org/page").client
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    found = tags(page.get("/?tab=grid", headers=forged).text)
    assert found["og:url"] == "https://example.org/page/?tab=grid"
    assert found["og:image"] == "https://example.org/page/card.png?tab=grid"
    for path in ("/card.png", "/page/card.png"):  # as a proxy passes it on, or not
        assert page.get(path).headers["content-type"] == "image/png"


def test_a_request_of_http_1_0_without_a_host_is_answered(running):
    url = running().client.base_url
    with socket.create_connection((url.host, url.port), timeout=20) as old:
        old.sendall(b"GET /healthz HTTP/1.0\r\nOrigin: http://evil.example\r\n\r\n")
        assert old.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_request_whose_body_has_not_arrived_is_told_to_come_again(running):
    page = running(TEXTVAE_DRAIN="2")
    url = page.client.base_url
    head = f"POST {API}/run/generate HTTP/1.1\r\nHost: here\r\nContent-Length: 99\r\n"
    with socket.create_connection((url.host, url.port), timeout=20) as slow:
        slow.sendall(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
        time.sleep(0.3)
        page.send(signal.SIGTERM)
        assert page.ended()[0] == 0
        assert slow.recv(65536).startswith(b"HTTP/1.1 503 ")


def test_whoever_comes_late_for_an_answer_gets_it(running):
    page = running(FAKE_SECONDS="0.2", TEXTVAE_DRAIN="10")
    body = {"num_captions": 1, "seed": 3}
    asked = page.client.post(f"{API}/call/v2/generate", json=body)
    page.send(signal.SIGTERM)
    time.sleep(2.5)
    answer = page.client.get(f"{API}/call/generate/{asked.json()['event_id']}")
    assert "event: complete" in answer.text
    assert page.ended()[0] == 0


def test_sixty_agents_at_once_are_answered_and_hold_up_nobody(running):
    page = running(FAKE_SECONDS="0.02")

    def ask(seed):
        tool = {"name": "generate", "arguments": {"num_captions": 1, "seed": seed}}
        body = {"jsonrpc": "2.0", "id": seed, "method": "tools/call", "params": tool}
        return page.client.post(f"{API}/mcp/", json=body, headers=AGENT).text

    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(ask, seed) for seed in range(60)]
        time.sleep(0.5)
        assert page.client.get("/", timeout=4).status_code == 200
        for each in asked:
            assert '"isError":false' in each.result()


def test_an_agent_with_many_numbers_holds_up_nobody(running):
    page = running()

    def ask(z):
        tool = {"name": "decode", "arguments": {"z": z}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": tool}
        url = page.client.base_url.join(f"{API}/mcp/")
        return post(url, json=body, headers=AGENT, timeout=60).text

    ask([[0]])  # makes the server's client of the page
    with ThreadPoolExecutor(1) as pool:
        asked, slowest = pool.submit(ask, [[True] * 149_000]), 0.0
        while not asked.done():
            begun = time.monotonic()
            assert page.client.get("/healthz", timeout=60).status_code == 200
            slowest = max(slowest, time.monotonic() - begun)
        assert '"isError":true' in asked.result()
    assert slowest < 0.5  # seconds; the check of a schema took 1.6


def test_what_agents_asked_who_have_left_is_not_computed(running):
    page = running(FAKE_SECONDS="0.5")

    def ask(seed, seconds, **more):
        tool = {"name": "generate", "arguments": {"num_captions": 1, "seed": seed}, **more}
        body = {"jsonrpc": "2.0", "id": seed, "method": "tools/call", "params": tool}
        url = page.client.base_url.join(f"{API}/mcp/")
        answer = post(url, json=body, headers=AGENT, timeout=seconds)
        assert answer.status_code == 200
        return answer.text

    def leave(seed):
        with contextlib.suppress(httpx.TimeoutException):
            ask(seed, 2, _meta={"progressToken": seed})

    ask(0, 30)
    with ThreadPoolExecutor(80) as pool:
        list(pool.map(leave, range(1, 81)))
    end = time.monotonic() + 10  # behind the 64 that are let in it is thirty
    while "-32000" in (answer := ask(999, 30)):
        assert time.monotonic() < end
        time.sleep(0.5)
    assert '"isError":false' in answer


def assert_nobody_is_held_up(page, ask, count=120):
    """Of so many who ask at once some are answered, the rest refused; visitors do not wait."""
    with ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(ask, number) for number in range(count)]
        time.sleep(1)
        assert page.client.get("/", timeout=2).status_code == 200
        assert {each.result() for each in asked} == {200, 503}


def test_calls_beside_the_queue_hold_up_nobody(running):
    page = running(FAKE_SECONDS="0.1")
    url = page.client.base_url.join(f"{API}/run/generate")

    def ask(seed):
        return post(url, json={"data": [1, 1, 1, seed]}, timeout=120).status_code

    assert_nobody_is_held_up(page, ask)


def test_questions_of_the_map_hold_up_nobody(running):
    page = running(FAKE_SECONDS="4.5")
    parts = page.client.get("/config").json()["components"]
    panel = next(each["id"] for each in parts if each["props"].get("server_fns"))
    url = page.client.base_url.join(f"{API}/component_server")

    def ask(number):
        asked = {"model": "coco", "place": f"0.{number},0"}
        body = {"component_id": panel, "fn_name": "decode_place", "session_hash": "s"}
        return post(url, json={**body, "data": asked}, timeout=120).status_code

    body = {"num_captions": 1, "seed": 5}
    assert page.client.post(f"{API}/call/v2/generate", json=body).status_code == 200
    time.sleep(0.5)  # the model is busy for four seconds and a half
    assert_nobody_is_held_up(page, ask)


def test_cancelled_events_leave_no_threads(running):
    page = running(FAKE_SECONDS="0.5")
    events = page.client.get("/config").json()["dependencies"]
    number = next(each["id"] for each in events if each["api_name"] == "generate")
    threads = Path(f"/proc/{page.process}/task")

    def ask_and_cancel(seed):
        body = {"num_captions": 1, "seed": seed}
        event = page.client.post(f"{API}/call/v2/generate", json=body).json()["event_id"]
        time.sleep(0.1)
        named = {"session_hash": event, "fn_index": number, "event_id": event}
        assert page.client.post(f"{API}/cancel", json=named).status_code == 200

    ask_and_cancel(0)
    before = len(list(threads.iterdir()))
    for seed in range(1, 21):
        ask_and_cancel(seed)
    assert len(list(threads.iterdir())) < before + 10


def test_a_visit_whose_stream_was_cut_goes_on_as_before(running):
    client = running(FAKE_SECONDS="0.5").client
    events = client.get("/config").json()["dependencies"]
    number = next(each["id"] for each in events if each["api_name"] == "generate")
    stream = f"{API}/queue/data?session_hash=phone"

    def join(seed):
        data = [1, 0.3, 1.0, seed, "", False, ""]
        body = {"fn_index": number, "data": data, "session_hash": "phone"}
        assert client.post(f"{API}/queue/join", json=body).status_code == 200

    join(1)
    with client.stream("GET", stream) as answer:
        next(answer.iter_lines())
    time.sleep(0.9)
    join(2)
    assert "close_stream" in client.get(stream, timeout=10).text


# The MCP server


def agent_of(page, *calls):
    """What an agent finds at the page, and what it is answered."""
    return run_apart(visit(page.mcp, *calls))


def assert_ends_without_a_word(page):
    page.send(signal.SIGTERM)
    assert page.ended()[:2] == (0, "")


def test_an_agent_finds_five_tools_and_calls_them(running):
    page = running()
    found = agent_of(page)
    assert set(found["tools"]) == {"generate", "reconstruct", "interpolate", "encode", "decode"}
    about, schema = found["tools"]["generate"]
    assert about.startswith("Generate captions from random numbers")
    assert schema["properties"]["num_captions"]["description"] == "number of captions, 1 to 20."
    made, codes, refused, unknown = found["answers"]
    assert not made[0]
    assert json.loads(made[1])["captions"] == FakePipeline("coco").generate(2, seed=5)
    assert [len(row) for row in json.loads(codes[1])] == [LATENT_DIM] * 2
    assert refused == [True, "num_captions must be a whole number from 1 to 20; got 99."]
    assert unknown[0]
    assert "knows none of the words" in unknown[1]
    assert_ends_without_a_word(page)


def test_an_agent_that_is_wrong_is_told_so_and_goes_on(running):
    page = running()
    file = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    wrong = [
        ("reconstruct", {"caption": {"text": "a dog"}}, "caption must not be an object"),
        ("generate", {"prior": file}, "prior must not be an object"),
        ("generate", {"prior": [[file]]}, "prior must not be an object"),
        ("encode", {"captions": "a dog"}, "captions must be a list"),
        ("decode", {"z": [[True]]}, "Each point must be a list of"),
        ("generate", {"num_captions": "many"}, "num_captions must be a whole number"),
        ("generate", {"captions": 3}, "captions"),
        ("reconstruct", {}, "caption"),
        ("reconstruct", {"caption": None}, "A caption must be text"),
        ("delete", {}, "delete"),
    ]
    asked = [*(each[:2] for each in wrong), ("generate", {"num_captions": 1})]
    *answers, last = agent_of(page, asked)["answers"]
    for (is_error, sentence), (*_, expected) in zip(answers, wrong, strict=True):
        assert is_error
        assert expected in sentence
        assert "root:" not in sentence
    assert not last[0]
    assert_ends_without_a_word(page)


# Behind two processes: what each of them answers, and what only the one asked


def events(text):
    """The names of the events of a stream, and what the last one says."""
    lines = text.strip().split("\n")
    return [each for each in lines if each.startswith("event: ")], lines[-1]


def test_any_process_answers_alike_but_only_the_one_that_was_asked_has_the_answer(running):
    pages = [running(), running(FAKE_BUILDS="1")]  # two pages, not two copies of one
    first, second = (page.client for page in pages)
    # Whatever is one request has the same answer from each.
    body = {"data": [2, 0.7, 1.0, 3]}
    made = [
        each.post(f"{API}/run/generate", json=body).json()["data"] for each in (first, second)
    ]
    assert made[0] == made[1]
    for path in ("/card.png?tab=about", "/theme.css", "/healthz", "/readyz"):
        one, other = (each.get(path) for each in (first, second))
        assert one.status_code == other.status_code == 200
        assert one.content == other.content, path
    # A question in two requests is answered where it was asked.
    asked = {"num_captions": 2, "seed": 3}
    event = first.post(f"{API}/call/v2/generate", json=asked).json()["event_id"]
    path = f"{API}/call/generate/{event}"
    elsewhere = second.get(path)
    assert (elsewhere.status_code, elsewhere.json()["detail"]) == (404, english.NO_ANSWER)
    names, said = events(first.get(path).text)
    assert names[-1] == "event: complete"
    assert json.loads(said.removeprefix("data: "))[0]["captions"]
    # So is one of the page itself, whose answers come in the stream of a session.
    dependencies = first.get("/config").json()["dependencies"]
    event = next(each for each in dependencies if each["inputs"] and each["queue"])
    body_of_event = {"fn_index": event["id"], "data": [None] * len(event["inputs"])}
    joined = first.post(f"{API}/queue/join", json={**body_of_event, "session_hash": "visitor"})
    assert joined.status_code == 200, joined.text
    stream = f"{API}/queue/data?session_hash=visitor"
    assert second.get(stream).status_code == 404
    assert '"msg":"process_completed"' in first.get(stream).text.replace(" ", "")
    # A process that ends takes none of the other's visitors along.
    pages[0].send(15)
    assert pages[0].ended()[0] == 0
    assert second.get("/readyz").status_code == 200
    assert second.post(f"{API}/run/generate", json=body).json()["data"] == made[0]
