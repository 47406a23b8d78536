"""The weights of a network by name, and arrays by name as a safetensors file."""

import contextlib
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import safetensors
import safetensors.numpy

from textvae.errors import BadInput

Arrays = dict[str, np.ndarray[Any, Any]]
Shapes = Mapping[str, tuple[int, ...]]
LENGTH = 8  # bytes at the start of a file that hold the length of its header
MAX_HEADER_BYTES = 2**20  # ours have some thousands
ALIGNMENT = 8  # bytes; the arrays start at a multiple of it
ANOTHER = "it is of another model; copy the folder again"
READABLE = {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"}


def named_variables(layer: keras.Layer) -> dict[str, keras.Variable]:
    """Every weight by its attribute path, such as `decoder.lstm.kernel`.

    Keras's own paths contain a counter that differs between processes, so they cannot be keys
    in a file. A layer that two others share is named after the first of them.

    Example:
        >>> dense = keras.layers.Dense(2)
        >>> dense.build((None, 3))
        >>> {name: tuple(each.shape) for name, each in named_variables(dense).items()}
        {'kernel': (3, 2), 'bias': (2,)}
    """
    found: dict[str, keras.Variable] = {}
    seen: set[int] = set()
    for name, variable in _paths(layer, ""):
        if id(variable) not in seen:
            seen.add(id(variable))
            found[name] = variable
    return found


def _paths(layer: keras.Layer, prefix: str) -> Iterator[tuple[str, keras.Variable]]:
    sublayers = {
        name: part
        for name, part in vars(layer).items()
        if isinstance(part, keras.Layer) and not name.startswith("_")
    }
    inside = {id(variable) for part in sublayers.values() for variable in part.weights}
    for variable in layer.weights:
        if id(variable) not in inside:
            yield prefix + variable.name, variable
    for name, part in sublayers.items():
        yield from _paths(part, f"{prefix}{name}.")


def weights_checksum(variables: Mapping[str, keras.Variable]) -> int:
    """A CRC-32 of the weights, to compare them between processes.

    Example:
        >>> weights_checksum({"bias": keras.Variable(np.zeros(2, np.float32))})
        1696784233
    """
    checksum = 0
    for variable in variables.values():
        checksum = zlib.crc32(np.asarray(variable.value).tobytes(), checksum)
    return checksum


def assign_arrays(variables: Mapping[str, keras.Variable], arrays: Arrays, source: str) -> None:
    """Assign each array to the variable of its name; on any mismatch, change nothing.

    Args:
        variables: the variables to change.
        arrays: exactly one array for each variable, of its shape.
        source: the file of the arrays, for messages.

    Raises:
        BadInput: a name or a shape differs, or a value is not finite.

    Example:
        >>> variables = {"bias": keras.Variable(np.zeros(2, np.float32))}
        >>> assign_arrays(variables, {"bias": np.ones(2)}, "model.safetensors")
        >>> variables["bias"].numpy().tolist()
        [1.0, 1.0]
    """
    check_shapes(
        {name: tuple(variable.shape) for name, variable in variables.items()},
        {name: array.shape for name, array in arrays.items()},
        source,
    )
    for name in variables:
        if not np.isfinite(arrays[name]).all():
            raise BadInput(
                f"{source}: {name} holds values that are not finite numbers; copy or train it"
                " again"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def check_shapes(wanted: Shapes, found: Shapes, source: str) -> None:
    """Raise unless a file has exactly the arrays that a network requires.

    Args:
        wanted: the shape of each weight by its name.
        found: the shapes of the arrays of the file.
        source: the file, for messages.

    Raises:
        BadInput: a name or a shape differs.

    Example:
        >>> check_shapes({"bias": (2,)}, {"bias": (3,)}, "model.safetensors")
        Traceback (most recent call last):
        textvae.errors.BadInput: model.safetensors: bias has the shape [3], ... require [2]; ...
    """
    if missing := sorted(set(wanted) - set(found)):
        raise BadInput(
            f"{source} lacks the weights {missing[0]} ({len(missing)} in all); {ANOTHER}"
        )
    if extra := sorted(set(found) - set(wanted)):
        raise BadInput(
            f"{source} holds the unknown weights {extra[0]} ({len(extra)} in all); {ANOTHER}"
        )
    for name, shape in wanted.items():
        if shape != found[name]:
            raise BadInput(
                f"{source}: {name} has the shape {list(found[name])}, but the settings"
                f" and the vocabulary next to it require {list(shape)}; {ANOTHER}"
            )


def read_arrays(path: Path) -> tuple[Arrays, dict[str, str]]:
    """The arrays of a safetensors file by name, and its metadata.

    Raises:
        BadInput: the file is missing or damaged, or has an array of an unexpected type.

    Example:
        >>> path = Path("arrays.safetensors")
        >>> _ = path.write_bytes(array_bytes({"x": np.arange(3)}, {"unit": "nats"}))
        >>> read_arrays(path)
        ({'x': array([0, 1, 2])}, {'unit': 'nats'})
    """
    with _opened(path) as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return arrays, file.metadata() or {}


class ArrayHeader(NamedTuple):
    """The safetensors type and the shape of an array in a file."""

    kind: str
    shape: tuple[int, ...]


def read_header(path: Path) -> dict[str, ArrayHeader]:
    """The types and shapes of the arrays in a safetensors file, without reading the data.

    Raises:
        BadInput: as `read_arrays`.

    Example:
        >>> path = Path("arrays.safetensors")
        >>> _ = path.write_bytes(array_bytes({"x": np.zeros((2, 3))}))
        >>> read_header(path)
        {'x': ArrayHeader(kind='F64', shape=(2, 3))}
    """
    with _opened(path) as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        return {n: ArrayHeader(s.get_dtype(), tuple(s.get_shape())) for n, s in slices.items()}


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise BadInput(f"{path} does not exist; check the path")
    with path.open("rb") as plain:
        if int.from_bytes(plain.read(LENGTH), "little") > MAX_HEADER_BYTES:
            raise BadInput(
                f"{path} is truncated or damaged (its header is too long); copy or train it"
                " again"
            )
    try:
        with safetensors.safe_open(path, "numpy") as file:
            kinds = {file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
            if unknown := sorted(kinds - READABLE):
                raise BadInput(
                    f"{path} has an array of the type {unknown[0]}, which no textvae model has;"
                    " copy it again"
                )
            yield file
    except safetensors.SafetensorError as error:
        raise BadInput(
            f"{path} is truncated or damaged ({error}); copy or train it again"
        ) from error


def array_bytes(arrays: Mapping[str, Any], metadata: dict[str, str] | None = None) -> bytes:
    """A safetensors file as bytes; the same arrays and metadata give the same bytes.

    Example:
        >>> arrays = {"x": np.zeros(2, np.float32)}
        >>> array_bytes(arrays) == array_bytes(dict(arrays))
        True
    """
    plain = {name: np.asarray(value, order="C") for name, value in arrays.items()}
    return _in_order(safetensors.numpy.save(plain, metadata))


def _in_order(data: bytes) -> bytes:
    """The same file with its metadata sorted by name; safetensors' order is random."""
    end = LENGTH + int.from_bytes(data[:LENGTH], "little")
    header = json.loads(data[LENGTH:end])
    if "__metadata__" not in header:
        return data
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    ordered = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    ordered += b" " * (-len(ordered) % ALIGNMENT)
    return len(ordered).to_bytes(LENGTH, "little") + ordered + data[end:]


def half_precision(variables: Mapping[str, keras.Variable]) -> Arrays:
    """The values rounded to half precision, the precision of stored weights.

    This halves the size of files without a noticeable change in any metric.

    Example:
        >>> found = half_precision({"bias": keras.Variable([1.0, 1e9])})
        >>> found["bias"].tolist(), found["bias"].dtype.name
        ([1.0, 65504.0], 'float16')
    """
    largest = float(np.finfo(np.float16).max)
    return {
        name: np.clip(each.numpy(), -largest, largest).astype(np.float16)
        for name, each in variables.items()
    }
