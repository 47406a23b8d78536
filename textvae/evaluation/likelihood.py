"""The likelihood of captions, and the information in their codes.

All likelihoods are in nats. Tokens count words and `<eos>`, never `<bos>` or padding.
"""

import math
from collections.abc import Sequence
from typing import Self

import numpy as np
import tensorflow as tf

from textvae.data.batching import CaptionBatches, padded
from textvae.data.tokenizer import UNK_ID
from textvae.decoding.scoring import nll_and_log_weight
from textvae.metrics.active_units import active_units
from textvae.metrics.aggregation import mean_and_std
from textvae.metrics.importance_weighting import GroupedWeights, jackknife_std, noise
from textvae.metrics.mutual_information import mutual_information
from textvae.pipeline import Pipeline
from textvae.types import Floats, Ints, Progress

BATCH = 256
MOST_NATS = 700.0  # per token; the perplexity of more overflows, and is meaningless
NUM_DRAWS = 3  # of z per caption: cheap, and enough for a standard deviation


class Likelihood:
    """The nll, kl and importance-weighted bound of each caption, measured batch by batch.

    For a language model only the nll is measured, which is exact.

    Args:
        vae: the model.
        captions: cleaned, none longer than the model's `max_length` words.
        seed: of the noise, which for each caption depends only on the seed and its text.

    Attributes:
        mu: the posterior means, `[N, D]`.
        log_var: the logarithms of the posterior variances, `[N, D]`.

    Example:
        >>> import textvae
        >>> captions = ["an elephant", "an elephant on a skateboard"]
        >>> Likelihood(textvae.load("article"), captions, seed=0).counts()
        {'num_captions': 2, 'num_tokens': 9, 'unknown_rate': 0.14...}
    """

    def __init__(self, vae: Pipeline, captions: Sequence[str], seed: int) -> None:
        self.vae, self.captions, self.seed = vae, captions, seed
        self.batches = CaptionBatches([vae.tokenizer.encode(text) for text in captions], BATCH)
        count = len(captions)
        self.mu = np.empty((count, vae.latent_dim), np.float32)
        self.log_var = np.empty_like(self.mu)
        num_draws = 1 if vae.is_language_model else NUM_DRAWS  # without z, all draws are equal
        self.epsilon = np.empty((num_draws, *self.mu.shape), np.float32)
        self.nll = np.empty((num_draws, count))
        self.kl = np.empty(count)
        self.log_weights = GroupedWeights(count)

    def measure(self, iw_samples: int, progress: Progress = iter) -> Self:
        """Measure all captions, with `iw_samples` draws for the bound; returns itself."""
        with tf.device(self.vae.model.device):
            for batch in progress(self.batches.plan()):
                self._measure_batch(batch, iw_samples)
        return self

    def _measure_batch(self, batch: Ints, iw_samples: int) -> None:
        token_ids = tf.constant(padded([self.batches.rows[i] for i in batch]))
        posterior = self.vae.compiled.posterior(token_ids)
        self.mu[batch] = posterior.mu.numpy()
        self.log_var[batch] = posterior.log_var.numpy()
        self.kl[batch] = posterior.kl_per_unit().numpy().sum(axis=1)
        for draw in range(max(len(self.nll), iw_samples)):
            texts = (self.captions[i] for i in batch.tolist())
            epsilon = np.array([noise(t, draw, self.vae.latent_dim, self.seed) for t in texts])
            nll, log_weight = nll_and_log_weight(
                self.vae.compiled, token_ids, posterior, tf.constant(epsilon, tf.float32)
            )
            if draw < iw_samples:
                self.log_weights.add(batch, draw, log_weight.numpy())
            if draw < len(self.nll):
                self.nll[draw, batch] = nll.numpy()
                self.epsilon[draw, batch] = epsilon

    def counts(self) -> dict[str, float]:
        """`num_captions`, `num_tokens` and `unknown_rate`."""
        num_captions, num_tokens = len(self.batches.rows), self.batches.num_tokens
        unknown = sum(row.count(UNK_ID) for row in self.batches.rows)
        return {
            "num_captions": num_captions,
            "num_tokens": num_tokens,
            "unknown_rate": unknown / (num_tokens - num_captions),
        }

    def metrics(self, iw_samples: int) -> dict[str, float]:
        """The means over captions, after `measure` with as many `iw_samples`."""
        if self.vae.is_language_model:
            return self._with_ppl("nll", self.nll[0])
        means = self.nll.mean(axis=1)
        nll, kl = float(means.mean()), float(self.kl.mean())
        out = {
            "nll": nll,
            "nll_std": float(means.std(ddof=1)),
            "kl": kl,
            "elbo": -(nll + kl),
            **self._mutual_information(),
            "active_units": active_units(self.mu),
        }
        if iw_samples:
            without = self.log_weights.nll_without_each(iw_samples)
            out |= self._with_ppl("nll_iw", self.log_weights.nll(iw_samples))
            out |= jackknife_std([self._with_ppl("nll_iw", each) for each in without])
        return out

    def _with_ppl(self, name: str, nll: Floats) -> dict[str, float]:
        """The mean of `nll`, `[N]` nats, under `name`, and the perplexity per token."""
        per_token = min(nll.sum() / self.batches.num_tokens, MOST_NATS)
        return {name: float(nll.mean()), "ppl": math.exp(per_token)}

    def _mutual_information(self) -> dict[str, float]:
        """The mean and the standard deviation of `mutual_information` over the draws of z."""
        sigma = np.exp(0.5 * self.log_var)
        draws = (self.mu + sigma * epsilon for epsilon in self.epsilon)
        found = [mutual_information(self.mu, self.log_var, z) for z in draws]
        return mean_and_std([{"mutual_information": nats} for nats in found])
