"""A sentence moved along directions, as HTML: a slider for each."""

from __future__ import annotations

import json
from collections.abc import Sequence

from textvae.web.i18n.language import strings
from textvae.web.rendering.captions import caption_buttons
from textvae.web.rendering.markup import caption_attributes, escape, heading
from textvae.web.towards import Move


def towards(moves: Sequence[Move]) -> str:
    """A slider for each direction and label with its success rate; empty without any.

    Example:
        >>> towards([Move("night", ("a dog", "a dog at night"), arrival=1, kept=0.8, tried=40)])
        '<h2>Change one thing</h2>...<b>at night</b> <small>works 80% of the time</small>...<p
        class="tv-current" lang="" dir="auto">a dog at night</p>...'
    """
    changes = [move for move in moves if move.tried]
    labels = [move for move in moves if not move.tried]
    parts = []
    if changes:
        info = strings.TOWARDS_INFO.format(tried=_span([move.tried for move in changes]))
        parts.append(_sliders(strings.TOWARDS, info, changes))
    if labels:
        parts.append(_sliders(strings.TOWARDS_LABELS, strings.TOWARDS_LABELS_INFO, labels))
    return "".join(parts)


def _span(counts: Sequence[int]) -> str:
    least, most = min(counts), max(counts)
    return f"{least}" if least == most else strings.SPAN.format(least=least, most=most)


def _sliders(title: str, info: str, moves: Sequence[Move]) -> str:
    sliders = "".join(map(_slider, moves))
    return f'{heading(title, info)}<div class="tv-moves">{sliders}</div>'


def _slider(move: Move) -> str:
    """A slider with the captions of all its positions, so that it needs no server."""
    shown = move.captions[move.arrival]
    name = strings.DIRECTIONS[move.name] if move.tried else move.name
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
