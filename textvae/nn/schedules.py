"""Beta, the weight of the KL penalty, as a function of the optimiser step.

A schedule has no state, so a resumed run needs only the step.
"""

import tensorflow as tf

from textvae.errors import BadInput
from textvae.types import Schedule, Tensor


def constant(value: float) -> Schedule:
    """The schedule with `value` at every step.

    Example:
        >>> float(constant(0.5)(1000))
        0.5
    """
    return lambda step: tf.constant(value, tf.float32) + 0.0 * tf.cast(step, tf.float32)


def linear(num_steps: int, end: float = 1.0) -> Schedule:
    """The schedule that rises from 0 to `end` over `num_steps` steps and stays there.

    Raises:
        BadInput: `num_steps` is below 1.

    Example:
        >>> beta = linear(10, end=0.5)
        >>> float(beta(5)), float(beta(10)), float(beta(20))
        (0.25, 0.5, 0.5)

    Source: Bowman et al. 2016, section 3.1 (arXiv 1511.06349).
    """
    if num_steps < 1:
        raise BadInput(f"a linear schedule needs at least 1 step, got {num_steps}")
    return lambda step: end * tf.minimum(1.0, tf.cast(step, tf.float32) / num_steps)


def cyclical(period: int, end: float = 1.0, ramp: float = 0.5) -> Schedule:
    """The schedule that rises from 0 to `end` in the first part of every `period` steps.

    Args:
        period: steps in one cycle, at least 1.
        end: the value held for the rest of the cycle.
        ramp: the fraction of the cycle spent rising, in (0, 1].

    Raises:
        BadInput: `period` or `ramp` is out of range.

    Example:
        >>> beta = cyclical(10)
        >>> float(beta(4)), float(beta(9)), float(beta(10))
        (0.8..., 1.0, 0.0)

    Source: Fu et al. 2019 (arXiv 1903.10145).
    """
    if period < 1 or not 0.0 < ramp <= 1.0:
        raise BadInput(
            f"a cyclical schedule needs period >= 1 and 0 < ramp <= 1, got {period=}, {ramp=}"
        )

    def beta(step: Tensor) -> Tensor:
        fraction = tf.cast(tf.cast(step, tf.int64) % period, tf.float32) / period
        return end * tf.minimum(1.0, fraction / ramp)

    return beta


def beta_schedule(kind: str, beta: float, num_steps: int) -> Schedule:
    """The schedule of a recipe: `constant`, `linear` or `cyclical`.

    Args:
        kind: the setting `train.beta_schedule`.
        beta: the final or constant value.
        num_steps: length of the linear warm-up, or of one cycle.

    Example:
        >>> float(beta_schedule("linear", beta=0.5, num_steps=4)(2))
        0.25
    """
    if kind == "constant":
        return constant(beta)
    return linear(num_steps, beta) if kind == "linear" else cyclical(num_steps, beta)
