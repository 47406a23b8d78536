"""The networks that speed is measured with, and how they are trained."""

import dataclasses
from typing import NamedTuple

from benchmarks.machine import ROOT
from textvae.config.recipe import find_recipe
from textvae.config.settings import ModelConfig, TrainConfig
from textvae.data.text_files import read_json

SHIPPED = ROOT / "weights" / "coco"


class Size(NamedTuple):
    """A network to measure with, and the captions in a batch that it is trained on."""

    name: str
    config: ModelConfig
    vocab_size: int
    batch_size: int


def standard_size() -> Size:
    """Fixed, so that results of different days and machines can be compared.

    With batches of 256 and a learning rate to match it gets as far in the same minutes as with
    smaller ones (docs/speed.md), and its steps have more to do for what each costs once.
    """
    config = ModelConfig(latent_dim=32, embed_dim=128, encoder_dim=256, hidden_dim=512)
    return Size("128/512/32, 10,000 words", config, 10_000, 256)


def shipped_size() -> Size:
    """Of the weights that the page opens on, with the batches of their recipe."""
    raw, settings = read_json(SHIPPED / "config.json"), recipe_settings()
    config = ModelConfig.from_dict(raw["model"])
    return Size("shipped", config, raw["vocab_size"], settings.batch_size)


def recipe_settings() -> TrainConfig:
    """Batch size, beta, optimiser and noise of the recipe behind those weights.

    Without what the references have not: codes moved, and captions cut to pieces.
    """
    return dataclasses.replace(find_recipe("coco").train, latent_noise=0.0, fragments=0.0)
