"""Short texts around the results: the introduction of a tab, errors, and loading."""

from __future__ import annotations

from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape

BAR_WIDTHS = (62, 78, 55, 70, 48)  # per cent, of the grey bars in place of captions


def intro(text: str) -> str:
    """The paragraph that explains a tab.

    Example:
        >>> intro("Cats & dogs, side by side.")
        '<p class="tv-intro">Cats &amp; dogs, side by side.</p>'
    """
    return f'<p class="tv-intro">{escape(text)}</p>'


def notice(message: str) -> str:
    """An error message, which screen readers announce immediately.

    Example:
        >>> notice("Type a line in the language of the model first.")
        '<div class="tv-notice" role="alert">Type a line in the language of the model
        first.</div>'
    """
    return f'<div class="tv-notice" role="alert">{escape(message)}</div>'


def loading() -> str:
    """The placeholder of a result while the model loads.

    Example:
        >>> loading()
        '<div class="tv-loading"><i style="width:62%"></i>...<p>The model is loading. Results
        will appear in a few seconds.</p></div>'
    """
    bars = "".join(f'<i style="width:{width}%"></i>' for width in BAR_WIDTHS)
    return f'<div class="tv-loading">{bars}<p>{escape(strings.LOADING)}</p></div>'


def result(html: str, announcement: str) -> str:
    """A result, with the text by which captions.js announces it to screen readers.

    Example:
        >>> result("<p>a <ins>cat</ins></p>", "Result: a cat")
        '<div class="tv-result" data-announce="Result: a cat"><p>a <ins>cat</ins></p></div>'
    """
    return f'<div class="tv-result" data-announce="{escape(announcement)}">{html}</div>'
