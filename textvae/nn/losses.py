"""The two terms of the training loss: the cross-entropy of words and the KL penalty."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from textvae.nn.products import factor, matmul
from textvae.types import Tensor

SMALLEST_EXACT = 1e-30  # below this a float32 probability loses digits


def cross_entropy(
    features: Tensor,
    table: Tensor,
    bias: Tensor,
    targets: Tensor,
    products: tf.DType = tf.float32,
) -> Tensor:
    """-log softmax(table features + bias)[target] in nats.

    `[M, E]`, `[V, E]`, `[V]`, `[M]` -> `[M]`.

    The softmax is computed once and reused by the gradients, which touch `[M, V]` only in
    matrix products: the term of the target is one row, subtracted afterwards. TensorFlow's own
    operation for sparse targets costs as much as these products.

    Args:
        features: float32, like the table and the bias.
        table: the vectors of the words.
        bias: of the logits.
        targets: int32, in [0, V).
        products: the precision of the matrix products, see `matmul`. The softmax is float32.

    Example:
        >>> table, bias = tf.zeros((4, 2)), tf.zeros(4)  # four words, equally likely
        >>> nll = cross_entropy(tf.ones((1, 2)), table, bias, tf.constant([3]))
        >>> round(float(nll[0]), 4)  # log 4
        1.3863
    """

    @tf.custom_gradient
    def token_nll(features: Tensor, table: Tensor, bias: Tensor) -> Any:
        return _nll_with_gradient(features, table, bias, targets, products)

    nll: Tensor = token_nll(features, table, bias)
    return nll


def _nll_with_gradient(
    features: Tensor, table: Tensor, bias: Tensor, targets: Tensor, products: tf.DType
) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, ...]]]:
    vectors = factor(table, products)  # once, for the logits and for the gradient
    logits = matmul(features, vectors, products, transpose_b=True) + bias
    probabilities = tf.nn.softmax(logits)
    places = tf.stack([tf.range(tf.size(targets, targets.dtype)), targets], axis=1)
    of_targets = tf.gather_nd(probabilities, places)

    def from_logits() -> Tensor:
        # The largest probability is at least 1/V, so its logarithm yields log sum exp exactly.
        largest = tf.math.log(tf.reduce_max(probabilities, axis=-1))
        return tf.reduce_max(logits, axis=-1) - largest - tf.gather_nd(logits, places)

    # This reads [M, V] twice more, so it runs only if a probability has lost digits.
    is_exact = tf.reduce_min(of_targets) > SMALLEST_EXACT
    token_nll = tf.cond(is_exact, lambda: -tf.math.log(of_targets), from_logits)

    def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
        softmax, weights = factor(probabilities, products), upstream[:, None]
        weighted = weights * features
        to_features = matmul(softmax, vectors, products) - tf.gather(table, targets)
        to_table = matmul(softmax, weighted, products, transpose_a=True)
        to_bias = matmul(upstream[None], softmax, softmax.dtype)[0]
        return (
            weights * to_features,
            tf.tensor_scatter_nd_sub(to_table, targets[:, None], weighted),
            tf.tensor_scatter_nd_sub(to_bias, targets[:, None], upstream),
        )

    return token_nll, gradient


def kl_penalty(kl_per_unit: Tensor, free_bits: float = 0.0) -> Tensor:
    """sum_d max(free_bits, batch mean of KL_d): `[B, D]` -> scalar nats.

    Args:
        kl_per_unit: KL of each caption and unit, nats.
        free_bits: KL per latent unit that is not penalised, nats. With 0 the penalty is the
            mean KL.

    Example:
        >>> kl = tf.constant([[0.0, 2.0], [0.5, 4.0]])  # means 0.25 and 3
        >>> float(kl_penalty(kl)), float(kl_penalty(kl, free_bits=0.5))
        (3.25, 3.5)

    Source: Kingma et al. 2016, section C.8 (arXiv 1606.04934).
    """
    return tf.reduce_sum(tf.maximum(float(free_bits), tf.reduce_mean(kl_per_unit, axis=0)))
