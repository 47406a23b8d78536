"""Accidental damage to checkpoints and weights: flipped bits and lost bytes."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults import victim
from benchmarks.faults.tally import Row, Tally, Try
from textvae import loading
from textvae.errors import BadInput
from textvae.saving import manifest
from textvae.saving.sealed import read_sealed
from textvae.training.checkpointing import CHECKPOINT, PREVIOUS
from textvae.training.run import parse_run

TRIES = 2000


def checkpoints(given: Try) -> list[Row]:
    """Damage a checkpoint in one place at a time."""
    tally = Tally("a damaged checkpoint is refused")
    folder = _trained(given.folder)
    damaged = given.folder / CHECKPOINT
    for name in (CHECKPOINT, PREVIOUS):
        for what, data in given.share(_damages((folder / name).read_bytes(), given.seed)):
            damaged.write_bytes(data)
            try:
                parse_run(read_sealed(damaged)[1].get("run"))
                tally.note(False, f"{name}: {what}")
            except BadInput as error:
                tally.note(str(error).isprintable(), f"{name}: {what}: {error}")
    return [tally.row("two checkpoints are kept")]


def weights(given: Try) -> list[Row]:
    """Damage each file of a weights folder that its manifest covers."""
    tally = Tally("a damaged file of weights is refused")
    folder = given.folder / "copy"
    shutil.copytree(loading.locate("article"), folder)
    for name in (*manifest.read(folder / manifest.NAME), manifest.NAME):
        path = folder / name
        before = path.read_bytes()
        for what, data in given.share(_damages(before, given.seed, TRIES // 8)):
            path.write_bytes(data)
            try:
                manifest.check(folder, manifest.find(folder))
                same = name == manifest.NAME and _says_the_same(folder)
                tally.note(same, f"{name}: {what}")
            except BadInput as error:
                tally.note(str(error).isprintable(), f"{name}: {what}: {error}")
        path.write_bytes(before)
    return [tally.row()]


def _says_the_same(folder: Path) -> bool:
    """Whether a manifest with changed blanks still lists every file correctly."""
    return not manifest.changed_files(folder)


def _trained(folder: Path) -> Path:
    output = folder / "trained"
    if victim.run(output):
        raise RuntimeError(victim.said_by(output))
    return output


def _damages(data: bytes, seed: int, tries: int = TRIES) -> Iterator[tuple[str, bytes]]:
    """Flipped bits in every part of the file, and bytes lost, added, or zeroed."""
    rng = random.Random(seed)
    for _ in range(tries):
        place, bit = rng.randrange(len(data)), 1 << rng.randrange(8)
        if rng.random() < 0.3:
            place %= 2000  # headers are small
        flipped = bytearray(data)
        flipped[place % len(data)] ^= bit
        yield f"bit {bit} of byte {place % len(data)} flipped", bytes(flipped)
    for _ in range(tries // 20):
        cut = rng.randrange(len(data))
        yield f"cut at byte {cut}", data[:cut]
        hole = data[:cut] + bytes(min(512, len(data) - cut)) + data[cut + 512 :]
        if hole != data:
            yield f"zeros from byte {cut} on", hole
    yield "a byte added", data + b"\0"
