"""Trainings that are killed or stopped, and resumed to the result of an unbroken one."""

import os
import random
import re
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

from benchmarks.faults import victim
from benchmarks.faults.tally import Row, Tally, Try
from textvae.saving import manifest

KILLS = 40
LIMIT = 5.0  # seconds from a signal to the end
STAGES = {  # what the log says last before each
    "reading": "",
    "training": "precision of",
    "training the prior": "training the prior",
    "measuring": "measuring",
    "drawing the map": "drawing the map",
    "at the end": "is it good",
}


def after_every_rename(given: Try) -> list[Row]:
    """Kill a training after each of its renames in turn, and resume each."""
    whole, same = (
        Tally("killed after a rename: the folder is whole"),
        Tally("killed after a rename and resumed: equal to an unbroken training"),
    )
    unbroken = _unbroken(given.folder)
    for death in given.share(range(1, victim.renames_of(unbroken) + 1)):
        folder = given.folder / f"death-{death}"
        ended = victim.run(folder, death=death)
        what = f"after rename {death}"
        whole.note(ended == -signal.SIGKILL and _is_whole(folder), what)
        _resume(folder, unbroken, same, what)
    return [whole.row(f"{victim.renames_of(unbroken)} renames a training"), same.row()]


def at_random_moments(given: Try) -> list[Row]:
    """Kill trainings at moments drawn over their length, and resume each."""
    whole, same = (
        Tally("killed at a random moment: the folder is whole"),
        Tally("killed at a random moment and resumed: equal to an unbroken training"),
    )
    began = time.monotonic()
    unbroken = _unbroken(given.folder)
    length = time.monotonic() - began
    rng, stages = random.Random(given.seed), Counter[str]()
    moments = [rng.uniform(0.1, 1.0) * length for _ in range(KILLS)]
    for moment in given.share(moments):
        folder = given.folder / f"moment-{moment:.4f}"
        ended = _signalled(folder, moment, signal.SIGKILL)
        stages[_stage(folder)] += 1
        what = f"after {moment:.2f} of {length:.2f} seconds, {_stage(folder)}"
        whole.note(ended in (0, -signal.SIGKILL) and _is_whole(folder), what)
        _resume(folder, unbroken, same, what)
    figures = ", ".join(f"{count} {stage}" for stage, count in stages.items())
    return [whole.row(figures), same.row()]


def by_signals(given: Try) -> list[Row]:
    """Send Ctrl-C and SIGTERM at random moments; each ends soon and says how to go on."""
    tally = Tally("Ctrl-C or SIGTERM at a random moment: ends within 5 s and says how to go on")
    began = time.monotonic()
    _unbroken(given.folder)
    length = time.monotonic() - began
    rng, slowest = random.Random(given.seed), 0.0
    signals = (signal.SIGINT, signal.SIGTERM)
    moments = [(rng.uniform(0.1, 1.0) * length, signals[i % 2]) for i in range(KILLS)]
    for moment, number in given.share(moments):
        folder = given.folder / f"moment-{moment:.4f}"
        process = victim.start(folder, log=folder.with_suffix(".log"))
        process.join(moment)
        sent = time.monotonic()
        if process.exitcode is None and process.pid:
            os.kill(process.pid, number)
        process.join(60)
        seconds = time.monotonic() - sent
        slowest = max(slowest, seconds)
        said = folder.with_suffix(".log").read_text()
        last = said.strip().splitlines()[-1] if said.strip() else ""
        is_told = bool(re.search("^textvae: interrupted.*(--resume|again)", last))
        is_over = process.exitcode == 0 and "the weights are in" in said
        is_kept = seconds < LIMIT and "Traceback" not in said
        is_kept = is_kept and (is_over or (process.exitcode == 1 and is_told))
        tally.note(is_kept, f"{number.name} {_stage(folder)}: {seconds:.1f} s, {last[:100]!r}")
    return [tally.row(f"the slowest {slowest:.1f} s")]


def _unbroken(folder: Path) -> Path:
    """The folder of a training that nothing happened to."""
    output = folder / "unbroken"
    if victim.run(output):
        raise RuntimeError(output.with_suffix(".log").read_text())
    return output


def _signalled(folder: Path, moment: float, number: int) -> int | None:
    """Start a training and send it a signal after so many seconds; how it ended."""
    process = victim.start(folder, log=folder.with_suffix(".log"))
    process.join(moment)
    if process.exitcode is None and process.pid:
        os.kill(process.pid, number)
    process.join()
    return process.exitcode


def _is_whole(folder: Path) -> bool:
    """Whether every model in the folder, if there is one yet, is as its manifest says."""
    models = [each for each in (folder, folder / "prior") if manifest.has_model(each)]
    return not any(manifest.changed_files(each) for each in models)


def _resume(folder: Path, unbroken: Path, tally: Tally, what: str) -> None:
    ended = victim.run(folder)
    said = folder.with_suffix(".log").read_text()
    found = [f"exit {ended}: {said[-300:]}"] if ended else victim.differences(folder, unbroken)
    tally.note(not found, f"{what}: {', '.join(found)}")
    shutil.rmtree(folder, ignore_errors=True)


def _stage(folder: Path) -> str:
    """What the training was about when its log ended."""
    log = folder.with_suffix(".log")
    said = log.read_text() if log.exists() else ""
    return [stage for stage, begins in STAGES.items() if begins in said][-1]
