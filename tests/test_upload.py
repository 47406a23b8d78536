"""Models to the Hub, and the page as a Space: the real client against a Hub on the loopback."""

import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import verbs
from forked import for_shells
from hub_client import (
    CARD,
    DEADLINE,
    FOREIGN,
    MODEL,
    ROOT,
    assert_matches,
    closed_port,
    fetch,
    push,
    run,
    whole,
)
from hubserver import HubServer
from packaging.requirements import Requirement

from textvae.cli.main import main
from textvae.errors import BadInput
from textvae.hub.repository import Pushed
from textvae.hub.space import pinned_version
from textvae.saving import manifest


@pytest.fixture
def pushed(monkeypatch):
    """The repository and the files of each push from this process; none reaches the Hub."""
    found = []

    def arrive(files, repo, private):
        found.append((repo, files))
        return Pushed(f"hf://{repo}@{'0' * 40}", f"https://hub.example/{repo}", is_new=True)

    monkeypatch.setattr("textvae.pipeline.push", arrive)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    return found


def cards_of(pushed):
    return [files["README.md"].decode() for _, files in pushed]


@pytest.fixture
def server():
    with HubServer(token="hf_right") as server:
        server.commit = server.add("me/model", {**whole(), **FOREIGN})
        yield server


@pytest.fixture(params=["regular", "lfs", "xet"])
def empty(request):
    """A Hub with no repository, whose large files go each way that the client knows."""
    mode = "regular" if request.param == "regular" else "lfs"
    with HubServer(token="hf_right", large_mode=mode) as server:
        server.env = {"HF_HUB_DISABLE_XET": "1"} if request.param == "lfs" else {}
        yield server
        spoken = {
            mark for mark in ("cas", "lfs") for r in server.requests if f"/{mark}/" in r.path
        }
        assert spoken == {"xet": {"cas"}, "lfs": {"lfs"}, "regular": set()}[request.param]


@pytest.fixture
def fresh():
    """A Hub with no repository, which takes every file with the commit."""
    with HubServer(token="hf_right") as server:
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


def test_pushing_the_same_model_again_changes_nothing(fresh, tmp_path):
    files = {**whole(), "README.md": CARD}
    first = push(tmp_path, files, fresh.url, "me/new")
    repo = fresh.repos["model", "me/new"]
    edited = fresh.add("me/new", {"README.md": b"---\nlicense: mit\n---\n# By hand\n"})
    second = push(tmp_path, files, fresh.url, "me/new")
    assert first["model"]["is_new"] is True
    assert second["model"]["is_new"] is False
    assert second["model"]["address"] == f"hf://me/new@{edited}"
    assert (repo.refs["main"], len(repo.commits)) == (edited, 3)


def test_another_model_is_a_new_commit(fresh, tmp_path):
    push(tmp_path, {**whole(), "README.md": CARD}, fresh.url, "me/new")
    newer = {**MODEL, "report.json": b'{"nll": 1}\n'}
    push(tmp_path, {**whole(newer), "README.md": CARD}, fresh.url, "me/new")
    repo = fresh.repos["model", "me/new"]
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
    assert_matches(
        answer["error"],
        "cannot push to hf://me/new: .*HF_TOKEN.*https://huggingface.co/settings/tokens",
    )


def test_without_a_token_no_model_is_loaded_and_nothing_is_asked(server, tmp_path):
    script = """
import sys
from textvae.cli.main import main
from textvae.errors import BadInput
try:
    main(["push", "me/new"])
finally:
    print(sorted({"tensorflow", "keras"} & set(sys.modules)))
"""
    done = run(script, [], server.url, tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "[]\n", 1)
    assert "cannot push to hf://me/new: there is no token; set HF_TOKEN" in done.stderr
    assert not server.requests


OUTAGES = {
    "refused": (lambda server: {"url": closed_port()}, "cannot reach 127.0.0.1:.*refused"),
    "overloaded": (lambda server: server.fail.update({"": 503}), "answers 503"),
    "limited": (lambda server: server.fail.update({"": 429}), "answers 429"),
    "silent": (
        lambda server: server.is_silent.set(),
        f"has not answered for {DEADLINE:g} seconds",
    ),
    "page": (lambda server: server.fail.update({"": 200}), "does not answer as the Hub does"),
    "offline": (
        lambda server: {"env": {"HF_HUB_OFFLINE": "1"}},
        "HF_HUB_OFFLINE is set; unset",
    ),
}


@pytest.mark.parametrize("name", OUTAGES)
def test_a_push_into_an_outage_ends_in_time(name, server, tmp_path):
    arrange, sentence = OUTAGES[name]
    options = {"url": server.url, **(arrange(server) or {})}
    answer = push(tmp_path, whole(), options.pop("url"), "me/new", **options)
    assert answer["kind"] == "Unavailable"
    assert_matches(answer["error"], f"^cannot push to hf://me/new: .*{sentence}.*")
    assert answer["error"].count("\n") == 0


def test_a_push_whose_answer_is_lost_has_succeeded(fresh, tmp_path):
    def commit_and_leave(handler):
        if handler.path != "/api/models/me/new/commit/main":
            return False
        wfile, handler.wfile = handler.wfile, io.BytesIO()
        handler.commit("models", "me/new", "main")
        handler.wfile, handler.close_connection = wfile, True
        return True

    fresh.interfere = commit_and_leave
    answer = push(tmp_path, {**whole(), "README.md": CARD}, fresh.url, "me/new")
    newest = fresh.repos["model", "me/new"].refs["main"]
    assert answer["model"]["address"] == f"hf://me/new@{newest}"
    assert answer["model"]["is_new"]


@pytest.mark.parametrize("status", [500, 400, 403])
def test_a_first_commit_that_fails_says_that_an_empty_repository_is_left(
    status, fresh, tmp_path
):
    fresh.fail["POST .*/commit/"] = status
    files = {**whole(), "README.md": CARD}
    first, again = (push(tmp_path, files, fresh.url, "me/new") for _ in range(2))
    assert_matches(first["error"], f"^cannot push to hf://me/new: .*{status}")
    left = "; https://huggingface.co/me/new was created and is empty"
    assert first["error"].endswith(left)
    assert left not in again["error"]


def test_a_space_that_fails_says_where_the_model_is_and_that_a_space_is_left(fresh, tmp_path):
    fresh.fail["POST /api/spaces/.*/commit/"] = 403
    files = {**whole(), "README.md": CARD}
    answer = push(tmp_path, files, fresh.url, "me/new", "--space")
    assert_matches(
        answer["error"],
        "^cannot push to the Space me/new: .*403.*; https://huggingface.co/spaces/me/new was"
        " created and is empty; the model is at https://huggingface.co/me/new$",
    )


def test_a_card_that_the_hub_does_not_take_is_refused_in_its_words(fresh, tmp_path):
    answer = push(tmp_path, {**whole(), "README.md": b"# A card"}, fresh.url, "me/new")
    assert answer["kind"] == "BadInput"
    assert_matches(
        answer["error"],
        "refuses it: Invalid metadata in README.md. - empty or missing yaml metadata",
    )


def test_a_space_shows_the_model_at_its_commit(fresh, tmp_path):
    files = {**whole(), "README.md": CARD}
    answer = push(tmp_path, files, fresh.url, "me/new", "--space")
    space = fresh.repos["space", "me/new"]
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
    # What the Hub installs first, by a command of its own, has every package with its sha256.
    locked = space.files["pre-requirements.txt"].decode()
    assert locked == (ROOT / "requirements.lock").read_text("utf-8")
    pinned = re.findall(r"^(\S+)==(\S+)", locked, re.MULTILINE)
    for line in space.files["requirements.txt"].decode().splitlines():
        assert line.startswith("#") or tuple(line.split("==")) in pinned
    assert not [name for name in space.files if name.endswith((".safetensors", ".pyc"))]
    version = pinned_version(space.files)
    assert f'sdk_version: "{version}"' in space.files["README.md"].decode()


def test_pushing_the_same_space_again_changes_nothing_and_a_newer_one_leaves_no_stale_file(
    fresh, tmp_path
):
    files = {**whole(), "README.md": CARD}
    push(tmp_path, files, fresh.url, "me/new", "--space")
    again = push(tmp_path, files, fresh.url, "me/new", "--space")
    space = fresh.repos["space", "me/new"]
    assert (again["space"]["is_new"], len(space.commits)) == (False, 2)
    space.commit({**space.files, "textvae/old.py": b"", "notes.md": b"mine"})
    push(tmp_path, files, fresh.url, "me/new", "--space")
    assert "textvae/old.py" not in space.files
    assert space.files["notes.md"] == b"mine"


def test_a_space_for_a_gpu_installs_the_cuda_libraries_and_refers_to_no_other_file(
    fresh, tmp_path
):
    files = {**whole(), "README.md": CARD}
    push(tmp_path, files, fresh.url, "me/new", "--space", "--gpu")
    space = fresh.repos["space", "me/new"].files
    needed = space["requirements.txt"].decode().splitlines()
    usual = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    [cuda] = map(Requirement, set(needed) - set(usual))
    assert (len(needed), cuda.extras) == (len(usual), {"and-cuda"})
    assert str(cuda) in (ROOT / "requirements-gpu.txt").read_text("utf-8")
    assert not [line for line in needed if line.startswith("-")]
    assert 'suggested_hardware: "t4-small"' in space["README.md"].decode()


# The commands, as docs/your-own-space.md has them


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """What the steps of the page printed, in order, and the Hub afterwards."""
    from tiny import saved_weights

    folder = tmp_path_factory.mktemp("follow")
    shutil.copytree(saved_weights(), folder / "runs" / "lines")
    command = folder / "bin" / "textvae"  # as an installation makes it
    command.parent.mkdir()
    words, options = for_shells()
    command.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
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
            env={**options["env"], **settings},
            pass_fds=options["pass_fds"],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        notes = done.stderr.split("==\n")
        yield list(zip(steps, done.stdout.split("==\n"), notes, strict=False)), server


def test_the_steps_to_an_own_space_work(followed):
    (token, first, again, generate, private, gpu), server = followed
    model, space = (server.repos[kind, "you/my-captions"] for kind in ("model", "space"))
    assert token[0] == "export HF_TOKEN=hf_..."
    address = f"hf://you/my-captions@{model.refs['main']}"
    assert (first[1], again[1]) == (f"{address}\n", f"{address}\n")
    assert first[2].count("uploaded to https://huggingface.co/") == 2
    assert again[2].count("the same ") == 2
    assert len(generate[1].splitlines()) == 3
    assert "fetching hf://you/my-captions" in generate[2]
    assert (len(model.commits), len(space.commits)) == (2, 3)
    assert b"tensorflow[and-cuda]==" in space.files["requirements.txt"]
    assert (gpu[1], gpu[2].count("the same model")) == (f"{address}\n", 1)
    assert space.variables == {"TEXTVAE_WEIGHTS": address}
    assert server.repos["model", "you/my-secret"].is_private


def test_the_card_that_goes_up_says_how_to_load_it_from_there(followed):
    card = followed[1].repos["model", "you/my-captions"].files["README.md"].decode()
    assert 'textvae.load("hf://you/my-captions")' in card


def test_in_a_terminal_it_asks_for_the_licence_and_the_languages(monkeypatch, tmp_path, pushed):
    """Again after a wrong answer; of what is given or recorded, and with pipes, it does not."""
    from tiny import copy_of_weights

    here, there = os.openpty()
    words = ["push", "me/new", "--weights", str(copy_of_weights(tmp_path))]
    with os.fdopen(there) as typed, os.fdopen(there, "w", closefd=False) as shown:
        monkeypatch.setattr("sys.stdin", typed)
        monkeypatch.setattr("sys.stderr", shown)
        os.write(here, b"CC BY 4.0\ncc-by-4.0\n\n")
        main(words)
        asked = os.read(here, 2**16).decode()
        main([*words, "--license", "mit", "--language", "en"])
        shown.flush()
        assert "such as" not in os.read(here, 2**16).decode()
    os.close(here)
    cards = [card.partition("\n---")[0] for card in cards_of(pushed)]
    assert asked.count("Licence of these weights, such as cc-by-4.0") == 2
    assert asked.count("a licence is named as on the Hub, such as mit") == 1
    assert asked.count("Languages of their lines, such as fr") == 1
    assert 'license: "cc-by-4.0"' in cards[0]
    assert "language:" not in cards[0]
    assert 'license: "mit"\nlanguage: ["en"]' in cards[1]


@pytest.mark.usefixtures("pushed")
def test_a_wrong_fact_is_refused_before_the_model_is_loaded(monkeypatch):
    monkeypatch.setattr(
        "textvae.cli.verbs.push.load_model", None
    )  # a call would be a traceback
    for argument, fault in (
        ("--license", "a licence is named"),
        ("--language", "a language is"),
    ):
        verbs.assert_refused(verbs.run("push", "me/new", argument, "MIT 2"), fault)


def test_one_or_several_facts_may_be_named_and_a_wrong_one_changes_nothing(pushed):
    from tiny import random_vae

    vae = random_vae()
    before = dict(vae.report)
    with pytest.raises(BadInput, match="a tag of the Hub is a word"):
        vae.push_to_hub("me/new", license="mit", language="fr", tags=["a\nb"])
    assert vae.report == before
    vae.push_to_hub("me/new", language="fr", tags=["one", "two"], base_model="me/base")
    [card] = cards_of(pushed)
    assert 'language: ["fr"]' in card
    assert '"one", "two"]' in card
    assert 'base_model: ["me/base"]' in card
    assert 'license: "unknown"' in card
    vae.report.clear()
    vae.report.update(before)


def test_what_a_push_named_the_next_one_still_says(tmp_path, pushed):
    from tiny import copy_of_weights

    words = ["push", "me/new", "--weights", copy_of_weights(tmp_path)]
    assert verbs.run(*words, "--license", "cc-by-4.0", "--language", "fr").status == 0
    assert verbs.run(*words).status == 0
    first, second = cards_of(pushed)
    assert second == first


def test_metrics_for_the_card_may_come_from_standard_input(tmp_path, pushed):
    from tiny import copy_of_weights

    found = {"num_captions": 2, "num_tokens": 9, "nll": 1.5, "settings": {"seed": 0}}
    words = ["push", "me/new", "--weights", copy_of_weights(tmp_path), "--results", "-"]
    assert verbs.run(*words, stdin=json.dumps(found).encode()).status == 0
    assert json.loads(pushed[0][1]["report.json"])["evaluations"] == [found]


@pytest.mark.parametrize(
    "closed", [{"stdin": None}, {"stdin": SimpleNamespace(isatty=lambda: True), "stderr": None}]
)
def test_a_push_needs_neither_standard_input_nor_standard_error(
    closed, tmp_path, monkeypatch, pushed
):
    from tiny import copy_of_weights

    for name, stream in closed.items():
        monkeypatch.setattr(f"sys.{name}", stream)
    main(["push", "me/new", "--weights", str(copy_of_weights(tmp_path))])
    assert [repo for repo, _ in pushed] == ["me/new"]


def test_no_space_is_made_of_a_language_model(monkeypatch, pushed):
    from tiny import bundle_of, shaken_model

    from textvae.pipeline import Pipeline

    lm = Pipeline(bundle_of(shaken_model(latent_dim=0)))
    monkeypatch.setattr("textvae.cli.verbs.push.load_model", lambda *_: lm)
    said = verbs.run("push", "me/lm", "--space")
    verbs.assert_refused(said, "is a language model, .* leave out --space")
    assert not pushed
