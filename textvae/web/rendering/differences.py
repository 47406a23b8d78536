"""What differs between two captions, as HTML and in words."""

from __future__ import annotations

from textvae.metrics.word_differences import align, words_kept
from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape
from textvae.words import split_words


def difference(before: str, after: str) -> tuple[str, str]:
    """Both captions as HTML: removed words struck out in the first, new ones underlined.

    The lines carry the meaning; colour only supports it.

    Example:
        >>> difference("a dog on a beach", "a dog on the street")
        ('a dog on <del>a beach</del>', 'a dog on <ins>the street</ins>')
    """
    spans = align(before, after)
    old = (_tagged(span.old, "" if span.is_kept else "del") for span in spans)
    new = (_tagged(span.new, "" if span.is_kept else "ins") for span in spans)
    return "".join(old), "".join(new)


def kept_words(before: str, after: str) -> str:
    """How many words of the first caption the second one still has, in a sentence.

    Example:
        >>> kept_words("a dog on a beach", "a dog on the street")
        '3 of 5 words came back.'
    """
    if before == after:
        return strings.SAME
    kept, total = words_kept(before, after), len(split_words(before))
    return strings.DIFFERENT.format(kept=kept, total=total)


def _tagged(text: str, tag: str) -> str:
    """A text as HTML within a tag, if there is any, with the white space before it outside."""
    shown = text.lstrip()
    gap = text[: len(text) - len(shown)]
    return gap + (f"<{tag}>{escape(shown)}</{tag}>" if tag and shown else escape(shown))
