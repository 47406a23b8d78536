"""Functions of a model as TensorFlow graphs."""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf


class Compiled:
    """A function as a graph, traced once, at the first call, for all inputs of `signature`.

    It runs on one device, regardless of TensorFlow's default and the devices of its inputs.

    TensorFlow counts how often a function is traced, and warns if that happens repeatedly. Each
    partial counts separately, so the graphs of several models, which share their code, do not
    add up.

    Args:
        function: of tensors.
        signature: a `tf.TensorSpec`, or a structure of them, for each argument.
        device: the name of the device, such as that of a variable that the function reads.

    Example:
        >>> double = Compiled(lambda x: 2.0 * x, tf.TensorSpec((None,)), device="/device:CPU:0")
        >>> double(tf.constant([1.0, 2.0])).numpy().tolist()
        [2.0, 4.0]
    """

    def __init__(self, function: Callable[..., Any], *signature: Any, device: str) -> None:
        self.device = device
        self._graph = tf.function(functools.partial(function), signature, autograph=False)

    def __call__(self, *arguments: Any) -> Any:
        """The results for these arguments, which are tensors or NumPy arrays."""
        with tf.device(self.device):
            return self._graph(*arguments)

    @property
    def num_traces(self) -> int:
        """The number of traces so far."""
        count: int = self._graph.experimental_get_tracing_count()
        return count

    @property
    def graph(self) -> Any:
        """The graph itself, a `tf.Graph`."""
        with tf.device(self.device):
            return self._graph.get_concrete_function().graph
