"""Captions to codes and back: what a model and its vocabulary do together."""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np

from textvae.checks import seed_number
from textvae.config import defaults
from textvae.data.prepared_caption import PreparedCaption, prepare_caption
from textvae.decoding.compiled_model import CompiledModel
from textvae.errors import BadInput
from textvae.latent.caption_posterior import CaptionPosterior
from textvae.runtime import devices
from textvae.saving.bundle import ModelBundle
from textvae.saving.data_section import languages_of, own_lines
from textvae.types import Array, Codes

Caption = str | PreparedCaption | CaptionPosterior
MAX_CODE = 1e30  # beyond it, single precision overflows


class CaptionCodec:
    """A model with its vocabulary and its cleaning; `Pipeline` adds what people do with it.

    A caption is a string, or what `prepare` or `posterior` made of one, which is not cleaned or
    encoded again. Where a method takes a list of captions, it also takes a single one and gives
    a single result.

    Args:
        bundle: the model with all that belongs to it.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        self.notice = ""  # of where it comes from, for whoever loaded it; see `loading.load`
        self.name, self.report = bundle.name, bundle.report
        self.model, self.tokenizer = bundle.model, bundle.tokenizer
        self.max_length = bundle.text.max_length
        self.latent_dim = bundle.model.config.latent_dim
        sizes = len(bundle.tokenizer), self.max_length
        self.compiled = CompiledModel(bundle.model, *sizes)

    @property
    def device(self) -> str:
        """`CPU`, or the GPU that the model runs on."""
        return devices.describe(self.model.device)

    @property
    def idle_gpus(self) -> tuple[str, ...]:
        """The GPUs that the model does not run on."""
        return devices.idle_gpus(self.model.device)

    @property
    def is_language_model(self) -> bool:
        """Whether it has no latent units, so that it can only generate and be evaluated."""
        return self.latent_dim == 0

    def prepare(self, caption: str) -> PreparedCaption:
        """What the model reads of `caption`: see `PreparedCaption`.

        Raises:
            BadInput: it is no text, too long, has no words, or the model knows none of them.

        Example:
            >>> import textvae
            >>> prepared = textvae.load("article").prepare("An ELEPHANT, in a felid!")
            >>> prepared.cleaned, prepared.unknown_words, prepared.suggestions
            ('an elephant in a felid', ('felid',), {'felid': 'field'})
        """
        return prepare_caption(caption, self.tokenizer, self.bundle.text, self.example)

    @property
    def language(self) -> str:
        """The language of its captions, such as `en`, as far as its report says; else empty.

        Example:
            >>> import textvae
            >>> textvae.load("article").language
            'en'
        """
        return next(iter(languages_of(self.report)), "")

    @property
    def example(self) -> str:
        """A line of the model's own, for messages; empty if its report has none.

        Example:
            >>> import textvae
            >>> "elephant" in textvae.load("article").example
            True
        """
        return next(iter(own_lines(self.report)), "")

    @overload  # a string is a sequence of strings, too; the first match counts
    def posterior(  # type: ignore[overload-overlap]
        self, captions: Caption
    ) -> CaptionPosterior: ...
    @overload
    def posterior(self, captions: Sequence[Caption]) -> list[CaptionPosterior]: ...
    def posterior(self, captions: Any) -> Any:
        """q(z|x) of a caption, or of each caption of a list, from one pass of the encoder.

        What it gives can be asked for draws, and handed to the other methods.

        Raises:
            BadInput: a caption that `prepare` refuses, or the model has no latent units.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> posterior = vae.posterior("two elephants in the water")
            >>> posterior.mu.shape == posterior.sigma.shape == (vae.latent_dim,)
            True
            >>> vae.reconstruct(posterior), len(vae.reconstruct_draws(posterior, 3))
            ('two elephants in the water', 3)
        """
        if is_single(captions):
            return self.posterior([captions])[0]
        self._require_codes()
        done = PreparedCaption | CaptionPosterior
        found = [each if isinstance(each, done) else self.prepare(each) for each in captions]
        new = [each for each in found if isinstance(each, PreparedCaption)]
        mu, sigma = self.compiled.posteriors([each.token_ids for each in new])
        encoded = map(CaptionPosterior, new, mu, sigma)
        return [next(encoded) if isinstance(each, PreparedCaption) else each for each in found]

    def encode(self, captions: Caption | Sequence[Caption]) -> Codes:
        """The codes of captions: posterior means, `[N, D]` float32; `[D]` of a single one.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> vae.encode(["two elephants in the water", "an elephant in the water"]).shape
            (2, 32)
        """
        several: Any = [captions] if is_single(captions) else captions
        means = [posterior.mu for posterior in self.posterior(several)]
        codes: Codes = np.array(means, np.float32).reshape(len(means), self.latent_dim)
        return codes[0] if is_single(captions) else codes

    def decode(
        self,
        z: Array,
        *,
        temperature: float = 0.0,
        top_p: float = defaults.TOP_P,
        seed: int = 0,
        first: int = 0,
    ) -> Any:
        """The caption of each code: of `[N, D]` a list, of `[D]` one string.

        At temperature 0, the default, with the most probable word each time; for the other
        arguments see `generate`.

        Raises:
            BadInput: an argument out of range, or codes of another shape or not finite.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> z = vae.encode("two elephants in the water")
            >>> vae.decode(z)
            'two elephants in the water'
        """
        z, seed = np.asarray(z), seed_number(seed)
        if z.ndim not in (1, 2) or z.shape[-1] != self.latent_dim:
            self._require_codes()
            raise BadInput(
                f"codes must have the shape [N, {self.latent_dim}], or [{self.latent_dim}] for"
                f" one, got {list(z.shape)}"
            )
        if z.dtype.kind not in "fiu" or not (np.abs(z) < MAX_CODE).all():
            raise BadInput("codes must be finite numbers; some are not")
        rows = np.atleast_2d(z).astype(np.float32)
        ids = self.compiled.generator.decode(rows, temperature, top_p, seed, first=first)
        captions = [self.tokenizer.decode(row) for row in ids]
        return captions if z.ndim == 2 else captions[0]

    def word_probabilities(self, captions: Sequence[str], codes: Codes) -> list[list[float]]:
        """How sure the model is of each word: p(word | z, the words before it), in (0, 1].

        At temperature 1 and over the whole vocabulary, so that the logarithms for a caption's
        words and its end add up to log p(x|z). They are the same however the words were drawn.

        Args:
            captions: as `decode` gives them.
            codes: the code of each, `[N, D]`.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> captions = ["two elephants in the water"]
            >>> len(vae.word_probabilities(captions, vae.encode(captions))[0])
            5
        """
        if codes.shape != (len(captions), self.latent_dim):
            raise BadInput(
                f"each caption needs its code: got {len(captions)} captions and codes of the"
                f" shape {list(codes.shape)}"
            )
        rows = [self.tokenizer.encode(caption) for caption in captions]
        found = self.compiled.word_probabilities(rows, codes)
        words = map(self.tokenizer.tokens, captions)
        return [_products(row, counts) for row, counts in zip(found, words, strict=True)]

    def words(self, caption: str) -> list[str]:
        """What `word_probabilities` gives the probabilities of; joined, they are the caption.

        Example:
            >>> import textvae
            >>> textvae.load("article").words("an elephant walks")
            ['an', ' elephant', ' walks']
        """
        return [text for text, _ in self.tokenizer.tokens(caption)]

    @overload
    def in_training_set(  # type: ignore[overload-overlap]
        self, captions: Caption
    ) -> bool | None: ...
    @overload
    def in_training_set(self, captions: Sequence[Caption]) -> list[bool] | None: ...
    def in_training_set(self, captions: Any) -> Any:
        """Whether captions stand word for word in the training data, cleaned as it was.

        The answer comes from a filter that ships with the weights and holds no text: it finds
        every training caption, and takes one or two in 10,000 others for one. None if the
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

    def _cleaned(self, caption: Caption) -> str:
        if isinstance(caption, CaptionPosterior):
            caption = caption.prepared
        if isinstance(caption, PreparedCaption):
            return caption.cleaned
        return self.bundle.text.normalise(caption)

    def _require_codes(self) -> None:
        if self.is_language_model:
            raise BadInput(
                f"the weights {self.name!r} are a language model, which has no codes: it can"
                " only generate and be evaluated; for anything else take a VAE, such as coco"
            )


def is_single(captions: Any) -> bool:
    """Whether this is one caption, or what is given for one, and not several."""
    return isinstance(captions, Caption | bytes) or not isinstance(captions, Iterable)


def _products(probabilities: Sequence[float], words: Sequence[tuple[str, int]]) -> list[float]:
    """The probability of each word, from those of its pieces."""
    each = iter(probabilities)
    return [math.prod(itertools.islice(each, count)) for _, count in words]
