"""The prior fitted to where captions really are: the codes of captions that a model writes.

    p(z) = sum over captions x of p(x) q(z|x)

with p(x) a language model of the training captions. With those captions themselves in the
place of p(x) this is the aggregate posterior, the prior under which the bound is tightest; the
language model makes it one that can say what was never said, and holds no caption.

Source: Hoffman & Johnson 2016 (the aggregate posterior is the best prior); Tomczak & Welling
2018 (VampPrior, arXiv 1705.07120: a prior made of posteriors of made-up inputs).
"""

from typing import Any

import numpy as np

from textvae.data.tokenizer import BOS_ID, EOS_ID
from textvae.decoding.generator import Generator
from textvae.nn.model import TextVAE

# Of its words: p(x) itself but for a hundredth, by which samples, read and said again, repeat
# one another a little less than real captions do. Chosen on the validation part.
TEMPERATURE = 1.01


class CaptionPrior:
    """Writes the captions whose codes are the draws of the prior.

    Args:
        language_model: a `TextVAE` without latent units.
        vocab_size: V, special tokens included.
        max_length: words in the longest caption written.
    """

    def __init__(self, language_model: TextVAE, vocab_size: int, max_length: int) -> None:
        self.language_model, self.max_length = language_model, max_length
        self.generator = Generator(language_model.decoder, vocab_size, max_length)

    def write(self, num_captions: int, seed: int) -> list[list[int]]:
        """Token ids `<bos> words <eos>`; the i-th is the same whatever `num_captions` is.

        They are spread evenly over what the language model might write.
        """
        nothing = np.zeros((num_captions, 0), np.float32)
        # Not the numbers that the decoder may draw its own words with.
        own_seed = int(np.random.default_rng([seed, 0]).integers(2**62))
        rows = self.generator.decode(nothing, TEMPERATURE, 1.0, own_seed, low_discrepancy=True)
        return [[BOS_ID, *self._words(row), EOS_ID] for row in rows]

    def noise(self, num_captions: int, latent_dim: int, seed: int) -> Any:
        """What each draw of a posterior is made with: `[N, D]` standard normals, row by row."""
        return np.random.default_rng([seed, 1]).standard_normal((num_captions, latent_dim))

    def _words(self, row: list[int]) -> list[int]:
        return row[: row.index(EOS_ID)] if EOS_ID in row else row[: self.max_length]
