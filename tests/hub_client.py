"""The Hub's client in processes of its own, against a Hub on the loopback, and outages of it.

The client reads its settings when it is imported, so each case needs a new process.
"""

import json
import os
import re
import resource
import socket
import subprocess
import sys
from pathlib import Path

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
FETCH = """
import json, logging, sys, time
from textvae.cli.logs import logging_to_standard_error
from textvae.errors import BadInput
from textvae.hub import download

def answer_for(source):
    started = time.monotonic()
    try:
        answer = download.fetch(source)._asdict() | {"error": ""}
    except BadInput as error:
        answer = {"error": str(error), "kind": type(error).__name__}
    return answer | {"seconds": time.monotonic() - started}

with logging_to_standard_error(logging.INFO):
    for source in sys.argv[1:]:
        print(json.dumps(answer_for(source), default=str))
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


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def assert_matches(text, pattern):
    assert re.search(pattern, text), text


PUSH = """
import json, sys
from pathlib import Path
from textvae.errors import BadInput
from textvae.hub.space import push_space
from textvae.hub.upload import push
folder, repo, *flags = sys.argv[1:]
files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
try:
    pushed = push(files, repo, private="--private" in flags)
    answer = {"model": pushed._asdict(), "error": ""}
    if "--space" in flags:
        answer["space"] = push_space(pushed)._asdict()
except BadInput as error:
    answer = {"error": str(error), "kind": type(error).__name__}
print(json.dumps(answer))
"""
CARD = b"---\nlicense: mit\n---\n# A model\n"


def push(folder, files, url, *arguments, token="hf_right", **options):
    """What `push` gives in a fresh process."""
    source = folder / "pushed"
    source.mkdir(exist_ok=True)
    for name, data in files.items():
        (source / name).write_bytes(data)
    env = {"HF_TOKEN": token, **options.pop("env", {})}
    done = run(PUSH, [str(source), *arguments], url, folder / "home", env=env, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
    (no_such_host, "Unavailable", "cannot reach hub.invalid .*try again later"),
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
    (offline, "Unavailable", "HF_HUB_OFFLINE is set; unset it to use the network"),
]
