"""The language of a request: the one that the browser prefers of those the page has.

`strings` holds the texts in that language: `strings.SEED` is "Seed" for one visitor and "种子"
for another. Captions stay in the language of their model.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from textvae.web.i18n import chinese, english

ENGLISH = "en"
CATALOGUES = {ENGLISH: english, "zh": chinese}  # by the first part of a language tag
_current: ContextVar[str] = ContextVar("language", default=ENGLISH)


class _Strings:
    """The strings in the language of this request; in English where not translated."""

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(CATALOGUES[_current.get()], name)
        except AttributeError:
            return getattr(english, name)


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


def current_language() -> str:
    """The language of this request."""
    return _current.get()


def preferred_language(accept_language: str) -> str:
    """The language of the page that an Accept-Language header ranks highest, or English.

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
    """`q=0.8` as a number: 1 where it is missing, 0 where it is malformed."""
    if not text.strip():
        return 1.0
    name, _, value = text.partition("=")
    try:
        quality = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return quality if 0.0 < quality <= 1.0 else 0.0
