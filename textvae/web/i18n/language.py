"""The language of a request: the browser's preference among those of the page.

`strings` has the texts in that language: `strings.SEED` is "Seed" for one visitor, "种子" for
another. Captions stay in the language of their model, and other texts are called lines.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from textvae.saving.data_section import of_lines
from textvae.web.i18n import chinese, english

ENGLISH = "en"
CATALOGUES = {ENGLISH: english, "zh": chinese}  # by the first part of a language tag
CAPTIONS, LINES = "captions", "lines"
_current: ContextVar[str] = ContextVar("language", default=ENGLISH)
_things: ContextVar[str] = ContextVar("things", default=CAPTIONS)


class _Strings:
    """The strings in the language of this request; in English if not translated."""

    def __getattr__(self, name: str) -> Any:
        return _string(name, _current.get(), _things.get())


@cache
def _string(name: str, language: str, things: str) -> Any:
    catalogue = CATALOGUES[language]
    found = getattr(catalogue if hasattr(catalogue, name) else english, name)
    return _all_of_lines(found) if things == LINES else found


def _all_of_lines(found: Any) -> Any:
    """A string, or all in a tuple or dictionary, with "line" for "caption".

    Example:
        >>> _all_of_lines(("Captions: {caption}", {"caption": "a caption"}))
        ('Lines: {caption}', {'caption': 'a line'})
    """
    if isinstance(found, str):
        return of_lines(found)
    if isinstance(found, Mapping):
        return {key: _all_of_lines(each) for key, each in found.items()}
    return tuple(map(_all_of_lines, found))


if TYPE_CHECKING:
    strings = english
else:
    strings = _Strings()


@contextlib.contextmanager
def use_language(language: str) -> Iterator[None]:
    """Within the block, `strings` are in this language, one of `CATALOGUES`.

    Example:
        >>> with use_language("zh"):
        ...     strings.SEED
        '种子'
    """
    before = _current.set(language)
    try:
        yield
    finally:
        _current.reset(before)


@contextlib.contextmanager
def use_things(things: str) -> Iterator[None]:
    """Within the block, `strings` use this word for a model's texts: "captions" or "lines".

    Example:
        >>> with use_things(LINES):
        ...     strings.SUM_NEAR
        'Nearest lines on the map'
    """
    before = _things.set(things)
    try:
        yield
    finally:
        _things.reset(before)


def current_language() -> str:
    """The language of this request.

    Example:
        >>> with use_language("zh"):
        ...     current_language()
        'zh'
    """
    return _current.get()


def preferred_language(accept_language: str) -> str:
    """The language of the page with the highest rank in an Accept-Language header, or English.

    Source: RFC 9110, section 12.5.4.

    Example:
        >>> preferred_language("fr, zh-CN;q=0.8, en;q=0.5")
        'zh'
    """
    wanted = []
    for part in accept_language.split(","):
        tag, _, quality = part.partition(";")
        wanted.append((-_quality(quality), tag.strip().lower().partition("-")[0]))
    ranked = [tag for rank, tag in sorted(wanted, key=lambda one: one[0]) if rank < 0]
    return next((tag for tag in ranked if tag in CATALOGUES), ENGLISH)


def _quality(text: str) -> float:
    """`q=0.8` as a number: 1 if missing, 0 if malformed."""
    if not text.strip():
        return 1.0
    name, _, value = text.partition("=")
    try:
        quality = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return quality if 0.0 < quality <= 1.0 else 0.0
