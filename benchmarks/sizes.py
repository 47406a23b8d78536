"""The networks for measuring speed, and their training settings."""

import dataclasses
from typing import NamedTuple

from benchmarks.machine import ROOT
from textvae.config.recipe import find_recipe
from textvae.config.settings import ModelConfig, TrainConfig
from textvae.data.text_files import read_json

SHIPPED = ROOT / "weights" / "coco"


class Size(NamedTuple):
    """A network to measure, and its number of captions in a training batch."""

    name: str
    config: ModelConfig
    vocab_size: int
    batch_size: int


def standard_size() -> Size:
    """A fixed size, so that results of different days and machines are comparable.

    With batches of 256 and a matching learning rate, it learns as much in the same time as with
    smaller ones (docs/speed.md), and the fixed cost of a step is spread over more captions.
    """
    config = ModelConfig(latent_dim=32, embed_dim=128, encoder_dim=256, hidden_dim=512)
    return Size("128/512/32, 10,000 words", config, 10_000, 256)


def shipped_size() -> Size:
    """The size of the page's default weights, and the batch size of their recipe."""
    raw, settings = read_json(SHIPPED / "config.json"), recipe_settings()
    config = ModelConfig.from_dict(raw["model"])
    return Size("shipped", config, raw["vocab_size"], settings.batch_size)


def recipe_settings() -> TrainConfig:
    """Batch size, beta, optimiser and noise of the recipe behind those weights.

    Latent noise and fragments, which the references lack, are off.
    """
    return dataclasses.replace(find_recipe("coco").train, latent_noise=0.0, fragments=0.0)
