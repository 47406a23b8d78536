"""Models to the Hub, and the page as a Space: the real client against a Hub on the loopback."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hub_client import (
    CARD,
    FOREIGN,
    MODEL,
    OUTAGES,
    ROOT,
    assert_matches,
    fetch,
    overloaded,
    push,
    refused,
    silent,
    too_many_requests,
    whole,
)
from hubserver import HubServer

from textvae.hub.space import pinned_version
from textvae.saving import manifest


@pytest.fixture
def server():
    with HubServer(token="hf_right") as server:
        server.commit = server.add("me/model", {**whole(), **FOREIGN})
        yield server


@pytest.fixture(params=["regular", "lfs"])
def empty(request):
    """A Hub with no repository, whose large files go either way."""
    with HubServer(token="hf_right", large_mode=request.param) as server:
        server.env = {"HF_HUB_DISABLE_XET": "1"} if request.param == "lfs" else {}
        yield server


def test_a_model_goes_up_in_one_commit_and_comes_back_the_same(empty, tmp_path):
    files = {**whole(), "README.md": CARD}
    answer = push(tmp_path, files, empty.url, "me/new", env=empty.env)
    repo = empty.repos["model", "me/new"]
    assert repo.files == {**files, ".gitattributes": b""}
    assert len(repo.commits) == 2  # the Hub's own first one, and ours
    assert answer["model"] == {
        "address": f"hf://me/new@{repo.refs['main']}",
        "url": "https://huggingface.co/me/new",
        "is_new": True,
    }
    [fetched] = fetch([answer["model"]["address"]], empty.url, tmp_path / "elsewhere")
    assert (Path(fetched["folder"]) / manifest.NAME).read_bytes() == files[manifest.NAME]


def test_pushing_the_same_model_again_changes_nothing(empty, tmp_path):
    files = {**whole(), "README.md": CARD}
    first = push(tmp_path, files, empty.url, "me/new", env=empty.env)
    repo = empty.repos["model", "me/new"]
    edited = empty.add("me/new", {"README.md": b"---\nlicense: mit\n---\n# By hand\n"})
    second = push(tmp_path, files, empty.url, "me/new", env=empty.env)
    assert first["model"]["is_new"] is True
    assert second["model"]["is_new"] is False
    assert second["model"]["address"] == f"hf://me/new@{edited}"
    assert (repo.refs["main"], len(repo.commits)) == (edited, 3)


def test_another_model_is_a_new_commit(empty, tmp_path):
    push(tmp_path, {**whole(), "README.md": CARD}, empty.url, "me/new", env=empty.env)
    newer = {**MODEL, "report.json": b'{"nll": 1}\n'}
    push(tmp_path, {**whole(newer), "README.md": CARD}, empty.url, "me/new", env=empty.env)
    repo = empty.repos["model", "me/new"]
    assert len(repo.commits) == 3
    assert repo.files["report.json"] == newer["report.json"]


def test_a_private_model_is_never_pushed_to_a_public_repository(server, tmp_path):
    answer = push(tmp_path, whole(), server.url, "me/model", "--private")
    assert answer["error"].startswith("me/model exists and is public; make it private")
    assert len(server.repos["model", "me/model"].commits) == 1
    push(tmp_path, whole(), server.url, "me/secret", "--private")
    assert server.repos["model", "me/secret"].is_private


@pytest.mark.parametrize("token", ["", "hf_wrong"])
def test_pushing_without_the_right_token_says_where_to_get_one(server, tmp_path, token):
    answer = push(tmp_path, whole(), server.url, "me/new", token=token)
    assert answer["kind"] == "BadInput"
    assert_matches(answer["error"], "HF_TOKEN.*https://huggingface.co/settings/tokens")


@pytest.mark.parametrize(
    ("outage", "sentence"),
    [(o, s) for o, _, s in OUTAGES if o in (refused, overloaded, too_many_requests, silent)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_push_into_an_outage_ends_in_time(outage, sentence, server, tmp_path):
    options = {"url": server.url, **(outage(server) or {})}
    url = options.pop("url")
    answer = push(tmp_path, whole(), url, "me/new", **options)
    assert answer["kind"] == "Unavailable"
    assert_matches(answer["error"], sentence)


def test_a_space_shows_the_model_at_its_commit(empty, tmp_path):
    files = {**whole(), "README.md": CARD}
    answer = push(tmp_path, files, empty.url, "me/new", "--space", env=empty.env)
    space = empty.repos["space", "me/new"]
    assert space.variables == {"TEXTVAE_WEIGHTS": answer["model"]["address"]}
    assert len(space.commits) == 2
    sources = {
        "app.py",
        "requirements.txt",
        "LICENSE",
        "textvae/__init__.py",
        "textvae/web/static/page.css",
    }
    for name in sources:
        assert space.files[name] == (ROOT / name).read_bytes()
    assert not [name for name in space.files if name.endswith((".safetensors", ".pyc"))]
    version = pinned_version(space.files)
    assert f'sdk_version: "{version}"' in space.files["README.md"].decode()


def test_pushing_the_same_space_again_changes_nothing_and_a_newer_one_leaves_no_stale_file(
    empty, tmp_path
):
    files = {**whole(), "README.md": CARD}
    push(tmp_path, files, empty.url, "me/new", "--space", env=empty.env)
    again = push(tmp_path, files, empty.url, "me/new", "--space", env=empty.env)
    space = empty.repos["space", "me/new"]
    assert (again["space"]["is_new"], len(space.commits)) == (False, 2)
    space.commit({**space.files, "textvae/old.py": b"", "notes.md": b"mine"})
    push(tmp_path, files, empty.url, "me/new", "--space", env=empty.env)
    assert "textvae/old.py" not in space.files
    assert space.files["notes.md"] == b"mine"


# The commands, as docs/your-own-space.md has them


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """What the steps of the page printed, in order, and the Hub afterwards."""
    from tiny import saved_weights

    folder = tmp_path_factory.mktemp("follow")
    shutil.copytree(saved_weights(), folder / "runs" / "lines")
    command = folder / "bin" / "textvae"  # as an installation makes it
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m textvae "$@"\n')
    command.chmod(0o755)
    page = (ROOT / "docs" / "your-own-space.md").read_text("utf-8")
    steps = [
        step.strip() for step in re.findall(r"^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    ]
    with HubServer(token="hf_...") as server:
        settings = {
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HF_ENDPOINT": server.url,
            "HF_HOME": str(folder / "home"),
        }
        script = "\n".join(f"{step}\necho == >&2; echo ==" for step in steps)
        done = subprocess.run(
            ["bash", "-ec", script],
            cwd=folder,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        notes = done.stderr.split("==\n")
        yield list(zip(steps, done.stdout.split("==\n"), notes, strict=False)), server


def test_the_steps_to_an_own_space_work(followed):
    (token, first, again, generate, private), server = followed
    model, space = (server.repos[kind, "you/my-captions"] for kind in ("model", "space"))
    assert token[0] == "export HF_TOKEN=hf_..."
    address = f"hf://you/my-captions@{model.refs['main']}"
    assert (first[1], again[1]) == (f"{address}\n", f"{address}\n")
    assert first[2].count("uploaded to https://huggingface.co/") == 2
    assert again[2].count("the same ") == 2
    assert len(generate[1].splitlines()) == 3
    assert "fetching hf://you/my-captions" in generate[2]
    assert (len(model.commits), len(space.commits)) == (2, 2)
    assert space.variables == {"TEXTVAE_WEIGHTS": address}
    assert server.repos["model", "you/my-secret"].is_private


def test_the_card_that_goes_up_says_how_to_load_it_from_there(followed):
    card = followed[1].repos["model", "you/my-captions"].files["README.md"].decode()
    assert 'textvae.load("hf://you/my-captions")' in card
