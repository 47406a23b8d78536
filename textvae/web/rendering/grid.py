"""A grid of captions as HTML, which static/grid.js can play cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

from textvae.web.clicks import BOXES_OF
from textvae.web.grid import SIZE, Grid
from textvae.web.i18n.language import strings
from textvae.web.rendering import messages
from textvae.web.rendering.captions import caption_buttons, remarks, training_count
from textvae.web.rendering.markup import button, caption_attributes, escape
from textvae.web.rendering.toolbar import toolbar

COLOURS = ((226, 113, 29), (46, 158, 91), (61, 95, 217), (201, 79, 166))  # of the corners
TINT = 0.16  # of a cell, with enough contrast for its text in both themes
BOXES = BOXES_OF["grid"]


def grid(made: Grid) -> str:
    """The chosen cell in large letters, a button to play all cells, and the cells.

    Example:
        >>> from textvae.data.prepared_caption import PreparedCaption
        >>> typed = "a dog", "two dogs", "a cat", "two cats"
        >>> read = tuple(PreparedCaption(each, (), (), False, False, None) for each in typed)
        >>> cells = ("a dog",) * 24 + ("a cat",) * 25
        >>> grid(Grid("coco", typed, read, cells, max_length=20))
        '<div class="tv-result" data-announce="7 × 7 cells · distinct captions: 2">...<p
        class="tv-current" lang="" dir="auto">a cat</p>...'
    """
    middle = len(made.captions) // 2
    attributes = caption_attributes(made.language)
    cells = [
        f'<div role="gridcell" tabindex="{0 if i == middle else -1}" data-cell="{i}"'
        f' aria-selected="{str(i == middle).lower()}" style="background:{_tint(i)}"'
        f" {attributes}>{escape(caption)}</div>"
        for i, caption in enumerate(made.captions)
    ]
    rows = [cells[start : start + SIZE] for start in range(0, len(cells), SIZE)]
    table = "".join(f'<div role="row">{"".join(row)}</div>' for row in rows)
    summary = strings.GRID_SUMMARY.format(size=SIZE, different=len(set(made.captions)))
    walk = button(strings.PLAY, {"walk": strings.PLAY, "stop": strings.STOP})
    html = (
        remarks(made.typed, made.prepared, made.max_length)
        + f'<div class="tv-grid"><p class="tv-current" {attributes}>'
        + f"{escape(made.captions[middle])}</p>{caption_buttons(made.captions[middle], walk)}"
        + f'<div class="tv-cells" role="grid" aria-label="{escape(strings.GRID_LABEL)}">'
        + f"{table}</div></div>"
        + training_count(made.in_training_set)
        + toolbar(
            "grid",
            made.model,
            dict(zip(BOXES, made.typed, strict=True)),
            made.captions,
            summary,
            {"in_training_set": made.in_training_set},
            _as_table(made.captions),
        )
    )
    return messages.result(html, summary)


def _as_table(captions: Sequence[str]) -> str:
    """One line per row of the grid, with tabs between cells, for spreadsheets."""
    rows = (captions[start : start + SIZE] for start in range(0, len(captions), SIZE))
    return "\n".join("\t".join(row) for row in rows)


def _tint(cell: int) -> str:
    """A cell's colour, blended from the corners' with the weights of its code."""
    down, across = (place / (SIZE - 1) for place in divmod(cell, SIZE))
    shares = (
        (1 - down) * (1 - across),
        (1 - down) * across,
        down * (1 - across),
        down * across,
    )
    mixed = [
        round(sum(share * colour[i] for share, colour in zip(shares, COLOURS, strict=True)))
        for i in range(3)
    ]
    return f"rgb({mixed[0]} {mixed[1]} {mixed[2]} / {TINT})"
