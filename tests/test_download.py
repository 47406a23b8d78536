"""Models from the Hub: the real client against a Hub on the loopback."""

import shutil
from pathlib import Path

import pytest
from hub_client import (
    DEADLINE,
    FOREIGN,
    MODEL,
    OUTAGES,
    assert_matches,
    closed_port,
    fetch,
    run,
    whole,
)
from hubserver import HubServer

from textvae.hub import download
from textvae.loading import locate
from textvae.saving import manifest


@pytest.fixture
def server():
    with HubServer(token="hf_right") as server:
        server.commit = server.add("me/model", {**whole(), **FOREIGN})
        yield server


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """A cache that has all of me/warm: its branch main and, through it, a commit."""
    home = tmp_path_factory.mktemp("warm")
    with HubServer() as server:
        server.commit = server.add("me/warm", whole())
        [answer] = fetch(["hf://me/warm"], server.url, home)
        assert not answer["error"]
    return home, server.commit


@pytest.fixture
def home(warm, tmp_path):
    """A fresh cache with me/warm in it."""
    return Path(shutil.copytree(warm[0], tmp_path / "home", symlinks=True))


def cached_file(home, name):
    [path] = home.glob(f"hub/models--*/snapshots/*/{name}")
    return path


def test_a_model_is_fetched_whole_and_nothing_else(server, tmp_path):
    [answer] = fetch(["hf://me/model"], server.url, tmp_path)
    folder = Path(answer["folder"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole()
    assert (answer["revision"], answer["notice"]) == (server.commit, "")
    assert f"fetching hf://me/model@{server.commit} (0.1 MB)" in answer["stderr"]


def test_a_pinned_revision_in_the_cache_needs_no_request(server, tmp_path):
    source = f"hf://me/model@{server.commit}"
    fetch([source], server.url, tmp_path)
    server.requests.clear()
    [answer] = fetch([source], server.url, tmp_path)
    assert (answer["revision"], answer["error"], server.requests) == (server.commit, "", [])


def test_a_branch_costs_one_request_when_its_commit_is_in_the_cache(server, tmp_path):
    fetch(["hf://me/model"], server.url, tmp_path)
    server.requests.clear()
    [answer] = fetch(["hf://me/model"], server.url, tmp_path)
    assert answer["revision"] == server.commit
    assert [request.method for request in server.requests] == ["HEAD"]


def test_a_branch_moves_on_and_a_pinned_revision_stays(server, tmp_path):
    fetch(["hf://me/model"], server.url, tmp_path)
    newer = server.add("me/model", whole({**MODEL, "report.json": b'{"nll": 1}\n'}))
    moved, pinned = fetch(
        ["hf://me/model", f"hf://me/model@{server.commit}"], server.url, tmp_path
    )
    assert (moved["revision"], pinned["revision"]) == (newer, server.commit)
    assert (Path(pinned["folder"]) / "report.json").read_bytes() == MODEL["report.json"]


def test_a_tag_is_a_revision(server, tmp_path):
    server.repos["model", "me/model"].refs["v1"] = server.commit
    server.add("me/model", {"README.md": b"# Newer"})
    [answer] = fetch(["hf://me/model@v1"], server.url, tmp_path)
    assert answer["revision"] == server.commit


def test_a_private_model_needs_the_token_and_takes_it_from_the_environment(server, tmp_path):
    server.repos["model", "me/model"].is_private = True
    [refused] = fetch(["hf://me/model"], server.url, tmp_path)
    assert "or it is private" in refused["error"]
    assert "HF_TOKEN" in refused["error"]
    [answer] = fetch(["hf://me/model"], server.url, tmp_path, env={"HF_TOKEN": "hf_right"})
    assert answer["error"] == ""


def test_a_slow_line_is_no_outage(server, tmp_path):
    server.pace = DEADLINE + 1
    [answer] = fetch(["hf://me/model"], server.url, tmp_path)
    assert answer["error"] == ""
    assert answer["seconds"] > DEADLINE + 1


@pytest.mark.parametrize(
    ("outage", "kind", "sentence"), OUTAGES, ids=lambda x: getattr(x, "__name__", "")
)
def test_an_outage_ends_in_time_in_one_sentence_and_a_cached_copy_serves(
    outage, kind, sentence, server, home, warm
):
    newer = whole({**MODEL, "model.safetensors": b"newer" * 30_000})
    server.add("me/warm", newer)
    options = {"url": server.url, "home": home, **(outage(server) or {})}
    cold, served = fetch(["hf://me/model", "hf://me/warm"], **options)
    assert (cold["kind"], cold["error"].count("\n")) == (kind, 0)
    assert_matches(cold["error"], sentence)
    assert served["error"] == ""
    assert served["revision"] == warm[1]
    assert_matches(served["notice"], f"using the cached copy of hf://me/warm .*{sentence}")
    assert max(cold["seconds"], served["seconds"]) < DEADLINE + 5  # 5: a busy machine, imports
    assert cold["stderr"].count("\n") <= 2  # what is fetched, twice; no remarks of the client


# A cache that cannot be trusted


def test_a_damaged_cached_file_is_noticed_and_fetched_again(server, tmp_path):
    source = f"hf://me/model@{server.commit}"
    fetch([source], server.url, tmp_path)
    cached_file(tmp_path, "model.safetensors").write_bytes(b"poison" * 100)
    [answer] = fetch([source], server.url, tmp_path)
    assert answer["error"] == ""
    assert (Path(answer["folder"]) / "model.safetensors").read_bytes() == MODEL[
        "model.safetensors"
    ]


def test_a_changed_byte_is_noticed_although_the_size_is_right(server, tmp_path):
    source = f"hf://me/model@{server.commit}"
    fetch([source], server.url, tmp_path)
    path = cached_file(tmp_path, "model.safetensors")
    path.write_bytes(b"\xff" + path.read_bytes()[1:])
    [answer] = fetch([source], closed_port(), tmp_path)
    assert answer["kind"] == "Unavailable"
    assert_matches(
        answer["error"], "the cached .*safetensors is missing or damaged, and .*cannot reach"
    )


def test_a_foreign_manifest_in_the_cache_is_replaced(server, tmp_path):
    source = f"hf://me/model@{server.commit}"
    fetch([source], server.url, tmp_path)
    other = {name: b"other" for name in MODEL}
    cached_file(tmp_path, manifest.NAME).write_bytes(manifest.manifest_bytes(other))
    [answer] = fetch([source], server.url, tmp_path)
    assert answer["error"] == ""
    assert (Path(answer["folder"]) / manifest.NAME).read_bytes() == whole()[manifest.NAME]


def test_a_download_that_was_cut_short_is_completed(server, tmp_path):
    server.cut = "safetensors"
    fetch(["hf://me/model"], server.url, tmp_path)
    server.cut = ""
    server.requests.clear()
    [answer] = fetch(["hf://me/model"], server.url, tmp_path)
    assert answer["error"] == ""
    fetched = {r.path.rpartition("/")[2] for r in server.requests if r.method == "GET"}
    assert fetched == {manifest.NAME, "model.safetensors", "report.json"}


# Models that are not what they say


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {**whole(), "vocabulary.txt": b"a\ncat\n"},
            "vocabulary.txt of .* is not the file that",
        ),
        (
            {**whole(), "config.json": b"{}" * 99},
            "config.json has 198 bytes, more than the 14 that",
        ),
        ({**whole(), manifest.NAME: b"[]"}, "not the manifest of a textvae model"),
        (
            {**whole(), manifest.NAME: b" " * 2**17},
            "manifest.json has 131,072 bytes, more than the 65,536",
        ),
    ],
    ids=["another model's words", "too large", "no manifest", "large manifest"],
)
def test_a_model_that_is_not_as_its_manifest_lists_is_refused(files, sentence, tmp_path):
    with HubServer() as server:
        server.add("me/model", files)
        [answer] = fetch(["hf://me/model"], server.url, tmp_path)
    assert_matches(answer["error"], sentence)


def test_an_optional_part_comes_with_the_model_and_is_checked(tmp_path):
    files = whole({**MODEL, "seen.safetensors": b"bits"})
    with HubServer() as server:
        server.add("me/model", files)
        server.add("me/other", {**files, "seen.safetensors": b"bots"})
        good, bad = fetch(["hf://me/model", "hf://me/other"], server.url, tmp_path)
    assert (Path(good["folder"]) / "seen.safetensors").read_bytes() == b"bits"
    assert_matches(bad["error"], "seen.safetensors")


# Commands


@pytest.mark.parametrize(
    ("weights", "status"), [("hf://me/model", 1), ("hf://me", 2), ("hf://me/model@", 2)]
)
def test_a_command_ends_with_one_line_and_its_status(weights, status, tmp_path):
    command = f"from textvae.cli.main import main; main(['generate', '--weights', '{weights}'])"
    done = run(command, [], closed_port(), tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1)


def test_a_command_says_that_it_uses_the_cached_copy(monkeypatch, caplog):
    notice = "using the cached copy of hf://me/warm (commit abc): cannot reach it"
    fetched = download.Fetched(Path("folder"), "abc", notice)
    monkeypatch.setattr(download, "fetch", lambda source: fetched)
    assert locate("hf://me/warm") == Path("folder")
    assert caplog.messages == [notice]
