"""What differs between two captions, as HTML and in words."""

from __future__ import annotations

from collections.abc import Sequence

from textvae.metrics.word_differences import align, words_kept
from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape
from textvae.words import is_spaced, join_words, split_words


def difference(before: str, after: str) -> tuple[str, str]:
    """Both captions as HTML: removed words struck out in the first, new ones underlined.

    The lines carry the meaning; colour only supports it.

    Example:
        >>> difference("a dog on a beach", "a dog on the street")
        ('a dog on <del>a beach</del>', 'a dog on <ins>the street</ins>')
    """
    spans = align(before, after)
    old = [(join_words(span.before), "" if span.is_kept else "del") for span in spans]
    new = [(join_words(span.after), "" if span.is_kept else "ins") for span in spans]
    return _marked(old), _marked(new)


def kept_words(before: str, after: str) -> str:
    """How many words of the first caption the second one still has, in a sentence.

    Example:
        >>> kept_words("a dog on a beach", "a dog on the street")
        '3 of 5 words came back.'
    """
    if split_words(before) == split_words(after):
        return strings.SAME
    kept, total = words_kept(before, after), len(split_words(before))
    return strings.DIFFERENT.format(kept=kept, total=total)


def _marked(runs: Sequence[tuple[str, str]]) -> str:
    """Runs of words as HTML, each within its tag, with spaces between where they have them."""
    html, before = "", ""
    for text, tag in runs:
        if text:
            shown = f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)
            html += " " * is_spaced(before, text) + shown
            before = text
    return html
