"""A small training in a separate process, and the comparison of two result folders.

The processes are forked from one that has imported TensorFlow without starting it, so a
training takes seconds.
"""

import contextlib
import functools
import importlib
import itertools
import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

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
# Entries that differ between any two runs.
CLOCK = {"seconds", "total_seconds", "tokens_per_second", "finished", "command"}
# Next to a run's folder: its number of renames, the seconds of each call of a stage, and when
# it sent itself a signal.
DONE, CALLS, SENT = ".renames", ".calls", ".sent"
STAGES = {  # the function of each stage of a training run
    "reading": "textvae.training.train:read_splits",
    "in a step": "textvae.nn.model:TextVAE.fit",
    "evaluating": "textvae.nn.model:TextVAE.evaluate",
    "saving a checkpoint": "textvae.training.checkpointing:Checkpointing.save",
    "saving weights": "textvae.saving.weights_folder:save",
    "fitting the prior": "textvae.training.train:train_prior",
    "drawing the map": "textvae.training.train:_draw_map",
    "measuring": "textvae.training.train:evaluate",
    "writing the report": "textvae.pipeline:Pipeline.save",
    "writing the history": "textvae.training.train:write_history",
}
server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(["textvae.training.train", "textvae.training.prior_run"])


class Blow(NamedTuple):
    """A signal that a training run sends itself in a call of a stage, or as the call ends.

    Attributes:
        stage: one of `STAGES`.
        call: the number of the call, from 1.
        seconds: after the beginning of the call.
        number: of the signal.
    """

    stage: str
    call: int
    seconds: float
    number: int


def start(
    output: Path, *, death: int = 0, blow: Blow | None = None, full: Path | None = None
) -> BaseProcess:
    """A training run, which resumes the run in `output`; its log is next to that.

    Args:
        output: its folder.
        death: the rename after which it kills itself; 0 is never.
        blow: when it sends itself a signal, if at all.
        full: a file for which the disk has no space, if any.
    """
    process = server.Process(target=_train, args=(output, death, blow, full))
    process.start()
    return process


def run(output: Path, **options: Any) -> int | None:
    """Run `start` to its end: the exit code, or minus the signal that ended it."""
    process = start(output, **options)
    process.join()
    return process.exitcode


def said_by(output: Path) -> str:
    """The output so far of the runs in a folder."""
    return output.with_suffix(".log").read_text()


def renames_of(output: Path) -> int:
    """The number of renames of an unbroken training."""
    return int(output.with_suffix(DONE).read_text())


def differences(folder: Path, other: Path) -> list[str]:
    """The names of the files that are not bitwise equal in two weights folders.

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
    """Captions of images, two per image, in COCO's format."""
    texts = ["".join(parts) for parts in itertools.product(*PARTS)][::-1][:130]
    notes = [
        {"id": i, "image_id": i // 2, "caption": text} for i, text in enumerate(sorted(texts))
    ]
    images = [{"id": i} for i in range(len(texts) // 2)]
    path = folder / "captions.json"
    if not path.exists():  # another run may be reading it
        path.write_text(json.dumps({"images": images, "annotations": notes}))
    return path


def _train(output: Path, death: int, blow: Blow | None, full: Path | None) -> None:
    """The process: a command on its own files, with its log in a file."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # background jobs ignore it
    descriptor = os.open(output.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 2)
    os.dup2(descriptor, 1)
    count = _dying_after(death)
    calls = _time_stages(blow, output.with_suffix(SENT))
    if full:
        _fill_disk_for(full)
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
    output.with_suffix(CALLS).write_text(json.dumps(calls))


def _time_stages(blow: Blow | None, sent: Path) -> dict[str, list[float]]:
    """Time each call of each stage from now on, and send the signal in the chosen one."""
    calls: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for stage, lengths in calls.items():
        _time(stage, lengths, blow if blow and blow.stage == stage else None, sent)
    return calls


def _time(stage: str, lengths: list[float], blow: Blow | None, sent: Path) -> None:
    module, _, path = STAGES[stage].partition(":")
    *owners, name = path.split(".")
    owner: Any = functools.reduce(getattr, owners, importlib.import_module(module))
    function = getattr(owner, name)

    def timed(*arguments: Any, **named: Any) -> Any:
        begun = time.monotonic()
        is_meant = blow is not None and blow.call == len(lengths) + 1
        with _striking(blow, sent) if blow and is_meant else contextlib.nullcontext():
            found = function(*arguments, **named)
        lengths.append(time.monotonic() - begun)
        return found

    setattr(owner, name, timed)


@contextlib.contextmanager
def _striking(blow: Blow, sent: Path) -> Iterator[None]:
    striking = threading.Lock()

    def strike() -> None:
        if striking.acquire(blocking=False):  # once, and never released
            sent.write_text(str(time.monotonic()))
            os.kill(os.getpid(), blow.number)

    timer = threading.Timer(blow.seconds, strike)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        strike()


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


def _fill_disk_for(path: Path) -> None:
    """Make this process write a file to the device that is always full from now on."""
    opened = Path.open

    def open_or_full(self: Path, *arguments: Any, **named: Any) -> Any:
        if self == path:
            return opened(Path("/dev/full"), "wb")
        return opened(self, *arguments, **named)

    Path.open = open_or_full  # type: ignore[method-assign]
