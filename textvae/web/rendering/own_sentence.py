"""The neighbours and paraphrases of a sentence, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from textvae.web.i18n.language import strings
from textvae.web.own_sentence import Surroundings
from textvae.web.rendering.captions import caption_list
from textvae.web.rendering.markup import chip, heading
from textvae.web.results import Generated


def around(found: Surroundings, written: Generated) -> str:
    """The nearest captions, other wordings, and captions written by the model alone."""
    blocks = []
    if found.near:
        notes = [f"{distance:.2f}" for distance in found.distances]
        blocks.append(
            _block(strings.NEAR, strings.NEAR_INFO, found.near, found.language, notes)
        )
    if found.wordings is not None:
        more = chip(strings.REWORD, "reword", {})
        said = _block(strings.OTHERWISE, strings.OTHERWISE_INFO, found.wordings, found.language)
        blocks.append(said + more)
    blocks.append(
        _block(strings.WRITTEN, strings.WRITTEN_INFO, written.captions, written.language)
    )
    sections = "".join(f"<section>{block}</section>" for block in blocks)
    return f'<div class="tv-around">{sections}</div>'


def _block(
    title: str, info: str, captions: Sequence[str], language: str, notes: Sequence[str] = ()
) -> str:
    return heading(title, info) + caption_list(captions, language=language, notes=notes)
