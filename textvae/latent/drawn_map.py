"""Making the map of a model from captions drawn from its prior."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from textvae.checks import whole_number
from textvae.data.prepared_caption import PreparedCaption, readable_captions
from textvae.errors import BadInput
from textvae.latent.latent_map import MAX_BYTES, MAX_POINTS, MAX_TEXT, LatentMap, build_map
from textvae.types import Array, Codes


class CaptionModel(Protocol):
    """The part of `pipeline.Pipeline` that is needed to make a map."""

    @property
    def space(self) -> Any:
        """Encodes the meaning of captions; see `inference.space`."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the model distinguishes; empty if there are none."""

    def generate(self, num_captions: int, *, seed: int = 0) -> list[str]:
        """Captions drawn from the prior."""

    def prepare(self, caption: str) -> PreparedCaption:
        """A caption in the form that the model reads; raises `BadInput` if it cannot."""

    def in_training_set(self, captions: Any) -> Any:
        """Whether each caption is in the training data; None if unknown."""

    def labels_shown(self, lines: Sequence[str]) -> Array:
        """The index in `labels` of each line's label, `[N]`."""


def draw_captions(
    vae: CaptionModel, num_captions: int, seed: int = 0
) -> tuple[list[str], Codes]:
    """Captions drawn from the prior, and the codes of their meaning, `[N, D]` float32.

    The codes are rounded to half precision, the precision of a stored map.

    Raises:
        BadInput: `num_captions` is not from 1 to 50,000, the limit of a map, or the model wrote
            nothing that it can read.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> captions, codes = draw_captions(vae, 2, seed=1)
        >>> len(captions), codes.shape
        (2, (2, 32))
    """
    count = whole_number("the number of captions of a map", num_captions, 1, MAX_POINTS)
    # A model may write white space, or only unknown words, which it cannot read.
    captions = readable_captions(vae.generate(count, seed=seed), vae.prepare)
    codes: Codes = vae.space.encode(captions)
    return captions, codes.astype(np.float16).astype(np.float32)


def map_of(
    vae: CaptionModel, captions: Sequence[str], codes: Codes, seed: int = 0
) -> LatentMap:
    """The map of captions drawn by a model, except those in its training data.

    Its kinds are the model's labels if it has labels, else kinds of scene.

    Args:
        vae: the model.
        captions: drawn by it.
        codes: of the captions, `[N, D]`.
        seed: of the layout.

    Raises:
        BadInput: codes have fewer than two units, all captions are in the training data, or
            their total length exceeds the limit of a file.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> found = map_of(vae, *draw_captions(vae, 50))
        >>> len(found.captions) <= 50
        True
    """
    copied = vae.in_training_set(captions) or [False] * len(captions)
    kept = [i for i, is_copy in enumerate(copied) if not is_copy]
    if not kept:
        raise BadInput(
            f"all {len(captions):,} generated captions are training captions, which a map"
            " leaves out; `textvae map --weights FOLDER --num-points N` draws more"
        )
    shown = [captions[i] for i in kept]
    num_bytes = sum(len(each.encode()) + 1 for each in shown)
    # Half precision; a kind and a point take 9 bytes more.
    if num_bytes + len(shown) * (2 * codes.shape[1] + 9) > MAX_BYTES:
        raise BadInput(f"a map may have {MAX_BYTES:,} bytes; draw fewer, with --num-points")
    if num_bytes > MAX_TEXT:
        raise BadInput(
            f"the captions of a map may have {MAX_TEXT:,} bytes; draw fewer, with --num-points"
        )
    kinds = (vae.labels, vae.labels_shown(shown)) if vae.labels else None
    return build_map(shown, codes[kept], seed, kinds)
