"""What training minimises: mean nll + beta * kl_penalty; and beta as a function of the step."""

from typing import Any

import tensorflow as tf

from textvae.errors import BadInput
from textvae.types import Schedule, Tensor

SMALLEST_SHARE = 1e-30  # a probability that float32 holds with all its digits


@tf.custom_gradient
def cross_entropy(features: Tensor, table: Tensor, bias: Tensor, targets: Tensor) -> Any:
    """-log softmax(table features + bias)[target] in nats.

    `[M, E]`, `[V, E]`, `[V]`, `[M]` -> `[M]`.

    The softmax is made once and serves the gradients, too, which go over `[M, V]` in matrix
    products alone: what the target takes from them is a row each, taken off afterwards.
    TensorFlow's own operation for sparse targets costs as much as those products. In mixed
    precision the products are in bfloat16, and the softmax in float32.
    """
    logits = tf.cast(tf.matmul(features, table, transpose_b=True) + bias, tf.float32)
    share = tf.nn.softmax(logits)
    places = tf.stack([tf.range(tf.size(targets, targets.dtype)), targets], axis=1)
    chosen = tf.gather_nd(share, places)

    def exact() -> Tensor:
        # log sum exp, by way of the largest share: never below 1/V, so its logarithm is exact.
        largest = tf.math.log(tf.reduce_max(share, axis=-1))
        return tf.reduce_max(logits, axis=-1) - largest - tf.gather_nd(logits, places)

    # Two more passes over [M, V], only where a share has lost its digits.
    is_large = tf.reduce_min(chosen) > SMALLEST_SHARE
    token_nll = tf.cond(is_large, lambda: -tf.math.log(chosen), exact)

    def gradient(upstream: Tensor) -> tuple[Tensor | None, ...]:
        shares, upstream = (tf.cast(each, features.dtype) for each in (share, upstream))
        weights = upstream[:, None]
        weighted = weights * features
        to_features = weights * (tf.matmul(shares, table) - tf.gather(table, targets))
        to_table = tf.matmul(shares, weighted, transpose_a=True)
        to_bias = tf.matmul(upstream[None], shares)[0]
        return (
            to_features,
            tf.tensor_scatter_nd_sub(to_table, targets[:, None], weighted),
            tf.tensor_scatter_nd_sub(to_bias, targets[:, None], upstream),
            None,
        )

    return token_nll, gradient


def kl_penalty(kl_per_unit: Tensor, free_bits: float = 0.0) -> Tensor:
    """sum_d max(free_bits, batch mean of KL_d): `[B, D]` -> scalar nats.

    `free_bits` is in nats per latent unit. With 0 this is the mean KL itself.

    Source: Kingma et al. 2016, section C.8 (arXiv 1606.04934).
    """
    return tf.reduce_sum(tf.maximum(float(free_bits), tf.reduce_mean(kl_per_unit, axis=0)))


def constant(value: float) -> Schedule:
    """Beta is `value` at every step."""
    return lambda step: tf.constant(value, tf.float32) + 0.0 * tf.cast(step, tf.float32)


def linear(num_steps: int, end: float = 1.0) -> Schedule:
    """Beta climbs from 0 to `end` over `num_steps` optimiser steps and stays there.

    Source: Bowman et al. 2016, section 3.1 (arXiv 1511.06349).
    """
    if num_steps < 1:
        raise BadInput(f"a linear warm-up needs at least 1 step, got {num_steps}")
    return lambda step: end * tf.minimum(1.0, tf.cast(step, tf.float32) / num_steps)


def cyclical(period: int, end: float = 1.0, ramp: float = 0.5) -> Schedule:
    """Every `period` steps beta climbs from 0 to `end` in a share `ramp`, then holds.

    Source: Fu et al. 2019 (arXiv 1903.10145).
    """
    if period < 1 or not 0.0 < ramp <= 1.0:
        raise BadInput(f"a cycle needs period >= 1 and 0 < ramp <= 1, got {period=}, {ramp=}")

    def beta(step: Tensor) -> Tensor:
        share = tf.cast(tf.cast(step, tf.int64) % period, tf.float32) / period
        return end * tf.minimum(1.0, share / ramp)

    return beta


def beta_schedule(kind: str, beta: float, num_steps: int) -> Schedule:
    """The schedule `kind`; `num_steps` is the warm-up's length, or one cycle's."""
    if kind == "constant":
        return constant(beta)
    return linear(num_steps, beta) if kind == "linear" else cyclical(num_steps, beta)
