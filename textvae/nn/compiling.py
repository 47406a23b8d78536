"""Functions of a model as TensorFlow graphs."""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf


def compiled(function: Callable[..., Any], *signature: Any) -> Any:
    """`function` as a graph, traced at its first call, once for all inputs of `signature`.

    TensorFlow counts how often a piece of code is traced, and warns of code that is traced
    again and again. A partial is counted by itself, so the functions of several models, which
    share their code, do not add up.

    Args:
        function: of tensors.
        signature: a `tf.TensorSpec`, or a structure of them, for each argument.

    Example:
        >>> double = compiled(lambda x: 2.0 * x, tf.TensorSpec((None,)))
        >>> double(tf.constant([1.0, 2.0])).numpy().tolist()
        [2.0, 4.0]
    """
    return tf.function(functools.partial(function), signature, autograph=False)
