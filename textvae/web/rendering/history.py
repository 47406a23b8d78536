"""The history of the visit as HTML: a button, and the dialog that static/history.js fills.

The history is kept only by the browser.
"""

from __future__ import annotations

import json

from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape

LIMIT = 50  # results; beyond it, the oldest is dropped


def history() -> str:
    """The button with the number of results, and the dialog that it opens.

    Example:
        >>> history()
        '<div class="tv-history" data-limit="50"...>History <span
        class="tv-count">0</span>...>Results of this visit</h2>...>No results yet.</p>...'
    """
    texts = {
        "tabs": {
            "generate": strings.GENERATE,
            "reconstruct": strings.RECONSTRUCT,
            "interpolate": strings.INTERPOLATE,
            "grid": strings.GRID,
            "sum": strings.SUM,
        },
        "open": strings.OPEN_AGAIN,
        "copy": strings.COPY,
        "copied": strings.COPIED,
        "more": strings.MORE_CAPTIONS,
        "cleared": strings.CLEARED,
    }
    return (
        f'<div class="tv-history" data-limit="{LIMIT}"'
        f' data-texts="{escape(json.dumps(texts))}">'
        '<button type="button" class="tv-button" data-do="show" aria-haspopup="dialog">'
        f'{escape(strings.HISTORY)} <span class="tv-count">0</span></button>{_dialog()}</div>'
    )


def _dialog() -> str:
    info = strings.HISTORY_INFO.format(limit=LIMIT)
    buttons = (
        _button("json", strings.SAVE_JSON)
        + _button("csv", strings.SAVE_CSV)
        + _button("clear", strings.CLEAR)
    )
    return (
        '<dialog aria-labelledby="history-title"><div class="tv-dialog">'
        '<div class="tv-dialog-head">'
        f'<h2 id="history-title">{escape(strings.HISTORY_TITLE)}</h2>'
        f"{_button('close', strings.CLOSE)}</div>"
        f'<p class="tv-info">{escape(info)}</p>'
        f'<p class="tv-empty">{escape(strings.HISTORY_EMPTY)}</p><ol></ol>'
        f'<div class="tv-actions">{buttons}</div></div></dialog>'
    )


def _button(action: str, text: str) -> str:
    return f'<button type="button" class="tv-button" data-do="{action}">{escape(text)}</button>'
