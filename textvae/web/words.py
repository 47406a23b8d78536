"""How sure the model was of each word of a caption, as shading with numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from textvae.web.i18n.language import strings
from textvae.web.markup import escape

BOUNDS = (0.1, 0.5, 0.9)  # between the levels; what is surer than the last is left plain
PLAIN = len(BOUNDS)


def level(probability: float) -> int:
    """0 for the least sure words, `PLAIN` for those that need no shading."""
    return bisect_right(BOUNDS, probability)


def percent(probability: float) -> int:
    """Rounded down, so that no word below a bound of the levels shows the bound itself."""
    return int(probability * 100)


def shaded(caption: str, probabilities: Sequence[float]) -> str:
    """The caption as HTML; its unsure words carry their shade and their percentage.

    Those who hear the page get a sentence with the unsure words instead.
    """
    pairs = list(zip(caption.split(), probabilities, strict=True))
    unsure = [
        strings.WORD_SHARE.format(word=word, percent=percent(share))
        for word, share in pairs
        if level(share) < PLAIN
    ]
    spoken = (
        strings.WORDS_UNSURE.format(words=", ".join(unsure)) if unsure else strings.WORDS_SURE
    )
    shown = " ".join(_word(word, share) for word, share in pairs)
    return f'{shown}<span class="tv-hidden"> ({escape(spoken)})</span>'


def legend() -> str:
    """What the shades mean."""
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
    return f'<span class="tv-word" data-level="{number}">{escape(word)}{share}</span>'
