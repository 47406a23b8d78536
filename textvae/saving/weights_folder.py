"""The weights folder: written whole, read whole, the same on disk and on the Hub.

    config.json  vocabulary.txt  model.safetensors  report.json  manifest.json  README.md
    prior.safetensors (the language model that draws from the fitted prior; may be missing)
    seen.safetensors  (which captions it was trained on; may be missing)
    map.safetensors  (captions of its own on a plane; may be missing)

Nothing in it is ever executed: settings are validated, arrays are loaded by name, and their
names and shapes must be exactly those of the network that the settings describe. Weights are
stored in half precision, 11 bits, and computed with in single; figures are measured after that.
"""

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import safetensors
import safetensors.numpy
import tensorflow as tf

from textvae.config.recipe import ModelConfig, read_json
from textvae.data.tokenizer import Tokenizer
from textvae.data.training_set_filter import NAME as SEEN
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.errors import BadInput
from textvae.latent.latent_map import NAME as MAP
from textvae.latent.latent_map import LatentMap
from textvae.nn.model import TextVAE
from textvae.saving import manifest, model_card

FORMAT = 2
PRIOR = "prior.safetensors"
# What the network's layers draw their first weights with.
DRAWN = (
    keras.initializers.RandomNormal,
    keras.initializers.GlorotUniform,
    keras.initializers.OrthogonalInitializer,
)
Arrays = dict[str, np.ndarray[Any, Any]]


@dataclasses.dataclass(frozen=True)
class TextSettings:
    """How captions were read when the model was trained."""

    max_length: int
    keep_punctuation: bool = False


@dataclasses.dataclass
class ModelBundle:
    """All that a weights folder holds; `prior` is the language model behind the fitted one."""

    name: str
    model: TextVAE
    tokenizer: Tokenizer
    text: TextSettings
    prior: TextVAE | None
    report: dict[str, Any]
    seen: TrainingSetFilter | None = None
    latent_map: LatentMap | None = None


def named_variables(layer: keras.Layer) -> dict[str, keras.Variable]:
    """Every weight under the attribute names that lead to it, such as `decoder.lstm.kernel`.

    Keras's own paths carry a counter of the process, so they cannot be keys in a file. A part
    that two layers share is named by the first.
    """
    found: dict[str, keras.Variable] = {}
    seen: set[int] = set()
    for name, variable in _walk(layer, ""):
        if id(variable) not in seen:
            seen.add(id(variable))
            found[name] = variable
    return found


def _walk(layer: keras.Layer, prefix: str) -> Iterator[tuple[str, keras.Variable]]:
    parts = {
        name: part
        for name, part in vars(layer).items()
        if isinstance(part, keras.Layer) and not name.startswith("_")
    }
    inside = {id(variable) for part in parts.values() for variable in part.weights}
    for variable in layer.weights:
        if id(variable) not in inside:
            yield prefix + variable.name, variable
    for name, part in parts.items():
        yield from _walk(part, f"{prefix}{name}.")


def assign_arrays(variables: Mapping[str, keras.Variable], arrays: Arrays, source: str) -> None:
    """Put `arrays` into `variables`; refused unless names and shapes are exactly the same."""
    if missing := sorted(set(variables) - set(arrays)):
        raise BadInput(f"{source} lacks the weights {missing[0]} ({len(missing)} in all)")
    if extra := sorted(set(arrays) - set(variables)):
        raise BadInput(f"{source} holds the unknown weights {extra[0]} ({len(extra)} in all)")
    for name, variable in variables.items():
        if tuple(variable.shape) != arrays[name].shape:
            raise BadInput(
                f"{source}: {name} has the shape {list(arrays[name].shape)}, but the settings"
                f" and the vocabulary beside it ask for {list(variable.shape)}"
            )
        if not np.isfinite(arrays[name]).all():
            raise BadInput(f"{source}: {name} holds values that are not finite numbers")
    for name, variable in variables.items():
        variable.assign(arrays[name])


def read_arrays(path: Path) -> tuple[Arrays, dict[str, str]]:
    """The arrays of a safetensors file and its metadata; a damaged file is refused."""
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    try:
        with safetensors.safe_open(path, "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return arrays, file.metadata() or {}
    except safetensors.SafetensorError as error:
        raise BadInput(
            f"{path} is truncated or damaged ({error}); copy or train it again"
        ) from None


def array_bytes(arrays: Mapping[str, Any], metadata: dict[str, str] | None = None) -> bytes:
    """A safetensors file as bytes; the same arrays give the same bytes."""
    plain = {name: np.asarray(value, order="C") for name, value in arrays.items()}
    data: bytes = safetensors.numpy.save(plain, metadata)
    return data


def json_bytes(value: Any) -> bytes:
    """Readable JSON with a final newline."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """All of `files` or none: each is written aside first, and renamed when all are on disk.

    Raises:
        OSError: the disk is full or not writable; what was there before is untouched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = {name: folder / f".{name}.partial" for name in files}
    try:
        for name, data in files.items():
            with aside[name].open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for name, path in aside.items():
            path.replace(folder / name)
    finally:
        for path in aside.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def save(stored: ModelBundle, folder: Path) -> None:
    """Write the weights folder; see `write_files` for what a full disk does (nothing)."""
    write_files(folder, files_of(stored, f"path/to/{stored.name}"))


def files_of(stored: ModelBundle, source: str) -> dict[str, bytes]:
    """The weights folder as bytes by name; the same model gives the same bytes.

    Args:
        stored: what the files hold.
        source: what `load` takes to get this model, for the card.
    """
    config = config_of(stored)
    files = {
        "config.json": json_bytes(config),
        "vocabulary.txt": "".join(f"{word}\n" for word in stored.tokenizer.words).encode(),
        "model.safetensors": _weights(stored.model),
        "report.json": json_bytes(stored.report),
    }
    if stored.prior:
        files[PRIOR] = _weights(stored.prior)
    if stored.seen:
        files[SEEN] = array_bytes(*stored.seen.arrays())
    if stored.latent_map:
        files[MAP] = array_bytes(*stored.latent_map.arrays())
    files[manifest.NAME] = manifest.manifest_bytes(files)
    facts = dict(stored.report)
    if stored.latent_map:
        facts["map"] = {"captions": len(stored.latent_map.captions)}
    files[model_card.NAME] = model_card.model_card(config, facts, source).encode()
    return files


def _weights(model: TextVAE) -> bytes:
    """Rounded to half precision: a file half as large, and no figure that would show it."""
    arrays = {name: each.numpy() for name, each in named_variables(model).items()}
    largest = float(np.finfo(np.float16).max)
    return array_bytes(
        {
            name: np.clip(each, -largest, largest).astype(np.float16)
            for name, each in arrays.items()
        }
    )


def config_of(stored: ModelBundle) -> dict[str, Any]:
    """What `config.json` holds."""
    return {
        "format": FORMAT,
        "name": stored.name,
        "model": dataclasses.asdict(stored.model.config),
        "prior": dataclasses.asdict(stored.prior.config) if stored.prior else None,
        "text": dataclasses.asdict(stored.text),
        "vocab_size": len(stored.tokenizer),
    }


def load(folder: Path) -> ModelBundle:
    """Read a weights folder. Raises `BadInput` for whatever is missing, damaged or at odds."""
    config = _read_config(folder / "config.json")
    tokenizer = Tokenizer.load(folder / "vocabulary.txt")
    if len(tokenizer) != config["vocab_size"]:
        raise BadInput(
            f"{folder / 'vocabulary.txt'} has {len(tokenizer)} words, but the weights beside it"
            f" were trained with {config['vocab_size']}: the files are of different models"
        )
    model = _read_model(folder / "model.safetensors", config["model"], len(tokenizer))
    report = read_json(folder / "report.json") if (folder / "report.json").is_file() else {}
    prior = _read_prior(folder, config["prior"], len(tokenizer))
    text = TextSettings(**config["text"])
    found = _read_seen(folder)
    latent_map = _read_atlas(folder, model.config.latent_dim)
    manifest.check(folder)  # last: what is wrong with a file says more than that it changed
    return ModelBundle(config["name"], model, tokenizer, text, prior, report, found, latent_map)


def _read_model(path: Path, settings: Any, vocab_size: int) -> TextVAE:
    with _undrawn():
        model = TextVAE(ModelConfig.from_dict(settings), vocab_size)
    assign_arrays(named_variables(model), read_arrays(path)[0], str(path))
    return model


def _read_prior(folder: Path, settings: Any, vocab_size: int) -> TextVAE | None:
    if settings is None:
        return None
    if not ModelConfig.from_dict(settings).is_language_model:
        raise BadInput(
            f"{folder / 'config.json'} has a prior with latent units: no language model"
        )
    return _read_model(folder / PRIOR, settings, vocab_size)


@contextlib.contextmanager
def _undrawn() -> Iterator[None]:
    """Within, weights begin as zeros: those of a file follow, and drawing takes a while."""
    kept = {kind: kind.__call__ for kind in DRAWN}
    try:
        for kind in DRAWN:
            kind.__call__ = lambda _, shape, dtype=None, **__: tf.zeros(shape, dtype)
        yield
    finally:
        for kind, draw in kept.items():
            kind.__call__ = draw


def _read_config(path: Path) -> dict[str, Any]:
    config = read_json(path)
    wanted = {"format": int, "name": str, "model": dict, "text": dict, "vocab_size": int}
    if not isinstance(config, dict):
        raise BadInput(f"{path} is not the config.json of a textvae model")
    for key, kind in wanted.items():
        if type(config.get(key)) is not kind:
            raise BadInput(
                f"{path} is not the config.json of a textvae model: no valid {key!r}"
            )
    if config["format"] != FORMAT:
        raise BadInput(
            f"{path} is of format {config['format']}, and this version reads {FORMAT};"
            " install the textvae that wrote it"
        )
    if not isinstance(config.get("prior", 0), dict | None):
        raise BadInput(f"{path} is not the config.json of a textvae model: no valid 'prior'")
    length, punctuation = (config["text"].get(k) for k in ("max_length", "keep_punctuation"))
    is_valid = type(length) is int and 1 <= length <= 200 and type(punctuation) is bool
    if not is_valid or len(config["text"]) != 2:
        raise BadInput(f"{path} has text settings that are not valid: {config['text']}")
    return config


def _read_seen(folder: Path) -> TrainingSetFilter | None:
    if not manifest.has_part(folder, SEEN):
        return None
    arrays, metadata = read_arrays(folder / SEEN)
    return TrainingSetFilter.from_arrays(arrays, metadata, str(folder / SEEN))


def _read_atlas(folder: Path, latent_dim: int) -> LatentMap | None:
    if not manifest.has_part(folder, MAP):
        return None
    arrays, metadata = read_arrays(folder / MAP)
    return LatentMap.from_arrays(arrays, metadata, latent_dim, str(folder / MAP))
