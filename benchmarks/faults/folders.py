"""A full disk at every file of a training run, and two runs in one folder."""

import os
import signal
import time

from benchmarks.faults import victim
from benchmarks.faults.kills import is_whole, resume, unbroken_in
from benchmarks.faults.tally import Row, Tally, Try
from textvae.saving.files import partial_of
from textvae.training.checkpointing import CHECKPOINT, NEXT, PREVIOUS


def full_disk(given: Try) -> list[Row]:
    """No space for one file after another; each run is resumed once there is space."""
    told = Tally("no space for a file: it is named, and the folder is whole")
    same = Tally("no space for a file, then resumed: equal to an unbroken training")
    unbroken = unbroken_in(given.folder)
    paths = {
        each.with_name(NEXT) if each.name in (CHECKPOINT, PREVIOUS) else each
        for each in unbroken.rglob("[!.]*")
        if each.is_file()
    }
    for number, path in given.share(enumerate(sorted(paths))):
        folder = given.folder / f"full-{number}"
        target = folder / path.relative_to(unbroken)
        ended = victim.run(folder, full=partial_of(target))  # which is renamed when it is whole
        said = victim.said_by(folder).strip().splitlines()[-1]
        is_told = f"cannot write {target}: No space left" in said
        told.note(ended == 1 and is_told and is_whole(folder), f"{target.name}: {said}")
        resume(folder, unbroken, same, target.name)
    return [told.row(), same.row()]


def two_at_once(given: Try) -> list[Row]:
    """A second run is told about the first; once that is killed, a third continues."""
    told = Tally("a second training in a folder is told who holds it")
    free = Tally("a killed training holds no lock")
    for number in given.share(range(10)):
        folder = given.folder / f"both-{number}"
        lock = folder / ".lock"
        first = victim.start(folder)
        while first.is_alive() and not (lock.is_file() and lock.stat().st_size):
            time.sleep(0.01)
        ended = victim.run(folder)
        said = victim.said_by(folder)
        is_told = f"is being trained by process {first.pid} " in said
        told.note(ended == 2 and is_told, said[-200:])
        os.kill(first.pid or 0, signal.SIGKILL)
        first.join()
        free.note(victim.run(folder) == 0, victim.said_by(folder)[-200:])
    return [told.row(), free.row()]
