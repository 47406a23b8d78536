"""Shared argument checks, and the formatting of values and errors in messages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

from textvae.errors import BadInput

MAX_SEED = 2**63 - 1  # NumPy takes larger ones, but the Hub's and the page's JSON do not
MAX_CODE = 1e30  # of the numbers of a code; beyond it, single precision overflows
LONGEST_VALUE = 80  # characters of a value in a message
LONGEST_MESSAGE = 299  # characters of a message about a file from elsewhere
LONGEST_NAME = 100  # characters of the name of a model or a label
SURROGATE = re.compile("[\ud800-\udfff]")  # lone surrogates, which UTF-8 cannot hold
CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def shown(value: Any) -> str:
    """An external value formatted for a message: one line of at most 80 characters.

    Example:
        >>> shown(["a dog"]), len(shown(99 * "a"))
        ("['a dog']", 80)
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # too many digits, or nested too deeply
        text = f"a value of the type {type(value).__name__}"
    return _cut(text, LONGEST_VALUE, 8)


def one_line(message: str) -> str:
    r"""A message as one line of fewer than 300 printable characters.

    Example:
        >>> one_line("the file \x1b[2J a\nb is damaged")
        'the file [2J a b is damaged'
    """
    near = _cut(message, 4 * LONGEST_MESSAGE, 2 * LONGEST_MESSAGE)  # it may be megabytes long
    plain = "".join(each if each.isprintable() else " " for each in near)
    return _cut(" ".join(plain.split()), LONGEST_MESSAGE, LONGEST_MESSAGE // 2)


def listed(names: Sequence[Any], most: int) -> str:
    """The first `most` names in one line, followed by dots if there are more.

    Example:
        >>> listed(["a", "b", "c"], 2), listed([1, 2], 2)
        ('a, b, ...', '1, 2')
    """
    return ", ".join(map(str, names[:most])) + ", ..." * (len(names) > most)


def first_line(error: BaseException) -> str:
    r"""The first line of an error's message, or its type if it has none.

    Example:
        >>> first_line(OSError("no route\nto host")), first_line(TimeoutError())
        ('no route', 'TimeoutError')
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]


def _cut(text: str, most: int, last: int) -> str:
    """`text`, or its beginning and its last characters if it is longer than `most`."""
    return text if len(text) <= most else f"{text[: most - last - 5]} ... {text[-last:]}"


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """`value` as an int, if it is a whole number from `low` to `high`.

    NumPy's integers are accepted. Booleans and floats such as 3.0 are rejected, since they are
    usually mistakes.

    Raises:
        BadInput: it is anything else.

    Example:
        >>> whole_number("num_captions", 5, 1, 20)
        5
        >>> whole_number("num_captions", 0, 1, 20)
        Traceback (most recent call last):
        textvae.errors.BadInput: num_captions must be a whole number from 1 to 20, got 0
    """
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if is_whole and low <= value <= high:
        return int(value)
    raise BadInput(f"{name} must be a whole number from {low:,} to {high:,}, got {value!r}")


def seed_number(seed: Any) -> int:
    """`seed` as an int, if it is a whole number from 0 to 2^63 - 1.

    Raises:
        BadInput: it is anything else.

    Example:
        >>> seed_number(-1)
        Traceback (most recent call last):
        textvae.errors.BadInput: seed must be a whole number, 0 or more, got -1
    """
    try:
        return whole_number("seed", seed, 0, MAX_SEED)
    except BadInput:
        raise BadInput(f"seed must be a whole number, 0 or more, got {seed!r}") from None


def device_name(value: Any) -> str:
    """`value`, if it is `auto`, `cpu`, `gpu`, or `gpu:` with a number.

    Raises:
        BadInput: it is anything else.

    Example:
        >>> device_name("gpu:1")
        'gpu:1'
        >>> device_name("cuda")
        Traceback (most recent call last):
        textvae.errors.BadInput: the device must be auto, cpu, gpu or gpu:NUMBER, got 'cuda'
    """
    if isinstance(value, str) and re.fullmatch("auto|cpu|gpu(:[0-9]+)?", value):
        return value
    raise BadInput(f"the device must be auto, cpu, gpu or gpu:NUMBER, got {value!r}")


def as_list(value: Any) -> list[Any]:
    """The given value, or several, as a list.

    Example:
        >>> as_list("fr"), as_list(("fr", "en")), as_list({"nll": 1.0}), as_list(3)
        (['fr'], ['fr', 'en'], [{'nll': 1.0}], [3])
    """
    is_single = isinstance(value, str | Mapping) or not isinstance(value, Iterable)
    return [value] if is_single else list(value)


def is_model_name(value: str) -> bool:
    """Whether this is a valid model name: 1 to 100 printable characters.

    Example:
        >>> is_model_name("my lines"), is_model_name("")
        (True, False)
    """
    return 0 < len(value) <= LONGEST_NAME and value.isprintable()


def is_label(value: Any) -> bool:
    r"""Whether it is a valid label or kind: 1 to 100 characters, no control characters.

    Example:
        >>> is_label("très bien"), is_label("a\x1b[2J")
        (True, False)
    """
    is_short = isinstance(value, str) and 0 < len(value) <= LONGEST_NAME
    return is_short and not CONTROL.search(value)


def license_name(value: Any) -> str:
    """`value`, if it is the name of a licence in the form that the Hub uses.

    Raises:
        BadInput: it is anything else.

    Example:
        >>> license_name("cc-by-4.0")
        'cc-by-4.0'
    """
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9.+-]{1,39}", value):
        return value
    raise BadInput(
        f"a licence is named as on the Hub, such as mit, cc-by-4.0 or other, got {value!r}"
    )


def language_tag(value: Any) -> str:
    """`value`, if it is the tag of a language.

    Raises:
        BadInput: it is anything else.

    Source: RFC 5646, restricted to languages of two or three letters, with any subtags.

    Example:
        >>> language_tag("zh-Hant")
        'zh-Hant'
    """
    if isinstance(value, str) and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        return value
    raise BadInput(f"a language is named by its tag, such as en, fr or zh, got {value!r}")
