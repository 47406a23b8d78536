"""Models from the Hub: the real client against a Hub on the loopback."""

from pathlib import Path

import pytest
from hub_client import (
    DEADLINE,
    FOREIGN,
    MODEL,
    assert_matches,
    closed_port,
    fetch,
    run,
    whole,
)
from hub_faults import LARGE, redirected, when
from hubserver import HubServer

from textvae.hub import download
from textvae.loading import locate
from textvae.saving import manifest


@pytest.fixture
def server():
    with HubServer(token="hf_right") as server:
        server.commit = server.add("me/model", {**whole(), **FOREIGN})
        yield server


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


def test_the_token_is_not_sent_to_where_the_hub_redirects(server, tmp_path):
    with HubServer() as store:
        store.add("me/model", {**whole(), **FOREIGN})
        when(LARGE, lambda handler: redirected(store.url + handler.path)(handler))(server)
        [answer] = fetch(["hf://me/model"], server.url, tmp_path, env={"HF_TOKEN": "hf_right"})
    assert answer["error"] == ""
    assert {request.authorization for request in server.requests} == {"Bearer hf_right"}
    assert [request.authorization for request in store.requests] == [""]


def test_a_slow_connection_is_not_an_outage(server, tmp_path):
    server.pace = DEADLINE + 1
    [answer] = fetch(["hf://me/model"], server.url, tmp_path)
    assert answer["error"] == ""
    assert answer["seconds"] > DEADLINE + 1


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


def test_a_manifest_that_is_large_is_not_downloaded(tmp_path):
    with HubServer() as server:
        server.add("me/model", {**whole(), manifest.NAME: b" " * 2**17})
        [answer] = fetch(["hf://me/model"], server.url, tmp_path)
    assert_matches(answer["error"], "manifest.json has 131,072 bytes, more than the 65,536")


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
