"""Neighbours and paraphrases, in a space where captions of similar meaning are near."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, overload

import numpy as np

from textvae.checks import whole_number
from textvae.config import defaults
from textvae.data.prepared_caption import PreparedCaption, prepare_readable
from textvae.errors import BadInput
from textvae.inference.caption import CaptionLike, is_single, prepared_of, read_each
from textvae.inference.codec import CaptionCodec
from textvae.inference.log_prob import CaptionScorer
from textvae.inference.scene_codec import SceneCodec
from textvae.latent.neighbours import nearest_codes
from textvae.saving.bundle import ModelBundle

MAX_NEIGHBOURS = 10**9
MAX_REPHRASED = 100  # captions of one scene


class Neighbour(NamedTuple):
    """A line found by `Pipeline.neighbours`, and the distance between the two codes."""

    caption: str
    distance: float


class CaptionSpace(CaptionScorer):
    """A codec with a prior over captions, so that a caption has two kinds of codes.

    The codes that `encode` gives hold the words of a caption, so `reconstruct` decodes them.
    Those of `scene` hold its meaning: captions with the same meaning are near each other,
    regardless of their words, and a code drawn from N(0, I) has a plausible meaning.

    Args:
        bundle: the model and everything stored with it.

    Attributes:
        scene: the prior over captions, a separate VAE; None without one.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> vae.space.encode("two elephants standing in the water").shape
        (32,)
    """

    def __init__(self, bundle: ModelBundle) -> None:
        super().__init__(bundle)
        self.scene: SceneCodec | None = None
        if bundle.prior:
            self.scene = SceneCodec(dataclasses.replace(bundle, model=bundle.prior))

    @property
    def has_prior(self) -> bool:
        """Whether `prior="scene"` is available."""
        return self.scene is not None

    @property
    def has_scenes(self) -> bool:
        """Whether the prior has codes, called scenes, which `rephrase` needs."""
        return self.scene is not None and not self.scene.is_language_model

    @property
    def space(self) -> CaptionCodec:
        """The codec in which similar meanings are near: `scene`, or the model without one."""
        return self.scene if self.has_scenes and self.scene else self

    @overload  # a string is also a sequence of strings; the first match counts
    def reconstruct(  # type: ignore[overload-overlap]
        self, captions: CaptionLike, *, batch_size: int | None = ..., show_progress: bool = ...
    ) -> str: ...
    @overload
    def reconstruct(
        self,
        captions: Sequence[CaptionLike],
        *,
        batch_size: int | None = ...,
        show_progress: bool = ...,
    ) -> list[str]: ...
    def reconstruct(
        self, captions: Any, *, batch_size: int | None = None, show_progress: bool = False
    ) -> Any:
        """Each caption encoded and decoded again, with the most probable words.

        Arguments and errors are those of `posterior`.

        Example:
            >>> import textvae
            >>> textvae.load("article").reconstruct("two elephants standing in the water")
            'two elephants standing in the water'
        """
        how: Any = {"batch_size": batch_size, "show_progress": show_progress}
        return self.decode(self.encode(captions, **how), **how)

    def reconstruct_draws(
        self, caption: CaptionLike, num_draws: int = defaults.NUM_DRAWS, *, seed: int = 0
    ) -> list[str]:
        """Captions decoded from draws of a caption's posterior, with the most probable words.

        Args:
            caption: to be encoded.
            num_draws: from 1 to 1000; more draws begin with the same ones.
            seed: of the draws.

        Raises:
            BadInput: an argument is out of range, or `prepare` refuses the caption.

        Example:
            >>> import textvae
            >>> len(textvae.load("article").reconstruct_draws("an elephant", 3))
            3
        """
        captions: list[str] = self.decode(self.posterior(caption).sample(num_draws, seed))
        return captions

    @overload
    def neighbours(  # type: ignore[overload-overlap]
        self, captions: CaptionLike, among: Iterable[str], k: int = ...
    ) -> list[Neighbour]: ...
    @overload
    def neighbours(
        self, captions: Sequence[CaptionLike], among: Iterable[str], k: int = ...
    ) -> list[list[Neighbour]]: ...
    def neighbours(self, captions: Any, among: Iterable[str], k: int = 10) -> Any:
        """The `k` lines whose codes are nearest to that of a caption, nearest first.

        Distances are Euclidean, between codes of `space`. Lines at the same distance keep their
        order, and a line that occurs several times counts once. Lines that the model cannot
        read, such as empty ones, are left out, with a warning in the log.

        Args:
            captions: one caption, or a list, which gives a list of neighbours for each.
            among: the lines to search.
            k: how many to find, at least 1; all if there are fewer lines.

        Raises:
            BadInput: an argument is out of range, or the model can read none of the lines.

        Example:
            >>> import textvae
            >>> vae, lines = textvae.load("article"), ["a tree", "two elephants in a river"]
            >>> vae.neighbours("two elephants standing in the water", lines, k=1)[0].caption
            'two elephants in a river'
        """
        k = whole_number("the number of neighbours", k, 1, MAX_NEIGHBOURS)
        if isinstance(among, str):
            raise BadInput(f"among must be a list of lines, got the text {among!r}")
        if is_single(captions):
            return self.neighbours([captions], among, k)[0]
        lines = prepare_readable(among, self.prepare)
        texts, codes = list(lines), self.space.encode(list(lines.values()))
        queries = self.space.encode(read_each(self._prepared, captions))
        found = nearest_codes(queries, codes, k)
        return [
            [Neighbour(texts[i], distance) for i, distance in zip(*each, strict=True)]
            for each in zip(found.indices.tolist(), found.distances.tolist(), strict=True)
        ]

    def rephrase(
        self,
        caption: CaptionLike,
        num_captions: int = defaults.NUM_CAPTIONS,
        *,
        temperature: float = defaults.TEMPERATURE,
        seed: int = 0,
    ) -> list[str]:
        """Other captions of the same scene, all distinct; fewer if not enough are found.

        Args:
            caption: to be worded differently.
            num_captions: how many, from 1 to 100.
            temperature: how varied the wording is.
            seed: of the words.

        Raises:
            BadInput: an argument is out of range, or the model has no scenes.

        Example:
            >>> import textvae
            >>> textvae.load("coco").rephrase("a dog catches a frisbee", 2)
            ['...', '...']
        """
        count = whole_number("the number of captions", num_captions, 1, MAX_REPHRASED)
        if not self.has_scenes or not self.scene:
            raise BadInput(
                f"the weights {self.name!r} have no scenes, which rephrase needs; take a model"
                " that has, such as coco, or train one with prior.latent_dim above 0"
            )
        scene = self.scene.posterior(caption)
        scenes = np.repeat(scene.mu[None], count, axis=0)
        worded = self.scene.wordings(scenes, temperature=temperature, seed=seed)
        # The best of each draw first, then the second best.
        found = dict.fromkeys(text for rank in zip(*worded, strict=True) for text in rank)
        found.pop(scene.prepared.cleaned, None)
        return list(found)[:count]

    def _prepared(self, caption: CaptionLike) -> PreparedCaption:
        """The prepared caption, given in any form."""
        return prepared_of(self._read(caption))
