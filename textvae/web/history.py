"""What was made in this visit: kept by the browser alone, see history.js."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from textvae.web.i18n.language import strings
from textvae.web.markup import escape
from textvae.web.widgets import asset

LIMIT = 50  # results; the oldest goes when one more comes


def build() -> Any:
    """The button in the header with the list behind it; its `pick` asks to open a result."""
    return gr.HTML(_dialog(), js_on_load=asset("history.js"), elem_id="history")


def _dialog() -> str:
    words = {
        "tabs": {
            "generate": strings.GENERATE,
            "reconstruct": strings.RECONSTRUCT,
            "interpolate": strings.INTERPOLATE,
            "map": strings.MAP,
        },  # the others make nothing that is kept
        "open": strings.OPEN_AGAIN,
        "copy": strings.COPY,
        "copied": strings.COPIED,
        "more": strings.MORE_CAPTIONS,
        "cleared": strings.CLEARED,
    }
    buttons = "".join(
        f'<button type="button" class="tv-button" data-do="{action}">{escape(text)}</button>'
        for action, text in (
            ("json", strings.SAVE_JSON),
            ("csv", strings.SAVE_CSV),
            ("clear", strings.CLEAR),
        )
    )
    return (
        f'<div class="tv-history" data-limit="{LIMIT}"'
        f' data-words="{escape(json.dumps(words))}">'
        f'<button type="button" class="tv-button" data-do="show" aria-haspopup="dialog">'
        f'{escape(strings.HISTORY)} <span class="tv-count">0</span></button>'
        f'<dialog aria-labelledby="history-title"><div class="tv-dialog">'
        f'<div class="tv-dialog-head"><h2 id="history-title">{escape(strings.HISTORY_TITLE)}</h2>'
        f'<button type="button" class="tv-button" data-do="close">{escape(strings.CLOSE)}</button>'
        f'</div><p class="tv-info">{escape(strings.HISTORY_INFO.format(limit=LIMIT))}</p>'
        f'<p class="tv-empty">{escape(strings.HISTORY_EMPTY)}</p><ol></ol>'
        f'<div class="tv-actions">{buttons}</div></div></dialog></div>'
    )
