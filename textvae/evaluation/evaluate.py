"""All metrics of a model on held-out captions, as defined in `metrics.definitions`."""

from collections.abc import Hashable, Sequence
from typing import Any

from textvae.checks import MAX_SEED, shown, whole_number
from textvae.data.prepared_caption import readable_captions
from textvae.errors import BadInput
from textvae.evaluation.artifacts import EvaluationArtifacts
from textvae.evaluation.interpolations import (
    interpolation_metrics,
    short_captions,
)
from textvae.evaluation.likelihood import NUM_DRAWS, Likelihood
from textvae.evaluation.neighbourhoods import neighbourhood_metrics
from textvae.evaluation.reconstruction import reconstruction_metrics
from textvae.evaluation.samples import Sampling, sample_metrics
from textvae.metrics.ngram_lm import WittenBell
from textvae.pipeline import Pipeline
from textvae.types import Progress


def evaluate(
    vae: Pipeline,
    captions: Sequence[str],
    *,
    iw_samples: int = 0,
    num_pairs: int = 0,
    sampling: Sampling | None = None,
    train: Sequence[str] = (),
    groups: Sequence[Hashable] = (),
    seed: int = 0,
    progress: Progress = iter,
    artifacts: EvaluationArtifacts | None = None,
) -> dict[str, Any]:
    """The metrics of `DEFINITIONS` on cleaned `captions`, with their counts and settings.

    The noise of a caption depends only on the seed and its text, so neither the order of the
    captions nor the batch size changes a metric, except that `sibling_recall` is measured on
    the first 6,000, and the metrics of the map on its first 6,000. The metrics of
    interpolations are under `interpolations`, and for captions of 3 to 7 words under
    `short_pairs`; those of samples are under `samples` and the name of the prior. Each group
    has its own counts, seeds and standard deviations.

    The `nll` and `ppl` of a language model are exact, and metrics of codes are left out.

    Args:
        vae: the model.
        captions: cleaned, none longer than the model's `max_length`, in words or pieces.
        iw_samples: draws for `nll_iw` and `ppl`, which are left out if it is 0.
        num_pairs: pairs in each set of `interpolations`, which are left out if it is 0.
        sampling: how to draw `samples`; None leaves them out.
        train: the cleaned training captions; without them, metrics that need them are left out.
        groups: the group of each caption, such as its image, for `sibling_recall`.
        seed: of all noise and samples.
        progress: wraps the batches, then the sets of samples, to show progress.
        artifacts: receives the captions and codes that were measured.

    Raises:
        BadInput: there are fewer than 2 captions, which a variance needs; a number is below 0,
            not whole, or too large; or the numbers of groups and captions differ.

    Example:
        >>> import textvae
        >>> captions = ["an elephant in the water", "two elephants walk in the grass"]
        >>> found = textvae.evaluate(textvae.load("article"), captions)
        >>> found["num_captions"], found["num_tokens"], found["kl"] > 10.0
        (2, 13, True)
    """
    _check_lists(captions=captions, train=train)
    captions, train, groups = list(captions), list(train), list(groups)
    _check(len(captions), len(groups))
    num_sets = sampling.num_sets if sampling else 1
    seed = whole_number("seed", seed, 0, MAX_SEED // num_sets - 1)  # each set has its own
    iw_samples = whole_number("iw_samples", iw_samples, 0, MAX_SEED)
    num_pairs = whole_number("num_pairs", num_pairs, 0, MAX_SEED)
    if vae.is_language_model:
        iw_samples = num_pairs = 0  # its likelihood is exact, and it has no codes
    kept = EvaluationArtifacts() if artifacts is None else artifacts
    likelihood = Likelihood(vae, captions, seed).measure(iw_samples, progress)
    kept.captions, kept.mu, kept.log_var = captions, likelihood.mu, likelihood.log_var
    out: dict[str, Any] = {
        **likelihood.counts(),
        "latent_dim": vae.latent_dim,
        **likelihood.metrics(iw_samples),
    }
    if not vae.is_language_model:
        kept.reconstructions = vae.decode(likelihood.mu)
        out |= reconstruction_metrics(captions, kept.reconstructions)
        out |= neighbourhood_metrics(vae, captions, groups)
    out["settings"] = _settings(seed, iw_samples, sampling, train)
    lm = WittenBell(train) if train else None
    if num_pairs:
        settings: dict[str, Any] = {"seed": seed, "lm": lm}
        out["interpolations"] = interpolation_metrics(
            vae, captions, num_pairs, **settings, artifacts=kept
        )
        short = readable_captions(short_captions(captions), vae.prepare)
        if len(set(short)) > 1:
            out["short_pairs"] = interpolation_metrics(vae, short, num_pairs, **settings)
    if sampling:
        out["samples"] = sample_metrics(
            vae,
            captions,
            sampling,
            seed=seed,
            train=train,
            lm=lm,
            progress=progress,
            artifacts=kept,
        )
    return out


def _check_lists(**given: Sequence[str]) -> None:
    """Raise if a text or a file name is given in place of a list of captions."""
    for name, texts in given.items():
        if isinstance(texts, str):
            raise BadInput(f"{name} must be a list of captions, got the text {shown(texts)}")


def _check(num_captions: int, num_groups: int) -> None:
    if num_captions < 2:
        raise BadInput(f"evaluation needs at least 2 captions, got {num_captions}")
    if num_groups not in (0, num_captions):
        raise BadInput(
            f"each caption needs a group, got {num_groups} groups for {num_captions} captions"
        )


def _settings(
    seed: int, iw_samples: int, sampling: Sampling | None, train: Sequence[str]
) -> dict[str, float]:
    out: dict[str, float] = {"seed": seed, "draws": NUM_DRAWS, "iw_samples": iw_samples}
    if sampling:
        out |= {"temperature": sampling.temperature, "top_p": sampling.top_p}
    if train:
        out["num_train_captions"] = len(train)
    return out
