"""A model's compiled functions: token ids to posteriors, codes to token ids."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import tensorflow as tf

from textvae.checks import whole_number
from textvae.data.batching import BUCKETS, CaptionBatches, bucketed
from textvae.decoding.generator import Generator
from textvae.decoding.scoring import token_probabilities
from textvae.decoding.standard_codes import StandardCodes
from textvae.nn.compiling import Compiled
from textvae.nn.gaussian import DiagonalGaussian
from textvae.nn.model import TextVAE
from textvae.types import Codes, Progress

MAX_BATCH = BUCKETS[-1]
SCORED_AT_ONCE = BUCKETS[-2]  # captions; each of their words has V probabilities


class CompiledModel:
    """The compiled functions of one model, which several threads may call.

    Args:
        model: a VAE, or a language model, whose D is 0.
        vocab_size: V.
        max_length: the maximum number of tokens in a caption, without `<eos>`.

    Attributes:
        nll: -log p(x|z) in nats: `[B, T]`, `[B, D]` -> `[B]`.
        token_probabilities: p(token | z, the tokens before it); see `decoding.scoring`.
        posterior: q(z|x), a `DiagonalGaussian`: `[B, T]` -> `[B, D]`.
        generator: z -> token ids.

    Example:
        >>> from textvae.config.recipe import ModelConfig
        >>> sizes = ModelConfig(latent_dim=2, embed_dim=4, encoder_dim=4, hidden_dim=4)
        >>> compiled_model = CompiledModel(TextVAE(sizes, 9), vocab_size=9, max_length=5)
        >>> mu, sigma = compiled_model.posteriors([[1, 4, 5, 2], [1, 6, 2]])
        >>> mu.shape, sigma.shape
        ((2, 2), (2, 2))
        >>> compiled_model.standard_codes(3, seed=1).shape
        (3, 2)
    """

    def __init__(self, model: TextVAE, vocab_size: int, max_length: int) -> None:
        self.latent_dim, self.device = model.config.latent_dim, model.device
        self._draws = StandardCodes()
        self.generator = Generator(model.decoder, vocab_size, max_length)
        ids, codes = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None))
        compiled = partial(Compiled, device=self.device)
        self.nll = compiled(lambda token_ids, z: model.nll(token_ids, z), ids, codes)
        self.token_probabilities = compiled(partial(token_probabilities, model), ids, codes)
        self.posterior = compiled(lambda token_ids: model.posterior(token_ids), ids)

    def posteriors(
        self,
        rows: Sequence[Sequence[int]],
        batch_size: int = MAX_BATCH,
        progress: Progress = iter,
    ) -> tuple[Codes, Codes]:
        """mu and sigma of q(z|x) for captions given as token ids, `[N, D]` each.

        Args:
            rows: `<bos> words <eos>` of N captions.
            batch_size: captions in one batch of the network.
            progress: wraps the batches to show progress.
        """
        mu, sigma = np.empty((2, len(rows), self.latent_dim), np.float32)
        batches = CaptionBatches(rows, batch_size)
        for batch in progress(batches.plan()):
            posterior: DiagonalGaussian = self.posterior(
                bucketed([batches.rows[i] for i in batch])
            )
            with tf.device(self.device):
                mu[batch] = posterior.mu.numpy()[: len(batch)]
                sigma[batch] = posterior.sigma.numpy()[: len(batch)]
        return mu, sigma

    def standard_codes(self, num_codes: int, seed: int, first: int = 0) -> Codes:
        """Rows `first`, `first + 1`, ... of the seed's draws from N(0, I), `[N, D]`."""
        return self._draws.rows(num_codes, self.latent_dim, seed, first)

    def word_probabilities(self, rows: Sequence[Sequence[int]], z: Codes) -> list[list[float]]:
        """p(word | z, the words before it) of the words of each row, without `<eos>`.

        Args:
            rows: token ids of N captions, `<bos> words <eos>`.
            z: the code of each, `[N, D]`.
        """
        found: list[list[float]] = []
        for start in range(0, len(rows), SCORED_AT_ONCE):
            part = rows[start : start + SCORED_AT_ONCE]
            token_ids = bucketed(part)
            codes = z[start + np.arange(len(token_ids)) % len(part)].astype(np.float32)
            values = self.token_probabilities(token_ids, codes).numpy()
            # `bucketed` appends copies of the rows, which are dropped here.
            found += [
                each[: len(row) - 2].tolist() for row, each in zip(part, values, strict=False)
            ]
        return found


def checked_size(batch_size: int | None, default: int = MAX_BATCH) -> int:
    """`batch_size` after validation, or the default for None.

    Raises:
        BadInput: it is not a whole number from 1 to 512.

    Example:
        >>> checked_size(None), checked_size(32)
        (512, 32)
    """
    if batch_size is None:
        return default
    return whole_number("batch_size", batch_size, 1, MAX_BATCH)
