"""A small training in a process of its own, and whether two folders hold the same result.

The processes are forked from one that has imported TensorFlow and started nothing of it, so a
training takes seconds.
"""

import itertools
import json
import logging
import multiprocessing
import os
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from textvae.saving import manifest

SETTINGS = {
    "data": {"min_count": 1, "validation_share": 0.2, "max_length": 10},
    "model": {"latent_dim": 5, "embed_dim": 12, "encoder_dim": 10, "hidden_dim": 20},
    "train": {
        "epochs": 3, "batch_size": 40, "learning_rate": 0.01, "warmup_steps": 2,
        "beta": 0.05, "beta_epochs": 1.0, "min_active_units": 0,
    },
    "prior": {"epochs": 2, "batch_size": 40},
}  # fmt: skip
PARTS = (
    ("a ", "a small ", "a very big "),
    ("dog", "cat", "man", "elephant", "zebra"),
    (" runs", " sits", " sleeps"),
    ("", " on the beach", " near a red house", " in the snow"),
)
# What no two runs share.
CLOCK = {"seconds", "total_seconds", "tokens_per_second", "finished", "command"}
DONE = ".renames"  # beside a run's folder: how many renames it took
server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(["textvae.training.train", "textvae.training.prior_run"])


def start(output: Path, *, death: int = 0, log: Path | None = None) -> BaseProcess:
    """A training, which resumes what is in `output`.

    Args:
        output: its folder.
        death: after which rename it kills itself; 0 is never.
        log: a file for what it says.
    """
    process = server.Process(target=_train, args=(output, death, log))
    process.start()
    return process


def run(output: Path, *, death: int = 0) -> int | None:
    """A training to its end; its exit code, or less the signal that ended it."""
    log = output.with_suffix(".log")
    process = start(output, death=death, log=log)
    process.join()
    return process.exitcode


def renames_of(output: Path) -> int:
    """How many renames an unbroken training took."""
    return int(output.with_suffix(DONE).read_text())


def differences(folder: Path, other: Path) -> list[str]:
    """The names of what is not equal, bit for bit, in two weights folders.

    Of reports, clocks are left out.
    """
    ours, theirs = (manifest.find(each) for each in (folder, other))
    names = sorted(ours.paths.keys() | theirs.paths.keys())
    different = [
        n for n in names if _content(ours.paths.get(n)) != _content(theirs.paths.get(n))
    ]
    return [*different, *(f"{name} is damaged" for name in ours.changed)]


def _content(path: Path | None) -> Any:
    if path is None or not path.is_file():
        return None
    if path.name.removeprefix(".").startswith("report.json"):
        return _without_clock(json.loads(path.read_bytes()))
    return path.read_bytes()


def _without_clock(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_clock(each) for key, each in value.items() if key not in CLOCK}
    return [_without_clock(each) for each in value] if isinstance(value, list) else value


def captions_file(folder: Path) -> Path:
    """Captions of images, two of each, as COCO's files have them."""
    texts = ["".join(parts) for parts in itertools.product(*PARTS)][::-1][:130]
    notes = [
        {"id": i, "image_id": i // 2, "caption": text} for i, text in enumerate(sorted(texts))
    ]
    images = [{"id": i} for i in range(len(texts) // 2)]
    path = folder / "captions.json"
    path.write_text(json.dumps({"images": images, "annotations": notes}))
    return path


def _train(output: Path, death: int, log: Path | None) -> None:
    """The process: a command on its own files, with its log in a file."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a job in the background ignores
    if log:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, 2)
        os.dup2(descriptor, 1)
    count = _dying_after(death)
    from textvae.cli.main import main
    from textvae.training import checkpointing

    checkpointing.SECONDS_BETWEEN_CHECKPOINTS = 0.0
    recipe = output.with_suffix(".json")
    recipe.write_text(json.dumps({"name": "victim", **SETTINGS}))
    more = ["--resume"] if checkpointing.latest(output) else []
    captions = captions_file(output.parent)
    arguments = ["train", str(recipe), "--captions", str(captions), "--output", str(output)]
    try:
        main([*arguments, *more])
    except SystemExit as stop:
        logging.shutdown()
        sys.exit(stop.code)
    output.with_suffix(DONE).write_text(str(count()))


def _dying_after(death: int) -> Any:
    """Count the renames of this process from now on, and kill it after one of them."""
    replace, count = Path.replace, 0

    def dying(self: Path, target: Any) -> Path:
        nonlocal count
        found = replace(self, target)
        count += 1
        if count == death:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    Path.replace = dying  # type: ignore[method-assign]
    return lambda: count
