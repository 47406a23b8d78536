"""How many optimiser steps a run has, and how many of them are its warm-up."""

from textvae.config.settings import TrainConfig


def rise_steps(settings: TrainConfig, steps_per_epoch: int) -> int:
    """Steps over which the learning rate rises: at most a tenth of all steps.

    A short run thus reaches the full learning rate early.

    Example:
        >>> rise_steps(TrainConfig(epochs=10, warmup_steps=500), steps_per_epoch=10)
        10
    """
    return min(settings.warmup_steps, settings.epochs * steps_per_epoch // 10)


def beta_steps(settings: TrainConfig, steps_per_epoch: int) -> int:
    """Steps of the linear warm-up of beta, or of one cycle of the cyclical one.

    Example:
        >>> beta_steps(TrainConfig(beta_epochs=2.5), steps_per_epoch=10)
        25
    """
    return max(1, round(settings.beta_epochs * steps_per_epoch))


def warmup_steps(settings: TrainConfig, steps_per_epoch: int) -> int:
    """Steps until both the learning rate and beta have reached their full value.

    Example:
        >>> warmup_steps(TrainConfig(beta_epochs=2.5, epochs=20), steps_per_epoch=10)
        25
        >>> warmup_steps(TrainConfig(beta_schedule="constant", epochs=20), steps_per_epoch=10)
        20
    """
    rise = rise_steps(settings, steps_per_epoch)
    if settings.beta_schedule == "constant":
        return rise
    return max(rise, beta_steps(settings, steps_per_epoch))
