"""The panel of the Map tab as HTML, the same for all models; static/map.js fills it."""

from __future__ import annotations

import json

from textvae.web.i18n.language import strings
from textvae.web.rendering.captions import caption_buttons
from textvae.web.rendering.markup import button, escape, heading
from textvae.web.rendering.toolbar import save_menu
from textvae.web.validation import MAX_CHARACTERS

ICONS = {
    "in": "M8 3v10M3 8h10",
    "out": "M3 8h10",
    "whole": "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
    "move": "M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6 2 8l2 2M12 6l2 2-2 2",
}


def map_panel() -> str:
    """The search, the kinds of scene, the map itself and the details of a point.

    Example:
        >>> map_panel()
        '<div class="tv-map" data-texts="{&quot;found&quot;:...<form
        class="tv-map-sentence">...<canvas tabindex="0"...<div class="tv-map-point">...'
    """
    texts = {
        "found": strings.MAP_FOUND,
        "none": strings.MAP_NONE,
        "building": strings.MAP_BUILDING,
        "wait": strings.MAP_WAIT,
        "failed": strings.MAP_FAILED,
        "unanswered": strings.MAP_UNANSWERED,
        "yours": strings.MAP_YOURS,
        "dot": strings.MAP_DOT,
        "between": strings.MAP_BETWEEN,
        "both": strings.MAP_BOTH,
    }
    return (
        f'<div class="tv-map" data-texts="{escape(json.dumps(texts))}">'
        f'<p class="tv-notice tv-map-notice" role="alert" hidden></p>{_sentence()}{_search()}'
        f'<div class="tv-map-main">{_plane()}{_point()}</div></div>'
    )


def _sentence() -> str:
    """The box for a sentence to find on the map."""
    return (
        '<form class="tv-map-sentence"><label><span>'
        f'{escape(strings.MAP_SENTENCE)}</span><input name="sentence" type="text"'
        f' placeholder="{escape(strings.CAPTION_HINT)}" autocomplete="off"'
        f' maxlength="{MAX_CHARACTERS}"></label>'
        f'<button type="submit" class="tv-primary">{escape(strings.MAP_FIND)}</button></form>'
    )


def _search() -> str:
    return (
        '<div class="tv-map-bar"><label class="tv-map-search">'
        f'<span class="tv-hidden">{escape(strings.MAP_SEARCH)}</span>'
        f'<input type="search" placeholder="{escape(strings.MAP_HINT)}" autocomplete="off"'
        ' spellcheck="false" maxlength="80"></label>'
        '<span class="tv-found" role="status"></span></div>'
    )


def _plane() -> str:
    names = {
        "in": strings.ZOOM_IN,
        "out": strings.ZOOM_OUT,
        "whole": strings.ZOOM_WHOLE,
        "move": strings.ZOOM_MOVE,
    }
    buttons = "".join(
        f'<button type="button" data-zoom="{action}" aria-label="{escape(name)}"'
        f' title="{escape(name)}"{" aria-pressed=false" if action == "move" else ""}>'
        f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{ICONS[action]}"/></svg>'
        "</button>"
        for action, name in names.items()
    )
    return (
        '<div class="tv-plane"><canvas tabindex="0" role="application"'
        f' aria-label="{escape(strings.MAP_LABEL)}"></canvas>'
        f'<div class="tv-zoom">{buttons}</div><div class="tv-tip" aria-hidden="true" hidden>'
        f'</div><p class="tv-map-wait">{escape(strings.MAP_WAIT)}</p>'
        '<p class="tv-info tv-map-keys" aria-hidden="true">'
        f'{escape(strings.MAP_KEYS)}</p><div class="tv-kinds" role="group"'
        f' aria-label="{escape(strings.MAP_KINDS)}"></div></div>'
    )


def _point() -> str:
    """The caption at the chosen point, and the captions near it."""
    return (
        '<div class="tv-map-point"><p class="tv-info tv-here"></p>'
        f'<p class="tv-current" dir="auto"></p>{caption_buttons("{caption}")}'
        f'<p class="tv-info tv-also" hidden>{escape(strings.MAP_ALSO)} <span dir="auto"></span>'
        f"</p>{heading(strings.NEAR_SPACE, strings.NEAR_SPACE_INFO)}"
        f'<ol class="tv-near tv-near-space"></ol>{heading(strings.NEAR_PLANE)}'
        '<ol class="tv-near tv-near-plane"></ol>'
        f'{_shares()}<p class="tv-info tv-kept"></p></div>'
    )


def _shares() -> str:
    """Buttons for all that is shown at the point, which map_view.js determines."""
    buttons = (
        button(strings.COPY_ALL, {"copy": ""})
        + button(strings.COPY_LINK, {"link": ""})
        + save_menu(("png", "svg"))
    )
    return f'<div class="tv-shares">{buttons}</div>'
