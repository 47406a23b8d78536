"""The end of the page: real processes, signals, and clients that are waiting for answers."""

import json
import os
import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from verbs import start

from textvae.web.i18n import english

API = "/gradio_api"
HERE = Path(__file__).parent
FAKE = (sys.executable, str(HERE / "fake_app.py"))
NUM_CLIENTS = 30


@pytest.fixture
def running():
    """Starts the page around fake models: the process, and a client of it."""
    started = []

    def running(**environment):
        paths = os.pathsep.join((str(HERE), str(HERE.parent)))
        env = {**os.environ, "PYTHONPATH": paths, "GRADIO_SERVER_PORT": "", **environment}
        process = start(program=FAKE, env=env)
        started.append(process)
        url = re.search(r"http://\S+", process.stdout.readline())[0]
        client = httpx.Client(base_url=url, timeout=30)
        end = time.monotonic() + 30
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.1)
        return process, client

    yield running
    for process in started:
        process.kill()
        process.communicate(timeout=10)


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


def ended(process, within):
    """What a process that was sent a signal said, and the seconds until its end."""
    begun = time.monotonic()
    _, errors = process.communicate(timeout=within + 10)
    assert "Traceback" not in errors
    return errors, time.monotonic() - begun


def test_sigterm_ends_the_page_once_everybody_is_answered_and_takes_nobody_new(running):
    process, client = running(FAKE_SECONDS="0.1")
    with ThreadPoolExecutor(NUM_CLIENTS) as pool:
        waiting = all_at_once(pool, client)
        process.send_signal(signal.SIGTERM)
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
    errors, seconds = ended(process, 10)
    assert process.returncode == 0
    assert seconds < 10
    assert errors.count("\n") == 1
    assert "a second signal ends the page now" in errors


def test_those_who_cannot_be_answered_in_time_are_told_to_come_again(running):
    process, client = running(FAKE_SECONDS="0.8", TEXTVAE_DRAIN="4")
    with ThreadPoolExecutor(NUM_CLIENTS + 1) as pool:
        direct = pool.submit(client.post, f"{API}/run/generate", json={"data": [1, 1, 1, 5]})
        waiting = all_at_once(pool, client)
        process.send_signal(signal.SIGTERM)
        errors, seconds = ended(process, 4)
        answers = [each.result() for each in waiting]
        assert direct.result().status_code in (200, 503)
    assert process.returncode == 0
    assert seconds < 5
    kinds = [kind for kind, _ in answers]
    assert len(kinds) == NUM_CLIENTS
    assert set(kinds) == {"complete", "error"}
    told = [
        json.loads(text.removeprefix("data: ")) for kind, text in answers if kind == "error"
    ]
    assert {json.loads(one)["error"] for one in told} == {english.ENDING}
    assert "requests that were told to come again: " in errors


def test_an_idle_page_ends_at_once_and_open_pages_do_not_hold_it(running):
    process, client = running()
    with ThreadPoolExecutor(1) as pool, client.stream("GET", f"{API}/heartbeat/me") as beats:
        assert next(beats.iter_lines()) == "data: ALIVE"
        process.send_signal(signal.SIGINT)
        errors, seconds = pool.submit(ended, process, 2).result()
    assert (process.returncode, errors) == (0, "")
    assert seconds < 2


def test_a_second_signal_ends_the_page_at_once(running):
    process, client = running(FAKE_SECONDS="5")
    asking = threading.Thread(target=lambda: pytest.raises(httpx.HTTPError, call, client, 1))
    asking.start()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, seconds = ended(process, 1)
    assert (process.returncode, seconds < 1) == (0, True)
    asking.join(10)
