"""The line below a result: the settings that made it, and buttons to copy or save it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from textvae.web import links
from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import button, escape

NO_COLUMNS: Mapping[str, Any] = MappingProxyType({})


def toolbar(
    tab: str,
    model: str,
    settings: Mapping[str, Any],
    captions: Sequence[str],
    summary: str,
    columns: Mapping[str, Sequence[Any] | None] = NO_COLUMNS,
) -> str:
    """The line below a result of a tab.

    Args:
        tab: where the link opens.
        model: which model it opens with.
        settings: the inputs of the tab, by their names in links.
        captions: the result.
        summary: what stands at the left of the line.
        columns: values for each caption, saved with them; those that are None are left out.
    """
    link = links.write(tab, model, **settings)
    export: dict[str, Any] = {
        "tab": tab,
        "model": model,
        "settings": dict(settings),
        "link": f"?{link}",
        "captions": list(captions),
        **{name: list(column) for name, column in columns.items() if column is not None},
    }
    buttons = (
        button(strings.COPY_ALL, {"copy": "\n".join(captions)})
        + button(strings.COPY_LINK, {"link": link})
        + button(strings.SAVE_JSON, {"save": "json"})
        + button(strings.SAVE_CSV, {"save": "csv"})
    )
    return (
        f'<div class="tv-toolbar" data-export="{escape(json.dumps(export))}">'
        f'<span class="tv-summary">{escape(summary)}</span>'
        f'<span class="tv-actions">{buttons}</span></div>'
    )
