"""The weights folder: written whole, read whole, the same on disk and on the Hub.

    config.json  vocabulary.txt  model.safetensors  report.json  manifest.json  README.md
    prior.safetensors  (optional: the prior over captions, a VAE of what they say)
    seen.safetensors   (optional: which captions the model was trained on)
    map.safetensors    (optional: captions of the model's own on a plane)

Nothing in it is executed: settings are validated, and arrays are loaded by name, where names
and shapes must be exactly those of the network that the settings describe. Weights are stored
in half precision, with 11 significant bits, and used in single precision; metrics are measured
with the rounded weights.
"""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from textvae.config import renamed
from textvae.config.settings import ModelConfig
from textvae.data.text_files import read_json
from textvae.data.text_modes import CAPTION, TextSettings
from textvae.data.training_set_filter import NAME as TRAINING_SET_FILTER
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.data.vocabulary import read_vocabulary
from textvae.errors import BadInput
from textvae.latent.latent_map import FILE_NAME as MAP
from textvae.latent.latent_map import LatentMap
from textvae.nn.model import TextVAE
from textvae.saving import manifest, model_card
from textvae.saving.bundle import ModelBundle
from textvae.saving.files import json_bytes, write_files
from textvae.saving.variables import array_bytes, assign_arrays, named_variables, read_arrays

FORMAT = 2
PRIOR = "prior.safetensors"


def save(bundle: ModelBundle, folder: Path) -> None:
    """Write the weights folder: all files or, where one cannot be written, none.

    Raises:
        OSError: the disk is full or not writable; what was in the folder is untouched.

    Example:
        >>> from textvae import loading
        >>> save(load(loading.locate("article")), Path("copy"))
        >>> load(Path("copy")).name
        'article'
    """
    write_files(folder, files_of(bundle, f"path/to/{bundle.name}"))


def files_of(bundle: ModelBundle, source: str) -> dict[str, bytes]:
    """The weights folder as bytes by name; the same model gives the same bytes.

    Args:
        bundle: what the files hold.
        source: what `textvae.load` takes to get this model, for the card.

    Example:
        >>> from textvae import loading
        >>> sorted(files_of(load(loading.locate("article")), "hf://me/article"))
        ['README.md', 'config.json', 'manifest.json', 'map.safetensors', 'model.safetensors',
         'prior.safetensors', 'report.json', 'seen.safetensors', 'vocabulary.txt']
    """
    files = {
        "config.json": json_bytes(config_of(bundle)),
        "vocabulary.txt": "".join(f"{word}\n" for word in bundle.tokenizer.words).encode(),
        "model.safetensors": _weights(bundle.model),
        "report.json": json_bytes(bundle.report),
    }
    if bundle.prior:
        files[PRIOR] = _weights(bundle.prior)
    if bundle.training_set_filter:
        files[TRAINING_SET_FILTER] = array_bytes(*bundle.training_set_filter.arrays())
    if bundle.latent_map:
        files[MAP] = array_bytes(*bundle.latent_map.arrays())
    files[manifest.NAME] = manifest.manifest_bytes(files)
    files[model_card.NAME] = card_of(bundle, source).encode()
    return files


def card_of(bundle: ModelBundle, source: str) -> str:
    """The model card of a bundle; `source` is what `textvae.load` takes to get it.

    Example:
        >>> from textvae import loading
        >>> card = card_of(load(loading.locate("article")), "path/to/article")
        >>> 'textvae.load("path/to/article")' in card
        True
    """
    facts = dict(bundle.report)
    if bundle.latent_map:
        facts["map"] = {"captions": len(bundle.latent_map.captions)}
    return model_card.model_card(config_of(bundle), facts, source)


def _weights(model: TextVAE) -> bytes:
    """Rounded to half precision: the file is half as large, and no metric shows it."""
    largest = float(np.finfo(np.float16).max)
    return array_bytes(
        {
            name: np.clip(each.numpy(), -largest, largest).astype(np.float16)
            for name, each in named_variables(model).items()
        }
    )


def config_of(bundle: ModelBundle) -> dict[str, Any]:
    """The content of `config.json`.

    Example:
        >>> from textvae import loading
        >>> config_of(load(loading.locate("article")))["vocab_size"]
        878
    """
    return {
        "format": FORMAT,
        "name": bundle.name,
        "model": dataclasses.asdict(bundle.model.config),
        "prior": dataclasses.asdict(bundle.prior.config) if bundle.prior else None,
        "text": _text_of(bundle.text),
        "vocab_size": len(bundle.tokenizer),
    }


def load(folder: Path) -> ModelBundle:
    """Read a weights folder.

    Raises:
        BadInput: a file is missing or damaged, or the files do not belong together.

    Example:
        >>> from textvae import loading
        >>> bundle = load(loading.locate("article"))
        >>> bundle.text.max_length, bundle.model.config.latent_dim
        (20, 32)
    """
    config = _read_config(folder / "config.json")
    text = _text_settings(config["text"], folder / "config.json")
    tokenizer = read_vocabulary(folder / "vocabulary.txt", text.mode)
    if len(tokenizer) != config["vocab_size"]:
        raise BadInput(
            f"{folder / 'vocabulary.txt'} has {len(tokenizer)} words, but the weights beside it"
            f" were trained with {config['vocab_size']}: the files are of different models"
        )
    model = _read_model(folder / "model.safetensors", config["model"], len(tokenizer))
    prior = _read_prior(folder, config["prior"], len(tokenizer))
    path = folder / "report.json"
    report = renamed.rename_report(read_json(path)) if path.is_file() else {}
    bundle = ModelBundle(
        name=config["name"],
        model=model,
        tokenizer=tokenizer,
        text=text,
        prior=prior,
        report=report,
        training_set_filter=_read_training_set_filter(folder),
        latent_map=_read_map(folder, _map_units(model, prior)),
    )
    manifest.check(folder)  # last: what is wrong with a file says more than that it changed
    return bundle


def _read_model(path: Path, settings: Any, vocab_size: int) -> TextVAE:
    model = TextVAE(ModelConfig.from_dict(settings), vocab_size, initializer="zeros")
    assign_arrays(named_variables(model), read_arrays(path)[0], str(path))
    return model


def _map_units(model: TextVAE, prior: TextVAE | None) -> int:
    """The units of the codes that a map shows: those of scenes, where there are scenes."""
    has_scenes = prior is not None and not prior.config.is_language_model
    return (prior if has_scenes and prior else model).config.latent_dim


def _read_prior(folder: Path, settings: Any, vocab_size: int) -> TextVAE | None:
    if settings is None:
        return None
    return _read_model(folder / PRIOR, settings, vocab_size)


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
    return config


def _text_of(text: TextSettings) -> dict[str, Any]:
    """The part of `config.json` about text; without `mode`, as it once was, it is captions."""
    values = dataclasses.asdict(text)
    if text.mode == CAPTION:
        del values["mode"]
    return values


def _text_settings(raw: dict[str, Any], path: Path) -> TextSettings:
    values = {"mode": CAPTION, **raw}
    if set(values) != {field.name for field in dataclasses.fields(TextSettings)}:
        raise BadInput(f"{path} has text settings that are not valid: {str(raw)[:80]}")
    try:
        return TextSettings(**values)
    except BadInput as error:
        raise BadInput(f"{path} has {error}") from None


def _read_training_set_filter(folder: Path) -> TrainingSetFilter | None:
    if not manifest.has_part(folder, TRAINING_SET_FILTER):
        return None
    path = folder / TRAINING_SET_FILTER
    return TrainingSetFilter.from_arrays(*read_arrays(path), str(path))


def _read_map(folder: Path, latent_dim: int) -> LatentMap | None:
    if not manifest.has_part(folder, MAP):
        return None
    path = folder / MAP
    return LatentMap.from_arrays(*read_arrays(path), latent_dim, str(path))
