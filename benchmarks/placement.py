"""The placement on a GPU of the operations in a graph's loops, by TensorFlow's kernels.

No GPU is needed: TensorFlow's package for Linux contains the kernels for NVIDIA's GPUs, and
each declares which of its arguments are in host memory. A tensor that the GPU computes and the
host needs makes the host wait, and in a loop it waits at every iteration.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import tensorflow as tf
from tensorflow.python.framework import kernels, op_def_registry
from tensorflow.python.framework.function_def_to_graph import function_def_to_graph

LOOPS = ("While", "StatelessWhile")
BRANCHES = ("If", "StatelessIf", "Case", "StatelessCase")
CALLS = ("PartitionedCall", "StatefulPartitionedCall")
COPIES = ("Identity",)  # which TensorFlow removes before it runs a graph
ARGUMENTS = ("Placeholder",)  # of a function; their dtype determines their memory
SHAPES = ("Shape", "ShapeN", "Size", "Rank")  # known to the host without reading values
FREE = ("Const", "NoOp", *SHAPES)
HOST_TYPES = (tf.int32, tf.resource, tf.string)


class Loop(NamedTuple):
    """The placement and the waits of the loops of a graph.

    Attributes:
        operations: the number of operations in their bodies.
        on_host: types of operations without a GPU kernel.
        waits: tensors that the GPU computes and the host needs, with the types of operations.
    """

    operations: int
    on_host: list[str]
    waits: list[str]


def loops_of(graph: Any) -> Loop:
    """The loops of a `tf.Graph`, with the branches and functions called in them."""
    operations, on_host, waits = 0, set[str](), set[str]()
    for body in _bodies(graph):
        for operation in body.get_operations():
            operations += 1
            if operation.type not in (*ARGUMENTS, *FREE) and not _has_kernel(operation):
                on_host.add(operation.type)
            waits.update(_waits(operation))
        is_condition = all(each.dtype == tf.bool for each in body.outputs)
        if is_condition and not _is_on_host(body.outputs[0]):
            waits.add("the condition")
    return Loop(operations, sorted(on_host), sorted(waits))


def _bodies(graph: Any) -> Iterator[Any]:
    """The functions that loops of the graph run, each as a graph."""
    library = {each.signature.name: each for each in graph.as_graph_def().library.function}

    def search(inner: Any, is_in_loop: bool) -> Iterator[Any]:
        for operation in inner.get_operations():
            is_loop = is_in_loop or operation.type in LOOPS
            for name in _functions(operation):
                with graph.as_default():
                    called = function_def_to_graph(library[name])
                if is_loop:
                    yield called
                yield from search(called, is_loop)

    return search(graph, False)


def _functions(operation: Any) -> list[str]:
    """The names of the functions that a loop, a branch or a call runs."""
    if operation.type not in (*LOOPS, *BRANCHES, *CALLS):
        return []
    attributes = operation.node_def.attr.values()
    found = [each for one in attributes for each in (one.func, *one.list.func)]
    return [each.name for each in found if each.name]


def _has_kernel(operation: Any) -> bool:
    return operation.type in (*LOOPS, *BRANCHES, *CALLS) or _kernel(operation) is not None


def _kernel(operation: Any) -> Any:
    """The kernel for a GPU of this kind of operation and these types, if there is one."""
    for kernel in kernels.get_registered_kernels_for_op(operation.type).kernel:
        is_ours = kernel.device_type in ("GPU", "DEFAULT")
        if is_ours and all(_is_met(each, operation) for each in kernel.constraint):
            return kernel
    return None


def _is_met(constraint: Any, operation: Any) -> bool:
    value, allowed = operation.get_attr(constraint.name), constraint.allowed_values.list
    if isinstance(value, tf.DType):
        return value.as_datatype_enum in allowed.type
    return value in allowed.s


def _is_on_host(tensor: Any) -> bool:
    """Whether the host has the tensor without waiting for a GPU."""
    operation = tensor.op
    if operation.type in COPIES:
        return _is_on_host(operation.inputs[0])
    if operation.type in FREE:
        return True
    if operation.type in (*ARGUMENTS, *LOOPS, *BRANCHES, *CALLS):
        return tensor.dtype in HOST_TYPES
    kernel = _kernel(operation)
    if kernel is None:
        return True
    names = _names(operation, op_def_registry.get(operation.type).output_arg)
    return names[tensor.value_index] in kernel.host_memory_arg


def _waits(operation: Any) -> Iterator[str]:
    """The inputs that the host needs and the GPU computes."""
    if operation.type in (*ARGUMENTS, *COPIES, *FREE):
        return
    names = _names(operation, op_def_registry.get(operation.type).input_arg)
    kernel = _kernel(operation)
    for name, tensor in zip(names, operation.inputs, strict=True):
        if operation.type in BRANCHES:
            is_needed = name in ("cond", "branch_index")
        elif operation.type in (*LOOPS, *CALLS):
            is_needed = tensor.dtype in HOST_TYPES
        else:
            is_needed = kernel is None or name in kernel.host_memory_arg
        if is_needed and not _is_on_host(tensor):
            yield f"{tensor.op.type} for {operation.type}"


def _names(operation: Any, arguments: Any) -> list[str]:
    """The name of each input or output; one that is a list has its name several times."""
    names = []
    for argument in arguments:
        count = 1
        if argument.number_attr:
            count = operation.get_attr(argument.number_attr)
        elif argument.type_list_attr:
            count = len(operation.get_attr(argument.type_list_attr))
        names += [argument.name] * count
    return names
