"""Captions as HTML: lists with buttons, examples, and remarks on what was not read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from textvae.data.left_out import left_out
from textvae.data.text_modes import UNITS
from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import button, caption_attributes, chip, escape
from textvae.web.results import InTrainingSet
from textvae.web.validation import isolated

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption


def pair(first: str, last: str) -> str:
    """Two captions with an arrow that points to the second in any script.

    Example:
        >>> pair("a dog", "a cat")
        'a dog → a cat'
    """
    if any(unicodedata.bidirectional(each) in ("R", "AL") for each in first + last):
        # The whole from left to right, like the arrow, and each caption in its own direction.
        first, last = f"\u200e\u2068{first}\u2069", f"\u2068{last}\u2069"
    return strings.ARROW.format(first=first, last=last)


def caption_list(
    captions: Sequence[str],
    in_training_set: InTrainingSet = None,
    shown: Sequence[str] | None = None,
    language: str = "",
    notes: Sequence[str] = (),
) -> str:
    """A numbered list of captions with their buttons.

    Args:
        captions: as copied and sent to other tabs.
        in_training_set: whether to label each as a training caption.
        shown: each as HTML; the captions themselves by default.
        language: of the captions; empty if unknown.
        notes: a word or a number after each, if any.

    Example:
        >>> caption_list(["a dog"], (True,), language="en", notes=["0.52"])
        '<ol class="tv-captions"><li><span><span class="tv-caption" lang="en" dir="auto">a
        dog</span> <span class="tv-training-label">in the training data</span> <small
        class="tv-note">0.52</small></span><span class="tv-actions">...</li></ol>'
    """
    rows = zip(
        captions,
        map(escape, captions) if shown is None else shown,
        in_training_set or [False] * len(captions),
        notes or [""] * len(captions),
        strict=True,
    )
    items = "".join(
        f'<li><span><span class="tv-caption" {caption_attributes(language)}>{html}</span>'
        f"{training_label(is_copy)}{_note(note)}</span>{caption_buttons(caption)}</li>"
        for caption, html, is_copy, note in rows
    )
    return f'<ol class="tv-captions">{items}</ol>'


def _note(text: str) -> str:
    return f' <small class="tv-note">{escape(text)}</small>' if text else ""


def training_label(is_copy: bool) -> str:
    """The label of a caption that is verbatim in the training data; else empty.

    Example:
        >>> training_label(True), training_label(False)
        (' <span class="tv-training-label">in the training data</span>', '')
    """
    if not is_copy:
        return ""
    return f' <span class="tv-training-label">{escape(strings.IN_TRAINING_DATA)}</span>'


def training_count(in_training_set: InTrainingSet) -> str:
    """The number of captions in the training data; empty if unknown.

    Example:
        >>> training_count((True, False, False))
        '<p class="tv-info tv-training-count">Word for word in the training data: 1 of 3.</p>'
    """
    if in_training_set is None:
        return ""
    text = strings.IN_TRAINING_DATA_COUNT.format(
        count=sum(in_training_set), total=len(in_training_set)
    )
    return f'<p class="tv-info tv-training-count">{escape(text)}</p>'


def caption_buttons(caption: str, more: str = "") -> str:
    """The buttons next to a caption: copy it, or use it in a tab; `more` are further ones.

    Example:
        >>> caption_buttons("a dog")
        '...data-copy="a dog"...<span>Copy</span>...data-action="first" data-caption="a dog"
        data-done="Copied"><span>as the start of a path</span>...'
    """
    said = strings.OF_CAPTION.format(caption=caption)
    uses = "".join(
        button(text, {"action": action, "caption": caption}, said)
        for action, text in strings.USES.items()
    )
    return (
        f'<span class="tv-actions">{button(strings.COPY, {"copy": caption}, said)}{more}'
        f'<details class="tv-use"><summary class="tv-button"><span>{escape(strings.USE)}</span>'
        f'<span class="tv-hidden"> {escape(said)}</span></summary>'
        f'<span class="tv-uses">{uses}</span></details></span>'
    )


def examples(chips: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """A row of examples, each given as its text and the boxes that a click fills.

    Example:
        >>> examples([("a dog → a cat", {"first": "a dog", "last": "a cat"})])
        '<div class="tv-examples"><span>Try</span><button type="button" class="tv-chip"
        dir="auto" data-action="example" data-first="a dog" data-last="a cat">a dog → a
        cat</button></div>'
    """
    row = "".join(chip(text, "example", boxes) for text, boxes in chips)
    return f'<div class="tv-examples"><span>{escape(strings.EXAMPLES)}</span>{row}</div>'


def remarks(typed: Sequence[str], prepared: Sequence[PreparedCaption], max_length: int) -> str:
    """Remarks on parts of sentences not read as typed: signs, unknown words, excess length.

    An unknown word comes with a similarly spelled known one, if there is one.

    Example:
        >>> from textvae.data.prepared_caption import prepare_caption
        >>> from textvae.data.text_modes import TextSettings
        >>> from textvae.data.tokenizer import Tokenizer
        >>> read = prepare_caption("a zebr!", Tokenizer(["a", "zebra"]), TextSettings(20))
        >>> remarks(["a zebr!"], [read], max_length=20)
        '...The model does not know “zebr”. Use the closest word it knows: <button...
        data-by="zebra">zebra</button>...Not read: punctuation.</p>'
    """
    lines = [
        _unknown(word, each.suggestions.get(word))
        for each in prepared
        for word in each.unknown_words
    ]
    units = {UNITS[each.mode] for each in prepared if each.shortened}
    lines += [escape(strings.SHORTENED[unit].format(max_length=max_length)) for unit in units]
    unique = "".join(f"<li>{line}</li>" for line in dict.fromkeys(lines))
    box = f'<ul class="tv-remarks">{unique}</ul>' if lines else ""
    return box + _not_read(typed, prepared)


def _not_read(typed: Sequence[str], prepared: Sequence[PreparedCaption]) -> str:
    """The signs that were left out of sentences, in one line; empty if none."""
    found = [left_out(*each) for each in zip(typed, (p.cleaned for p in prepared), strict=True)]
    named = dict.fromkeys(strings.QUOTED.format(text=t) for each in found for t in each.things)
    things = [*named, *([strings.PUNCTUATION] if any(f.punctuation for f in found) else [])]
    if not things:
        return ""
    text = strings.LEFT_OUT.format(things=strings.AND_SO_ON.join(things))
    return f'<p class="tv-info tv-left-out">{escape(text)}</p>'


def _unknown(word: str, closest: str | None) -> str:
    if not closest:
        return escape(strings.UNKNOWN.format(word=isolated(word)))
    replace = chip(closest, "replace", {"word": word, "by": closest})
    return f"{escape(strings.UNKNOWN_NEAREST.format(word=isolated(word)))} {replace}"
