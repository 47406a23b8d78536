"""Parsing the JSON of a request, with limits that protect all later code."""

from __future__ import annotations

import json
from typing import Any

from textvae.checks import SURROGATE
from textvae.errors import BadInput
from textvae.web.i18n.language import strings

MAX_BYTES = 2_000_000  # 256 points of 128 numbers have 0.7 MB
MAX_VALUES = 150_000  # 256 points of 512 numbers, with a margin
MAX_OTHERS = 5_000  # non-numbers among them, which take up to forty times their bytes
MAX_DEPTH = 16  # of lists in objects in lists; a point in a call of an agent is at 6
LARGEST = 2**63  # responses cannot hold larger whole numbers, or non-finite ones


def parse(body: bytes) -> Any:
    """The value in a body.

    Raises:
        BadInput: it is not JSON; or it has a number of more than 64 bits, an unpaired
            surrogate, too many values, or nesting beyond `MAX_DEPTH`.

    Example:
        >>> parse(b'{"data": [1, "dog"]}')
        {'data': [1, 'dog']}
        >>> parse(b'{"data": NaN}')
        Traceback (most recent call last):
        textvae.errors.BadInput: The body is not JSON.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise BadInput(strings.TOO_DEEP.format(limit=MAX_DEPTH)) from None
    except ValueError:
        raise BadInput(strings.NOT_JSON) from None
    _check(value)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and infinities are JavaScript, not JSON


def _check(value: Any) -> None:
    level = [value]
    num_values = num_others = 0
    for _ in range(MAX_DEPTH):
        num_values += len(level)
        num_others += sum(not isinstance(each, int | float) for each in level)
        if num_values > MAX_VALUES or num_others > MAX_OTHERS:
            raise BadInput(strings.TOO_MANY_VALUES)
        deeper: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                deeper += each
                deeper += each.values()
            elif isinstance(each, list):
                deeper += each
            elif isinstance(each, str):
                if SURROGATE.search(each):
                    raise BadInput(strings.HALF_CHARACTER)
            elif isinstance(each, int | float) and not abs(each) < LARGEST:
                raise BadInput(strings.NOT_A_NUMBER)
        if not deeper:
            return
        level = deeper
    raise BadInput(strings.TOO_DEEP.format(limit=MAX_DEPTH))
