"""Encoding captions to codes, and decoding codes to captions."""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np

from textvae.checks import MAX_CODE, seed_number, whole_number
from textvae.config import defaults
from textvae.data.batching import TokenIds, padded
from textvae.data.prepared_caption import PreparedCaption, prepare_caption
from textvae.decoding.compiled_model import MAX_BATCH, CompiledModel, checked_size
from textvae.errors import BadInput
from textvae.inference.caption import CaptionLike, is_single, prepared_of, read_each
from textvae.inference.trained_model import TrainedModel
from textvae.latent.caption_posterior import CaptionPosterior
from textvae.runtime.progress import progress_bar
from textvae.saving.bundle import ModelBundle
from textvae.types import Array, Codes

PROGRESS_STEP = 4 * MAX_BATCH  # codes between two updates of the bar
MAX_FIRST = 10**12  # captions of one seed; skipping more takes hours


class CaptionCodec(TrainedModel):
    """A model with its vocabulary and its cleaning; `Pipeline` adds higher-level methods.

    A caption is a string, or the result of `prepare` or `posterior` for one, which is then not
    cleaned or encoded again. Where a method takes a list of captions, it also takes a single
    one and gives a single result.

    Args:
        bundle: the model and everything stored with it.
    """

    codes_are_scenes = False

    def __init__(self, bundle: ModelBundle) -> None:
        super().__init__(bundle)
        self.compiled = CompiledModel(bundle.model, len(bundle.tokenizer), self.max_length)

    def prepare(self, caption: str) -> PreparedCaption:
        """`caption` as the model reads it; see `PreparedCaption`.

        Raises:
            BadInput: it is not text, is too long, or has no word that the model knows.

        Example:
            >>> import textvae
            >>> prepared = textvae.load("article").prepare("An ELEPHANT, in a felid!")
            >>> prepared.cleaned, prepared.unknown_words, prepared.suggestions
            ('an elephant in a felid', ('felid',), {'felid': 'field'})
        """
        return prepare_caption(caption, self.tokenizer, self.bundle.text, self.example)

    def token_ids(self, captions: Sequence[CaptionLike]) -> TokenIds:
        """The input of `encoder` and `decoder`: `<bos> words <eos> <pad>`, `[N, T]` int32.

        Raises:
            BadInput: there are no captions, or `prepare` refuses one, which the message names.

        Example:
            >>> import textvae
            >>> captions = ["an elephant", "elephants in the water"]
            >>> textvae.load("article").token_ids(captions).tolist()
            [[1, 6, 5, 2, 0, 0], [1, 8, 9, 10, 20, 2]]
        """
        given: Any = captions
        if is_single(given):
            given = [self._read(given)]
        rows = [prepared_of(each).token_ids for each in read_each(self._read, given)]
        if not rows:
            raise BadInput("there are no captions; give at least one")
        return padded(rows)

    @overload  # a string is also a sequence of strings; the first match counts
    def posterior(  # type: ignore[overload-overlap]
        self, captions: CaptionLike, *, batch_size: int | None = ..., show_progress: bool = ...
    ) -> CaptionPosterior: ...
    @overload
    def posterior(
        self,
        captions: Sequence[CaptionLike],
        *,
        batch_size: int | None = ...,
        show_progress: bool = ...,
    ) -> list[CaptionPosterior]: ...
    def posterior(
        self, captions: Any, *, batch_size: int | None = None, show_progress: bool = False
    ) -> Any:
        """q(z|x) of a caption, or of each caption of a list.

        The result can be sampled, and other methods take it in place of the caption.

        Args:
            captions: one or several.
            batch_size: captions encoded at once, from 1 to 512; None chooses a fast number.
            show_progress: whether to show a progress bar on standard error.

        Raises:
            BadInput: an argument is out of range, `prepare` refuses a caption, which the
                message names, or the model has no latent units.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> posterior = vae.posterior("two elephants standing in the water")
            >>> posterior.mu.shape == posterior.sigma.shape == (vae.latent_dim,)
            True
            >>> vae.reconstruct(posterior), len(vae.reconstruct_draws(posterior, 3))
            ('two elephants standing in the water', 3)
        """
        self._require_codes()
        if is_single(captions):
            return self.posterior([self._read(captions)])[0]
        size = checked_size(batch_size)
        found = read_each(self._read, captions)
        new = [each for each in found if isinstance(each, PreparedCaption)]
        rows, bar = [each.token_ids for each in new], progress_bar(show_progress, "encode")
        posteriors = zip(new, *self.compiled.posteriors(rows, size, bar), strict=True)
        encoded = (CaptionPosterior(*each, self.codes_are_scenes) for each in posteriors)
        return [next(encoded) if isinstance(each, PreparedCaption) else each for each in found]

    def encode(
        self,
        captions: CaptionLike | Sequence[CaptionLike],
        *,
        batch_size: int | None = None,
        show_progress: bool = False,
    ) -> Codes:
        """The codes of captions: posterior means, `[N, D]` float32, or `[D]` for a single one.

        Arguments and errors are those of `posterior`.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> vae.encode(["two elephants in a field", "an elephant in the water"]).shape
            (2, 32)
        """
        given: Any = captions
        found: Any = self.posterior(given, batch_size=batch_size, show_progress=show_progress)
        if isinstance(found, CaptionPosterior):
            return found.mu
        means = [posterior.mu for posterior in found]
        return np.array(means, np.float32).reshape(len(means), self.latent_dim)

    def decode(
        self,
        z: Array,
        *,
        temperature: float = 0.0,
        top_p: float = defaults.TOP_P,
        seed: int = 0,
        first: int = 0,
        batch_size: int | None = None,
        show_progress: bool = False,
    ) -> Any:
        """The caption of each code: a list for `[N, D]`, one string for `[D]`.

        At temperature 0, the default, each word is the most probable one; above 0, words are
        drawn from all words at that temperature. For the other arguments see `generate` and
        `posterior`.

        Raises:
            BadInput: an argument is out of range, or the codes have a wrong shape or value.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> z = vae.encode("two elephants standing in the water")
            >>> vae.decode(z)
            'two elephants standing in the water'
        """
        seed, first = seed_number(seed), whole_number("first", first, 0, MAX_FIRST)
        captions: list[str] = []
        for part in self._parts(z, batch_size, show_progress):
            number = first + len(captions)
            ids = self.compiled.generator.decode(part, temperature, top_p, seed, first=number)
            captions += map(self.tokenizer.decode, ids)
        return captions if np.ndim(z) == 2 else captions[0]

    def _parts(self, z: Array, batch_size: int | None, show_progress: bool) -> Iterable[Codes]:
        """The codes in parts, each decoded in one batch."""
        rows = self._checked_codes(z)
        count = max(len(rows), 1)  # without codes, the other arguments are still checked
        size = checked_size(batch_size, PROGRESS_STEP if show_progress else count)
        parts = [rows[start : start + size] for start in range(0, count, size)]
        return progress_bar(show_progress, "decode")(parts)

    def _checked_codes(self, z: Array) -> Codes:
        """One code or several as finite float32 rows, `[N, D]`."""
        try:
            z = np.asarray(z)
        except ValueError:
            raise BadInput("codes must be an array, got rows of different lengths") from None
        if z.ndim not in (1, 2) or z.shape[-1] != self.latent_dim:
            self._require_codes()
            raise BadInput(
                f"codes must have the shape [N, {self.latent_dim}], or [{self.latent_dim}] for"
                f" one, got {list(z.shape)}"
            )
        if z.dtype.kind not in "fiu":
            raise BadInput(f"codes must be finite numbers, got an array of {z.dtype}")
        rows = np.atleast_2d(z)
        wrong = np.flatnonzero(~(np.abs(rows.astype(np.float64)) < MAX_CODE).all(axis=1))
        if len(wrong):
            raise BadInput(f"codes must be finite numbers; those of row {wrong[0]} are not")
        return rows.astype(np.float32)

    def word_probabilities(self, captions: Any, codes: Array) -> Any:
        """The probability of each word, p(word | z, the words before it), in (0, 1].

        They are for temperature 1 and the whole vocabulary, regardless of how the words were
        drawn, so the logarithms for a caption's words and its end add up to log p(x|z).

        Args:
            captions: as `decode` returns them, a list or one.
            codes: the code of each, `[N, D]`, or `[D]` for one.

        Returns:
            One number for each of its `words`: a list per caption, or one list for one.

        Raises:
            BadInput: the numbers of codes and captions differ, or the codes are not finite.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> captions = ["two elephants standing in the water"]
            >>> len(vae.word_probabilities(captions, vae.encode(captions))[0])
            6
        """
        codes = np.asarray(codes)
        if isinstance(captions, str):
            return self.word_probabilities([captions], np.atleast_2d(codes))[0]
        if codes.shape != (len(captions), self.latent_dim):
            raise BadInput(
                f"each caption needs its code: got {len(captions)} captions and codes of the"
                f" shape {list(codes.shape)}"
            )
        rows = list(map(self.tokenizer.encode, captions))
        found = self.compiled.word_probabilities(rows, self._checked_codes(codes))
        return list(map(_products, found, map(self.tokenizer.tokens, captions)))

    def words(self, caption: str) -> list[str]:
        """The words that `word_probabilities` refers to; joined, they are the caption.

        Example:
            >>> import textvae
            >>> textvae.load("article").words("an elephant walks")
            ['an', ' elephant', ' walks']
        """
        return [text for text, _ in self.tokenizer.tokens(caption)]

    @overload
    def in_training_set(  # type: ignore[overload-overlap]
        self, captions: CaptionLike
    ) -> bool | None: ...
    @overload
    def in_training_set(self, captions: Sequence[CaptionLike]) -> list[bool] | None: ...
    def in_training_set(self, captions: Any) -> Any:
        """Whether captions are in the training data, verbatim after the same cleaning.

        The answer comes from a filter that ships with the weights and holds no text. It finds
        every training caption, and wrongly reports one or two in 10,000 others. None if the
        weights have no filter.

        Example:
            >>> import textvae
            >>> vae = textvae.load("elephant")
            >>> vae.in_training_set(["A herd of elephants walking across a field.", "zebra"])
            [True, False]
        """
        if self.bundle.training_set_filter is None:
            return None
        if is_single(captions):
            return self.bundle.training_set_filter.contains([self._cleaned(captions)])[0]
        return self.bundle.training_set_filter.contains(list(map(self._cleaned, captions)))

    def _cleaned(self, caption: CaptionLike) -> str:
        if isinstance(caption, str):
            return self.bundle.text.normalise(caption)
        return prepared_of(self._read(caption)).cleaned

    def _read(self, caption: CaptionLike) -> PreparedCaption | CaptionPosterior:
        """The caption itself if it is already prepared, else prepared now."""
        if isinstance(caption, CaptionPosterior):  # its code may be of the other kind
            return caption if caption.is_scene == self.codes_are_scenes else caption.prepared
        return caption if isinstance(caption, PreparedCaption) else self.prepare(caption)


def _products(probabilities: Sequence[float], words: Sequence[tuple[str, int]]) -> list[float]:
    """The probability of each word: the product over its pieces."""
    each = iter(probabilities)
    return [math.prod(itertools.islice(each, count)) for _, count in words]
