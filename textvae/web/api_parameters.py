"""Describing an endpoint's arguments and result to API view and clients by its docstring.

Gradio describes an argument by its place, and uses only the first line of a docstring's entry.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

ENTRY = re.compile(r"(\w+): (.+)")


def describe_arguments(page: Any) -> None:
    """Describe the arguments and results of the endpoints of a page under construction."""
    for event in page.fns.values():
        if event.api_visibility == "public":
            texts = arguments_of(event.fn)
            for component in event.outputs:
                component.label = result_of(event.fn)
            for name, component in zip(texts, event.inputs, strict=True):
                component.label = name
                component._api_info = {
                    **component._api_info,
                    "additional_description": texts[name],
                }


def arguments_of(function: Callable[..., Any]) -> dict[str, str]:
    """The arguments of a function with their descriptions in the docstring's `Args`.

    Example:
        >>> def found(text, count=5):
        ...     '''Find captions.
        ...
        ...     Args:
        ...         text: what to look for,
        ...             in any case.
        ...         count: how many.
        ...
        ...     Returns:
        ...         number: of captions.
        ...     '''
        >>> arguments_of(found)
        {'text': 'What to look for, in any case.', 'count': 'How many.'}
    """
    texts = dict.fromkeys(inspect.signature(function).parameters, "")
    name = ""
    for line in _section(function, "Args"):
        entry = ENTRY.fullmatch(line.strip())
        if entry and entry[1] in texts and line.startswith("    ") and line[4] != " ":
            name, text = entry.groups()
            texts[name] = text
        elif name:
            texts[name] += f" {line.strip()}"
    return {name: text[:1].upper() + text[1:] for name, text in texts.items()}


def result_of(function: Callable[..., Any]) -> str:
    """The section `Returns` of a function's docstring, in one line.

    Example:
        >>> def found():
        ...     '''Find captions.
        ...
        ...     Returns:
        ...         captions: a list of texts,
        ...             the nearest first.
        ...     '''
        >>> result_of(found)
        'captions: a list of texts, the nearest first.'
    """
    return " ".join(line.strip() for line in _section(function, "Returns"))


def _section(function: Callable[..., Any], name: str) -> list[str]:
    """The lines of a section of a function's docstring."""
    docstring = inspect.getdoc(function) or ""
    found = re.search(rf"^{name}:\n(.+?)(?:\n\n|\Z)", docstring, re.MULTILINE | re.DOTALL)
    return found[1].splitlines() if found else []
