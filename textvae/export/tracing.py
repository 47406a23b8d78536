"""TensorFlow functions as nodes of an ONNX graph.

This module supports the operations of the decoders. The error for any other one names it; it
then needs an entry in `SAME` or `RULES`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from textvae.errors import BadInput
from textvae.export.graphs import INT32, INT64, Graph
from textvae.types import Array, Tensor

# TensorFlow's name -> ONNX's, for equal operands and meaning.
SAME = {
    "AddV2": "Add",
    "BiasAdd": "Add",
    "Identity": "Identity",
    "Mul": "Mul",
    "Sigmoid": "Sigmoid",
    "Tanh": "Tanh",
}


def inline(
    graph: Graph,
    function: Callable[..., Sequence[Tensor]],
    inputs: Sequence[tuple[str, tf.TensorSpec]],
) -> list[str]:
    """The results of `function` for these values of `graph`, as values of `graph`.

    Args:
        graph: the graph to add the nodes to, and the function's variables as constants.
        function: takes tensors and returns a sequence of tensors.
        inputs: for each argument a value of the graph, with its `tf.TensorSpec`.

    Raises:
        BadInput: an operation is not supported; the message names it.

    Example:
        >>> graph, weight = Graph("product"), tf.Variable([[2.0], [1.0]])
        >>> z = graph.input("z", "float32", ["B", 2])
        >>> double = lambda z: [tf.tanh(z @ weight)]
        >>> [y] = inline(graph, double, [(z, tf.TensorSpec((None, 2)))])
        >>> graph.output("y", y, "float32", ["B", 1])
        >>> len(graph.to_bytes()) > 0
        True
    """
    traced = tf.function(function, autograph=False).get_concrete_function(
        *(spec for _, spec in inputs)
    )
    given = zip(traced.inputs, inputs, strict=False)  # variables follow the arguments
    known = {placeholder.name: value for placeholder, (value, _) in given}
    walk = _Walk(graph, known, {inner.name: outer for outer, inner in traced.graph.captures})
    return [walk.value(each) for each in traced.structured_outputs]


class _Walk:
    """Walks from the results back to the inputs, so that unused operations are left out."""

    def __init__(self, graph: Graph, known: dict[str, str], captured: dict[str, Any]) -> None:
        self.graph, self.known, self.captured = graph, known, captured

    def value(self, tensor: Tensor) -> str:
        """The value of the graph for `tensor`."""
        if tensor.name not in self.known:
            constant = self._constant(tensor)
            if constant is not None:
                self.known[tensor.name] = self.graph.constant(constant)
            else:
                outputs = self._outputs(tensor.op)
                self.known |= {
                    each.name: value
                    for each, value in zip(tensor.op.outputs, outputs, strict=True)
                }
        return self.known[tensor.name]

    def _constant(self, tensor: Tensor) -> Array | None:
        operation = tensor.op
        if operation.type == "ReadVariableOp":
            variable = self.captured[operation.inputs[0].name]
            return np.asarray(tf.raw_ops.ReadVariableOp(resource=variable, dtype=tensor.dtype))
        if tensor.name in self.captured:
            return np.asarray(self.captured[tensor.name])
        found: Array | None = tf.get_static_value(tensor)
        return found

    def _outputs(self, operation: Any) -> list[str]:
        if operation.type in SAME:
            inputs = map(self.value, operation.inputs)
            return [self.graph.node(SAME[operation.type], *inputs)]
        if operation.type not in RULES:
            raise BadInput(
                f"{operation.type} has no counterpart in {__name__}; add it to SAME or RULES"
            )
        found = RULES[operation.type](self, operation)
        return [found] if isinstance(found, str) else found

    def static(self, operation: Any, place: int) -> list[int]:
        """An input that is constant at tracing time, as a list of integers."""
        return [int(each) for each in np.ravel(tf.get_static_value(operation.inputs[place]))]

    def axes(self, operation: Any, place: int = 1) -> str:
        """The same, as a constant of the graph."""
        return self.graph.constant(np.array(self.static(operation, place), np.int64))

    def shape(self, operation: Any, place: int = 1) -> str:
        """An input that is a shape, as int64; TensorFlow's are int32."""
        return self.graph.node("Cast", self.value(operation.inputs[place]), to=INT64)


def _matmul(walk: _Walk, operation: Any) -> str:
    a, b = map(walk.value, operation.inputs)
    flip_a, flip_b = (int(operation.get_attr(f"transpose_{name}")) for name in "ab")
    return walk.graph.node("Gemm", a, b, transA=flip_a, transB=flip_b)


def _gather(walk: _Walk, operation: Any) -> str:
    params, indices = map(walk.value, operation.inputs[:2])
    return walk.graph.node("Gather", params, indices, axis=walk.static(operation, 2)[0])


def _concat(walk: _Walk, operation: Any) -> str:
    *parts, _ = operation.inputs
    axis = walk.static(operation, len(parts))[0]
    return walk.graph.node("Concat", *map(walk.value, parts), axis=axis)


def _split(walk: _Walk, operation: Any) -> list[str]:
    value, count = walk.value(operation.inputs[1]), operation.get_attr("num_split")
    return walk.graph.nodes("Split", count, value, axis=walk.static(operation, 0)[0])


def _sum(walk: _Walk, operation: Any) -> str:
    keeps, value = int(operation.get_attr("keep_dims")), walk.value(operation.inputs[0])
    return walk.graph.node("ReduceSum", value, walk.axes(operation), keepdims=keeps)


def _product(walk: _Walk, operation: Any) -> str:
    keeps, value = int(operation.get_attr("keep_dims")), walk.value(operation.inputs[0])
    axes = walk.static(operation, 1)
    return walk.graph.node("ReduceProd", value, axes=axes, keepdims=keeps)


def _shape(walk: _Walk, operation: Any) -> str:
    shape = walk.graph.node("Shape", walk.value(operation.inputs[0]))
    return walk.graph.node("Cast", shape, to=INT32)


def _pack(walk: _Walk, operation: Any) -> str:
    axis = operation.get_attr("axis")
    at = walk.graph.constant(np.array([axis], np.int64))
    parts = [walk.graph.node("Unsqueeze", walk.value(each), at) for each in operation.inputs]
    return walk.graph.node("Concat", *parts, axis=axis)


def _reshape(walk: _Walk, operation: Any) -> str:
    value = walk.value(operation.inputs[0])
    return walk.graph.node("Reshape", value, walk.shape(operation))


def _transpose(walk: _Walk, operation: Any) -> str:
    value = walk.value(operation.inputs[0])
    return walk.graph.node("Transpose", value, perm=walk.static(operation, 1))


def _fill(walk: _Walk, operation: Any) -> str:
    return walk.graph.node("Expand", walk.value(operation.inputs[1]), walk.shape(operation, 0))


def _expand_dims(walk: _Walk, operation: Any) -> str:
    value = walk.value(operation.inputs[0])
    return walk.graph.node("Unsqueeze", value, walk.axes(operation))


def _strided_slice(walk: _Walk, operation: Any) -> str:
    """`values[3]` of a vector, and `values[:, :, None]`: the only slices of decoders."""
    value, begin = walk.value(operation.inputs[0]), walk.static(operation, 1)
    new = operation.get_attr("new_axis_mask")
    if operation.get_attr("shrink_axis_mask") == 1 and len(begin) == 1:
        return walk.graph.node("Gather", value, walk.graph.constant(np.int64(begin[0])))
    if new and operation.get_attr("begin_mask") | new == 2 ** len(begin) - 1:
        axes = [axis for axis in range(len(begin)) if new >> axis & 1]
        return walk.graph.node("Unsqueeze", value, walk.graph.constant(np.array(axes)))
    raise BadInput(
        f"the slice {operation.name} has no counterpart in {__name__}; add it to _strided_slice"
    )


RULES: dict[str, Callable[[_Walk, Any], str | list[str]]] = {
    "ConcatV2": _concat,
    "ExpandDims": _expand_dims,
    "Fill": _fill,
    "GatherV2": _gather,
    "MatMul": _matmul,
    "Pack": _pack,
    "Prod": _product,
    "Reshape": _reshape,
    "Shape": _shape,
    "Split": _split,
    "StridedSlice": _strided_slice,
    "Sum": _sum,
    "Transpose": _transpose,
}
