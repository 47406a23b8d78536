"""Matrix products in the precision that the processor is fastest in."""

import tensorflow as tf

from textvae.types import Tensor


def matmul(
    a: Tensor,
    b: Tensor,
    dtype: tf.DType = tf.float32,
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> Tensor:
    """The float32 product of `a` and `b`, each rounded to `dtype` first: `[M, N]`.

    Processors with units for bfloat16 multiply faster in it. The sums are float32, but are
    rounded to bfloat16 once more, because TensorFlow has no bfloat16 product with a float32
    result. A factor used several times can be cast beforehand. The gradients are products in
    the same precision.

    Args:
        a: `[M, K]`, float32 or `dtype`.
        b: `[K, N]`, likewise.
        dtype: float32 or bfloat16.
        transpose_a: `a` is given as `[K, M]`.
        transpose_b: `b` is given as `[N, K]`.

    Example:
        >>> third = tf.constant([[1 / 3]])
        >>> float(matmul(third, tf.ones((1, 1)), tf.bfloat16)[0, 0])  # 8 significant bits
        0.333984375
    """
    product = tf.matmul(tf.cast(a, dtype), tf.cast(b, dtype), transpose_a, transpose_b)
    return tf.cast(product, tf.float32)
