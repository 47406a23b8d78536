"""The language that a request is answered in: what its browser asks for, of those spoken here.

`strings` holds the words of that language: `strings.SEED` is "Seed" for one visitor and "种子" for
another. Captions are English in all of them.
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
    """The strings of the language of this request; those not translated are in English."""

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
    """Within, `strings` speaks this language, one of `CATALOGUES`."""
    before = _current.set(language)
    try:
        yield
    finally:
        _current.reset(before)


def current_language() -> str:
    """The language of this request."""
    return _current.get()


def preferred_language(accept_language: str) -> str:
    """Of an Accept-Language header the most wanted language that is spoken here, or English.

    Source: RFC 9110, section 12.5.4.
    """
    wanted = []
    for part in accept_language.split(","):
        tag, _, quality = part.partition(";")
        wanted.append((-_quality(quality), tag.strip().lower().partition("-")[0]))
    spoken = [tag for rank, tag in sorted(wanted, key=lambda one: one[0]) if rank < 0]
    return next((tag for tag in spoken if tag in CATALOGUES), ENGLISH)


def _quality(text: str) -> float:
    """`q=0.8` as a number; 1 where there is none, 0 where it is no number."""
    if not text.strip():
        return 1.0
    name, _, value = text.partition("=")
    try:
        quality = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return quality if 0.0 < quality <= 1.0 else 0.0
