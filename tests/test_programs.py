"""The page for programs; for agents, see `test_draining`."""

import re
from pathlib import Path

from fake_pipeline import LATENT_DIM, FakePipeline

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


def test_without_the_extra_there_is_no_server_and_no_complaint(monkeypatch):
    monkeypatch.setattr(agents, "find_spec", lambda name: None)
    assert not agents.can_serve_mcp()
    assert not agents.prepare_mcp(object())
