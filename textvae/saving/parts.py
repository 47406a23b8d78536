"""The parts of a weights folder, which may be external, each read with limits."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from textvae.checks import is_model_name, shown
from textvae.config import renamed
from textvae.data.text_modes import CAPTION, TextSettings
from textvae.data.tokenizer import SPECIALS
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.data.unpacking import PACKINGS
from textvae.data.vocabulary import Vocabulary, read_vocabulary
from textvae.errors import BadInput
from textvae.latent import directions, labels
from textvae.latent.directions import Direction
from textvae.latent.labels import Labels
from textvae.latent.latent_map import MAX_POINTS, MAX_TEXT, LatentMap
from textvae.saving.limited_reading import (
    MAX_CONFIG_BYTES,
    MAX_REPORT_BYTES,
    MAX_VOCABULARY_BYTES,
    read_limited,
    read_limited_json,
)
from textvae.saving.variables import Arrays, read_arrays

FORMAT = 2
# Far above the needs of a model and far below the size of memory.
MAX_WORDS, MAX_PART_BYTES = 2**20, 2**26
PACKED = tuple(mark for mark, *_ in PACKINGS)
AGAIN = "copy the folder again"  # the advice about an invalid file


def read_config(path: Path) -> dict[str, Any]:
    """The content of `config.json`, with a value of the right type for every key.

    Raises:
        BadInput: it is not the `config.json` of a model.

    Example:
        >>> from textvae import loading
        >>> read_config(loading.locate("article") / "config.json")["name"]
        'article'
    """
    config = read_limited_json(path, MAX_CONFIG_BYTES)
    wanted = {"format": int, "name": str, "model": dict, "text": dict, "vocab_size": int}
    if not isinstance(config, dict):
        raise BadInput(f"{path} is not the config.json of a textvae model; {AGAIN}")
    for key, kind in wanted.items():
        if type(config.get(key)) is not kind:
            raise BadInput(
                f"{path} is not the config.json of a textvae model: no valid {key!r}; {AGAIN}"
            )
    if config["format"] != FORMAT:
        raise BadInput(
            f"{path} is of format {shown(config['format'])}, and this version reads {FORMAT};"
            " install the textvae that wrote it"
        )
    if not is_model_name(config["name"]):
        raise BadInput(
            f"{path} has a name that is empty, too long or not printable:"
            f" {shown(config['name'])}; give it another"
        )
    if not len(SPECIALS) < config["vocab_size"] <= MAX_WORDS:
        raise BadInput(
            f"{path} has a vocab_size out of range: {shown(config['vocab_size'])}; {AGAIN}"
        )
    if not isinstance(config.get("prior", 0), dict | None):
        raise BadInput(
            f"{path} is not the config.json of a textvae model: no valid 'prior'; {AGAIN}"
        )
    return config


def text_settings(raw: dict[str, Any], path: Path) -> TextSettings:
    """The text settings in the `config.json` at `path`.

    Raises:
        BadInput: a key is missing or unknown, or a value is not valid.

    Example:
        >>> raw = {"max_length": 9, "keep_punctuation": False}
        >>> text_settings(raw, Path("config.json")).mode
        'caption'
    """
    values = {"mode": CAPTION, **raw}
    if set(values) != {field.name for field in dataclasses.fields(TextSettings)}:
        raise BadInput(f"{path} has invalid text settings: {shown(raw)}; {AGAIN}")
    try:
        return TextSettings(**values)
    except BadInput as error:
        raise BadInput(f"{path} has {error}") from None


def checked_vocabulary(path: Path, mode: str, vocab_size: int) -> Vocabulary:
    """The vocabulary, which is not read if it has more words than the weights.

    Args:
        path: the file.
        mode: the text mode.
        vocab_size: words of the weights, including special tokens.

    Raises:
        BadInput: it has a different number of words, or is not a vocabulary.

    Example:
        >>> from textvae import loading
        >>> path = loading.locate("article") / "vocabulary.txt"
        >>> len(checked_vocabulary(path, "caption", 878))
        878
    """
    data = read_limited(path, MAX_VOCABULARY_BYTES)
    count = max(data.count(b"\n"), data.count(b"\r"))
    if data and count <= vocab_size + 1 and not data.startswith(PACKED):
        tokenizer = read_vocabulary(path, mode)
        count = len(tokenizer)
        if count == vocab_size:
            return tokenizer
    raise BadInput(
        f"{path} has {count:,} words, but the weights next to it were trained with"
        f" {vocab_size:,}: the files are of different models; {AGAIN}"
    )


def read_report(path: Path) -> dict[str, Any]:
    """The report, which is not validated; empty if there is no file.

    Raises:
        BadInput: it cannot be read, or is not an object.

    Example:
        >>> read_report(Path("no/report.json"))
        {}
    """
    if not path.is_file():
        return {}
    report = renamed.rename_report(read_limited_json(path, MAX_REPORT_BYTES))
    if not isinstance(report, dict):
        raise BadInput(f"{path} is not the report of a textvae model; {AGAIN}")
    return report


def read_training_set_filter(path: Path | None) -> TrainingSetFilter | None:
    """The filter of training captions, if there is one.

    Raises:
        BadInput: the file is damaged, too large, or not a filter.

    Example:
        >>> read_training_set_filter(None) is None
        True
    """
    found = _arrays_if_there(path)
    return TrainingSetFilter.from_arrays(*found, str(path)) if found else None


def read_map(path: Path | None, latent_dim: int) -> LatentMap | None:
    """The map of a model with `latent_dim` units, if there is one.

    Raises:
        BadInput: the file is damaged, too large, or not the map of such a model.

    Example:
        >>> read_map(None, 32) is None
        True
    """
    found = _arrays_if_there(path)
    if not found:
        return None
    arrays, metadata = found
    text = arrays.get("captions", np.zeros(0, np.uint8))
    if text.dtype != np.uint8:
        raise BadInput(f"{path} has captions of the type {text.dtype}; {AGAIN}")
    if text.size > MAX_TEXT:
        raise BadInput(f"{path} has more than {MAX_TEXT:,} bytes of captions, the limit")
    if np.count_nonzero(text == ord("\n")) >= MAX_POINTS:
        raise BadInput(f"{path} has more than {MAX_POINTS:,} captions, the limit for a map")
    return LatentMap.from_arrays(arrays, metadata, latent_dim, str(path))


def read_directions(path: Path | None, latent_dim: int) -> tuple[Direction, ...]:
    """The directions of a model with `latent_dim` units; empty without a file.

    Raises:
        BadInput: the file is damaged, too large, or of another model.

    Example:
        >>> read_directions(None, 32)
        ()
    """
    found = _arrays_if_there(path)
    return directions.from_arrays(*found, latent_dim, str(path)) if found else ()


def read_labels(path: Path | None, latent_dim: int) -> Labels | None:
    """The labels of a model with `latent_dim` units, if there is a file.

    Raises:
        BadInput: the file is damaged, too large, or of another model.

    Example:
        >>> read_labels(None, 32) is None
        True
    """
    found = _arrays_if_there(path)
    return labels.from_arrays(*found, latent_dim, str(path)) if found else None


def _arrays_if_there(path: Path | None) -> tuple[Arrays, dict[str, str]] | None:
    """The arrays and the metadata of an optional part, if it exists and is not too large."""
    if path is None or not path.is_file():
        return None
    if path.stat().st_size > MAX_PART_BYTES:
        raise BadInput(f"{path} has more than {MAX_PART_BYTES:,} bytes, the limit for a file")
    return read_arrays(path)
