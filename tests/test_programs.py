"""The page for programs and for agents, each talking to it from outside."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fake_pipeline import LATENT_DIM, FakePipeline
from verbs import free_port

from textvae.web import agents

ROOT = Path(__file__).resolve().parent.parent
USAGE = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")


def test_the_example_of_the_documents_runs_and_gives_what_it_says(page_url, capsys):
    section = USAGE.split("## Endpoints for programs\n")[1].split("\n## ")[0]
    [code] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert "http://127.0.0.1:7860" in code
    found = {}
    exec(code.replace("http://127.0.0.1:7860", page_url), found)
    found["page"].close()
    vae = FakePipeline("coco")
    assert found["made"]["captions"] == vae.generate(3, seed=5)
    assert found["back"]["caption"] == "a dog on a beach"
    assert found["path"]["captions"] == vae.interpolate("a dog on a beach", "a cat on a bed", 5)
    assert [len(row) for row in found["z"]] == [LATENT_DIM] * 2
    assert found["captions"] == ["a dog on a beach", "a cat on a bed"]
    assert str(found["captions"]) in capsys.readouterr().out
    used = set(re.findall(r'api_name="/(\w+)"', code))
    assert used == {"generate", "reconstruct", "interpolate", "encode", "decode"}


# The MCP server, with the server and the agent in processes of their own


@pytest.fixture(scope="module")
def fake_app():
    """The lines that the page says when it starts, and what it said of trouble at the end."""
    if not importlib.util.find_spec("mcp"):
        pytest.fail("the MCP server needs gradio[mcp], which requirements-dev.txt installs")
    process = subprocess.Popen(
        [sys.executable, "tests/fake_app.py"],
        cwd=ROOT,
        env={**os.environ, "GRADIO_SERVER_PORT": str(free_port()), "PYTHONPATH": "."},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield [process.stdout.readline(), process.stdout.readline()]
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert not errors


def test_an_agent_finds_five_tools_and_calls_them(fake_app):
    url = re.search(r"MCP server at (http://\S+)", fake_app[1])[1]
    done = subprocess.run(
        [sys.executable, "tests/agent.py", url], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["tools"]) == {"generate", "reconstruct", "interpolate", "encode", "decode"}
    about, schema = found["tools"]["generate"]
    assert about.startswith("Generate captions from random points")
    assert schema["properties"]["num_captions"]["description"] == "how many, 1 to 20."
    made, codes, refused, unknown = found["answers"]
    assert not made[0]
    assert json.loads(made[1])["captions"] == FakePipeline("coco").generate(2, seed=5)
    assert [len(row) for row in json.loads(codes[1])] == [LATENT_DIM] * 2
    assert refused == [True, "num_captions must be a whole number from 1 to 20; got 99."]
    assert unknown[0]
    assert "knows none of the words" in unknown[1]


def asked(fake_app, *calls):
    """What an agent with these calls is answered."""
    url = re.search(r"MCP server at (http://\S+)", fake_app[1])[1]
    command = [sys.executable, "tests/agent.py", url, json.dumps(calls)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["answers"]


def test_an_agent_that_is_wrong_is_told_so_and_goes_on(fake_app):
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
    *answers, last = asked(
        fake_app, *[each[:2] for each in wrong], ["generate", {"num_captions": 1}]
    )
    for (is_error, sentence), (*_, expected) in zip(answers, wrong, strict=True):
        assert is_error
        assert expected in sentence
        assert "root:" not in sentence
    assert not last[0]


def test_without_the_extra_there_is_no_server_and_no_complaint(monkeypatch):
    monkeypatch.setattr(agents, "find_spec", lambda name: None)
    assert not agents.can_serve_mcp()
    assert not agents.prepare_mcp(object())
