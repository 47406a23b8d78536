"""Dataclasses of settings that are validated on creation.

A wrong type, a value out of range or an unknown key is an error that names the setting.
"""

import dataclasses
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Self

from textvae.config import renamed
from textvae.errors import BadInput

LARGEST = sys.float_info.max  # so that NaN and infinities are not numbers


def setting(default: Any, about: str, **limits: Any) -> Any:
    """A field of a `Section` with its meaning and its limits.

    Args:
        default: its default value.
        about: its meaning, for `--help`.
        limits: `minimum` and `maximum` (inclusive), `above` and `below` (exclusive), `choices`.

    Example:
        >>> setting(2, "words in a caption", minimum=1).metadata["minimum"]
        1
    """
    return dataclasses.field(default=default, metadata={"about": about, **limits})


class Section:
    """Base of the dataclasses of settings: validates every value, rejects unknown keys.

    Example:
        >>> @dataclasses.dataclass(frozen=True, kw_only=True)
        ... class SpeechConfig(Section):
        ...     NAME = "speech"
        ...     speed: float = setting(2.5, "words a second", above=0.0)
        >>> SpeechConfig(speed=2)
        SpeechConfig(speed=2.0)
        >>> SpeechConfig.from_dict({"speed": -1})
        Traceback (most recent call last):
        textvae.errors.BadInput: speech.speed must be above 0.0, got -1.0
    """

    NAME = ""

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            name = f"{self.NAME}.{field.name}"
            value = _of_type(name, getattr(self, field.name), hints[field.name])
            _check_limits(name, value, field.metadata)
            object.__setattr__(self, field.name, value)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """The section with the settings in `raw`, which may have former names.

        Raises:
            BadInput: `raw` is not a dictionary, or has an unknown key or an invalid value.
        """
        if not isinstance(raw, Mapping):
            raise BadInput(f"{cls.NAME} must be an object of settings, got {raw!r}")
        raw = renamed.rename_settings(cls.NAME, raw)
        known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        if unknown := sorted(set(raw) - known):
            choices = ", ".join(sorted(known))
            raise BadInput(f"unknown key {cls.NAME}.{unknown[0]}; {cls.NAME} has {choices}")
        return cls(**raw)


def _of_type(name: str, value: Any, hint: Any) -> Any:
    """`value` in the type of its hint: an int may be given for a float, a list for a tuple."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if typing.get_origin(option) is tuple:
            is_list = isinstance(value, Sequence) and not isinstance(value, str)
            if is_list and all(isinstance(item, str) for item in value):
                return tuple(value)
        elif option is float:
            if type(value) in (int, float) and abs(value) <= LARGEST:
                return float(value)
        elif type(value) is option:
            return value
    wanted = " or ".join(_plain_name(option) for option in options)
    raise BadInput(f"{name} must be {wanted}, got {value!r}")


def _plain_name(option: Any) -> str:
    if typing.get_origin(option) is tuple:
        return "a list of strings"
    plain = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}
    return plain.get(option, "null")


def _check_limits(name: str, value: Any, limits: Mapping[str, Any]) -> None:
    if value is None:
        return
    if "minimum" in limits and value < limits["minimum"]:
        raise BadInput(f"{name} must be at least {limits['minimum']}, got {value!r}")
    if "above" in limits and value <= limits["above"]:
        raise BadInput(f"{name} must be above {limits['above']}, got {value!r}")
    if "maximum" in limits and value > limits["maximum"]:
        raise BadInput(f"{name} must be at most {limits['maximum']}, got {value!r}")
    if "below" in limits and value >= limits["below"]:
        raise BadInput(f"{name} must be below {limits['below']}, got {value!r}")
    if "choices" in limits and value not in limits["choices"]:
        raise BadInput(f"{name} must be one of {', '.join(limits['choices'])}, got {value!r}")
