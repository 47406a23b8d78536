"""The Hub's client in processes of its own, against a Hub on the loopback.

The client reads its settings when it is imported, so each case needs a new process.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from forked import run_forked
from verbs import free_port

from textvae.saving import manifest

ROOT = Path(__file__).resolve().parent.parent
DEADLINE = 5.0  # seconds; the processes of these tests do not wait for the default of 15
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
from huggingface_hub import get_session
from huggingface_hub.file_download import hf_hub_url
from textvae.cli.logs import logging_to_standard_error
from textvae.errors import BadInput
from textvae.hub import download

get_session()  # what it takes to import the client and its certificates is not measured

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
heavy = {"keras", "tensorflow", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""


def whole(files=MODEL):
    return {**files, manifest.NAME: manifest.manifest_bytes(files)}


def run(script, arguments, url, home, kind="hub", **options):
    settings = {
        "HF_ENDPOINT": url,
        "HF_HOME": str(home),
        "HF_TOKEN": "",
        "TEXTVAE_HUB_DEADLINE": str(DEADLINE),
        **options.pop("env", {}),
    }
    environment = {**os.environ, **settings}
    if options:  # such as preexec_fn, which a fork cannot have
        return subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            **options,
        )
    return run_forked(120, code=script, arguments=arguments, env=environment, kind=kind)


def fetch(sources, url, home, **options):
    """What `download.fetch` gives for each source, one after the other in one fresh process."""
    done = run(FETCH, sources, url, home, **options)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [answer | {"stderr": done.stderr} for answer in answers]


def closed_port():
    return f"http://127.0.0.1:{free_port()}"


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
        answer["space"] = push_space(pushed, gpu="--gpu" in flags)._asdict()
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
