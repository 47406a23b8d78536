"""The log-likelihood of captions under a model, log p(x)."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import tensorflow as tf

from textvae.checks import seed_number, whole_number
from textvae.data.batching import CaptionBatches, bucketed
from textvae.data.prepared_caption import PreparedCaption
from textvae.decoding.compiled_model import checked_size
from textvae.decoding.scoring import nll_and_log_weight
from textvae.inference.caption import CaptionLike, is_single, prepared_of, read_each
from textvae.inference.codec import CaptionCodec
from textvae.metrics.importance_weighting import GroupedWeights, noise
from textvae.runtime.progress import progress_bar
from textvae.types import Floats, Progress

NUM_SAMPLES, MAX_SAMPLES = 100, 10_000  # draws of z for each caption


class CaptionScorer(CaptionCodec):
    """A codec that also computes the log-likelihood of captions.

    Args:
        bundle: the model and everything stored with it.
    """

    @overload
    def log_prob(  # type: ignore[overload-overlap]
        self,
        captions: CaptionLike,
        *,
        num_samples: int = ...,
        seed: int = ...,
        batch_size: int | None = ...,
        show_progress: bool = ...,
    ) -> float: ...
    @overload
    def log_prob(
        self,
        captions: Sequence[CaptionLike],
        *,
        num_samples: int = ...,
        seed: int = ...,
        batch_size: int | None = ...,
        show_progress: bool = ...,
    ) -> Floats: ...
    def log_prob(
        self,
        captions: Any,
        *,
        num_samples: int = NUM_SAMPLES,
        seed: int = 0,
        batch_size: int | None = None,
        show_progress: bool = False,
    ) -> Any:
        """log p(x) of captions under the model with its standard prior, `[N]` nats.

        It is estimated by importance weighting of draws from each posterior. The estimate is
        too low on average, but less so with more draws; for a language model it is exact. It is
        the negative `nll_iw` of `evaluate` for one caption.

        Args:
            captions: one, which gives a number, or several.
            num_samples: draws for each caption, from 1 to 10,000.
            seed: of the draws, which depend on the text of a caption as well.
            batch_size: captions encoded at once, from 1 to 512.
            show_progress: whether to show a progress bar on standard error.

        Raises:
            BadInput: an argument is out of range, or `prepare` refuses a caption.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> likely, unlikely = vae.log_prob(["an elephant in the water", "the the the"])
            >>> bool(likely > unlikely)
            True

        Source: Burda et al. 2016, section 3 (arXiv 1509.00519).
        """
        count = whole_number("num_samples", num_samples, 1, MAX_SAMPLES)
        seed, size = seed_number(seed), checked_size(batch_size)
        bar = progress_bar(show_progress, "log_prob")
        if is_single(captions):
            one = [prepared_of(self._read(captions))]
            return float(log_probs(self, one, count, seed, size, bar)[0])
        found = [prepared_of(each) for each in read_each(self._read, captions)]
        return log_probs(self, found, count, seed, size, bar)


def log_probs(
    codec: CaptionCodec,
    captions: Sequence[PreparedCaption],
    num_samples: int,
    seed: int,
    batch_size: int,
    progress: Progress = iter,
) -> Floats:
    """log p(x) of each caption with z from N(0, I), by importance weighting: `[N]` nats.

    Args:
        codec: the model. For a language model one draw is exact, and no more are made.
        captions: prepared by the same model.
        num_samples: draws of z for each caption.
        seed: of the draws, which depend on the text of a caption as well.
        batch_size: captions at once.
        progress: wraps the batches to show progress.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> captions = [vae.prepare("an elephant in the water")]
        >>> log_probs(vae, captions, num_samples=10, seed=0, batch_size=1).shape
        (1,)

    Source: Burda et al. 2016, section 3 (arXiv 1509.00519).
    """
    num_draws = 1 if codec.is_language_model else num_samples
    batches = CaptionBatches([each.token_ids for each in captions], batch_size)
    weights = GroupedWeights(len(captions))
    for batch in progress(batches.plan()):
        texts = [captions[i].cleaned for i in batch]
        token_ids = bucketed([batches.rows[i] for i in batch])
        shape = len(token_ids), codec.latent_dim
        with tf.device(codec.model.device):
            posterior = codec.compiled.posterior(token_ids)
            for draw in range(num_draws):
                rows = [noise(text, draw, codec.latent_dim, seed) for text in texts]
                # `bucketed` has padded the batch with copies of its captions.
                epsilon = tf.constant(np.resize(rows, shape), tf.float32)
                _, found = nll_and_log_weight(codec.compiled, token_ids, posterior, epsilon)
                weights.add(batch, draw, found.numpy()[: len(batch)])
    return -weights.nll(num_draws)
