"""Page, commands, endpoints, agents and Python: the same seed, the same captions."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from agent import visit
from apart import run_apart
from tiny import learned_vae, saved_weights, some_captions
from verbs import lines, tiny

from benchmarks.browser import Browser
from textvae.web.agents import prepare_mcp
from textvae.web.page import build_demo, launch_options
from textvae.web.service import Service

SEED, NUM = 11, 3
CAPTION, LAST = some_captions(2)
STEPS = 4
API = "/gradio_api"
VISITORS = 50
BUSY = 503


@pytest.fixture(scope="module")
def url():
    demo = build_demo(Service(str(saved_weights()), shipped=[]))
    options = {"prevent_thread_lock": True, "quiet": True, **launch_options()}
    _, url, _ = demo.launch(server_name="127.0.0.1", **options)
    prepare_mcp(demo)
    yield url.rstrip("/")
    demo.close(verbose=False)


@pytest.fixture(scope="module")
def expected():
    """What Python says."""
    vae = learned_vae()
    return {
        "generate": vae.generate(NUM, seed=SEED),
        "reconstruct": vae.reconstruct(CAPTION),
        "interpolate": vae.interpolate(CAPTION, LAST, num_steps=STEPS),
    }


def test_the_commands_answer_as_python_does(expected):
    said = {
        "generate": lines(tiny("generate", "--num-captions", NUM, "--seed", SEED)),
        "reconstruct": lines(tiny("reconstruct", CAPTION))[0],
        "interpolate": lines(tiny("interpolate", CAPTION, LAST, "--num-steps", STEPS)),
    }
    assert said == expected


ASKED = {
    "generate": {"num_captions": NUM, "seed": SEED},
    "reconstruct": {"caption": CAPTION},
    "interpolate": {"first": CAPTION, "last": LAST, "num_steps": STEPS},
}


def of_endpoint(name, answer):
    return answer["caption"] if name == "reconstruct" else answer["captions"]


def called(client, name):
    while (asked := client.post(f"{API}/call/v2/{name}", json=ASKED[name])).status_code == BUSY:
        time.sleep(0.1)  # the queue is full, and says to try again
    event = asked.json()["event_id"]
    text = client.get(f"{API}/call/{name}/{event}").text
    return of_endpoint(name, json.loads(text.strip().split("\n")[-1].removeprefix("data: "))[0])


def test_the_endpoints_answer_as_python_does_alone_and_among_fifty_visitors(url, expected):
    with httpx.Client(base_url=url, timeout=60) as client:
        assert {name: called(client, name) for name in ASKED} == expected
        others = [{"num_captions": 2, "seed": seed} for seed in range(VISITORS)]
        names = list(ASKED)

        def visit(number):
            client.post(f"{API}/call/v2/generate", json=others[number])
            name = names[number % len(names)]
            return name, called(client, name)

        with ThreadPoolExecutor(VISITORS) as pool:
            for name, answer in pool.map(visit, range(VISITORS)):
                assert answer == expected[name]


def test_the_page_answers_as_python_does(url, expected):
    async def visit():
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            browser = Browser(client)
            await browser.open()
            browser.put("seed", SEED)
            browser.put("num-captions", NUM)
            browser.put("caption", CAPTION)
            browser.put("first", CAPTION)
            browser.put("last", LAST)
            browser.put("steps", STEPS)
            await browser.fire("generate-run", "click")
            await browser.fire("caption", "submit")
            await browser.fire("last", "submit")
            return {name: browser.result(f"{name}-result")["captions"] for name in ASKED}

    shown = run_apart(visit())
    assert shown["generate"] == expected["generate"]
    assert shown["reconstruct"][1] == expected["reconstruct"]
    assert shown["interpolate"] == expected["interpolate"]


def test_an_agent_is_answered_as_python_does(url, expected):
    answers = run_apart(visit(f"{url}{API}/mcp/", ASKED.items()))["answers"]
    said = {
        name: of_endpoint(name, json.loads(text))
        for name, (_, text) in zip(ASKED, answers, strict=True)
    }
    assert said == expected
