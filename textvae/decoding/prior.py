"""The fitted prior: codes of captions that a language model generates.

    p(z) = sum over captions x of p(x) q(z|x)

Here p(x) is a language model of the training captions. With the training captions themselves
this would be the aggregate posterior, the prior for which the bound is tightest. With the
language model it covers captions that are not in the training data, and stores none of them.

Source: Hoffman & Johnson 2016 (the aggregate posterior is the best prior); Tomczak & Welling
2018 (VampPrior, arXiv 1705.07120: a prior of posteriors of pseudo-inputs).
"""

import numpy as np

from textvae.data.tokenizer import BOS_ID, EOS_ID
from textvae.decoding.generator import Generator
from textvae.nn.model import TextVAE
from textvae.types import Array

# Temperature 1 would be p(x) itself. At this one, chosen on the validation captions, samples
# that are encoded and decoded again repeat one another slightly less often than real captions.
TEMPERATURE = 1.01


class CaptionPrior:
    """Generates the captions whose codes are draws from the prior.

    Args:
        language_model: a `TextVAE` without latent units.
        vocab_size: V, special tokens included.
        max_length: words of the longest caption.

    Example:
        >>> from textvae.config.recipe import ModelConfig
        >>> language_model = TextVAE(ModelConfig(latent_dim=0, hidden_dim=5), vocab_size=11)
        >>> prior = CaptionPrior(language_model, vocab_size=11, max_length=6)
        >>> rows = prior.generate(3, seed=0)
        >>> len(rows), {row[0] for row in rows}, {row[-1] for row in rows}
        (3, {1}, {2})
        >>> prior.noise(3, latent_dim=4, seed=0).shape
        (3, 4)
    """

    def __init__(self, language_model: TextVAE, vocab_size: int, max_length: int) -> None:
        self.language_model, self.max_length = language_model, max_length
        self.generator = Generator(language_model.decoder, vocab_size, max_length)

    def generate(self, num_captions: int, seed: int, first: int = 0) -> list[list[int]]:
        """Token ids `<bos> words <eos>` of captions `first`, `first + 1` and so on.

        Each is the same whatever `first` and `num_captions` are.

        They cover evenly what the language model can generate; see `low_discrepancy` in
        `Generator.decode`.
        """
        no_codes = np.zeros((num_captions, 0), np.float32)
        # The decoder may draw its own words with `seed`; these are other numbers.
        own_seed = int(np.random.default_rng([seed, 0]).integers(2**62))
        rows = self.generator.decode(
            no_codes, TEMPERATURE, 1.0, own_seed, low_discrepancy=True, first=first
        )
        return [[BOS_ID, *self._words(row), EOS_ID] for row in rows]

    def noise(self, num_captions: int, latent_dim: int, seed: int, first: int = 0) -> Array:
        """Standard normal noise for the draw from each posterior, `[N, D]`, row by row."""
        rng = np.random.default_rng([seed, 1])
        return rng.standard_normal((first + num_captions, latent_dim))[first:]

    def _words(self, row: list[int]) -> list[int]:
        return row[: row.index(EOS_ID)] if EOS_ID in row else row[: self.max_length]
