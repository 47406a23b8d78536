"""ONNX graphs, built node by node."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from textvae.types import Array
from textvae.version import __version__

OPSET, IR_VERSION = 17, 8  # from 2022: readable by ONNX Runtime 1.12 and later
FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
KINDS = {"float32": FLOAT, "int64": INT64}  # of inputs and outputs
Shape = Sequence[int | str]  # a letter stands for a size that varies between calls


class Graph:
    """A graph under construction: each method adds a part and returns the name of its value.

    Args:
        name: of the graph.

    Example:
        >>> graph = Graph("double")
        >>> x = graph.input("x", "float32", ["B", 3])
        >>> y = graph.node("Mul", x, graph.constant(np.float32(2.0)))
        >>> graph.output("y", y, "float32", ["B", 3])
        >>> len(graph.to_bytes()) > 0
        True
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._known: dict[Any, str] = {}  # the names of constants added so far

    def input(self, name: str, dtype: str, shape: Shape) -> str:
        """An input of the graph."""
        self.inputs.append(helper.make_tensor_value_info(name, KINDS[dtype], shape))
        return name

    def output(self, name: str, value: str, dtype: str, shape: Shape) -> None:
        """An output of the graph, which is called `name`."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, KINDS[dtype], shape))

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator, and return its only output."""
        return self.nodes(operator, 1, *inputs, **attributes)[0]

    def nodes(self, operator: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """Add an operator, and return its first `count` outputs."""
        names = [f"{operator}_{len(self._nodes)}_{k}" for k in range(count)]
        self._nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def constant(self, value: Any) -> str:
        """A constant; equal ones are stored once.

        Float32 values that half precision represents exactly, such as those of a weights
        folder, are stored in half precision, which halves their size.
        """
        array = np.asarray(value, order="C")
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self._known:
            half = _half(array)
            name = self._store(array if half is None else half)
            self._known[key] = name if half is None else self.node("Cast", name, to=FLOAT)
        return self._known[key]

    def _store(self, array: Array) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def to_bytes(self) -> bytes:
        """The graph as the content of an `.onnx` file, checked by `onnx`."""
        graph = helper.make_graph(
            self._nodes, self.name, self.inputs, self.outputs, self._constants
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="textvae",
            producer_version=__version__,
        )
        checker.check_model(model, full_check=True)
        data: bytes = model.SerializeToString(deterministic=True)
        return data


def _half(array: Array) -> Array | None:
    """The same numbers in half precision; None if that would change one or save nothing."""
    if array.dtype != np.float32 or array.size < 2:
        return None
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.array_equal(half, array) else None
