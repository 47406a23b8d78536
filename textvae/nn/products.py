"""Matrix products in the processor's fastest precision."""

import functools

import tensorflow as tf

from textvae.runtime.processor import bfloat16_unit
from textvae.types import Tensor

EXTRA = 16  # columns
LOST = 2.0**-9  # added to 1, it is lost in the 8 significant bits of bfloat16
PROBE = 64  # rows and columns; oneDNN multiplies much smaller matrices in other ways


def matmul(
    a: Tensor,
    b: Tensor,
    dtype: tf.DType = tf.float32,
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> Tensor:
    """The float32 product of `a` and `b`, each rounded to `dtype` first: `[M, N]`.

    Processors with units for bfloat16 multiply faster in it. Without one, the rounded factors
    are multiplied in float32: the results are the same, and no faster. The sums are float32. If
    oneDNN rounds factors itself (see `onednn_rounds`), the result is float32, too. Otherwise,
    or if a factor was rounded beforehand because it is used many times, the result is also
    rounded to bfloat16, since TensorFlow has no bfloat16 product with a float32 result. The
    gradients are products in the same precision.

    Args:
        a: `[M, K]`, float32 or `dtype`.
        b: `[K, N]`, likewise.
        dtype: float32 or bfloat16.
        transpose_a: `a` is given as `[K, M]`.
        transpose_b: `b` is given as `[N, K]`.

    Example:
        >>> third = tf.constant([[1 / 3]])
        >>> product = matmul(third, tf.ones((1, 1)), tf.bfloat16)  # 8 significant bits
        >>> round(float(product[0, 0]), 3)
        0.33...
    """
    if dtype == tf.bfloat16 and a.dtype == b.dtype == tf.float32 and onednn_rounds():
        return _batched(a, b, transpose_a, transpose_b)
    a, b = tf.cast(a, dtype), tf.cast(b, dtype)
    if dtype == tf.bfloat16 and not _bfloat16_sums_in_float32():
        a, b = tf.cast(a, tf.float32), tf.cast(b, tf.float32)
    product = tf.matmul(a, b, transpose_a, transpose_b)
    return tf.cast(tf.cast(product, dtype), tf.float32)


def widened(matrix: Tensor) -> Tensor:
    """A float32 matrix laid out for many products with few rows by `matmul_widened`.

    Eigen copies blocks of columns of the second factor in each product. If its rows are a
    multiple of 4 KiB long, as those of most LSTMs are, the elements of a column compete for a
    few sets of the processor's cache, and the product of few rows takes twice as long. So
    columns of zeros are added: `[K, N]` -> `[K, N + EXTRA]`.

    Example:
        >>> widened(tf.ones((2, 2048))).shape.as_list()
        [2, 2064]
    """
    return tf.pad(matrix, [[0, 0], [0, EXTRA]])


def matmul_widened(a: Tensor, b: Tensor) -> Tensor:
    """The product of `a`, `[M, K]`, and the matrix `[K, N]` that `widened` gave as `b`.

    Example:
        >>> matmul_widened(tf.constant([[2.0]]), widened(tf.constant([[1.0, 3.0]]))).numpy()
        array([[2., 6.]], dtype=float32)
    """
    return tf.matmul(a, b)[:, :-EXTRA]


def factor(values: Tensor, dtype: tf.DType) -> Tensor:
    """A float32 matrix prepared for several large products by `matmul`.

    Example:
        >>> factor(tf.ones((2, 2)), tf.float32).dtype
        tf.float32
    """
    return values if dtype == tf.bfloat16 and onednn_rounds() else tf.cast(values, dtype)


def onednn_rounds() -> bool:
    """Whether batched float32 products round their factors to bfloat16 when reading them.

    They do with AMX, if `runtime.devices.let_onednn_round` was called before TensorFlow's first
    product. Then neither factors nor results need to be converted.

    Example:
        >>> onednn_rounds() in (True, False)
        True
    """
    with tf.init_scope():  # compute it now, also while a graph is traced
        above_one = tf.fill((PROBE, PROBE), 1.0 + LOST)
        return bool(_batched(above_one, tf.eye(PROBE))[0, 0] == 1.0)


@functools.cache
def _bfloat16_sums_in_float32() -> bool:
    """Whether TensorFlow sums products of bfloat16 in float32, as processors with a unit do.

    Without one it also rounds partial sums (seen with AVX2). A GPU counts for the process.
    """
    return bool(bfloat16_unit() or tf.config.list_logical_devices("GPU"))


def _batched(
    a: Tensor, b: Tensor, transpose_a: bool = False, transpose_b: bool = False
) -> Tensor:
    """The product as a batch of one, the only kind that TensorFlow lets oneDNN round."""
    batches = tf.expand_dims(a, 0), tf.expand_dims(b, 0)
    return tf.squeeze(tf.matmul(*batches, transpose_a, transpose_b), 0)
