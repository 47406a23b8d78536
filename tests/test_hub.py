"""Models from and to the Hub: the real client against a Hub on the loopback.

The client reads its settings when it is imported, so each case runs it in a process of its own.
"""

import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hubserver import HubServer

from textvae.errors import BadInput
from textvae.hub import deadlines, download, upload
from textvae.loading import locate
from textvae.saving import manifest

ROOT = Path(__file__).resolve().parent.parent
DEADLINE = 2.0  # seconds; the processes of these tests do not wait for the default of 15
MODEL = {
    "config.json": b'{"format": 1}\n',
    "vocabulary.txt": b"a\ndog\n",
    "model.safetensors": bytes(range(256)) * 400,
    "report.json": b"{}\n",
}
FOREIGN = {
    "README.md": b"# A card",
    "pytorch_model.bin": b"\x80\x04.",
    "tokenizer.py": b"exit(1)",
}
NEVER = "0" * 40
FETCH = """
import json, sys, time
from textvae.loading import locate
from textvae.hub import download
from textvae.errors import BadInput
for source in sys.argv[1:]:
    started = time.monotonic()
    try:
        answer = download.fetch(source)._asdict() | {"error": ""}
    except BadInput as error:
        answer = {"error": str(error), "kind": type(error).__name__}
    print(json.dumps(answer | {"seconds": time.monotonic() - started}, default=str))
"""


def whole(files=MODEL):
    return {**files, manifest.NAME: manifest.manifest_bytes(files)}


def run(script, arguments, url, home, **options):
    settings = {
        "HF_ENDPOINT": url,
        "HF_HOME": str(home),
        "HF_TOKEN": "",
        "TEXTVAE_HUB_DEADLINE": str(DEADLINE),
        **options.pop("env", {}),
    }
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


def fetch(sources, url, home, **options):
    """What `download.fetch` gives for each source, one after the other in one fresh process."""
    done = run(FETCH, sources, url, home, **options)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [answer | {"stderr": done.stderr} for answer in answers]


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


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


# Addresses


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("hf://me/model", ("me/model", "main")),
        ("hf://me/model@v1.0", ("me/model", "v1.0")),
        ("hf://my-org/text_vae.2@refs/pr/3", ("my-org/text_vae.2", "refs/pr/3")),
        (f"hf://me/model@{'a' * 40}", ("me/model", "a" * 40)),
    ],
)
def test_an_address_names_a_repository_and_a_revision(source, address):
    assert download.parse(source) == address
    assert str(download.parse(source)) == source


@pytest.mark.parametrize(
    "source",
    ["hf://model", "hf://me/", "hf://me/model@", "hf://me/model/x", "hf://me/../x@y"]
    + ["hf://me/model@../../x", "hf://me/model@/etc", "hf://me/mo del", "hf://me/model\n"],
)
def test_what_is_no_address_is_refused_with_the_form_of_one(source):
    with pytest.raises(BadInput, match="hf://owner/repo or hf://owner/repo@revision, got 'hf:"):
        download.parse(source)


# Fetching


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


# Outages: each in a process of its own, first with nothing in the cache, then with a copy


def refused(server):
    return {"url": closed_port()}


def no_such_host(server):
    return {"url": "http://hub.invalid"}


def overloaded(server):
    server.fail[""] = 503


def too_many_requests(server):
    server.fail[""] = 429


def overloaded_at_the_file(server):
    server.fail["GET .*safetensors"] = 503


def limited_at_the_file(server):
    server.fail["GET .*safetensors"] = 429


def silent(server):
    server.is_silent.set()


def stalled(server):
    server.stall = "safetensors"


def cut(server):
    server.cut = "safetensors"


def gated(server):
    for repo in server.repos.values():
        repo.is_gated = True


def no_repository(server):
    server.repos.clear()


def no_revision(server):
    for repo in server.repos.values():
        repo.refs.clear()


def no_manifest(server):
    for repo in server.repos.values():
        repo.files.pop(manifest.NAME)


def no_file(server):
    for repo in server.repos.values():
        repo.files.pop("vocabulary.txt")


def no_hub(server):
    server.fail[""] = 200


def full_disk(server):
    def allow_small_files_only():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    return {"preexec_fn": allow_small_files_only}


def offline(server):
    return {"env": {"HF_HUB_OFFLINE": "1"}}


OUTAGES = [
    (refused, "Unavailable", "cannot reach 127.0.0.1:.* refused.*try again later"),
    (no_such_host, "Unavailable", "cannot reach download.invalid .*try again later"),
    (overloaded, "Unavailable", "answers 503.*try again later"),
    (too_many_requests, "Unavailable", "answers 429.*try again later"),
    (overloaded_at_the_file, "Unavailable", "answers 503.*try again later"),
    (limited_at_the_file, "Unavailable", "answers 429.*try again later"),
    (silent, "Unavailable", "(not answered for 2 seconds|not answer in time).*try again later"),
    (
        stalled,
        "Unavailable",
        "(not answered for 2 seconds|not answer in time).*try again later",
    ),
    (cut, "Unavailable", "breaks off again and again.*try again later"),
    (gated, "BadInput", "gated: ask for access at https://huggingface.co/me/.*HF_TOKEN"),
    (no_repository, "BadInput", "no me/[a-z]+ on the Hub, or it is private; check the name"),
    (no_revision, "BadInput", "has no revision 'main'; see https://huggingface.co/me/"),
    (no_manifest, "BadInput", "has no manifest.json.*not a whole textvae model.*push"),
    (no_file, "BadInput", "has no vocabulary.txt.*not a whole textvae model.*push"),
    (no_hub, "Unavailable", "does not answer as the Hub does.*HF_ENDPOINT"),
    (full_disk, "Unavailable", "the disk of the cache .* is full; make room, or set HF_HOME"),
    (offline, "Unavailable", "HF_HUB_OFFLINE is set; unset it once"),
]


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


def assert_matches(text, pattern):
    assert re.search(pattern, text), text


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


def listed(**change):
    files = {name: {"size": 3, "sha256": "0" * 64} for name in manifest.FILES} | change
    return json.dumps({"format": 1, "files": files})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "{}",
        '{"format": 2, "files": {}}',
        '{"format": 1, "files": {}}',
        listed(**{"../evil.py": {"size": 3, "sha256": "0" * 64}}),
        listed(**{"config.json": None}),
        listed(**{"config.json": {"size": True, "sha256": "0" * 64}}),
        listed(**{"config.json": {"size": -1, "sha256": "0" * 64}}),
        listed(**{"config.json": {"size": 2**40, "sha256": "0" * 64}}),
        listed(**{"config.json": {"size": 3, "sha256": "zz"}}),
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / manifest.NAME
    path.write_text(text)
    with pytest.raises(BadInput, match=manifest.NAME) as caught:
        manifest.read(path)
    assert "\n" not in str(caught.value)


def test_a_local_folder_is_checked_where_it_has_a_manifest(tmp_path):
    for name, data in whole().items():
        (tmp_path / name).write_bytes(data)
    manifest.check(tmp_path)
    (tmp_path / "vocabulary.txt").write_bytes(b"a\ncat\n")
    with pytest.raises(BadInput, match="vocabulary.txt differs from what manifest.json"):
        manifest.check(tmp_path)
    (tmp_path / manifest.NAME).unlink()
    manifest.check(tmp_path)


@pytest.mark.parametrize("value", ["soon", "0", "-3", "inf", "nan"])
def test_a_bad_deadline_is_refused(monkeypatch, value):
    monkeypatch.setenv("TEXTVAE_HUB_DEADLINE", value)
    with pytest.raises(
        BadInput, match=f"TEXTVAE_HUB_DEADLINE must be seconds above 0, got '{value}'"
    ):
        deadlines.hub_deadline()


# Pushing

PUSH = """
import json, sys
from pathlib import Path
from textvae.loading import locate
from textvae.hub import upload
from textvae.errors import BadInput
folder, repo, *flags = sys.argv[1:]
files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
try:
    pushed = upload.push(files, repo, private="--private" in flags)
    answer = {"model": pushed._asdict(), "error": ""}
    if "--space" in flags:
        answer["space"] = upload.push_space(pushed)._asdict()
except BadInput as error:
    answer = {"error": str(error), "kind": type(error).__name__}
print(json.dumps(answer))
"""
CARD = b"---\nlicense: mit\n---\n# A model\n"


def push(folder, files, url, *arguments, token="hf_right", **options):
    """What `upload.push` gives in a fresh process."""
    source = folder / "pushed"
    source.mkdir(exist_ok=True)
    for name, data in files.items():
        (source / name).write_bytes(data)
    env = {"HF_TOKEN": token, **options.pop("env", {})}
    done = run(PUSH, [str(source), *arguments], url, folder / "home", env=env, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
    version = upload.pinned_version(space.files)
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


@pytest.mark.parametrize(
    "repo", ["model", "me/", "me/a/b", "hf://me/model", "me/a--b", "me/.."]
)
def test_a_name_that_is_no_repository_is_refused(repo):
    with pytest.raises(BadInput, match="a repository on the Hub is named owner/repo, got "):
        upload.check_name(repo)


# The commands, as docs/your-own-space.md has them


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """What the steps of the page printed, in order, and the Hub afterwards."""
    from tiny import saved_weights

    folder = tmp_path_factory.mktemp("follow")
    shutil.copytree(saved_weights(), folder / "runs" / "lines")
    page = (ROOT / "docs" / "your-own-space.md").read_text("utf-8")
    steps = [
        step.strip() for step in re.findall(r"^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    ]
    with HubServer(token="hf_...") as server:
        settings = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
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
