"""How well a model explains captions, how much of its code it uses, how well it reads back.

All likelihoods are in nats. Tokens count words and `<eos>`, never `<bos>` or padding.
"""

import math
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import sacrebleu
import tensorflow as tf

from textvae.batches import CaptionBatches, padded
from textvae.errors import BadInput
from textvae.gaussian import DiagonalGaussian, standard_log_prob
from textvae.model import ACTIVE_VARIANCE
from textvae.pipeline import Pipeline, posterior_of
from textvae.tokenizer import UNK_ID

Floats = np.ndarray[Any, np.dtype[np.float64]]
Progress = Callable[[Iterable[Any]], Iterable[Any]]
BATCH = 256
NUM_DRAWS = 3  # of z for each caption: enough to state a spread, and cheap

DEFINITIONS = {
    "nll": "nats a caption, -log p(x|z), one z from the posterior; mean of 3 draws",
    "kl": "nats a caption, KL(q(z|x) || N(0, I)), never clipped",
    "elbo": "nats a caption, -(nll + kl)",
    "nll_iw": "nats a caption, importance-weighted bound on -log p(x) with iw_samples draws",
    "ppl": "exp(nll_iw a token); tokens are words and <eos>",
    "active_units": "latent units whose posterior mean varies over captions by more than 0.01",
    "reconstruction_bleu4": "corpus BLEU-4, 0..1, greedy from the posterior mean",
    "reconstruction_exact": "share of captions read back word for word, greedy from the mean",
    "unknown_rate": "share of words outside the vocabulary",
}


def evaluate(
    vae: Pipeline,
    captions: Sequence[str],
    *,
    iw_samples: int = 0,
    seed: int = 0,
    progress: Progress = iter,
) -> dict[str, Any]:
    """The figures of `DEFINITIONS` on cleaned `captions`, with counts and settings beside them.

    The noise of a caption is a function of (seed, its text): neither the order of the captions
    nor the size of a batch changes a figure.

    Args:
        vae: the model.
        captions: cleaned, none longer than the model's `max_length` words.
        iw_samples: S of `nll_iw` and `ppl`, which are left out when it is 0.
        seed: of the draws of z.
        progress: wraps the batches, to show how far it is.

    Raises:
        BadInput: fewer than 2 captions (a variance needs two), or iw_samples below 0.
    """
    if len(captions) < 2:
        raise BadInput(f"evaluation needs at least 2 captions, got {len(captions)}")
    if iw_samples < 0:
        raise BadInput(f"iw_samples must be 0 or more, got {iw_samples}")
    rows = [vae.tokenizer.encode(text) for text in captions]
    batches = CaptionBatches(rows, BATCH)
    num_words = batches.num_tokens - len(rows)
    likelihood = _Likelihood(vae, captions, batches, seed)
    for batch in progress(batches.plan()):
        likelihood.add(batch, iw_samples)
    return {
        "num_captions": len(rows),
        "num_tokens": batches.num_tokens,
        "latent_dim": vae.latent_dim,
        "unknown_rate": sum(row.count(UNK_ID) for row in rows) / num_words,
        **likelihood.figures(iw_samples),
        **reconstruction_figures(captions, vae.decode(likelihood.mu)),
        "settings": {"seed": seed, "draws": NUM_DRAWS, "iw_samples": iw_samples},
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


def active_units(mu: np.ndarray[Any, Any]) -> int:
    """Latent units with Var_x[mu_d] > 0.01, from all captions at once: `[N, D]`.

    Source: Burda et al. 2016, section 5 (arXiv 1509.00519).
    """
    return int((mu.astype(np.float64).var(axis=0) > ACTIVE_VARIANCE).sum())


def noise(text: str, draw: int, size: int, seed: int) -> Floats:
    """Normal noise `[size]` that belongs to this caption and this draw."""
    return np.random.default_rng([seed, draw, zlib.crc32(text.encode())]).standard_normal(size)


class _Likelihood:
    """Per-caption nll, kl and importance-weighted bound, gathered batch by batch."""

    def __init__(
        self, vae: Pipeline, captions: Sequence[str], batches: CaptionBatches, seed: int
    ) -> None:
        self.vae, self.captions, self.batches, self.seed = vae, captions, batches, seed
        count = len(captions)
        self.mu = np.empty((count, vae.latent_dim), np.float32)
        self.nll = np.empty((NUM_DRAWS, count))
        self.kl, self.nll_iw = np.empty(count), np.empty(count)

    def add(self, batch: Any, iw_samples: int) -> None:
        """Measure the captions with these indices."""
        token_ids = tf.constant(padded([self.batches.rows[i] for i in batch]))
        posterior = posterior_of(self.vae.model, token_ids)
        self.mu[batch] = posterior.mu.numpy()
        self.kl[batch] = posterior.kl_per_unit().numpy().sum(axis=1)
        log_weights = []
        for draw in range(max(NUM_DRAWS, iw_samples)):
            texts = (self.captions[i] for i in batch)
            epsilon = np.array([noise(t, draw, self.vae.latent_dim, self.seed) for t in texts])
            nll, log_weight = _draw(
                self.vae.model, token_ids, posterior, tf.constant(epsilon, tf.float32)
            )
            log_weights.append(log_weight.numpy().astype(np.float64))
            if draw < NUM_DRAWS:
                self.nll[draw, batch] = nll.numpy()
        if iw_samples:
            self.nll_iw[batch] = math.log(iw_samples) - np.logaddexp.reduce(
                log_weights[:iw_samples], axis=0
            )

    def figures(self, iw_samples: int) -> dict[str, float]:
        """The means over captions."""
        means = self.nll.mean(axis=1)
        nll, kl = float(means.mean()), float(self.kl.mean())
        out = {
            "nll": nll,
            "nll_spread": float(means.std(ddof=1)),
            "kl": kl,
            "elbo": -(nll + kl),
            "active_units": active_units(self.mu),
        }
        if iw_samples:
            out["nll_iw"] = float(self.nll_iw.mean())
            out["ppl"] = math.exp(self.nll_iw.sum() / self.batches.num_tokens)
        return out


@tf.function(reduce_retracing=True)
def _draw(model: Any, token_ids: Any, posterior: DiagonalGaussian, epsilon: Any) -> Any:
    """nll `[B]` and log p(x|z) p(z) / q(z|x) `[B]` at z = mu + sigma * epsilon.

    Source: Burda et al. 2016, section 3 (arXiv 1509.00519).
    """
    z = posterior.mu + posterior.sigma * epsilon
    nll = model.nll(token_ids, z)
    return nll, standard_log_prob(z) - nll - posterior.log_prob(z)
