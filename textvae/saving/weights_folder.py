"""The weights folder, read and written as a whole, the same on disk and on the Hub.

    config.json  vocabulary.txt  model.safetensors  report.json  manifest.json  README.md
    prior.safetensors  (optional: the prior over captions, a VAE of their meaning)
    seen.safetensors   (optional: a filter of the training captions)
    map.safetensors    (optional: generated captions on a plane)
    directions.safetensors  (optional: how codes move if one attribute of a caption changes)
    labels.safetensors      (optional: a classifier of codes by label)

Nothing in it is executed: settings are validated, and arrays are loaded by name, with exactly
the names and shapes of the network that the settings describe. Weights are stored in half
precision, with 11 significant bits, and used in single precision; metrics are measured with the
rounded weights.
"""

import dataclasses
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textvae.checks import one_line
from textvae.config.settings import ModelConfig
from textvae.data.text_modes import CAPTION, TextSettings
from textvae.data.vocabulary import vocabulary_bytes
from textvae.errors import BadInput
from textvae.latent import directions
from textvae.nn.model import TextVAE
from textvae.saving import manifest, model_card, parts
from textvae.saving.bundle import ModelBundle
from textvae.saving.files import json_bytes, write_files
from textvae.saving.manifest import DIRECTIONS, LABELS, MAP, MODEL, PRIOR, TRAINING_SET_FILTER
from textvae.saving.network import read_network
from textvae.saving.variables import array_bytes, half_precision, named_variables

log = logging.getLogger(__name__)

TRIES = 3  # while another process replaces the files that are being read


def save(bundle: ModelBundle, folder: Path) -> None:
    """Write the weights folder: all files or, if one cannot be written, none.

    Raises:
        BadInput: there is a file of that name, or the folder has a link that points out of it.
        OSError: the disk is full or not writable; existing files are untouched.

    Example:
        >>> from textvae import loading
        >>> save(load(loading.locate("article")), Path("copy"))
        >>> load(Path("copy")).name
        'article'
    """
    if folder.is_file():
        raise BadInput(f"{folder} is a file; name a folder for the weights")
    manifest.finish_renames(folder)
    files = files_of(bundle, f"path/to/{bundle.name}")
    for path in map(folder.joinpath, files):
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BadInput(
                f"{path} is a link out of its folder; remove it, or name another one"
            )
    write_files(folder, files, first=manifest.NAME)


def files_of(bundle: ModelBundle, source: str) -> dict[str, bytes]:
    """The weights folder as bytes by name; the same model gives the same bytes.

    Args:
        bundle: the contents of the files.
        source: what `textvae.load` takes to get this model, for the card.

    Example:
        >>> from textvae import loading
        >>> sorted(files_of(load(loading.locate("article")), "hf://me/article"))
        ['README.md', 'config.json', 'manifest.json', 'map.safetensors', 'model.safetensors',
         'prior.safetensors', 'report.json', 'seen.safetensors', 'vocabulary.txt']
    """
    files = {
        "config.json": json_bytes(config_of(bundle)),
        "vocabulary.txt": vocabulary_bytes(bundle.tokenizer),
        MODEL: array_bytes(half_precision(named_variables(bundle.model))),
        "report.json": json_bytes(bundle.report),
    }
    if bundle.prior:
        files[PRIOR] = array_bytes(half_precision(named_variables(bundle.prior)))
    if bundle.training_set_filter:
        files[TRAINING_SET_FILTER] = array_bytes(*bundle.training_set_filter.arrays())
    if bundle.latent_map:
        files[MAP] = array_bytes(*bundle.latent_map.arrays())
    if bundle.directions:
        files[DIRECTIONS] = array_bytes(*directions.to_arrays(bundle.directions))
    if bundle.labels:
        files[LABELS] = array_bytes(*bundle.labels.arrays())
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
    try:
        return model_card.model_card(config_of(bundle), facts, source)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        log.warning(
            "the report of %s was not written by textvae; its card is incomplete", bundle.name
        )
        return model_card.model_card(config_of(bundle), {}, source)


def config_of(bundle: ModelBundle) -> dict[str, Any]:
    """The content of `config.json`.

    Example:
        >>> from textvae import loading
        >>> config_of(load(loading.locate("article")))["vocab_size"]
        878
    """
    return {
        "format": parts.FORMAT,
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
    try:
        for _ in range(TRIES):
            found = manifest.find(folder)
            try:
                bundle = _load(found.paths)
                manifest.check(folder, found)  # last, as errors of single files are clearer
            except (BadInput, OSError):
                if manifest.text_of(folder) == found.text:
                    raise
            else:
                if manifest.text_of(folder) == found.text:
                    return bundle
        raise BadInput(f"{folder} keeps changing while it is read; try again later")
    except BadInput as error:
        raise BadInput(one_line(str(error))) from error


def _load(paths: Mapping[str, Path]) -> ModelBundle:
    config = parts.read_config(paths["config.json"])
    vocab_size = config["vocab_size"]
    text = parts.text_settings(config["text"], paths["config.json"])
    tokenizer = parts.checked_vocabulary(paths["vocabulary.txt"], text.mode, vocab_size)
    sizes = ModelConfig.from_dict(config["model"])
    model = read_network(paths[MODEL], sizes, vocab_size)
    prior = None
    if config["prior"] is not None:
        if PRIOR not in paths:
            raise BadInput(
                f"{paths['config.json']} has a prior that the manifest does not list; copy the"
                " folder again"
            )
        sizes = ModelConfig.from_dict(config["prior"])
        prior = read_network(paths[PRIOR], sizes, vocab_size)
    return ModelBundle(
        name=config["name"],
        model=model,
        tokenizer=tokenizer,
        text=text,
        prior=prior,
        report=parts.read_report(paths["report.json"]),
        training_set_filter=parts.read_training_set_filter(paths.get(TRAINING_SET_FILTER)),
        latent_map=parts.read_map(paths.get(MAP), _map_units(model, prior)),
        directions=parts.read_directions(paths.get(DIRECTIONS), model.config.latent_dim),
        labels=parts.read_labels(paths.get(LABELS), model.config.latent_dim),
    )


def _map_units(model: TextVAE, prior: TextVAE | None) -> int:
    """The units of the codes that a map shows: those of scenes, if there are scenes."""
    has_scenes = prior is not None and not prior.config.is_language_model
    return (prior if has_scenes and prior else model).config.latent_dim


def _text_of(text: TextSettings) -> dict[str, Any]:
    """The text part of `config.json`, without the mode `caption`, as in former versions."""
    values = dataclasses.asdict(text)
    if text.mode == CAPTION:
        del values["mode"]
    return values
