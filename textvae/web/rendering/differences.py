"""What differs between two captions, as HTML and in words."""

from __future__ import annotations

from collections.abc import Sequence

from textvae.metrics.word_differences import align, words_kept
from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape


def difference(before: str, after: str) -> tuple[str, str]:
    """Both captions as HTML: removed words struck out in the first, new ones underlined.

    The lines carry the meaning; colour only supports it.

    Example:
        >>> difference("a dog on a beach", "a dog on the street")
        ('a dog on <del>a beach</del>', 'a dog on <ins>the street</ins>')
    """
    spans = align(before, after)
    old = [_marked(span.before, "" if span.is_kept else "del") for span in spans]
    new = [_marked(span.after, "" if span.is_kept else "ins") for span in spans]
    return " ".join(filter(None, old)), " ".join(filter(None, new))


def kept_words(before: str, after: str) -> str:
    """How many words of the first caption the second one still has, in a sentence.

    Example:
        >>> kept_words("a dog on a beach", "a dog on the street")
        '3 of 5 words were reconstructed.'
    """
    if before.split() == after.split():
        return strings.SAME
    kept, total = words_kept(before, after), len(before.split())
    return strings.DIFFERENT.format(kept=kept, total=total)


def _marked(words: Sequence[str], tag: str) -> str:
    text = escape(" ".join(words))
    return f"<{tag}>{text}</{tag}>" if tag and text else text
