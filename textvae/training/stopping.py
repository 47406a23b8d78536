"""Stopping criteria: functions of a run's settings and its history, one entry per epoch."""

import math
from collections.abc import Sequence

from textvae.config.recipe import Recipe
from textvae.config.settings import TrainConfig
from textvae.errors import TrainingFailed
from textvae.training.steps import warmup_steps

GENTLE_BETA = 0.05  # at which a collapsed code recovers
NATS_OF_A_UNIT = 0.1  # the KL of a unit in use is above this
Logs = dict[str, float]  # the metrics of one epoch; those of validation begin with `val_`


def best_epoch(history: Sequence[Logs], first: int = 1) -> Logs:
    """The epoch with the lowest validation loss, the first in case of ties.

    Args:
        history: of a run, not empty.
        first: epochs before this one do not count, unless there are no others.

    Example:
        >>> history = [{"epoch": 1, "val_loss": 6.0}, {"epoch": 2, "val_loss": 7.0}]
        >>> best_epoch(history)["epoch"], best_epoch(history, first=2)["epoch"]
        (1, 2)
    """
    counted = [logs for logs in history if logs["epoch"] >= first] or history
    return min(counted, key=lambda logs: logs["val_loss"])


def kept_epoch(history: Sequence[Logs], settings: TrainConfig, first: int = 1) -> Logs:
    """The epoch whose weights a run keeps, the best or the last according to `train.keep`.

    Example:
        >>> history = [{"epoch": 1, "val_loss": 6.0}, {"epoch": 2, "val_loss": 7.0}]
        >>> kept_epoch(history, TrainConfig(keep="last"))["epoch"]
        2
    """
    return history[-1] if settings.keep == "last" else best_epoch(history, first)


def has_stalled(
    history: Sequence[Logs], settings: TrainConfig, steps_per_epoch: int, first: int = 1
) -> bool:
    """Whether the validation loss has not improved for `patience` epochs after the warm-up.

    A run that keeps its last weights continues to its last epoch.

    Args:
        history: of the run.
        settings: of the run.
        steps_per_epoch: optimiser steps in an epoch.
        first: the first epoch with the current objective.

    Example:
        >>> history = [{"epoch": n, "val_loss": loss} for n, loss in enumerate((5, 6, 7), 1)]
        >>> settings = TrainConfig(beta_schedule="constant", patience=2)
        >>> has_stalled(history[:2], settings, 500), has_stalled(history, settings, 500)
        (False, True)
    """
    if settings.keep == "last" or not _is_past_warmup(
        history, settings, steps_per_epoch, first
    ):
        return False
    since_best = history[-1]["epoch"] - best_epoch(history, first)["epoch"]
    return since_best >= settings.patience


def check_loss(history: Sequence[Logs], settings: TrainConfig) -> None:
    """Raise if the last validation loss is not finite.

    Raises:
        TrainingFailed: names the settings to lower.

    Example:
        >>> check_loss([{"epoch": 1, "val_loss": math.nan}], TrainConfig())
        Traceback (most recent call last):
        textvae.errors.TrainingFailed: training has diverged: the validation loss is nan ...
    """
    last = history[-1]
    if not math.isfinite(last["val_loss"]):
        raise TrainingFailed(
            f"training has diverged: the validation loss is {last['val_loss']} after epoch"
            f" {last['epoch']:.0f}; train again in another --output with a lower"
            f" train.learning_rate (now {settings.learning_rate}) or train.clip_norm (now"
            f" {settings.clip_norm})"
        )


def check_active_units(
    history: Sequence[Logs], recipe: Recipe, steps_per_epoch: int, first: int = 1
) -> None:
    """Raise if the posterior has collapsed after the warm-up: z holds almost no information.

    The criterion is that few units are active, in training and in validation, and that the KL
    is also low, since over a few validation captions a unit's variance may be small by chance.
    A language model has no latent units that could collapse.

    Raises:
        TrainingFailed: fewer than `min_active_units` are active, and the KL is below a tenth of
            a nat for each of them; names the settings to change.

    Example:
        >>> history = [{"epoch": 12, "val_kl": 0.01, "val_active_units": 0.0}]
        >>> check_active_units(history, Recipe(name="mine"), steps_per_epoch=500)
        Traceback (most recent call last):
        textvae.errors.TrainingFailed: the KL has collapsed: it is 0.01 nats after epoch 12, ...
    """
    last, settings, latent_dim = history[-1], recipe.train, recipe.model.latent_dim
    if not latent_dim or not _is_past_warmup(history, settings, steps_per_epoch, first):
        return
    if first > 1 and last["epoch"] < first + settings.patience:
        return  # after a change of the objective, units need some epochs to recover
    active = max(last["val_active_units"], last.get("active_units", 0.0))
    least = settings.min_active_units
    if active < least and last["val_kl"] < NATS_OF_A_UNIT * least:
        raise TrainingFailed(
            f"the KL has collapsed: it is {last['val_kl']:.2f} nats after epoch"
            f" {last['epoch']:.0f}, {active:.0f} of {latent_dim} latent units are active, and"
            f" train.min_active_units is {least}; continue with the same command and --resume"
            f" --set train.beta={min(settings.beta / 10, GENTLE_BETA):.3g} (now"
            f" {settings.beta:g}), or with --resume"
            f" --set train.free_bits={max(0.5, 2 * settings.free_bits):g} (now"
            f" {settings.free_bits:g}){_and_more_epochs(last, settings)}"
        )


def _and_more_epochs(last: Logs, settings: TrainConfig) -> str:
    """The addition to that advice if this was the last epoch."""
    if last["epoch"] < settings.epochs:
        return ""
    return f"; in both cases add --set train.epochs={2 * settings.epochs}, as all are used up"


def _is_past_warmup(
    history: Sequence[Logs], settings: TrainConfig, steps_per_epoch: int, first: int
) -> bool:
    """Whether the settings have been in effect for the steps of a warm-up."""
    if not history:
        return False
    num_steps = (history[-1]["epoch"] - first + 1) * steps_per_epoch
    return num_steps >= max(1, warmup_steps(settings, steps_per_epoch))
