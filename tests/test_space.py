"""The page as a Space runs it, and the Space that the README describes."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_pipeline import FakePipeline
from gradio_client import Client
from hubserver import HubServer
from huggingface_hub import ModelCard
from packaging.specifiers import SpecifierSet
from verbs import free_port

from textvae.errors import BadInput
from textvae.hub.space import pinned_version, space_files
from textvae.report.fonts import FONTS
from textvae.saving.space_card import MAX_DESCRIPTION
from textvae.web.rendering.header import status
from textvae.web.service import Service
from textvae.web.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent
READY = 60  # seconds from start to the first caption, on two slow cores beside other tests
FRONT_MATTER = ModelCard((ROOT / "README.md").read_text("utf-8")).data.to_dict()
FILES = space_files()


# The front matter of the project's own README


def test_the_space_runs_the_gradio_that_is_pinned():
    assert FRONT_MATTER["sdk"] == "gradio"
    assert FRONT_MATTER["sdk_version"] == pinned_version(FILES)


def test_the_space_has_the_python_that_the_project_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    python = str(FRONT_MATTER["python_version"])
    assert SpecifierSet(project["requires-python"]).contains(python)


def test_the_space_is_described_as_the_hub_wants_it():
    assert (ROOT / FRONT_MATTER["app_file"]).is_file()
    assert FRONT_MATTER["license"] == "mit"
    assert len(FRONT_MATTER["short_description"]) <= MAX_DESCRIPTION
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {FRONT_MATTER["colorFrom"], FRONT_MATTER["colorTo"]} <= colours
    assert len(FRONT_MATTER["title"]) > 0
    assert FRONT_MATTER["emoji"].isprintable()


def test_every_requirement_is_pinned_and_none_that_gradio_caps():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\d.]+", pin) for pin in pins)
    assert not [pin for pin in pins if pin.startswith("pydantic")]


# The page with a Space's environment

# Proxies do not see a socket that ignores them.
WATCH = """
import os, sys
HERE = (None, "", "127.0.0.1", "0.0.0.0", "localhost", "::1")
def watch(event, values):
    host = None
    if event == "socket.connect" and isinstance(values[1], tuple):
        host = values[1][0]
    elif event == "socket.getaddrinfo":
        host = values[0]
    if (host.decode() if isinstance(host, bytes) else host) not in HERE:
        os.write(2, f"outside: {host}\\n".encode())
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    """What `push --space` uploads, in a folder that cannot be written and is not."""
    folder = tmp_path_factory.mktemp("space") / "code"
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    yield folder
    for path in folders:
        path.chmod(0o755)
    # Permissions do not stop root, so look.
    there = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    }
    assert {name for name in there if "__pycache__" not in name} == set(FILES)


@pytest.fixture
def outside():
    """A proxy for everything that is not on the loopback; nothing should reach it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.01)
        yield SimpleNamespace(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.fixture
def start(code, outside, tmp_path):
    """Starts the page as a Space does; gives its address, once it answers."""
    processes = []

    def start(hub_url, weights, **more):
        port = free_port()
        for folder in ("home", "tmp", "watch"):
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "TMPDIR": str(tmp_path / "tmp"),
            "PYTHONPATH": str(tmp_path / "watch"),
            "SYSTEM": "spaces",
            "SPACE_ID": "me/page",
            "SPACE_HOST": "me-page.hf.space",
            "SPACE_AUTHOR_NAME": "me",
            "SPACE_REPO_NAME": "page",
            "ACCELERATOR": "none",
            "CPU_CORES": "2",
            "GRADIO_SERVER_NAME": "0.0.0.0",
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_SSR_MODE": "true",
            "GRADIO_CACHE_EXAMPLES": "true",
            "HF_ENDPOINT": hub_url,
            "TEXTVAE_HUB_DEADLINE": "3",
            "TEXTVAE_WEIGHTS": weights,
            "HTTP_PROXY": outside.url,
            "HTTPS_PROXY": outside.url,
            "NO_PROXY": "127.0.0.1,localhost,0.0.0.0",
            **more,
        }
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=code,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, f"http://127.0.0.1:{port}"

    yield start
    for process in processes:
        process.kill()
        assert "outside: " not in process.communicate()[1]


def wait_for(url, process, deadline=READY):
    """Seconds until the address answers; fails with what the process said if it ends."""
    started = time.monotonic()
    while time.monotonic() - started < deadline:
        if process.poll() is not None:
            pytest.fail("".join(process.communicate()))
        try:
            urllib.request.urlopen(f"{url}/config", timeout=5).close()
            return time.monotonic() - started
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer within {deadline} seconds")


def generated(url):
    """The first captions of the page; waits for the model."""
    client = Client(url, verbose=False, ssl_verify=False)
    try:
        return client.predict(num_captions=3, seed=5, api_name="/generate")["captions"]
    finally:
        client.close()


def test_a_space_fetches_its_pinned_model_and_is_ready_in_time(start, tmp_path):
    from tiny import saved_weights

    files = {path.name: path.read_bytes() for path in saved_weights().iterdir()}
    with HubServer() as hub:
        commit = hub.add("me/model", files)
        process, url = start(hub.url, "hf://me/model", TEXTVAE_REVISION=commit)
        started = time.monotonic()
        wait_for(url, process)
        captions = generated(url)
        assert time.monotonic() - started < READY
        assert len(captions) == 3
        assert all(captions)
        gets = {r.path for r in hub.requests if r.method == "GET"}
        assert len(gets) == 6  # the manifest and its five files, nothing else
        assert all(path.startswith(f"/me/model/resolve/{commit}/") for path in gets)
    config = json.load(urllib.request.urlopen(f"{url}/config"))
    assert config["space_id"] == "me/page"
    home = tmp_path / "home"
    assert {path.relative_to(home).parts[0] for path in home.rglob("*")} == {".cache"}
    assert not [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()]
    # Started again without a Hub, as after the night in which it went away.
    process.kill()
    process, url = start(f"http://127.0.0.1:{free_port()}", f"hf://me/model@{commit}")
    wait_for(url, process)
    assert generated(url) == captions


# What the page is told and what it shows


def test_a_revision_may_stand_apart(monkeypatch):
    monkeypatch.setenv("TEXTVAE_WEIGHTS", "hf://me/model")
    monkeypatch.setenv("TEXTVAE_REVISION", "v1")
    assert read_settings().weights == "hf://me/model@v1"
    monkeypatch.setenv("TEXTVAE_REVISION", "")
    assert read_settings().weights == "hf://me/model"


@pytest.mark.parametrize("weights", ["", "coco", "hf://me/model@v2"])
def test_a_revision_of_nothing_is_refused(monkeypatch, weights):
    monkeypatch.setenv("TEXTVAE_WEIGHTS", weights)
    monkeypatch.setenv("TEXTVAE_REVISION", "v1")
    with pytest.raises(BadInput, match="TEXTVAE_REVISION is “v1”, but TEXTVAE_WEIGHTS is"):
        read_settings()


def test_the_header_says_that_it_shows_a_cached_copy_or_a_model_half_trained():
    vae = FakePipeline("hf://me/model")
    vae.notice = "using the cached copy of hf://me/model (commit abc): <b>cannot reach it</b>"
    service = Service("hf://me/model", load=lambda name: vae, shipped=[])
    shown = status("hf://me/model", service.models.load("hf://me/model"))
    assert "; using the cached copy of hf://me/model (commit abc): &lt;b&gt;cannot" in shown
    vae.notice, vae.is_unfinished = "", True
    shown = status("hf://me/model", service.models.load("hf://me/model"))
    assert "cached" not in shown
    assert "; its training has not ended" in shown
    vae.is_unfinished = False
    assert "ended" not in status("hf://me/model", service.models.load("hf://me/model"))


def test_an_invalid_address_is_no_model():
    with pytest.raises(BadInput, match="hf://owner/repo"):
        Service("hf://model", shipped=["coco"])


def test_a_space_whose_model_cannot_be_loaded_ends_with_one_line(start):
    process, _ = start(f"http://127.0.0.1:{free_port()}", "hf://me/model")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    # Before it, gradio misses the package `spaces`, which a real Space installs.
    last = errors.splitlines()[-1]
    assert last.startswith("textvae: cannot load hf://me/model: cannot reach 127.0.0.1:")
    assert "textvae/" not in errors  # no traceback of ours


def test_a_space_has_the_fonts_of_its_pages_and_pictures():
    assert {path.relative_to(ROOT).as_posix() for path in FONTS.values()} <= FILES.keys()
