"""A model with everything stored with it, in memory."""

import dataclasses
from typing import Any

from textvae.data.text_modes import TextSettings
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.data.vocabulary import Vocabulary
from textvae.latent.directions import Direction
from textvae.latent.labels import Labels
from textvae.latent.latent_map import LatentMap
from textvae.nn.model import TextVAE


@dataclasses.dataclass
class ModelBundle:
    """The contents of a weights folder.

    Attributes:
        name: of the model, such as `coco`.
        model: the network.
        tokenizer: its vocabulary.
        text: how lines are read for it.
        prior: a VAE of the meaning of captions, or a language model; see `inference.space`.
        report: the content of `report.json`.
        training_set_filter: recognises captions that the model was trained on.
        latent_map: captions that the model wrote, on a plane.
        directions: along which codes of captions can be moved.
        labels: a classifier of codes by the labels of the training lines.

    Example:
        >>> from textvae.config.settings import ModelConfig
        >>> from textvae.data.tokenizer import Tokenizer
        >>> tokenizer = Tokenizer(["a", "dog"])
        >>> model = TextVAE(ModelConfig(latent_dim=2, hidden_dim=4), len(tokenizer))
        >>> bundle = ModelBundle("tiny", model, tokenizer, TextSettings(20), None, {})
        >>> bundle.prior is None and bundle.latent_map is None
        True
    """

    name: str
    model: TextVAE
    tokenizer: Vocabulary
    text: TextSettings
    prior: TextVAE | None
    report: dict[str, Any]
    training_set_filter: TrainingSetFilter | None = None
    latent_map: LatentMap | None = None
    directions: tuple[Direction, ...] = ()
    labels: Labels | None = None
