"""The time from the start of a process to its first caption.

    python -m benchmarks.start_up textvae|keras|pytorch NOW    the parts of one, as JSON

`app_start` starts the page, and `bare_imports` does its two indispensable imports; both are
timed from outside. NOW is `time.time()` when the process was started.
"""

import importlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any
from unittest import mock

from benchmarks.machine import ROOT, in_subprocess, print_progress
from benchmarks.rows import MAX_WORDS
from benchmarks.sizes import SHIPPED, shipped_size

SYSTEMS = ("textvae", "keras", "pytorch")
PATIENCE = 180.0  # seconds after which a page that does not answer is given up
BARE = "import tensorflow, gradio"
COMMANDS = {
    "import_textvae": ("-c", "import textvae"),
    "import_tensorflow": ("-c", "import tensorflow"),
    "generate": ("-m", "textvae", "generate"),
}
QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "TF_CPP_MIN_LOG_LEVEL": "3"}


def bare_imports() -> float:
    """Seconds from process start until only tensorflow and gradio are imported."""
    start = time.time()
    done = _python("-c", f"{BARE}; import time; print(time.time())")
    return float(done.stdout.split()[-1]) - start


def command(name: str) -> dict[str, float]:
    """Seconds by the clock and of processor time of one of `COMMANDS`, from start to exit."""
    before, start = os.times(), time.time()
    _python(*COMMANDS[name])
    after = os.times()
    spent = after.children_user + after.children_system
    return {
        "seconds": time.time() - start,
        "cpu_seconds": spent - before.children_user - before.children_system,
    }


def _python(*arguments: str) -> Any:
    environment = {**os.environ, **QUIET}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )


def app_start() -> dict[str, float]:
    """Seconds from the start of `python app.py` until its page answers, and its first caption.

    The caption is requested as soon as the page answers, through the endpoint for programs.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.time()
    app = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "GRADIO_SERVER_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = f"http://127.0.0.1:{port}"
        _wait_for(page, app, start + PATIENCE)
        answered = time.time() - start
        if not first_caption(page):
            raise RuntimeError("app.py made an empty caption")
        return {"page": answered, "caption": time.time() - start}
    finally:
        app.terminate()
        app.wait(20)


def _wait_for(page: str, app: Any, deadline: float) -> None:
    while time.time() < deadline and app.poll() is None:
        try:
            with urllib.request.urlopen(page, timeout=10) as answer:
                answer.read()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise RuntimeError(f"app.py never answered at {page}")


def first_caption(page: str) -> str:
    """One caption of the running page, by its endpoint `generate`."""
    body = json.dumps({"num_captions": 1}).encode()
    call = f"{page}/gradio_api/call/v2/generate"
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        event = json.load(answer)["event_id"]
    results = f"{page}/gradio_api/call/generate/{event}"
    with urllib.request.urlopen(results, timeout=PATIENCE) as stream:
        lines = [line.decode().strip() for line in stream]
    if "event: complete" not in lines:
        raise RuntimeError(f"app.py made no caption: {lines}")
    done = lines.index("event: complete")
    said = json.loads(lines[done + 1].removeprefix("data:"))[0]
    return str(said["captions"][0])


def measure(rounds: int) -> dict[str, Any]:
    """The page's start relative to the bare imports, in turns, and the parts of each start.

    A first round, which is not counted, fills the disk caches.
    """
    print_progress("start-up")
    bare, apps, commands = [], [], []
    for number in range(rounds + 1):
        times = bare_imports(), app_start(), {name: command(name) for name in COMMANDS}
        if number:
            bare.append(times[0])
            apps.append(times[1])
            commands.append(times[2])
    for _ in range(2):  # the first time, modules not yet imported are read from disk
        parts = {
            name: in_subprocess("benchmarks.start_up", name, str(time.time()))
            for name in SYSTEMS
        }
    ratios = [app["caption"] / imports for app, imports in zip(apps, bare, strict=True)]
    return {
        "ratio": statistics.median(ratios),
        "bare_imports": statistics.median(bare),
        "page": statistics.median(app["page"] for app in apps),
        "first_caption": statistics.median(app["caption"] for app in apps),
        "commands": {
            name: {
                unit: statistics.median(each[name][unit] for each in commands)
                for unit in ("seconds", "cpu_seconds")
            }
            for name in COMMANDS
        },
        "parts": parts,
    }


class Parts:
    """Seconds of successive parts, from the start of the process on."""

    def __init__(self, start: float) -> None:
        self.last, self.seconds = start, dict[str, float]()

    def end(self, part: str) -> None:
        """Record the part that has just ended."""
        now = time.time()
        self.seconds[part], self.last = now - self.last, now


def start_of_textvae(parts: Parts) -> Any:
    """The parts of `textvae.load`, each timed."""
    from textvae.runtime.imports import import_tensorflow

    import_tensorflow()
    import numpy as np

    from textvae.nn.model import TextVAE
    from textvae.pipeline import Pipeline
    from textvae.saving import network, weights_folder

    parts.end("import")
    seconds = []

    def build(*arguments: Any, **options: Any) -> TextVAE:
        start = time.time()
        built = TextVAE(*arguments, **options)
        seconds.append(time.time() - start)
        return built

    with mock.patch.object(network, "TextVAE", build):
        vae = Pipeline(weights_folder.load(SHIPPED))
    parts.end("load")
    parts.seconds["build"] = sum(seconds)
    parts.seconds["load"] -= sum(seconds)
    z = np.zeros((1, vae.latent_dim), np.float32)
    return lambda: vae.compiled.generator.decode(z, 0.0, 1.0, 0)


def reference(name: str, what: str) -> Any:
    """`KerasTraining`, `TorchDecoding`, and so on; the other library is not imported."""
    library = {"keras": "Keras", "pytorch": "Torch"}[name]
    module = importlib.import_module(f"benchmarks.plain_{library.lower()}")
    return getattr(module, library + what)


def start_of_reference(name: str, parts: Parts) -> Any:
    """Import, build, load and decode of a reference."""
    import numpy as np
    import safetensors.numpy

    decoding = reference(name, "Decoding")
    parts.end("import")
    size = shipped_size()
    network = decoding(size.config, size.vocab_size, MAX_WORDS)
    parts.end("build")
    network.take(safetensors.numpy.load_file(SHIPPED / "model.safetensors"))
    parts.end("load")
    z = np.zeros((1, size.config.latent_dim), np.float32)
    return lambda: network.decode(z, 0.0, 1)


def main(name: str, start: str) -> None:
    """The start of one system, for `in_subprocess`."""
    parts = Parts(float(start))
    decode = start_of_textvae(parts) if name == "textvae" else start_of_reference(name, parts)
    decode()
    parts.end("first_decode")
    print(json.dumps({**parts.seconds, "total": sum(parts.seconds.values())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
