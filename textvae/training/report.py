"""`report.json` of a run: its training, its data and its results."""

import time
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from textvae.config.portable import portable_command
from textvae.data.caption_set import Captions
from textvae.data.readers.coco import group_of
from textvae.data.splitting import has_groups
from textvae.data.stored_captions import sample
from textvae.metrics.report_values import number_at
from textvae.training.run import published
from textvae.training.stopping import Logs, kept_epoch
from textvae.training.trainer import Trainer
from textvae.version import __version__


def run_report(
    trainer: Trainer,
    command: Sequence[str],
    metrics: dict[str, Any],
    prior: dict[str, Any] | None,
) -> dict[str, Any]:
    """The report of a finished run, without samples.

    Args:
        trainer: the run.
        command: the arguments of the command line.
        metrics: of the best weights, on the validation captions.
        prior: the facts of the prior over captions, if there is one.
    """
    run, data = trainer.run, trainer.data
    num_tokens = data.batches.num_tokens
    return {
        "command": portable_command(command) if command else "",
        "recipe": published(trainer.recipe),
        "data": {
            "train": {"captions": len(data.splits.train), "tokens": num_tokens},
            "validation": {"captions": len(data.splits.validation)},
            "dropped": dict(data.splits.train.dropped),
            "has_coco_images": all(
                map(_has_coco_images, (data.splits.train, data.splits.validation))
            ),
            "has_groups": any(map(has_groups, (data.splits.train, data.splits.validation))),
        },
        "precision": run.precision,
        "vocab_size": len(data.tokenizer),
        "num_parameters": trainer.model.count_params(),
        "seconds": run.seconds,
        "total_seconds": _total_seconds(trainer, prior),
        "tokens_per_second": _num_trained(run.history) / run.seconds,
        "best_epoch": _kept_epoch(trainer),
        "prior": prior,
        "validation": metrics,
        "versions": {"textvae": __version__, "tensorflow": tf.__version__},
        "finished": time.strftime("%Y-%m-%d"),
        "history": run.history,
    }


def _num_trained(history: Sequence[Logs]) -> float:
    """The tokens of all epochs, of captions as they were cut."""
    return sum(
        logs.get("tokens_per_second", 0.0) * logs.get("seconds", 0.0) for logs in history
    )


def _kept_epoch(trainer: Trainer) -> float:
    run, settings = trainer.run, trainer.recipe.train
    # A run of zero epochs has the network of its source.
    kept = number_at(trainer.source.report if trainer.source else {}, "best_epoch")
    if not settings.epochs and kept:
        return kept
    return kept_epoch(run.history, settings, run.first)["epoch"]


def _has_coco_images(captions: Captions) -> bool:
    """Whether each line describes an image of a file like COCO's."""
    return all(each.group.startswith(group_of("")) for each in sample(captions).captions)


def _total_seconds(trainer: Trainer, prior: dict[str, Any] | None) -> float | None:
    """Total seconds of training of these weights, including those they started from.

    None if the latter is not known.
    """
    # A run of zero epochs has the network of its source and its training time.
    own: float = trainer.run.seconds if trainer.recipe.train.epochs else 0.0
    own += prior["seconds"] if prior else 0.0
    if trainer.source is None:
        return own
    before = number_at(trainer.source.report, "total_seconds")
    return None if before is None else before + own
