"""Evaluating one model or several on the same captions, for the verb `evaluate`."""

import argparse
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textvae.cli.arguments import read_options
from textvae.cli.models import load_model
from textvae.config import defaults
from textvae.errors import BadInput

if TYPE_CHECKING:
    from textvae.data.caption_set import Captions
    from textvae.evaluation.samples import Sampling
    from textvae.pipeline import Pipeline
    from textvae.report.model_results import ModelResults

MANY_KNOWN = 0.2  # share of captions in the training data; short ones may be by chance

log = logging.getLogger(__name__)


def load_several(weights: Sequence[str] | None, device: str) -> "dict[str, Pipeline]":
    """The models by distinct names; by default the default model.

    Raises:
        BadInput: there are too many, or one of them cannot be loaded.
        Unavailable: one is on the Hub, which cannot be reached, and there is no cached copy.

    Example:
        >>> load_several(["article"] * 5, "cpu")
        Traceback (most recent call last):
        textvae.errors.BadInput: --weights takes at most 4 models, got 5
    """
    from textvae.report.model_results import MAX_MODELS

    weights = weights or [defaults.WEIGHTS]
    if len(weights) > MAX_MODELS:
        raise BadInput(f"--weights takes at most {MAX_MODELS} models, got {len(weights)}")
    models = [load_model(name, device) for name in weights]
    names = [vae.name for vae in models]
    if len(set(names)) < len(names):
        names = [name.rstrip("/").rpartition("/")[2] for name in weights]
    if len(set(names)) < len(names):
        names = [f"{name} ({place})" for place, name in enumerate(names, 1)]
    return dict(zip(names, models, strict=True))


def measure(
    name: str,
    vae: "Pipeline",
    models: "Sequence[Pipeline]",
    sizes: Mapping[str, int | None],
    sampling: "Sampling | None",
    arguments: argparse.Namespace,
) -> "ModelResults":
    """The metrics of one model, with the captions and codes for a report."""
    from textvae.data.splitting import training_split
    from textvae.evaluation.artifacts import EvaluationArtifacts
    from textvae.evaluation.evaluate import evaluate
    from textvae.report.model_results import model_results_of
    from textvae.runtime.progress import bar

    captions = _captions_to_measure(vae, models, sizes["limit"], arguments)
    _warn_of_known(name, vae, captions)
    train = (
        training_split(read_captions(vae, arguments.train, [vae], arguments)).texts
        if arguments.train
        else []
    )
    _log_left_out(vae, bool(train), sampling is not None)
    stages, artifacts = iter(("captions", "samples")), EvaluationArtifacts()
    metrics = evaluate(
        vae,
        captions.texts,
        iw_samples=arguments.iw_samples,
        num_pairs=sizes["num_pairs"] or 0,
        sampling=sampling,
        train=train,
        groups=[caption.group for caption in captions.captions],
        seed=arguments.seed,
        progress=lambda steps: bar(
            log.isEnabledFor(logging.INFO),
            steps,
            desc=f"{name}, {next(stages)}",
            unit="step",
        ),
        artifacts=artifacts,
    )
    return model_results_of(vae, name, metrics, artifacts, train)


def _captions_to_measure(
    vae: "Pipeline",
    models: "Sequence[Pipeline]",
    limit: int | None,
    arguments: argparse.Namespace,
) -> "Captions":
    """The held-out captions of the files: the first ones, or a random sample with `--quick`."""
    from textvae.data.splitting import draw_captions, held_out_split, take_first

    everything = read_captions(vae, arguments.captions, models, arguments)
    if len(everything) < 2:
        raise BadInput(f"too few captions to measure: {everything.summary()}; give others")
    captions = held_out_split(everything, "test", "validation")
    if len(captions) < len(everything):
        log.info("captions in the held-out split of the file: %s", f"{len(captions):,}")
    if limit is None:
        return captions
    if arguments.quick:
        return draw_captions(captions, limit, arguments.seed)
    return take_first(captions, limit)


def _warn_of_known(name: str, vae: "Pipeline", captions: "Captions") -> None:
    """Warn if many captions are training captions, whose metrics are better."""
    known = sum(vae.in_training_set(captions.texts) or ())
    if known > MANY_KNOWN * len(captions):
        log.warning(
            "%s was trained on %s of these %s captions, so the metrics say little about new"
            " ones; name captions that it was not trained on",
            name,
            f"{known:,}",
            f"{len(captions):,}",
        )


def read_captions(
    vae: "Pipeline",
    files: Sequence[str],
    models: "Sequence[Pipeline]",
    arguments: argparse.Namespace,
) -> "Captions":
    """The captions of `files`, cleaned like the model's, that all of `models` read in full."""
    from textvae.data.captions import load_captions
    from textvae.data.splitting import no_longer_than
    from textvae.data.text_modes import UNITS
    from textvae.hub.datasets import with_local_copies

    captions = load_captions(
        with_local_copies(files),
        instances=arguments.instances or (),
        category=arguments.category,
        options=read_options(arguments),
        mode=vae.bundle.text.mode,
        keep_punctuation=vae.bundle.text.keep_punctuation,
    )
    for each in models:  # models differ in their pieces
        length, unit = partial(_length, each), UNITS[each.bundle.text.mode]
        captions = no_longer_than(captions, each.max_length, length, unit)
    log.info(captions.summary())
    return captions


def _length(model: "Pipeline", line: str) -> int:
    """The length of a line in the units of this model."""
    return model.tokenizer.length(model.bundle.text.normalise(line))


def _log_left_out(vae: "Pipeline", has_train: bool, has_samples: bool) -> None:
    """Log the missing metrics and the reasons."""
    if not has_train:
        log.info(
            "left out: novel, forward_ppl, reverse_ppl, inner_ppl and samples.real, which need"
            " the captions the model was trained on; name them with --train"
        )
    if vae.is_language_model:
        log.info("left out: everything that needs codes; these weights are a language model")
    elif has_samples and not vae.has_prior:
        log.info("left out: samples.scene; these weights have no prior over captions")
