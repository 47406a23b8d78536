"""The same seeds and captions through every interface, alone and among fifty visitors."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from benchmarks.faults.tally import Row, Tally, Try
from benchmarks.machine import ROOT
from benchmarks.page_process import running_app

API = "/gradio_api"
NUM_SEEDS = 8
VISITORS = 50
CAPTION, LAST = "a dog on a beach", "a man riding a wave"
Question = tuple[str, dict[str, Any]]  # an endpoint and its arguments


def everywhere(this: Try) -> list[Row]:
    """Python's answers, which endpoints, commands and fifty visitors must get verbatim."""
    questions: list[Question] = [("reconstruct", {"caption": CAPTION})]
    questions += [("interpolate", {"first": CAPTION, "last": LAST})]
    questions += [("generate", {"seed": this.seed + each}) for each in range(NUM_SEEDS)]
    expected = [_python(each) for each in questions]
    alone = Tally("endpoints answer as Python does")
    crowded = Tally("endpoints answer as Python does, among fifty visitors")
    commands = Tally("commands answer as Python does")
    with running_app() as (url, _):
        with httpx.Client(base_url=url, timeout=60) as client:
            for question, answer in zip(questions, expected, strict=True):
                alone.note(_endpoint(client, question) == answer, str(question))

        def visit(number: int) -> list[Any]:
            with httpx.Client(base_url=url, timeout=120) as client:
                # Something that no one else requests, so that not everything is cached.
                _endpoint(client, ("generate", {"seed": 10_000 + number}))
                return [_endpoint(client, each) for each in questions]

        with ThreadPoolExecutor(VISITORS) as pool:
            for found in pool.map(visit, range(VISITORS)):
                for question, answer, right in zip(questions, found, expected, strict=True):
                    crowded.note(answer == right, str(question))
    for question, answer in this.share(zip(questions[:4], expected, strict=False)):
        commands.note(_command(question) == answer, str(question))
    return [alone.row(), crowded.row(), commands.row()]


_loaded: list[Any] = []


def _python(question: Question) -> Any:
    import textvae

    if not _loaded:
        _loaded.append(textvae.load("coco"))
    name, arguments = question
    return getattr(_loaded[0], name)(**_renamed(name, arguments))


def _renamed(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"captions": arguments["caption"]} if name == "reconstruct" else arguments


def _endpoint(client: httpx.Client, question: Question) -> Any:
    name, arguments = question
    event = client.post(f"{API}/call/v2/{name}", json=arguments).json()["event_id"]
    text = client.get(f"{API}/call/{name}/{event}").text
    answer = json.loads(text.strip().split("\n")[-1].removeprefix("data: "))[0]
    return answer["caption"] if name == "reconstruct" else answer["captions"]


def _command(question: Question) -> Any:
    name, arguments = question
    given = [f"--seed={arguments['seed']}"] if name == "generate" else list(arguments.values())
    command = [sys.executable, "-m", "textvae", name, *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    return lines[0] if name == "reconstruct" else lines
