"""A sentence moved along directions, as HTML: a slider for each."""

from __future__ import annotations

import json
from collections.abc import Sequence

from textvae.web.i18n.language import strings
from textvae.web.rendering.captions import caption_buttons
from textvae.web.rendering.markup import caption_attributes, escape, heading
from textvae.web.towards import Move


def towards(moves: Sequence[Move]) -> str:
    """A slider for each direction, with the share of promises it kept; else nothing."""
    if not moves:
        return ""
    info = strings.TOWARDS_INFO.format(tried=moves[0].tried)
    sliders = "".join(map(_slider, moves))
    return f'{heading(strings.TOWARDS, info)}<div class="tv-moves">{sliders}</div>'


def _slider(move: Move) -> str:
    """All captions on the way come with it, so that the slider needs no server."""
    shown = move.captions[move.arrival]
    name = strings.DIRECTIONS[move.name]
    share = strings.KEPT.format(share=move.kept)
    label = strings.TOWARDS_ONE.format(name=name, share=share)
    return (
        f'<section class="tv-move" data-captions="{escape(json.dumps(move.captions))}">'
        f'<p class="tv-info"><b>{escape(name)}</b> <small>{escape(share)}</small></p>'
        f'<input type="range" min="0" max="{len(move.captions) - 1}" value="{move.arrival}" '
        f'aria-label="{escape(label)}" aria-valuetext="{escape(shown)}">'
        f'<p class="tv-current" {caption_attributes(move.language)}>{escape(shown)}</p>'
        f"{caption_buttons(shown)}</section>"
    )
