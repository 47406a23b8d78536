"""Scenes to captions: of several wordings, the one that says most of its scene."""

from typing import Any

import numpy as np

from textvae.codec import CaptionCodec
from textvae.config import defaults
from textvae.data.text_modes import CAPTION
from textvae.decoding.generator import GREEDY_BELOW
from textvae.decoding.sampling import check_sampling
from textvae.latent.scene_kinds import FUNCTION_WORDS
from textvae.types import Array, Floats
from textvae.words import split_words

NUM_WORDINGS = 4  # drawn for each scene; the choice among them is what costs time


class SceneCodec(CaptionCodec):
    """The codec of the prior over captions.

    Words that are drawn boldly may leave the scene, and words that are chosen carefully are the
    same for many scenes. So several wordings of a scene are drawn, and the one is taken whose
    words the scene explains best: the one with the highest log p(x|s) - log p(x|0) a word,
    where s is the scene and 0 the middle of all scenes, which tells next to nothing. A word of
    the scene said twice would tell twice as much, so a caption that says a thing twice comes
    after all that do not.

    Args:
        bundle: with the prior as its model.

    Example:
        >>> import textvae
        >>> scene = textvae.load("coco").scene
        >>> scene.decode(scene.encode("a dog catches a frisbee"), temperature=0.7)
        'a ...'

    Source: Li et al. 2016 (arXiv 1510.03055), who choose replies by mutual information.
    """

    def decode(self, z: Array, *, temperature: float = 0.0, **settings: Any) -> Any:
        """As `CaptionCodec.decode`; at a temperature, the best of `NUM_WORDINGS` wordings."""
        check_sampling(temperature, settings.get("top_p", defaults.TOP_P))
        if temperature < GREEDY_BELOW or self.is_language_model or np.ndim(z) != 2:
            found: Any = super().decode(z, temperature=temperature, **settings)
            return found
        wordings = self.wordings(z, temperature=temperature, **settings)
        return [captions[0] for captions in wordings]

    def wordings(
        self,
        scenes: Array,
        *,
        temperature: float = defaults.TEMPERATURE,
        first: int = 0,
        **settings: Any,
    ) -> list[list[str]]:
        """`NUM_WORDINGS` captions of each scene `[N, D]`, the one that says most of it first.

        Arguments as in `decode`; a row of `first` is a scene.

        Example:
            >>> import textvae
            >>> scene = textvae.load("coco").scene
            >>> len(scene.wordings(scene.encode(["a dog catches a frisbee"]))[0])
            4
        """
        repeated = np.repeat(scenes, NUM_WORDINGS, axis=0)
        captions: list[str] = super().decode(
            repeated,
            temperature=temperature,
            first=NUM_WORDINGS * first,
            **settings,
        )
        scores = self.information(captions, repeated).reshape(-1, NUM_WORDINGS)
        twice = np.array(list(map(self.says_twice, captions))).reshape(scores.shape)
        order = np.lexsort((-scores, twice), axis=1).tolist()
        return [
            [captions[NUM_WORDINGS * scene + place] for place in places]
            for scene, places in enumerate(order)
        ]

    def says_twice(self, caption: str) -> bool:
        """Whether an English caption has a word twice that is no function word.

        One in twenty captions that people write does. Of other texts it is not asked, since
        the words that may well come twice in them are not known.

        Example:
            >>> import textvae
            >>> scene = textvae.load("coco").scene
            >>> scene.says_twice("a sink and a sink"), scene.says_twice("a sink in a room")
            (True, False)
        """
        words = [word for word in split_words(caption) if word not in FUNCTION_WORDS]
        return self.bundle.text.mode == CAPTION and len(set(words)) < len(words)

    def information(self, captions: list[str], scenes: Array) -> Floats:
        """What each scene tells of each word of its caption, in nats: N captions -> `[N]`.

        Example:
            >>> import textvae
            >>> scene = textvae.load("coco").scene
            >>> captions = ["a dog catches a frisbee", "a plate of food"]
            >>> told = scene.information(captions, scene.encode(captions))
            >>> other = scene.information(captions, scene.encode(captions)[::-1])
            >>> bool((told > other).all())
            True
        """
        rows = [self.tokenizer.encode(caption) for caption in captions]
        middle = np.zeros_like(scenes)
        gained = self.compiled.nll_of(rows, middle) - self.compiled.nll_of(rows, scenes)
        counts = np.array([len(row) - 1 for row in rows])  # <bos> is given
        told: Floats = gained / counts
        return told
