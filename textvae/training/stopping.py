"""When a run ends: pure functions of its settings and of its history, one entry per epoch."""

import math
from collections.abc import Sequence

from textvae.config.recipe import Recipe
from textvae.config.settings import TrainConfig
from textvae.errors import TrainingFailed

Logs = dict[str, float]  # the metrics of one epoch; those of validation begin with `val_`


def best_epoch(history: Sequence[Logs]) -> Logs:
    """The epoch with the lowest validation loss, the first of equals.

    Example:
        >>> best_epoch([{"epoch": 1, "val_loss": 9.0}, {"epoch": 2, "val_loss": 7.0}])["epoch"]
        2
    """
    return min(history, key=lambda logs: logs["val_loss"])


def has_stalled(history: Sequence[Logs], settings: TrainConfig) -> bool:
    """Whether the validation loss has not improved for `patience` epochs after the warm-up.

    Example:
        >>> history = [{"epoch": n, "val_loss": loss} for n, loss in enumerate((5, 6, 7), 1)]
        >>> settings = TrainConfig(beta_schedule="constant", patience=2)
        >>> has_stalled(history[:2], settings), has_stalled(history, settings)
        (False, True)
    """
    if not history:
        return False
    since_best = history[-1]["epoch"] - best_epoch(history)["epoch"]
    return since_best >= settings.patience and _is_past_warmup(history, settings)


def check_loss(history: Sequence[Logs], settings: TrainConfig) -> None:
    """Raise if the last validation loss is not finite.

    Raises:
        TrainingFailed: with the settings to lower.
    """
    last = history[-1]
    if not math.isfinite(last["val_loss"]):
        raise TrainingFailed(
            f"training has diverged: the validation loss is {last['val_loss']} after epoch"
            f" {last['epoch']:.0f}; lower train.learning_rate (now {settings.learning_rate})"
            f" or train.clip_norm (now {settings.clip_norm})"
        )


def check_active_units(history: Sequence[Logs], recipe: Recipe) -> None:
    """Raise if, after the warm-up, z says too little about the caption.

    A language model has no latent units that could collapse.

    Raises:
        TrainingFailed: fewer than `min_active_units` are active; with the settings to change.
    """
    last, settings, latent_dim = history[-1], recipe.train, recipe.model.latent_dim
    if not latent_dim or not _is_past_warmup(history, settings):
        return
    if last["val_active_units"] < settings.min_active_units:
        raise TrainingFailed(
            f"the KL has collapsed: {last['val_active_units']:.0f} of {latent_dim} latent units"
            f" are active after epoch {last['epoch']:.0f}, and train.min_active_units is"
            f" {settings.min_active_units}; lower train.beta (now {settings.beta}), raise"
            f" train.free_bits (now {settings.free_bits}) or train.word_dropout (now"
            f" {settings.word_dropout})"
        )


def _is_past_warmup(history: Sequence[Logs], settings: TrainConfig) -> bool:
    return settings.beta_schedule == "constant" or history[-1]["epoch"] >= settings.beta_epochs
