"""Decoding a scene to the most informative of several captions."""

from typing import Any

import numpy as np

from textvae.checks import seed_number, whole_number
from textvae.config import defaults
from textvae.data.text_modes import CAPTION
from textvae.decoding.generator import GREEDY_BELOW
from textvae.decoding.sampling import check_sampling
from textvae.inference.codec import MAX_FIRST, CaptionCodec
from textvae.latent.scene_kinds import FUNCTION_WORDS
from textvae.metrics.line_faults import is_repetitive
from textvae.types import Array, Codes
from textvae.words import split_words

NUM_WORDINGS = 4  # drawn per scene; choosing among them takes most of the time


class SceneCodec(CaptionCodec):
    """The codec of the prior over captions.

    The temperature sets how improbable a word may be; see `Generator.decode_informed`.

    Words drawn at a high temperature may stray from the scene, and those at a low one are the
    same for many scenes. So several wordings of a scene are drawn, and the one that the scene
    explains best is kept: the one with the highest log p(x|s) - log p(x|0) per word, where s is
    the scene and 0 the mean of all scenes, which carries almost no information. Repeated words
    would be counted twice, so captions that repeat a word rank last.

    Args:
        bundle: with the prior as its model.

    Example:
        >>> import textvae
        >>> scene = textvae.load("coco").scene
        >>> scene.decode(scene.encode("a dog catches a frisbee"), temperature=0.7)
        'a ...'

    Source: Li et al. 2016 (arXiv 1510.03055), who choose replies by mutual information.
    """

    codes_are_scenes = True

    def decode(self, z: Array, *, temperature: float = 0.0, **settings: Any) -> Any:
        """As `CaptionCodec.decode`; above temperature 0, the best of `NUM_WORDINGS` wordings.

        For a language model, that is the first one without repetitions.
        """
        check_sampling(temperature, settings.get("top_p", defaults.TOP_P))
        found: Any
        if temperature < GREEDY_BELOW:
            found = super().decode(z, temperature=temperature, **settings)
            return found
        if self.is_language_model:
            rows = self._checked_codes(z)
            captions = super().decode(rows, temperature=temperature, **settings)
            found = self._drawn_anew(captions, rows, temperature, **settings)
        else:
            found = [each[0] for each in self.wordings(z, temperature=temperature, **settings)]
        return found if np.ndim(z) == 2 else found[0]

    def _drawn_anew(
        self,
        captions: list[str],
        z: Codes,
        temperature: float,
        *,
        top_p: float = defaults.TOP_P,
        seed: int = 0,
        first: int = 0,
        **_: Any,
    ) -> list[str]:
        """The captions, with replacements for those that repeat themselves.

        The random numbers of replacements belong to captions beyond all valid numbers.
        """
        drawing = temperature, top_p, seed_number(seed)
        places = list(range(len(captions)))
        for attempt in range(1, NUM_WORDINGS):
            places = [place for place in places if is_repetitive(captions[place])]
            if not places:
                break
            numbers = [2 * MAX_FIRST * attempt + int(first) + place for place in places]
            rows = self.compiled.generator.decode(z[places], *drawing, first=numbers)
            for place, ids in zip(places, rows, strict=True):
                captions[place] = self.tokenizer.decode(ids)
        return captions

    def wordings(
        self,
        scenes: Array,
        *,
        temperature: float = defaults.TEMPERATURE,
        top_p: float = defaults.TOP_P,
        seed: int = 0,
        first: int = 0,
        batch_size: int | None = None,
        show_progress: bool = False,
    ) -> list[list[str]]:
        """`NUM_WORDINGS` captions of each scene `[N, D]`, the most informative first.

        Arguments are as in `decode`; `first` counts scenes.

        Example:
            >>> import textvae
            >>> scene = textvae.load("coco").scene
            >>> len(scene.wordings(scene.encode(["a dog catches a frisbee"]))[0])
            4
        """
        first = whole_number("first", first, 0, MAX_FIRST)
        seed, captions, told = seed_number(seed), list[str](), list[float]()
        repeated = np.repeat(self._checked_codes(scenes), NUM_WORDINGS, axis=0)
        for part in self._parts(repeated, batch_size, show_progress):
            number = NUM_WORDINGS * first + len(captions)
            ids, information = self.compiled.generator.decode_informed(
                part, temperature, top_p, seed, first=number
            )
            captions += map(self.tokenizer.decode, ids)
            told += information.tolist()
        scores = np.reshape(told, (-1, NUM_WORDINGS))
        twice = np.array(list(map(self.repeats_a_word, captions))).reshape(scores.shape)
        order = np.lexsort((-scores, twice), axis=1).tolist()
        return [
            [captions[NUM_WORDINGS * scene + place] for place in places]
            for scene, places in enumerate(order)
        ]

    def repeats_a_word(self, caption: str) -> bool:
        """Whether an English caption repeats a word that is not a function word.

        One in twenty human captions does. For other texts this is always False, since their
        function words are not known.

        Example:
            >>> import textvae
            >>> scene = textvae.load("coco").scene
            >>> [scene.repeats_a_word(each) for each in ("a sink and a sink", "a sink")]
            [True, False]
        """
        words = [word for word in split_words(caption) if word not in FUNCTION_WORDS]
        is_english = self.language.partition("-")[0] in ("", "en")  # "": not recorded
        is_known = is_english and self.bundle.text.mode == CAPTION
        return is_known and len(set(words)) < len(words)
