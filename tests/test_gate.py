"""What the page refuses before Gradio sees it, over a real connection."""

import asyncio
import json
import socket
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import gradio as gr
import httpx
import pytest
from apart import run_apart
from gradio.server_messages import EstimationMessage, ProcessCompletedMessage
from starlette.responses import JSONResponse

from textvae.web.serving import gate, gradio_queue
from textvae.web.serving.draining import Draining
from textvae.web.serving.json_bodies import MAX_BYTES, MAX_DEPTH
from textvae.web.serving.refusals import Refused

API = "/gradio_api"
SAID = ("detail", "error")


@pytest.fixture(scope="module")
def http(page_url):
    with httpx.Client(base_url=page_url, timeout=120) as client:
        client.post(f"{API}/run/generate", json={"data": [1]})  # which loads the model
        yield client


def fetched(http, event):
    """What the stream of a call says, and of what."""
    answer = http.get(f"{API}/call/generate/{event}").text
    lines = dict(line.split(": ", 1) for line in answer.strip().split("\n")[-2:])
    return lines["event"], json.loads(lines["data"])


REFUSED = [  # endpoint, arguments by name, what the sentence says
    ("generate", {"num_captions": 0}, "num_captions must be a whole number from 1 to 20"),
    ("generate", {"num_captions": True}, "got True"),
    ("generate", {"temperature": "hot"}, "must be a number from 0 to 2; got hot."),
    ("generate", {"seed": [[]]}, "Seed must be a whole number"),
    ("generate", {"prior": ["scene"]}, "must be one of scene, standard"),
    ("generate", {"word_probabilities": "yes"}, "must be true or false; got yes"),
    ("generate", {"model": ["coco"]}, "There is no model named “['coco']”"),
    ("generate", {"model": {}}, "There is no model named"),
    ("generate", {"model": "../../etc/passwd"}, "Choose one of coco, elephant, article."),
    ("generate", {"temprature": 1}, "generate has no argument “temprature”; it takes num_cap"),
    ("reconstruct", {}, "reconstruct needs the argument “caption”."),
    ("reconstruct", {"caption": None}, "A caption must be text; got nothing."),
    ("reconstruct", {"caption": "  "}, "Type a line in the language of the model first."),
    ("reconstruct", {"caption": "zqx"}, "The model knows none of the words in “zqx”"),
    ("reconstruct", {"caption": "a " * 250}, "The text is 499 characters long"),
    ("interpolate", {"first": "a dog", "last": "zqx"}, "To: The model knows none of the words"),
    ("interpolate", {"first": "a dog", "last": "a cat", "path": "round"}, "got round"),
    ("encode", {"captions": "a dog"}, "captions must be a list of 1 to 256 captions"),
    ("encode", {"captions": ["a dog", 3]}, "A caption must be text; got 3."),
    ("decode", {"z": []}, "z must be a list of 1 to 256 points; got 0."),
    ("decode", {"z": [[0.0] * 31]}, "Each point must be a list of 32 finite numbers"),
    ("decode", {"z": [["0"] * 32]}, "point 1 is not"),
]


@pytest.mark.parametrize(("name", "arguments", "sentence"), REFUSED)
def test_a_refused_value_is_422_with_the_same_sentence_on_every_route(
    http, name, arguments, sentence
):
    answers = [http.post(f"{API}/call/v2/{name}", json=arguments)]
    names = list(http.get(f"{API}/info").json()["named_endpoints"][f"/{name}"]["parameters"])
    defaults = {one["parameter_name"]: one.get("parameter_default") for one in names}
    if set(arguments) <= set(defaults):
        given = {**defaults, **arguments}
        data = list(given.values()) if arguments else []
        answers += [http.post(f"{API}/{way}/{name}", json={"data": data}) for way in WAYS]
    for answer in answers:
        assert answer.status_code == 422
        assert sentence in answer.json()["detail"]
        assert answer.json()["detail"] == answer.json()["error"]


WAYS = ("call", "run", "api")


def test_arguments_that_are_left_out_have_their_defaults(http):
    whole = http.post(f"{API}/run/generate", json={"data": []}).json()["data"]
    assert len(whole[0]["captions"]) == 5
    assert http.post(f"{API}/run/generate", json={"data": [5, 0.3]}).json()["data"] == whole
    for path, body in (("call", {"data": []}), ("call/v2", {})):
        event = http.post(f"{API}/{path}/generate", json=body).json()["event_id"]
        assert fetched(http, event) == ("complete", whole)


MALFORMED = [  # body, status, what the sentence says
    ("{", 400, "not JSON"),
    ("", 400, "not JSON"),
    ("\xff", 400, "not JSON"),
    ('{"data": [NaN]}', 400, "not JSON"),
    ('{"data": [1e999]}', 400, "not finite"),
    ('{"data": [1267650600228229401496703205376]}', 400, "more than 64 bits"),
    ('{"data": [' + "9" * 100_000 + "]}", 400, "not JSON"),
    ('{"data": ["\\ud800"]}', 400, "unpaired surrogate"),
    ('{"\\udfff": []}', 400, "unpaired surrogate"),
    ('{"data": ' + "[" * 10_000 + "]" * 10_000 + "}", 400, f"more than {MAX_DEPTH} deep"),
    ('{"data": ' + "[" * 20 + "]" * 20 + "}", 400, f"more than {MAX_DEPTH} deep"),
    ('{"data": "' + "a" * MAX_BYTES + '"}', 413, f"longer than {MAX_BYTES} bytes"),
    ("[]", 422, "must be a JSON object"),
    ("null", 422, "must be a JSON object"),
    ("{}", 422, "must have “data”"),
    ('{"data": {}}', 422, "must have “data”"),
    ('{"data": [1,2,3,4,5,6,7,8]}', 422, "at most 7 arguments; got 8"),
    ('{"data": [], "session_hash": "' + "a" * 65 + '"}', 422, "1 to 64 letters"),
    ('{"data": [], "session_hash": 7}', 422, "1 to 64 letters"),
]


@pytest.mark.parametrize(("body", "status", "sentence"), MALFORMED)
def test_a_malformed_body_is_refused_in_a_sentence(http, body, status, sentence):
    headers = {"Content-Type": "application/json"}
    raw = body.encode("latin-1") if body == "\xff" else body.encode()
    answer = http.post(f"{API}/call/generate", content=raw, headers=headers)
    assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True)


ABSENT = [
    ("POST", f"{API}/upload"),
    ("GET", f"{API}/upload_progress?upload_id=x"),
    ("POST", f"{API}/process_recording"),
    ("GET", f"{API}/file=/etc/passwd"),
    ("GET", f"{API}/file/etc/passwd"),
    ("GET", f"{API}/proxy=http://example.org"),
    ("GET", f"{API}/dev/reload"),
    ("POST", f"{API}/stream/x"),
    ("POST", f"{API}/vibe-edit"),
    ("GET", f"{API}/vibe-code"),
    ("GET", f"{API}/deep_link"),
    ("GET", "/static/" + "a" * 300),
    ("GET", "/svelte/" + "a/" * 2500 + "a"),
    ("GET", "/assets/%00"),
    ("GET", "/?deep_link=x"),
    ("GET", "/?page=nowhere"),
    ("GET", "/config?page=nowhere"),
    ("POST", "/login"),
    ("GET", "/monitoring"),
    ("GET", f"{API}/mcp/sse"),
    ("POST", f"{API}/mcp/messages/"),
    ("GET", f"{API}/queue/data?session_hash=nobody"),
    ("GET", f"{API}/queue/data"),
    ("GET", f"{API}/call/generate/nothing"),
    ("GET", f"{API}/call/v2/generate/nothing"),
    ("POST", f"{API}/call/predict"),
    ("POST", f"{API}/run/fill"),
    ("GET", "/static/../../../../etc/passwd"),
    ("GET", "/assets/%2e%2e/%2e%2e/%2e%2e/index.html"),
]


@pytest.mark.parametrize(("method", "path"), ABSENT)
def test_what_is_not_there_is_4xx_and_leaves_nothing(http, method, path):
    files = {"files": ("x.txt", b"a" * 1000)} if "upload" in path else None
    json_body = None if files or method == "GET" else {"data": []}
    answer = http.request(method, path, files=files, json=json_body)
    assert answer.status_code in (403, 404, 422)
    assert "/" not in answer.text.replace("</", "").replace("\\u003c", "")


@pytest.mark.parametrize(
    ("path", "allowed"), [("/healthz", "GET, HEAD"), (f"{API}/mcp", "POST")]
)
def test_a_wrong_method_is_told_the_right_ones(http, path, allowed):
    answer = http.request("DELETE", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["detail"] == f"This address takes {allowed}."


def test_only_json_is_read(http):
    for headers in (
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data"},
    ):
        answer = http.post(f"{API}/call/generate", content=b'{"data": []}', headers=headers)
        assert answer.status_code == 415
        assert "Content-Type: application/json" in answer.json()["detail"]


EVENTS = [
    ({"fn_index": 9999}, 404),
    ({"fn_index": -1}, 404),
    ({"fn_index": True}, 404),
    ({"fn_index": "0"}, 404),
    ({"fn_index": [0]}, 404),
    ({"data": []}, 422),
    ({"data": None}, 422),
    ({"trigger_id": {}}, 404),
    ({"trigger_id": "0"}, 404),
    ({"session_hash": None}, 422),
    ({"session_hash": "x" * 1_000_000}, 422),
]


@pytest.mark.parametrize(("wrong", "status"), EVENTS)
def test_an_event_that_no_browser_sends_is_refused(http, config, wrong, status):
    event = next(each for each in config["dependencies"] if each["inputs"] and each["queue"])
    body = {"fn_index": event["id"], "data": [None] * len(event["inputs"])}
    answer = http.post(f"{API}/queue/join", json={**body, "session_hash": "s", **wrong})
    assert answer.status_code == status
    assert len(answer.text) < 500


@pytest.fixture(scope="module")
def config(http):
    return http.get("/config").json()


def test_values_that_no_control_can_have_are_422_and_not_in_the_log(
    http, config, capfd, caplog
):
    kinds = {each["id"]: each["type"] for each in config["components"]}
    at_once = [each for each in config["dependencies"] if each["backend_fn"]]
    statuses = set()
    for event in at_once:
        for value in ({"path": "/etc/passwd"}, [[]], "\u202e<img src=x>", 10**18, None):
            data = [value] * len(event["inputs"])
            body = {"fn_index": event["id"], "data": data, "session_hash": "hostile"}
            answer = http.post(f"{API}/run/predict", json=body)
            statuses.add(answer.status_code)
            assert answer.status_code in (200, 422), (event["id"], value, answer.text[:200])
            assert "root:" not in answer.text  # nothing of the file
            assert answer.json() != {"error": None}
    assert 422 in statuses
    assert "slider" in kinds.values()
    said = capfd.readouterr()
    assert said.out + said.err + caplog.text == ""


def events_at_once(config, *counts):
    """Events that wait in no queue, with so many inputs."""
    return [
        each
        for each in config["dependencies"]
        if each["backend_fn"] and not each["queue"] and len(each["inputs"]) in counts
    ]


def test_a_value_that_names_a_file_elsewhere_is_not_fetched(http, config, monkeypatch):
    fetched = []

    async def fetch(url, cache_dir):
        fetched.append(url)
        return "/tmp/gradio/secret/file"

    monkeypatch.setattr(gr.processing_utils, "async_ssrf_protected_download", fetch)
    file = {"path": "http://example.org/x", "meta": {"_type": "gradio.FileData"}}
    events = events_at_once(config, *range(1, 30))
    assert events
    for event in events:
        for value in (file, [file], [[file]]):
            data = [value] * len(event["inputs"])
            body = {"fn_index": event["id"], "data": data, "session_hash": "s"}
            answer = http.post(f"{API}/run/predict", json=body)
            assert answer.status_code == 422
            assert "/tmp/" not in answer.text
    assert not fetched


def page_with(pending=(), events=()):
    """A page whose queue has these events; no session has messages yet."""
    queue = SimpleNamespace(
        pending_event_ids_session=dict(pending), event_ids_to_events=dict(events)
    )
    page = SimpleNamespace(_queue=queue)
    gradio_queue.prepare(page)
    return page, queue


def begin(queue, session, *answers):
    """Begin a session, as Gradio does, and give it these answers."""
    messages = queue.pending_messages_per_session
    messages[session] = asyncio.Queue()
    for each in answers:
        messages[session].put_nowait(ProcessCompletedMessage(output=each, success=True))


def test_a_session_whose_event_is_at_work_is_kept(monkeypatch):
    monkeypatch.setattr(gradio_queue, "MAX_SESSIONS", 3)
    page, queue = page_with(events={"e": SimpleNamespace(session_hash="waiting")})
    for session in ("waiting", *"abcdef"):
        gradio_queue.bound(page)
        begin(queue, session)
        queue.pending_event_ids_session[session] = {session}
    kept = ["waiting", "e", "f"]
    assert list(queue.pending_messages_per_session) == kept
    assert list(queue.pending_event_ids_session) == kept


@pytest.mark.parametrize(
    ("answer", "kept"),
    [({"data": [[0.5] * 128] * 256}, "ef"), ({"data": [["a dog"]]}, "abcdef")],
    ids=["points", "captions"],
)
def test_few_answers_are_kept_where_they_are_large(monkeypatch, answer, kept):
    monkeypatch.setattr(gradio_queue, "MAX_SIZE", 3_000_000)
    page, queue = page_with()
    for session in "abcdef":
        begin(queue, session, answer)
        gradio_queue.bound(page)
    assert list(queue.pending_messages_per_session) == list(kept)


def test_notices_for_those_who_wait_cost_nobody_an_answer():
    page, queue = page_with()
    for session in "abcdef":
        begin(queue, session, {"data": [["a dog"]]})
        for rank in range(1000):
            notice = EstimationMessage(event_id=session, rank=rank, queue_size=rank)
            queue.pending_messages_per_session[session].put_nowait(notice)
        gradio_queue.bound(page)
    assert list(queue.pending_messages_per_session) == list("abcdef")
    assert not gradio_queue.is_behind(page, "a")


def test_a_session_that_leaves_large_answers_gets_no_more():
    page, queue = page_with()
    begin(queue, "honest", {"data": [[0.5] * 128] * 256})
    begin(queue, "other", *[{"data": [[0.5] * 512] * 256}] * 2)
    assert not gradio_queue.is_behind(page, "honest")
    assert gradio_queue.is_behind(page, "other")
    assert not gradio_queue.is_behind(page, "new")


def test_sessions_that_wait_for_nothing_are_forgotten_first(monkeypatch):
    monkeypatch.setattr(gradio_queue, "MAX_SESSIONS", 3)
    page, queue = page_with(pending={"slow": {"e"}, "a": set()})
    for session in ("slow", "a", "b"):
        begin(queue, session)
    gradio_queue.bound(page)
    assert list(queue.pending_messages_per_session) == ["slow", "b"]


def sent_to(page, body, path):
    """A request with this body, as ASGI has it: its scope, and what receives it."""

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    served = SimpleNamespace(get_blocks=lambda: page)
    scope = {"type": "http", "method": "POST", "path": f"{API}/{path}", "app": served}
    headers = [(b"content-type", b"application/json")]
    return {**scope, "query_string": b"", "headers": headers}, receive


@pytest.mark.parametrize("path", ["queue/join", "mcp/"])
def test_long_bodies_are_read_and_checked_one_after_the_other(monkeypatch, path):
    seen = []

    def parse(body):
        seen.append("read")
        time.sleep(0.02)
        return {}

    def rewritten(*_):
        seen.append("checked")
        time.sleep(0.02)
        raise Refused(422, "no")

    monkeypatch.setattr(gate.json_bodies, "parse", parse)
    monkeypatch.setattr(gate.bodies, "rewritten", rewritten)

    async def ask():
        async def send(message):
            pass

        scope, receive = sent_to(page, b" " * 60_000, path)
        gated = gate.Gate(None)
        await asyncio.gather(*(gated(dict(scope), receive, send) for _ in range(10)))

    page = SimpleNamespace(root_path="", draining=Draining())
    run_apart(ask())
    assert seen == ["read", "checked"] * 10


def test_clients_that_do_not_read_hold_no_place():
    def decode():
        pass

    decode._is_server_fn = True
    page, _ = page_with()
    page.root_path, page.draining, page.fns = "", Draining(), {}
    page.blocks = {1: SimpleNamespace(decode=decode)}
    asked = {"component_id": 1, "fn_name": "decode", "session_hash": "s", "data": None}
    scope, receive = sent_to(page, json.dumps(asked).encode(), "component_server")

    async def visit():
        got, gated = [], gate.Gate(JSONResponse(1))

        async def never(message):
            await asyncio.Event().wait()

        async def read(message):
            got.append(message)

        stuck = [
            asyncio.ensure_future(gated(dict(scope), receive, never))
            for _ in range(gate.DIRECT_AT_ONCE)
        ]
        await asyncio.sleep(0.1)
        await asyncio.wait_for(gated(dict(scope), receive, read), 5)
        for each in stuck:
            each.cancel()
        return got[0]["status"]

    assert run_apart(visit()) == 200


AGENT = {"Accept": "application/json, text/event-stream"}


def test_what_an_agent_adds_to_a_message_is_not_looked_at(http):
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping", "fn_index": []}
    assert http.post(f"{API}/mcp/", json=body, headers=AGENT).status_code == 200


@pytest.mark.parametrize(
    "value",
    ["[" + "[]," * 600_000 + "0]", "[" + "1e9," * 400_000 + "0]", '"' + "é" * 400_000 + '"'],
    ids=["lists", "numbers", "a text"],
)
def test_an_event_that_takes_many_times_its_bytes_is_refused(http, config, value):
    event = next(each for each in config["dependencies"] if each["inputs"] and each["queue"])
    data = [None] * len(event["inputs"])
    body = {"fn_index": event["id"], "data": data, "session_hash": "fat", "event_data": "VALUE"}
    sent = json.dumps(body).replace('"VALUE"', value).encode()
    headers = {"Content-Type": "application/json"}
    answer = http.post(f"{API}/queue/join", content=sent, headers=headers)
    assert answer.status_code in (400, 413)


def test_answers_that_break_off_are_logged_a_few_times(caplog):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    async def ask():
        async def send(message):
            pass

        page = SimpleNamespace(root_path="", draining=Draining())
        served = SimpleNamespace(get_blocks=lambda: page)
        scope = {"type": "http", "method": "GET", "path": "/robots.txt", "app": served}
        for _ in range(9):
            await gate.Gate(app)({**scope, "query_string": b"", "headers": []}, None, send)

    run_apart(ask())
    assert len(caplog.messages) <= 3


def test_a_session_that_fetches_nothing_is_refused(http, config):
    event, *_ = events_at_once(config, 0)
    body = {"fn_index": event["id"], "data": [], "session_hash": "deaf"}
    asked = [http.post(f"{API}/queue/join", json=body) for _ in range(gradio_queue.MAX_UNREAD)]
    assert asked[0].status_code == 200
    assert asked[-1].status_code == 429
    assert "fetch them" in asked[-1].json()["detail"]
    other = http.post(f"{API}/queue/join", json={**body, "session_hash": "other"})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"component_id": 99_999},
        {"component_id": [1]},
        {"component_id": True},
        {"fn_name": "__init__"},
        {"fn_name": "postprocess"},
        {"fn_name": 1},
        {"session_hash": [1]},
    ],
)
def test_a_panel_answers_its_own_questions_alone(http, config, wrong):
    panel = next(each for each in config["components"] if each["props"].get("server_fns"))
    body = {"component_id": panel["id"], "fn_name": "open_map", "session_hash": "s"}
    asked = {**body, "data": {"model": "coco"}}
    assert http.post(f"{API}/component_server", json=asked).status_code == 200
    answer = http.post(f"{API}/component_server", json={**asked, **wrong})
    assert answer.status_code in (404, 422)


FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Gradio-Server": "http://evil.example",
}


def test_the_page_names_no_address_that_a_request_can_forge(http):
    for path in ("/", "/config", f"{API}/info", f"{API}/openapi.json", f"{API}/mcp/schema"):
        answer = http.get(path, headers={**FORGED, "X-Forwarded-Proto": "https"})
        assert answer.status_code == 200
        assert "evil" not in answer.text + str(answer.headers)
        assert "textvae.invalid" not in answer.text + str(answer.headers)
    assert http.get("/config").json()["root"] == ""  # clients take their own
    assert '"root":"/"' in http.get("/").text  # browsers read it relative to the page
    moved = http.post(f"{API}/mcp", json={}, headers=FORGED)
    assert "evil" not in str(moved.headers)


def test_answers_are_inert_wherever_they_are_put(http):
    hostile = "<script>alert(1)</script> & a dog"
    for path, body in (
        ("run/reconstruct", {"data": [hostile]}),
        ("run/generate", {"data": [1, 1, 1, 1, hostile]}),
        ("call/reconstruct", {"data": [hostile * 50]}),
        ("call/<b>", {"data": []}),
    ):
        answer = http.post(f"{API}/{path}", json=body)
        assert "<" not in answer.text
        assert "&" not in answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert int(answer.headers["content-length"]) == len(answer.content)
    event = http.post(f"{API}/call/reconstruct", json={"data": [hostile]}).json()["event_id"]
    assert "<" not in http.get(f"{API}/call/reconstruct/{event}").text


def test_what_is_quoted_in_a_sentence_has_no_hidden_characters(http):
    body = {"seed": "1\u202e\u0007\n2"}
    said = http.post(f"{API}/call/v2/generate", json=body).json()["detail"]
    assert said.endswith("got 1\ufffd\ufffd\ufffd2.")


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(page_url):
    address = urlsplit(page_url)
    head = f"POST {API}/call/generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Length: 10000000000\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_arrive_is_408(page_url, monkeypatch):
    monkeypatch.setattr(gate, "BODY_SECONDS", 0.4)
    at = urlsplit(page_url)
    head = f"POST {API}/run/generate HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n"
    with socket.create_connection((at.hostname, at.port), timeout=10) as slow:
        slow.sendall(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


def test_health_and_readiness(http):
    for path, status in (("/healthz", "ok"), ("/readyz", "ready")):
        answer = http.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": status})
        assert http.head(path).status_code == 200


def test_a_session_is_named_once(http, config):
    event = next(e for e in config["dependencies"] if e["inputs"] and e["queue"])
    data = [None] * len(event["inputs"])
    body = {"fn_index": event["id"], "data": data, "session_hash": "mine"}
    assert http.post(f"{API}/queue/join", json=body).status_code == 200
    twice = "session_hash=mine&session_hash=nobody"
    assert http.get(f"{API}/queue/data?{twice}").status_code == 404


def test_links_that_show_nothing_are_not_logged_one_by_one(http, caplog):
    caplog.set_level("INFO", "textvae")
    for number in range(5):
        link = f"/card.png?tab=reconstruct&caption=xqzt{number}"
        assert http.get(link).status_code == 200
    assert not caplog.messages


def test_a_stream_for_which_nothing_is_left_ends_at_once(http, config):
    event, *_ = events_at_once(config, 0)
    body = {"fn_index": event["id"], "data": [], "session_hash": "quick"}
    assert http.post(f"{API}/queue/join", json=body).status_code == 200
    stream = f"{API}/queue/data?session_hash=quick"
    assert "process_completed" in http.get(stream).text
    again = http.get(stream)
    assert (again.status_code, again.text.count("data: ")) == (200, 1)
    assert "close_stream" in again.text
