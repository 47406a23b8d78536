"""The facts that all workers of a training run must share, with user-facing names."""

import zlib
from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf

from textvae.config.recipe import Recipe
from textvae.runtime.workers import Workers
from textvae.training.preparation import Splits
from textvae.training.run import flat
from textvae.version import __version__

# Paths may differ between machines; the contents of the files may not.
PATHS = ("captions", "validation", "instances", "embeddings")


def facts_of(workers: Workers, recipe: Recipe, splits: Splits, resume: bool) -> dict[str, str]:
    """The facts of this worker, such as `train.beta` and a checksum of the captions.

    Args:
        workers: all of them, and the index of this one.
        recipe: the settings, sized for the captions.
        splits: the captions.
        resume: whether a run is continued.

    Example:
        >>> from textvae.data.caption_set import Caption, Captions
        >>> few, workers = Captions((Caption("1", "a dog"),), 1, {}), Workers(("a:1", "b:1"), 0)
        >>> facts = facts_of(workers, Recipe(name="mine"), Splits(few, few), resume=False)
        >>> facts["train.beta"], facts["training captions"]
        ('0.2', '1 with checksum 8e0daa6f')
    """
    settings = recipe.as_dict()
    data = {key: value for key, value in settings["data"].items() if key not in PATHS}
    sections = {"data": data} | {name: settings[name] for name in ("model", "train", "prior")}
    gpus = len(tf.config.get_visible_devices("GPU"))
    return {
        "the addresses": ", ".join(workers.addresses),
        "the version": f"{__version__} with code {code_checksum():08x}",
        "TensorFlow": tf.__version__,
        "GPUs": str(gpus),
        **{key: str(value) for key, value in flat(sections).items()},
        "training captions": _described(splits.train.each_text()),
        "validation captions": _described(splits.validation.each_text()),
        "--resume": "given" if resume else "not given",
    }


def code_checksum() -> int:
    """A number below 2**32 that changes with the code of the package.

    Example:
        >>> code_checksum() == code_checksum()
        True
    """
    folder, checksum = Path(__file__).parents[1], 0
    for path in sorted(folder.rglob("*.py")):
        name = str(path.relative_to(folder)).encode()
        checksum = zlib.crc32(path.read_bytes(), zlib.crc32(name, checksum))
    return checksum


def _described(texts: Iterable[str]) -> str:
    checksum = count = 0
    for text in texts:
        checksum, count = zlib.crc32(f"{text}\n".encode(), checksum), count + 1
    return f"{count:,} with checksum {checksum:08x}"
