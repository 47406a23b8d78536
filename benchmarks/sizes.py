"""The networks that speed is measured with, and how they are trained."""

import dataclasses
from typing import NamedTuple

from benchmarks.machine import ROOT
from textvae.config import ModelConfig, TrainConfig, find_recipe, read_json

SHIPPED = ROOT / "weights" / "coco"


class Size(NamedTuple):
    """A network to measure with."""

    name: str
    config: ModelConfig
    vocab_size: int


def standard_size() -> Size:
    """Fixed, so that figures of different days and machines compare."""
    config = ModelConfig(latent_dim=32, embed_dim=128, encoder_dim=256, hidden_dim=512)
    return Size("128/512/32, 10,000 words", config, 10_000)


def shipped_size() -> Size:
    """Of the weights that the page opens on."""
    raw = read_json(SHIPPED / "config.json")
    return Size("shipped", ModelConfig.from_dict(raw["model"]), raw["vocab_size"])


def recipe_settings() -> TrainConfig:
    """Batch size, beta, optimiser and noise of the recipe behind those weights.

    Without what the references have not: codes moved, and captions cut to pieces.
    """
    return dataclasses.replace(find_recipe("coco").train, code_noise=0.0, fragments=0.0)
