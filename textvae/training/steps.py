"""The number of optimiser steps of a run and of its warm-up."""

from textvae.config.settings import TrainConfig


def learning_rate_warmup_steps(settings: TrainConfig, steps_per_epoch: int) -> int:
    """Steps over which the learning rate rises: at most a tenth of all steps.

    So a short run reaches the full learning rate early.

    Example:
        >>> settings = TrainConfig(epochs=10, warmup_steps=500)
        >>> learning_rate_warmup_steps(settings, steps_per_epoch=10)
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
    of_learning_rate = learning_rate_warmup_steps(settings, steps_per_epoch)
    if settings.beta_schedule == "constant":
        return of_learning_rate
    return max(of_learning_rate, beta_steps(settings, steps_per_epoch))
