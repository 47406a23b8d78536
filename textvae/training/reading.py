"""The captions of a recipe, in memory or, if too many, on disk."""

import contextlib
import dataclasses
import logging
import math
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textvae.config.settings import DataConfig
from textvae.data.block_files import BlockFile
from textvae.data.caption_set import Captions, Example
from textvae.data.captions import CaptionStream
from textvae.data.readers.sources import fingerprint
from textvae.data.stored_captions import StoredCaptions, gather
from textvae.data.text_modes import PLAIN
from textvae.hub.datasets import with_local_copies
from textvae.runtime.scratch import PREFIX

COUNTED_BITS = 2**22  # at least; a quarter of the number of lines if larger
CACHED = ("captions", "validation", "training-tokens", "validation-tokens")  # files of a run

log = logging.getLogger(__name__)


def _reading(data: DataConfig) -> dict[str, Any]:
    """The settings for reading captions, as arguments of `CaptionStream`."""
    return {
        "instances": data.instances,
        "category": data.category,
        "options": data.read_options,
        # Lengths in pieces can be counted only once pieces are learned.
        "max_length": None if data.text == PLAIN else data.max_length,
        "mode": data.text,
        "keep_punctuation": data.keep_punctuation,
    }


def gathered_captions(
    data: DataConfig, files: Sequence[str], seed: int, path: Path | None, min_labels: int = 2
) -> Captions:
    """The captions of files; if too many for memory, they are stored at `path` for reuse.

    Example:
        >>> _ = Path("pets.txt").write_text("A dog runs.")
        >>> gathered_captions(DataConfig(), ["pets.txt"], seed=0, path=None).texts
        ['a dog runs']
    """
    sources, reading = with_local_copies(files), _reading(data)
    read = {**reading, "options": dataclasses.asdict(data.read_options)}
    identity = [*map(fingerprint, (*sources, *data.instances)), read, seed]
    if path and (file := BlockFile.find(path, identity)):
        log.info("using the lines stored in %s", path.parent)
        found = file.facts
        examples = tuple(Example(*each) for each in found["examples"])
        return Captions(StoredCaptions(file), **{**found, "examples": examples})
    stream = CaptionStream(sources, **reading, min_labels=min_labels)
    return stream.result(gather(stream, path, seed, identity, stream.account))


def count_different(captions: Captions) -> int:
    """The number of distinct texts; an estimate if the captions are on disk.

    Example:
        >>> from textvae.data.caption_set import Caption
        >>> count_different(Captions((Caption("1", "a dog"), Caption("2", "a dog")), 2, {}))
        1

    Source: Whang et al. 1990, linear counting (ACM TODS 15).
    """
    if not isinstance(captions.captions, StoredCaptions):
        return len(set(captions.each_text()))
    is_seen = np.zeros(max(len(captions) // 4, COUNTED_BITS), bool)
    for text in captions.each_text():
        is_seen[zlib.crc32(text.encode()) % len(is_seen)] = True
    share = float(is_seen.mean())
    estimate = -len(is_seen) * math.log(max(1.0 - share, 1 / len(is_seen)))
    return min(round(estimate), len(captions))


def remove_cache(folder: Path) -> None:
    """Remove the captions and tokens that runs have stored in a folder, and nothing else.

    Example:
        >>> Path("cache").mkdir()
        >>> _ = Path("cache/notes.txt").write_text("mine")
        >>> remove_cache(Path("cache"))
        >>> list(map(str, Path("cache").iterdir()))
        ['cache/notes.txt']
    """
    found = [name for name in CACHED if (folder / f"{name}.tfrecord").exists()]
    for path in (folder / f"{name}.{kind}" for name in found for kind in ("tfrecord", "json")):
        with contextlib.suppress(OSError):
            path.unlink()
    for path in folder.glob(f"{PREFIX}*"):  # left by killed processes
        shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):  # it is not empty, or does not exist
        folder.rmdir()
