"""The smallest pieces of HTML: escaped text, `data-` attributes, buttons and headings.

Buttons describe their action in `data-` attributes, which static/captions.js handles: it copies
and saves by itself, and passes a `data-action` to the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape as escape_html

from textvae.web.i18n.language import strings


def escape(text: object) -> str:
    """Text that is inert in HTML and in a quoted attribute.

    Example:
        >>> escape('a "dog" <b>')
        'a &quot;dog&quot; &lt;b&gt;'
    """
    return escape_html(str(text), quote=True)


def caption_attributes(language: str) -> str:
    """The attributes of an element with a caption: its language, if known, and its direction.

    Example:
        >>> caption_attributes("en"), caption_attributes("")
        ('lang="en" dir="auto"', 'lang="" dir="auto"')
    """
    return f'lang="{escape(language)}" dir="auto"'


def data_attributes(fields: Mapping[str, str]) -> str:
    """The attributes by which JavaScript reads `fields`.

    Example:
        >>> data_attributes({"word": "manx", "by": "man"})
        'data-word="manx" data-by="man"'
    """
    return " ".join(f'data-{name}="{escape(value)}"' for name, value in fields.items())


def heading(text: str, info: str = "") -> str:
    """A heading inside a tab, with a line of explanation below.

    Example:
        >>> heading("Nearest on the map", "with their distances")
        '<h2>Nearest on the map</h2><p class="tv-info">with their distances</p>'
    """
    below = f'<p class="tv-info">{escape(info)}</p>' if info else ""
    return f"<h2>{escape(text)}</h2>{below}"


def button(text: str, fields: Mapping[str, str], hidden: str = "") -> str:
    """A plain button; screen readers hear `hidden` after its text.

    Example:
        >>> button("Copy", {"copy": "a dog"}, hidden="“a dog”")
        '<button type="button" class="tv-button" data-copy="a dog"
        data-done="Copied"><span>Copy</span><span class="tv-hidden"> “a dog”</span></button>'
    """
    tail = f'<span class="tv-hidden"> {escape(hidden)}</span>' if hidden else ""
    return (
        f'<button type="button" class="tv-button" {data_attributes(fields)}'
        f' data-done="{escape(strings.COPIED)}"><span>{escape(text)}</span>{tail}</button>'
    )


def chip(text: str, action: str, fields: Mapping[str, str]) -> str:
    """A rounded button that sends `action` and `fields` to the page.

    Example:
        >>> chip("zebra", "replace", {"word": "zebr", "by": "zebra"})
        '<button type="button" class="tv-chip" dir="auto" data-action="replace" data-word="zebr"
        data-by="zebra">zebra</button>'
    """
    attributes = f'class="tv-chip" dir="auto" {data_attributes({"action": action, **fields})}'
    return f'<button type="button" {attributes}>{escape(text)}</button>'
