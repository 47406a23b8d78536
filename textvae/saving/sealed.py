"""Arrays in a file with a checksum of the whole file, so that damage is detected.

The file is an ordinary safetensors file. Its metadata contain the sha256 of the file, computed
with zeros in place of the checksum.
"""

import hashlib
import json
from pathlib import Path

import safetensors
import safetensors.numpy

from textvae.errors import BadInput
from textvae.saving.variables import LENGTH, Arrays, array_bytes

KEY = "sha256"
BLANK = b"0" * 64


def sealed_bytes(arrays: Arrays, metadata: dict[str, str]) -> bytes:
    """The bytes of a safetensors file with its checksum.

    Example:
        >>> import numpy as np
        >>> data = sealed_bytes({"x": np.zeros(2)}, {"unit": "nats"})
        >>> _ = Path("sealed.safetensors").write_bytes(data)
        >>> read_sealed(Path("sealed.safetensors"))
        ({'x': array([0., 0.])}, {'unit': 'nats'})
    """
    data = bytearray(array_bytes(arrays, {**metadata, KEY: BLANK.decode()}))
    place = _place(data)
    data[place : place + len(BLANK)] = hashlib.sha256(data).hexdigest().encode()
    return bytes(data)


def read_sealed(path: Path) -> tuple[Arrays, dict[str, str]]:
    """The arrays of a file by name, and its metadata, after verifying the checksum.

    A file of an earlier version has no checksum and is read without; its metadata have only the
    key `run`.

    Raises:
        BadInput: the file is damaged, even in a single bit.

    Example:
        >>> _ = Path("empty.safetensors").write_bytes(b"")
        >>> read_sealed(Path("empty.safetensors"))
        Traceback (most recent call last):
        textvae.errors.BadInput: empty.safetensors is damaged (...)
    """
    data = bytearray(path.read_bytes())
    place = _place(data)
    if place:
        seal = bytes(data[place : place + len(BLANK)])
        data[place : place + len(BLANK)] = BLANK
        if hashlib.sha256(data).hexdigest().encode() != seal:
            raise BadInput(f"{path} is damaged (its checksum is wrong)")
    try:
        arrays = safetensors.numpy.load(bytes(data))
        metadata = json.loads(data[LENGTH : _end(data)]).get("__metadata__") or {}
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is damaged ({error})") from error
    if metadata.pop(KEY, None) is None and set(metadata) != {"run"}:
        raise BadInput(f"{path} is damaged (its metadata are not those of a checkpoint)")
    return arrays, metadata


def _place(data: bytearray) -> int:
    """The offset of the checksum in the file; 0 without one."""
    name = f'"{KEY}":"'.encode()  # inside a string the quotes would have a backslash
    found = data[LENGTH : _end(data)].find(name)
    return LENGTH + found + len(name) if found >= 0 else 0


def _end(data: bytearray) -> int:
    """The end of the header, from its length field."""
    return LENGTH + int.from_bytes(data[:LENGTH], "little")
