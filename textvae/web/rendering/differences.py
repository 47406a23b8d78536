"""The differences between two captions, as HTML and in words."""

from __future__ import annotations

from textvae.metrics.word_differences import align, words_kept
from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape
from textvae.words import are_characters, split_words


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

    Where its words are not separated by spaces, it is how many characters.

    Example:
        >>> kept_words("a dog on a beach", "a dog on the street")
        'Words that came back: 3 of 5.'
        >>> kept_words("床前明月光", "床前看月光")
        'Characters that came back: 4 of 5.'
    """
    words = split_words(before)
    in_characters = are_characters(words)
    if before == after:
        return strings.SAME_CHARACTERS if in_characters else strings.SAME
    said = strings.DIFFERENT_CHARACTERS if in_characters else strings.DIFFERENT
    return said.format(kept=words_kept(before, after), total=len(words))


def _tagged(text: str, tag: str) -> str:
    """A text, if any, as HTML in a tag, with the white space before it outside."""
    shown = text.lstrip()
    gap = text[: len(text) - len(shown)]
    return gap + (f"<{tag}>{escape(shown)}</{tag}>" if tag and shown else escape(shown))
