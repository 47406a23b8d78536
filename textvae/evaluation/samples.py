"""Metrics of samples: the quality, diversity and novelty of captions drawn from a prior."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textvae.config import defaults
from textvae.decoding.sampling import check_sampling
from textvae.errors import BadInput
from textvae.evaluation.artifacts import EvaluationArtifacts
from textvae.metrics.aggregation import mean_and_std, seeds_of
from textvae.metrics.bleu import MAX_ORDER, bleu, self_bleu
from textvae.metrics.definitions import REAL
from textvae.metrics.line_faults import dangling_share, repeated_share
from textvae.metrics.ngram_lm import WittenBell
from textvae.metrics.ngrams import distinct_share
from textvae.pipeline import MAX_CAPTIONS, Pipeline
from textvae.types import Progress


@dataclass(frozen=True)
class Sampling:
    """How captions are drawn to be measured; the defaults are those of `generate`.

    Attributes:
        num_samples: captions in a set, at least 2; `self_bleu` and `distinct` depend on it.
        temperature: as in `generate`; 0 is greedy.
        top_p: draw among the most probable words that together have this probability.
        num_sets: sets with different seeds, over which standard deviations are taken.
        more_temperatures: further temperatures to draw at, for a curve.

    Raises:
        BadInput: a value out of range.

    Example:
        >>> Sampling(num_samples=1000, more_temperatures=(0.7, 1.0)).num_sets
        3
    """

    num_samples: int = 10_000
    temperature: float = defaults.TEMPERATURE
    top_p: float = defaults.TOP_P
    num_sets: int = 3
    more_temperatures: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.num_samples < 2:
            raise BadInput(f"the number of samples must be 2 or more, got {self.num_samples}")
        if self.num_samples > MAX_CAPTIONS:
            raise BadInput(
                f"the number of samples must be at most {MAX_CAPTIONS:,}, got"
                f" {self.num_samples:,}"
            )
        if self.num_sets < 1:
            raise BadInput(f"the number of sets must be 1 or more, got {self.num_sets}")
        for temperature in (self.temperature, *self.more_temperatures):
            check_sampling(temperature, self.top_p)


def sample_metrics(
    vae: Pipeline,
    captions: Sequence[str],
    sampling: Sampling,
    *,
    seed: int = 0,
    train: Sequence[str] = (),
    lm: WittenBell | None = None,
    progress: Progress = iter,
    artifacts: EvaluationArtifacts | None = None,
) -> dict[str, dict[str, Any]]:
    """The metrics of samples from each prior that the model has, `scene` and `standard`.

    With `train` there is a third row, `real`: the metrics of as many training captions, as a
    yardstick for samples as good and as varied as what people write. Samples at one of
    `more_temperatures` have a row of their own, such as `standard_at_0.7`.

    Args:
        vae: the model.
        captions: cleaned held-out captions: the references.
        sampling: how many samples, and how they are drawn.
        seed: set k of n is what `vae.generate` gives with the seed n * seed + k.
        train: the cleaned training captions, for `novel` and the row `real`.
        lm: the language model of `train`, for `forward_ppl`, and for `reverse_ppl`, whose
            models share its vocabulary. Metrics that need what is not given are left out.
        progress: wraps the sets, to show how far the work is.
        artifacts: receives the first set of each prior in its `samples`.
    """
    kept = {} if artifacts is None else artifacts.samples
    priors = ["scene"] * vae.has_prior + ["standard"]
    seeds, known = seeds_of(seed, sampling.num_sets), frozenset(train)
    settings = {prior: (prior, sampling.temperature) for prior in priors}
    for other, prior in itertools.product(sampling.more_temperatures, priors):
        settings[f"{prior}_at_{other:g}"] = prior, other
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in settings}
    for name, number in progress(list(itertools.product(settings, seeds))):
        prior, temperature = settings[name]
        texts = vae.generate(
            sampling.num_samples,
            temperature=temperature,
            top_p=sampling.top_p,
            seed=number,
            prior=prior,
        )
        if name == prior:
            kept.setdefault(prior, texts)
        measured[name].append(
            {**text_metrics(texts, captions, lm), **against_training(texts, known, lm)}
        )
    rows = {name: _row(sampling.num_samples, seeds, measured[name]) for name in settings}
    if len(train) > 1:  # a single one has no others to be compared with
        rows[REAL] = _real_row(captions, sampling.num_samples, seeds, train, lm)
    return rows


def text_metrics(
    texts: Sequence[str], captions: Sequence[str], lm: WittenBell | None = None
) -> dict[str, float]:
    """BLEU-2 to BLEU-5, self-BLEU, variety, faults and, with `lm`, `reverse_ppl` of any texts.

    Example:
        >>> found = text_metrics(["a dog runs", "a cat runs"], ["a dog runs", "a cow"])
        >>> found["bleu_2"], found["distinct_1"], found["unique"]
        (0.59..., 0.66..., 1.0)
    """
    quality, likeness = bleu(texts, captions).mean(axis=0), self_bleu(texts).mean(axis=0)
    out = {f"bleu_{n}": float(quality[n - 1]) for n in range(2, MAX_ORDER + 1)}
    out |= {f"self_bleu_{n}": float(likeness[n - 1]) for n in range(2, MAX_ORDER + 1)}
    out |= {f"distinct_{n}": distinct_share(texts, n) for n in (1, 2)}
    out["unique"] = len(set(texts)) / len(texts)
    out |= {"repeated": repeated_share(texts), "dangling": dangling_share(texts)}
    if lm is not None:
        out["reverse_ppl"] = WittenBell(texts, lm.vocabulary, lm.order).perplexity(captions)
    return out


def against_training(
    texts: Sequence[str], known: frozenset[str], lm: WittenBell | None
) -> dict[str, float]:
    """`novel` and `forward_ppl`, which are meaningless for the training captions themselves.

    Example:
        >>> against_training(["a dog", "a cat"], frozenset(["a dog"]), None)
        {'novel': 0.5}
    """
    out = {}
    if known:
        out["novel"] = sum(text not in known for text in texts) / len(texts)
    if lm is not None:
        out["forward_ppl"] = lm.perplexity(texts)
    return out


def _real_row(
    captions: Sequence[str],
    num_samples: int,
    seeds: Sequence[int],
    train: Sequence[str],
    lm: WittenBell | None,
) -> dict[str, Any]:
    """`text_metrics` of as many training captions; of all of them, once, if there are fewer."""
    ordered = sorted(train)  # so that the order of the file does not matter
    count = min(num_samples, len(ordered))
    seeds = seeds if count < len(ordered) else seeds[:1]
    chosen = (
        np.random.default_rng(s).choice(len(ordered), count, replace=False) for s in seeds
    )
    sets = [[ordered[i] for i in places] for places in chosen]
    return _row(count, seeds, [text_metrics(texts, captions, lm) for texts in sets])


def _row(
    num_samples: int, seeds: Sequence[int], measured: Sequence[dict[str, float]]
) -> dict[str, Any]:
    return {"num_samples": num_samples, "seeds": list(seeds), **mean_and_std(measured)}
