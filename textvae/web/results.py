"""The results of a `Service` for the page and the endpoints, in plain Python types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.latent.caption_posterior import CaptionPosterior

InTrainingSet = tuple[bool, ...] | None  # of each caption; None if the model cannot tell


@dataclass(frozen=True)
class Facts:
    """The facts about a loaded model for the header and the controls.

    Attributes:
        max_length: words of the longest caption that the model reads.
        notice: about the origin of the weights, such as a cached copy.
        language: of the captions, such as `en`; empty if it is not known.
        idle_gpus: the GPUs that the model does not use.
        num_captions: that it was trained on; 0 if unknown.
        is_unfinished: whether its training has not ended.
    """

    name: str
    device: str
    latent_dim: int
    max_length: int
    has_prior: bool
    notice: str = ""
    language: str = ""
    idle_gpus: tuple[str, ...] = ()
    num_captions: int = 0
    is_unfinished: bool = False


@dataclass(frozen=True)
class Generated:
    """Captions from random codes, with the settings that reproduce them.

    Attributes:
        codes: the codes, `[N, D]`.
        in_training_set: whether each caption is in the training data.
        probabilities: of each word of each caption, if requested.
        words: the words of each caption, if their probabilities were requested.
        language: of the captions, such as `en`; empty if it is not known.
    """

    model: str
    captions: tuple[str, ...]
    temperature: float
    top_p: float
    seed: int
    prior: str
    codes: np.ndarray
    in_training_set: InTrainingSet = None
    probabilities: tuple[tuple[float, ...], ...] | None = None
    words: tuple[tuple[str, ...], ...] = ()
    language: str = ""


@dataclass(frozen=True)
class Reconstructed:
    """A caption, its posterior, and its reconstructions.

    Attributes:
        typed: the caption as typed.
        posterior: of the caption as read.
        caption: decoded from the posterior's mean.
        draws: decoded from draws of the posterior.
        max_length: words of the longest caption that the model reads.
        in_training_set: whether the caption as read, `caption` and each of `draws` are in the
            training data.
    """

    model: str
    typed: str
    posterior: CaptionPosterior
    caption: str
    draws: tuple[str, ...]
    max_length: int
    in_training_set: InTrainingSet = None
    language: str = ""

    @property
    def prepared(self) -> PreparedCaption:
        """The prepared caption."""
        return self.posterior.prepared


@dataclass(frozen=True)
class InterpolationPath:
    """The captions on a path between two captions.

    Attributes:
        typed: both captions as typed.
        posteriors: of both captions as read.
        fine: the captions at all positions of the slider.
        stride: the number of positions of `fine` per row of the list.
        path: `linear` or `spherical`.
        max_length: words of the longest caption that the model reads.
        in_training_set: whether each of `captions` is in the training data.

    Example:
        >>> fine = "a dog", "a dog sits", "a cat sits", "a cat on a bed", "a cat"
        >>> InterpolationPath("coco", ("a dog", "a cat"), (), fine, 2, "linear", 16).captions
        ('a dog', 'a cat sits', 'a cat')
    """

    model: str
    typed: tuple[str, str]
    posteriors: tuple[CaptionPosterior, CaptionPosterior]
    fine: tuple[str, ...]
    stride: int
    path: str
    max_length: int
    in_training_set: InTrainingSet = None
    language: str = ""

    @property
    def captions(self) -> tuple[str, ...]:
        """The rows of the list: both ends and the steps between."""
        return self.fine[:: self.stride]

    @property
    def prepared(self) -> tuple[PreparedCaption, PreparedCaption]:
        """Both prepared captions."""
        first, last = self.posteriors
        return first.prepared, last.prepared


@dataclass(frozen=True)
class About:
    """The facts about a model.

    Attributes:
        report: of the weights, unchecked.
        card: the model card as Markdown; empty if the report is invalid.
        example: a caption, encoded and decoded; None if the model cannot read one.
        is_of_pieces: whether its vocabulary has pieces of text instead of words.
    """

    name: str
    facts: Facts
    vocab_size: int
    report: dict[str, Any]
    card: str
    example: Reconstructed | None
    is_of_pieces: bool = False
