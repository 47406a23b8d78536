"""The neighbours and paraphrases of a sentence, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from textvae.web.i18n.language import strings
from textvae.web.own_sentence import Surroundings
from textvae.web.rendering.captions import caption_list
from textvae.web.rendering.markup import chip, heading
from textvae.web.results import Generated


def around(found: Surroundings, written: Generated) -> str:
    """The nearest captions, other wordings, and captions written by the model alone.

    Example:
        >>> import numpy as np
        >>> found = Surroundings(("a dog on a bed",), (0.52,), None, boldness=0.5, wording=0)
        >>> made = Generated("coco", ("a cat",), 0.5, 1.0, 7, "scene", np.zeros((1, 64)))
        >>> around(found, made)
        '...<h2>Nearest to it</h2>...>a dog on a bed</span> <small
        class="tv-note">0.52</small>...<h2>Written by the model alone</h2>...>a cat</span>...'
    """
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
