"""Sums of captions, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from textvae.latent.latent_map import LatentMap
from textvae.latent.scene_kinds import FUNCTION_WORDS
from textvae.metrics.word_differences import align
from textvae.web.arithmetic import Sum
from textvae.web.clicks import BOXES_OF
from textvae.web.i18n.language import strings
from textvae.web.rendering import messages
from textvae.web.rendering.captions import caption_buttons, caption_list, examples, remarks
from textvae.web.rendering.differences import difference
from textvae.web.rendering.markup import caption_attributes, escape, heading
from textvae.web.rendering.small_map import small_map
from textvae.web.rendering.toolbar import toolbar
from textvae.web.validation import isolated
from textvae.words import join_words


def summed(made: Sum, latent_map: LatentMap | None) -> str:
    """The result of a sum, the captions nearest to it, and all its codes on a small map.

    Example:
        >>> from textvae.data.prepared_caption import PreparedCaption
        >>> typed = "a dog on a sofa", "a dog", "a cat"
        >>> read = tuple(PreparedCaption(each, (), (), False, False, None) for each in typed)
        >>> summed(Sum("coco", typed, read, "a cat on a sofa", max_length=20), None)
        '<div class="tv-result" data-announce="Result: a cat on a sofa">...>a <ins>cat</ins>
        on a sofa</p>...words not in “a dog on a sofa” are underlined...'
    """
    start, minus, plus = made.typed
    before = made.prepared[0].cleaned
    nearest = (
        heading(strings.SUM_NEAR) + caption_list(made.near, language=made.language)
        if made.near
        else ""
    )
    footer = toolbar(
        "sum",
        made.model,
        {"start": start, "minus": minus, "plus": plus},
        [made.caption, *made.near],
        strings.SUM_SUMMARY.format(start=isolated(before)),
        {"kind": ["sum", *("nearest" for _ in made.near)]},
        text="\n".join((start, f"− {minus}", f"+ {plus}", f"= {made.caption}")),
    )
    html = (
        remarks(made.typed, made.prepared, made.max_length)
        + f'<div class="tv-sum"><div><p class="tv-info">{escape(strings.SUM_RESULT)}</p>'
        + f'<p class="tv-total" {caption_attributes(made.language)}>'
        + f"{difference(before, made.caption)[1]}</p>"
        + f"{caption_buttons(made.caption)}{nearest}</div>{_on_map(made, latent_map)}</div>"
        + footer
    )
    return messages.result(html, f"{strings.SUM_RESULT}: {made.caption}")


def sum_examples(sums: Sequence[tuple[str, str, str]]) -> str:
    """A row of sums that work with this model, each named by its exchanged words.

    Example:
        >>> sum_examples([("a dog on a sofa", "a dog", "a cat")])
        '...data-start="a dog on a sofa" data-minus="a dog" data-plus="a cat">dog → cat<...'
        >>> sum_examples([])
        ''
    """
    if not sums:
        return ""
    return examples(
        (exchange(minus, plus), {"start": start, "minus": minus, "plus": plus})
        for start, minus, plus in sums
    )


def exchange(minus: str, plus: str) -> str:
    """The difference between two captions.

    Example:
        >>> exchange("a station during the day", "a station at night")
        'during the day → at night'
    """
    spans = align(minus, plus)
    changed = [place for place, span in enumerate(spans) if not span.is_kept]
    if not changed:
        return plus
    between = spans[changed[0] : changed[-1] + 1]
    old = [word for span in between for word in span.before]
    new = [word for span in between for word in span.after]
    if FUNCTION_WORDS.issuperset(old):  # not `an → a baby`, but with the word after it
        following = [word for span in spans[changed[-1] + 1 :] for word in span.after[:1]]
        old, new = old + following, new + following
    first, last = join_words(old), join_words(new)
    return strings.ARROW.format(first=first or minus, last=last if first else plus)


def _on_map(made: Sum, latent_map: LatentMap | None) -> str:
    """The three captions and their sum, with a line from the first to the sum."""
    if made.places is None or latent_map is None:
        return ""
    lines = [{"places": [made.places[0], made.places[-1]], "dashed": True}]
    names = ("A", "B", "C", "A−B+C")
    marks = [
        {"x": x, "y": y, "name": name, "isMain": name == names[-1]}
        for (x, y), name in zip(made.places, names, strict=True)
    ]
    captions = dict(zip(BOXES_OF["sum"], made.typed, strict=True))
    label = strings.SUM_LABEL.format(**captions)
    return small_map(latent_map, lines, marks[::-1], label)  # the first names have most room
