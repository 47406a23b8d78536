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
    text: str = "",
) -> str:
    """The line below a result of a tab.

    Args:
        tab: that the link opens.
        model: that it opens with.
        settings: the inputs of the tab, by their names in links.
        captions: the result.
        summary: the text at the left of the line.
        columns: values for each caption, saved with them; None is left out.
        text: to copy; the captions, one per line, if it is empty.

    Example:
        >>> settings = {"n": 1, "temperature": 0.5, "seed": 7, "words": False}
        >>> toolbar("generate", "coco", settings, ["a dog"], "seed 7")
        '...<span class="tv-summary">seed 7</span>...data-copy="a dog"...
        data-link="tab=generate&amp;model=coco&amp;n=1&amp;temperature=0.5&amp;seed=7&amp;...'
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
        button(strings.COPY_ALL, {"copy": text or "\n".join(captions)})
        + button(strings.COPY_LINK, {"link": link})
        + save_menu()
    )
    return (
        f'<div class="tv-toolbar" data-export="{escape(json.dumps(export))}">'
        f'<span class="tv-summary">{escape(summary)}</span>'
        f'<span class="tv-actions">{buttons}</span></div>'
    )


def save_menu(formats: Sequence[str] = ("png", "svg", "json", "csv")) -> str:
    """A fold with a button for each format for saving a result.

    Example:
        >>> save_menu(["svg"])
        '<details class="tv-use"...<span class="tv-uses"><button type="button" class="tv-button"
        data-save="svg" data-done="Copied"><span>as a picture (SVG)</span></button>...'
    """
    rows = "".join(button(strings.SAVES[name], {"save": name}) for name in formats)
    return (
        f'<details class="tv-use" data-failed="{escape(strings.PICTURE_FAILED)}">'
        f'<summary class="tv-button"><span>{escape(strings.SAVE)}</span></summary>'
        f'<span class="tv-uses">{rows}</span>'
        "</details>"
    )
