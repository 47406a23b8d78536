"""How well a model explains captions, how much of its code it uses, how well it reads back.

All likelihoods are in nats. Tokens count words and `<eos>`, never `<bos>` or padding.
"""

import math
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np
import sacrebleu
import tensorflow as tf

from textvae.data.batching import CaptionBatches, padded
from textvae.data.tokenizer import UNK_ID
from textvae.errors import BadInput
from textvae.evaluation.artifacts import EvaluationArtifacts
from textvae.evaluation.interpolations import interpolation_figures
from textvae.evaluation.samples import Sampling, sample_figures
from textvae.metrics.active_units import active_units
from textvae.metrics.aggregation import mean_and_std
from textvae.metrics.definitions import DEFINITIONS as DEFINITIONS
from textvae.metrics.importance_weighting import GroupedWeights, jackknife_std
from textvae.metrics.mutual_information import mutual_information
from textvae.metrics.ngram_lm import WittenBell
from textvae.nn.gaussian import DiagonalGaussian, standard_log_prob
from textvae.pipeline import Pipeline

Floats = np.ndarray[Any, np.dtype[np.float64]]
Progress = Callable[[Iterable[Any]], Iterable[Any]]
BATCH = 256
NUM_DRAWS = 3  # of z for each caption: enough to state a spread, and cheap


def evaluate(
    vae: Pipeline,
    captions: Sequence[str],
    *,
    iw_samples: int = 0,
    num_pairs: int = 0,
    sampling: Sampling | None = None,
    train: Sequence[str] = (),
    seed: int = 0,
    progress: Progress = iter,
    evidence: EvaluationArtifacts | None = None,
) -> dict[str, Any]:
    """The figures of `DEFINITIONS` on cleaned `captions`, with counts and settings beside them.

    The noise of a caption is a function of (seed, its text): neither the order of the captions
    nor the size of a batch changes a figure.
    Under `interpolations`, and under `samples` and the prior, stand figures of that kind with
    their own counts, seeds and spreads.

    Of a language model `nll` and `ppl` are exact, and what needs a code is left out.

    Args:
        vae: the model.
        captions: cleaned, none longer than the model's `max_length` words.
        iw_samples: S of `nll_iw` and `ppl`, which are left out when it is 0.
        num_pairs: pairs in each set of `interpolations`, which are left out when it is 0.
        sampling: how `samples` are drawn; None leaves them out.
        train: cleaned captions of the training part; what needs them is left out without.
        seed: of all that is drawn.
        progress: wraps the batches, then the sets of samples, to show how far it is.
        evidence: is filled with the captions and codes that the figures are of.

    Raises:
        BadInput: fewer than 2 captions (a variance needs two), or a number below 0.
    """
    _check(len(captions), iw_samples, num_pairs, seed)
    if vae.is_language_model:
        iw_samples = num_pairs = 0  # its likelihood is exact, and nothing lies between captions
    kept = EvaluationArtifacts() if evidence is None else evidence
    likelihood = _Likelihood(vae, captions, seed).measured(iw_samples, progress)
    kept.captions, kept.mu, kept.log_var = captions, likelihood.mu, likelihood.log_var
    out: dict[str, Any] = {
        **_counts(likelihood.batches),
        "latent_dim": vae.latent_dim,
        **likelihood.figures(iw_samples),
    }
    if not vae.is_language_model:
        kept.read_back = vae.decode(likelihood.mu)
        out |= reconstruction_figures(captions, kept.read_back)
    out["settings"] = _settings(seed, iw_samples, sampling, train)
    lm = WittenBell(train) if train else None
    if num_pairs:
        out["interpolations"] = interpolation_figures(
            vae, captions, likelihood.mu, num_pairs, seed=seed, lm=lm, evidence=kept
        )
    if sampling:
        out["samples"] = sample_figures(
            vae,
            captions,
            sampling,
            seed=seed,
            train=train,
            lm=lm,
            progress=progress,
            evidence=kept,
        )
    return out


def _check(num_captions: int, iw_samples: int, num_pairs: int, seed: int) -> None:
    if num_captions < 2:
        raise BadInput(f"evaluation needs at least 2 captions, got {num_captions}")
    if min(iw_samples, seed) < 0:
        raise BadInput(f"iw_samples and seed must be 0 or more, got {iw_samples} and {seed}")
    if num_pairs < 0:
        raise BadInput(f"num_pairs must be 0 or more, got {num_pairs}")


def _settings(
    seed: int, iw_samples: int, sampling: Sampling | None, train: Sequence[str]
) -> dict[str, float]:
    out: dict[str, float] = {"seed": seed, "draws": NUM_DRAWS, "iw_samples": iw_samples}
    if sampling:
        out |= {"temperature": sampling.temperature, "top_p": sampling.top_p}
    if train:
        out["num_train_captions"] = len(train)
    return out


def _counts(batches: CaptionBatches) -> dict[str, float]:
    unknown = sum(row.count(UNK_ID) for row in batches.rows)
    return {
        "num_captions": len(batches.rows),
        "num_tokens": batches.num_tokens,
        "unknown_rate": unknown / (batches.num_tokens - len(batches.rows)),
    }


def reconstruction_figures(
    captions: Sequence[str], read_back: Sequence[str]
) -> dict[str, float]:
    """`reconstruction_bleu4` and `reconstruction_exact` of captions and what was read back.

    Source: Papineni et al. 2002, by sacrebleu with the tokens as given (Post 2018).
    """
    bleu = sacrebleu.corpus_bleu(list(read_back), [list(captions)], tokenize="none", force=True)
    exact = sum(a == b for a, b in zip(captions, read_back, strict=True))
    return {
        "reconstruction_bleu4": bleu.score / 100.0,
        "reconstruction_exact": exact / len(captions),
    }


def noise(text: str, draw: int, size: int, seed: int) -> Floats:
    """Normal noise `[size]` that belongs to this caption and this draw."""
    return np.random.default_rng([seed, draw, zlib.crc32(text.encode())]).standard_normal(size)


class _Likelihood:
    """Per-caption nll, kl and importance-weighted bound, gathered batch by batch."""

    def __init__(self, vae: Pipeline, captions: Sequence[str], seed: int) -> None:
        self.vae, self.captions, self.seed = vae, captions, seed
        self.batches = CaptionBatches([vae.tokenizer.encode(text) for text in captions], BATCH)
        count = len(captions)
        self.mu = np.empty((count, vae.latent_dim), np.float32)
        self.log_var = np.empty_like(self.mu)
        num_draws = 1 if vae.is_language_model else NUM_DRAWS  # of the same, without a code
        self.epsilon = np.empty((num_draws, *self.mu.shape), np.float32)
        self.nll = np.empty((num_draws, count))
        self.kl = np.empty(count)
        self.log_weights = GroupedWeights(count)

    def measured(self, iw_samples: int, progress: Progress) -> Self:
        """Itself, with all batches added."""
        for batch in progress(self.batches.plan()):
            self.add(batch, iw_samples)
        return self

    def add(self, batch: Any, iw_samples: int) -> None:
        """Measure the captions with these indices."""
        token_ids = tf.constant(padded([self.batches.rows[i] for i in batch]))
        posterior = self.vae.compiled.posterior(token_ids)
        self.mu[batch] = posterior.mu.numpy()
        self.log_var[batch] = posterior.log_var.numpy()
        self.kl[batch] = posterior.kl_per_unit().numpy().sum(axis=1)
        for draw in range(max(len(self.nll), iw_samples)):
            texts = (self.captions[i] for i in batch)
            epsilon = np.array([noise(t, draw, self.vae.latent_dim, self.seed) for t in texts])
            nll, log_weight = _draw(
                self.vae, token_ids, posterior, tf.constant(epsilon, tf.float32)
            )
            if draw < iw_samples:
                self.log_weights.add(batch, draw, log_weight.numpy())
            if draw < len(self.nll):
                self.nll[draw, batch] = nll.numpy()
                self.epsilon[draw, batch] = epsilon

    def figures(self, iw_samples: int) -> dict[str, float]:
        """The means over captions."""
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
            out |= jackknife_std([self._with_ppl("nll_iw", nll) for nll in without])
        return out

    def _with_ppl(self, name: str, nll: Floats) -> dict[str, float]:
        """The mean of `nll` `[N]` as `name`, and the perplexity."""
        per_token = nll.sum() / self.batches.num_tokens
        return {name: float(nll.mean()), "ppl": math.exp(per_token)}

    def _mutual_information(self) -> dict[str, float]:
        """Its mean and spread over the same draws that `nll` is of."""
        sigma = np.exp(0.5 * self.log_var)
        draws = (self.mu + sigma * epsilon for epsilon in self.epsilon)
        found = [mutual_information(self.mu, self.log_var, z) for z in draws]
        return mean_and_std([{"mutual_information": nats} for nats in found])


def _draw(vae: Pipeline, token_ids: Any, posterior: DiagonalGaussian, epsilon: Any) -> Any:
    """nll `[B]` and log p(x|z) p(z) / q(z|x) `[B]` at z = mu + sigma * epsilon.

    Source: Burda et al. 2016, section 3 (arXiv 1509.00519).
    """
    z = posterior.mu + posterior.sigma * epsilon
    nll = vae.compiled.nll(token_ids, z)
    return nll, standard_log_prob(z) - nll - posterior.log_prob(z)
