"""Text that is safe inside HTML."""

from __future__ import annotations

from html import escape as escape_html


def escape(text: object) -> str:
    """Text that is inert in HTML and in a quoted attribute."""
    return escape_html(str(text), quote=True)
