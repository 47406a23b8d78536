"""The settings of a run for Keras: precision, objective, learning rate, optimiser."""

from contextlib import nullcontext

import keras

from textvae.config.settings import TrainConfig
from textvae.nn.model import Objective, TextVAE
from textvae.nn.replicated import ReplicatedTextVAE
from textvae.nn.schedules import beta_schedule
from textvae.runtime.devices import current_device, is_gpu
from textvae.runtime.processor import bfloat16_unit
from textvae.training.optimizer import Adam, ReducedAdam
from textvae.training.steps import beta_steps, learning_rate_warmup_steps

# Steps per call. Between two calls TensorFlow waits for Python, and Ctrl-C is noticed.
STEPS_AT_ONCE = 4


def resolve_precision(setting: str) -> str:
    """The precision of the matrix products of a run: `float32` or `bfloat16`.

    `auto` is bfloat16 on a CPU with hardware support for it, else float32. A GPU has fast
    float32 products (TF32), and cuDNN's LSTM stays in float32 in any case. bfloat16 has the
    range of float32, so losses need no scaling; weights, optimiser, softmax, KL and sums are
    always float32.

    Example:
        >>> resolve_precision("bfloat16")
        'bfloat16'
    """
    if setting != "auto":
        return setting
    return "bfloat16" if bfloat16_unit() and not is_gpu(current_device()) else "float32"


def training_objective(settings: TrainConfig, steps_per_epoch: int) -> Objective:
    """The objective, with the schedule of beta in optimiser steps.

    Example:
        >>> settings = TrainConfig(beta=0.4, beta_schedule="linear", beta_epochs=2.0)
        >>> float(training_objective(settings, steps_per_epoch=10).beta(5))
        0.1...
    """
    num_steps = beta_steps(settings, steps_per_epoch)
    return Objective(
        beta=beta_schedule(settings.beta_schedule, settings.beta, num_steps),
        final_beta=settings.beta,
        free_bits=settings.free_bits,
        word_dropout=settings.word_dropout,
        latent_noise=settings.latent_noise,
        dropout=settings.dropout,
        shards=settings.shards,
        precision=resolve_precision(settings.precision),
        seed=settings.seed,
    )


def learning_rate(
    settings: TrainConfig, steps_per_epoch: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """A linear warm-up to `learning_rate`, then a cosine decay to a fraction of it.

    That fraction is `final_learning_rate`.

    Example:
        >>> settings = TrainConfig(epochs=10, learning_rate=0.01, warmup_steps=500)
        >>> round(float(learning_rate(settings, steps_per_epoch=10)(10)), 4)
        0.01
    """
    num_steps = settings.epochs * steps_per_epoch
    warmup = learning_rate_warmup_steps(settings, steps_per_epoch)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate * (0.01 if warmup else 1.0),
        decay_steps=max(num_steps - warmup, 1),
        alpha=settings.final_learning_rate,
        warmup_target=settings.learning_rate if warmup else None,
        warmup_steps=warmup,
    )


def compile_model(model: TextVAE, settings: TrainConfig, steps_per_epoch: int) -> None:
    """Prepare `model` for `fit`: Adam with gradients clipped to a global norm."""
    strategy = model.strategy if isinstance(model, ReplicatedTextVAE) else None
    with strategy.scope() if strategy else nullcontext():
        optimizer = (ReducedAdam if strategy else Adam)(
            learning_rate(settings, steps_per_epoch), global_clipnorm=settings.clip_norm
        )
        optimizer.build(model.trainable_variables)
    model.compile(
        optimizer=optimizer,
        jit_compile=False,  # XLA makes LSTMs slower on a CPU
        # TensorFlow 2.21 does not support a strategy's collectives in a graph's loop.
        steps_per_execution=1 if strategy else STEPS_AT_ONCE,
    )
