"""Trainings that are killed or stopped, and resumed to the result of an unbroken run."""

import json
import random
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults import victim
from benchmarks.faults.tally import Row, Tally, Try
from textvae.saving import manifest

KILLS = 40
LIMIT = 5.0  # seconds from a signal to the end


def after_every_rename(given: Try) -> list[Row]:
    """Kill a training run after each of its renames in turn, and resume each."""
    whole, same = (
        Tally("killed after a rename: the folder is whole"),
        Tally("killed after a rename and resumed: equal to an unbroken training"),
    )
    unbroken = unbroken_in(given.folder)
    for death in given.share(range(1, victim.renames_of(unbroken) + 1)):
        folder = given.folder / f"death-{death}"
        ended = victim.run(folder, death=death)
        what = f"after rename {death}"
        whole.note(ended == -signal.SIGKILL and is_whole(folder), what)
        resume(folder, unbroken, same, what)
    return [whole.row(f"{victim.renames_of(unbroken)} renames a training"), same.row()]


def at_random_moments(given: Try) -> list[Row]:
    """Kill training runs at random moments of every stage, and resume each."""
    whole, same = (
        Tally("killed at a random moment: the folder is whole"),
        Tally("killed at a random moment and resumed: equal to an unbroken training"),
    )
    unbroken = unbroken_in(given.folder)
    stages = Counter[str]()
    for place, blow in given.share(enumerate(_blows(unbroken, given.seed, signal.SIGKILL))):
        folder = given.folder / f"blow-{place}"
        ended = victim.run(folder, blow=blow)
        stages[blow.stage] += 1
        what = f"{blow.stage}, call {blow.call}, after {blow.seconds:.2f} s"
        whole.note(ended == -signal.SIGKILL and is_whole(folder), what)
        resume(folder, unbroken, same, what)
    figures = ", ".join(f"{count} {stage}" for stage, count in stages.items())
    return [whole.row(figures), same.row()]


def by_signals(given: Try) -> list[Row]:
    """Send Ctrl-C and SIGTERM at random moments; each run ends soon, with how to continue."""
    tally = Tally("Ctrl-C or SIGTERM at a random moment: ends within 5 s and says how to go on")
    unbroken = unbroken_in(given.folder)
    slowest = 0.0
    blows = _blows(unbroken, given.seed, signal.SIGINT, signal.SIGTERM)
    for place, blow in given.share(enumerate(blows)):
        folder = given.folder / f"blow-{place}"
        process = victim.start(folder, blow=blow)
        process.join(120)
        if process.is_alive():
            process.kill()
        seconds = time.monotonic() - float(folder.with_suffix(victim.SENT).read_text())
        slowest = max(slowest, seconds)
        said = victim.said_by(folder)
        last = said.strip().splitlines()[-1] if said.strip() else ""
        is_told = re.search("^textvae: interrupted; .*(--resume continues|starts over)", last)
        is_over = process.exitcode == 0 and "the weights are in" in said
        is_kept = seconds < LIMIT and "Traceback" not in said
        is_kept = is_kept and (is_over or (process.exitcode == 1 and is_told is not None))
        name = signal.Signals(blow.number).name
        tally.note(is_kept, f"{name} {blow.stage}: {seconds:.1f} s, {last[:100]!r}")
    return [tally.row(f"the slowest {slowest:.1f} s")]


def _blows(unbroken: Path, seed: int, *numbers: int) -> Iterator[victim.Blow]:
    """Forty moments, equally many per stage, drawn over its calls and their durations."""
    calls = json.loads(unbroken.with_suffix(victim.CALLS).read_text())
    stages, rng = list(calls), random.Random(seed)
    for place in range(KILLS):
        stage = stages[place % len(stages)]
        number = numbers[place // len(stages) % len(numbers)]
        # The first call of `fit` compiles, and hardly any of it is a step.
        call = rng.randrange(int(stage == "in a step"), len(calls[stage]))
        yield victim.Blow(stage, call + 1, rng.random() * calls[stage][call], number)


def unbroken_in(folder: Path) -> Path:
    """The folder of an undisturbed training run."""
    output = folder / "unbroken"
    if victim.run(output):
        raise RuntimeError(victim.said_by(output))
    return output


def is_whole(folder: Path) -> bool:
    """Whether every model in the folder, if there is any, matches its manifest."""
    models = [each for each in (folder, folder / "prior") if manifest.has_model(each)]
    return not any(manifest.changed_files(each) for each in models)


def resume(folder: Path, unbroken: Path, tally: Tally, what: str) -> None:
    """Resume an interrupted run, compare it with the unbroken one, and remove it."""
    ended = victim.run(folder)
    said = victim.said_by(folder)
    found = [f"exit {ended}: {said[-300:]}"] if ended else victim.differences(folder, unbroken)
    tally.note(not found, f"{what}: {', '.join(found)}")
    shutil.rmtree(folder, ignore_errors=True)
