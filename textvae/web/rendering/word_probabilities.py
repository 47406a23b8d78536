"""The probability of each word of a caption, as shading with numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape

BOUNDS = (0.1, 0.5, 0.9)  # between the levels; words above the last bound are not shaded
PLAIN = len(BOUNDS)


def level(probability: float) -> int:
    """From 0 for the least probable words to `PLAIN` for those that are not shaded.

    Example:
        >>> level(0.05), level(0.5), level(0.95)
        (0, 2, 3)
    """
    return bisect_right(BOUNDS, probability)


def percent(probability: float) -> int:
    """Percent, rounded down, so that a word below a bound never shows the bound itself.

    Example:
        >>> percent(0.899)
        89
    """
    return int(probability * 100)


def shaded(words: Sequence[str], probabilities: Sequence[float]) -> str:
    """A caption as HTML, its improbable words shaded and with their percentage.

    Screen readers get a sentence that lists these words instead.

    Args:
        words: each with the space before it, if there is one; joined, they are the caption.
        probabilities: of each word.

    Example:
        >>> shaded(["a", " dog", " runs"], [0.95, 0.4, 0.92])
        'a <span class="tv-word" data-level="1">dog<i aria-hidden="true">40</i></span> runs<span
        class="tv-hidden"> (less sure of dog 40%)</span>'
    """
    pairs = list(zip(words, probabilities, strict=True))
    unsure = [
        strings.WORD_PERCENT.format(word=word.strip(), percent=percent(probability))
        for word, probability in pairs
        if level(probability) < PLAIN
    ]
    listed = strings.WORDS_UNSURE.format(words=strings.AND_SO_ON.join(unsure))
    sentence = listed if unsure else strings.WORDS_SURE
    visible = "".join(_word(word, probability) for word, probability in pairs)
    return f'{visible}<span class="tv-hidden"> ({escape(sentence)})</span>'


def legend() -> str:
    """The meaning of the shades.

    Example:
        >>> legend()
        '...<li><span class="tv-word" data-level="3">90% or more</span></li>...<li><span
        class="tv-word" data-level="0">below 10%</span></li></ul></div>'
    """
    entries = "".join(
        f'<li><span class="tv-word" data-level="{number}">{escape(text)}</span></li>'
        for number, text in reversed(list(enumerate(strings.WORDS_LEVELS)))
    )
    return (
        f'<div class="tv-legend"><p class="tv-info">{escape(strings.WORDS_LEGEND)}</p>'
        f"<ul>{entries}</ul></div>"
    )


def _word(word: str, probability: float) -> str:
    number = level(probability)
    if number == PLAIN:
        return escape(word)
    share = f'<i aria-hidden="true">{percent(probability)}</i>'
    space = " " * word.startswith(" ")
    shown = escape(word.strip())
    return f'{space}<span class="tv-word" data-level="{number}">{shown}{share}</span>'
