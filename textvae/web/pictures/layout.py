"""The layout of a picture: captions at the left, the map at the right."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from textvae.web.i18n.language import strings
from textvae.web.map_json import colours
from textvae.web.pictures.contents import Content, Row
from textvae.web.pictures.drawing import (
    ACCENT,
    INK,
    MUTED,
    RULE,
    Box,
    Dot,
    Drawing,
    Line,
    Shape,
    Text,
    width_of,
    wrap,
)
from textvae.web.rendering.header import model_name

MAP_STYLE = Path(__file__).parent.parent / "static" / "map.css"
CARD_SIZE = 1200, 630  # pixels, the usual size of og:image
MARGIN, GAP = 56, 44
MAP_SIZE = 500  # of the square of the map
FOOT = 46  # pixels for the names of page and model at the bottom
SIZES = (42, 36, 31, 27, 23, 20)  # of the main caption, tried from the largest
SMALLER = 0.68  # the relative size of the others
LEADING = 1.28
MAX_DOTS = 1500
EDGE = 0.01  # the share of dots on each side that may be outside the map
GRID_WIDTH, GRID_TEXT = 1400, 16
CARD_STRIDE = 3  # on a card, every third cell of a grid


def card(content: Content) -> Drawing:
    """A picture of a fixed size with as much as is readable in it.

    Example:
        >>> rows = Row("a dog", is_main=True), Row("a cat", note="0.52")
        >>> drawing = card(Content("coco", rows))
        >>> drawing.width, drawing.height
        (1200, 630)
        >>> [shape.text for shape in drawing.shapes if isinstance(shape, Text)]
        ['a dog', 'a cat', '0.52', 'textvae', 'Photo captions']
    """
    width, height = CARD_SIZE
    if content.cells:
        cells, _ = _grid(content.cells, width, CARD_STRIDE, height - FOOT - MARGIN)
        return Drawing(width, height, [*cells, *_foot(content.model, height)])
    room = height - FOOT - 2 * MARGIN / 1.4
    for size in SIZES:
        rows = _rows(content, width, size)
        if rows[1] <= room:
            break
    else:
        rows = _rows(content, width, SIZES[-1], room)
    top = MARGIN / 1.4 + max(0.0, (room - rows[1]) / 2)
    shapes = _moved_down(rows[0], top)
    return Drawing(
        width,
        height,
        [
            *_map(content, width, (height - MAP_SIZE) / 2),
            *shapes,
            *_foot(content.model, height),
        ],
    )


def picture(content: Content) -> Drawing:
    """A picture of a whole result.

    Example:
        >>> contents = [Content("coco", [Row("a dog")] * count) for count in (5, 20)]
        >>> [picture(content).height for content in contents]
        [630, 909]
    """
    if content.cells:
        cells, height = _grid(content.cells, GRID_WIDTH, 1)
        whole = round(height + FOOT + MARGIN)
        return Drawing(GRID_WIDTH, whole, [*cells, *_foot(content.model, whole)])
    width, least = CARD_SIZE
    shapes, height = _rows(content, width, SIZES[2])
    whole = max(least, round(height + FOOT + 2 * MARGIN))
    middle = (whole - MAP_SIZE) / 2
    return Drawing(
        width,
        whole,
        [
            *_map(content, width, middle),
            *_moved_down(shapes, MARGIN),
            *_foot(content.model, whole),
        ],
    )


def _rows(
    content: Content, width: int, main: float, room: float = math.inf
) -> tuple[list[Text], float]:
    """The captions from y = 0 on, and their height; those that do not fit are left out."""
    right = width - MARGIN - (MAP_SIZE + GAP if content.latent_map else 0)
    signs = max((width_of(row.sign, main) + 12 for row in content.rows if row.sign), default=0)
    shapes: list[Text] = []
    y = 0.0
    for row in content.rows:
        size = main if row.is_main else round(main * SMALLER, 1)
        lines, height = _row(row, MARGIN + signs, right, y, size)
        if y + height > room and shapes:
            break
        shapes += lines
        y += height + size * 0.5
    return shapes, y


def _row(
    row: Row, left: float, right: float, y: float, size: float
) -> tuple[list[Text], float]:
    note = f"  {row.note}" if row.note else ""
    lines = wrap(row.text, size, right - left - width_of(note, size * 0.8), row.is_main)
    leading = size * LEADING
    colour = INK if row.is_main else MUTED
    shapes = [
        Text(left, y + size + i * leading, line, size, colour, row.is_main, row.text)
        for i, line in enumerate(lines)
    ]
    if row.sign:
        shapes.append(Text(MARGIN, y + size, row.sign, size, ACCENT))
    if note:
        end = left + width_of(lines[-1], size, row.is_main)
        base = y + size + (len(lines) - 1) * leading
        shapes.append(Text(end + size * 0.5, base, row.note, round(size * 0.8, 1), ACCENT))
    return shapes, leading * len(lines)


def _moved_down(shapes: Sequence[Text], by: float) -> list[Text]:
    return [replace(each, y=each.y + by) for each in shapes]


def _foot(model: str, height: int) -> list[Shape]:
    y = height - MARGIN / 1.6
    name = model_name(model)
    return [
        Dot(MARGIN + 7, y - 8, 7, ACCENT),
        Text(MARGIN + 24, y, strings.TITLE, 24, INK, True),
        Text(MARGIN + 24 + width_of(strings.TITLE, 24, True) + 16, y, name, 20, MUTED),
    ]


def _map(content: Content, width: int, top: float) -> list[Shape]:
    """The dots, the path and the marks, in a square at the right."""
    found = content.latent_map
    if found is None:
        return []
    left, inner = width - MARGIN - MAP_SIZE, MAP_SIZE - 40
    points = found.points.astype(float)
    known = [*content.path, *(place for place, _ in content.marks)]
    low, high = _bounds(points, known)
    scale = inner / max(high - low)
    middle = (low + high) / 2

    def at(place: Sequence[float]) -> tuple[float, float]:
        x, y = (np.asarray(place) - middle) * scale
        return left + MAP_SIZE / 2 + float(x), top + MAP_SIZE / 2 - float(y)

    shapes: list[Shape] = [Box(left, top, MAP_SIZE, MAP_SIZE)]
    tones = [_kind_colours()[number] for number in colours(found)]
    for place, kind in zip(points[:MAX_DOTS], found.kinds[:MAX_DOTS].tolist(), strict=True):
        x, y = at(place)
        if abs(x - left - MAP_SIZE / 2) < MAP_SIZE / 2 - 4 > abs(y - top - MAP_SIZE / 2):
            shapes.append(Dot(round(x, 1), round(y, 1), 2.4, tones[kind], 0.6))
    if content.path:
        shapes.append(Line([at(place) for place in content.path]))
    return shapes + _marks([(at(place), name) for place, name in content.marks], left)


def _marks(marks: Sequence[tuple[tuple[float, float], str]], left: float) -> list[Shape]:
    """Each mark with its name next to it, on the left if there is no room on the right."""
    shapes: list[Shape] = []
    for i, ((x, y), name) in enumerate(marks):
        shapes.append(Dot(x, y, 9, ACCENT, edge=3))
        if name:
            is_close = any(math.dist((x, y), other) < 40 for other, _ in marks[:i])
            is_left = is_close or x > left + MAP_SIZE - 60
            start = x - 16 - width_of(name, 22, True) if is_left else x + 16
            shapes.append(Text(start, y + 7, name, 22, INK, True))
    return shapes


def _bounds(points: np.ndarray, known: Sequence[Sequence[float]]) -> tuple[np.ndarray, ...]:
    """The lower left and upper right corners around nearly all dots and all marks."""
    low, high = np.quantile(points, [EDGE, 1 - EDGE], axis=0)
    if known:
        low = np.minimum(low, np.min(known, axis=0))
        high = np.maximum(high, np.max(known, axis=0))
    return low - 1e-3, high + 1e-3


@cache
def _kind_colours() -> list[str]:
    """The colours of kinds in the light theme, which come first in the style sheet."""
    css = MAP_STYLE.read_text("utf-8")
    found = re.findall(r"--tv-kind-(\d+): (#[0-9a-f]{6});", css)
    return [colour for _, colour in found[: len(found) // 2]]


def _grid(
    cells: Sequence[str], width: int, stride: int, height: float | None = None
) -> tuple[list[Shape], float]:
    """Every `stride`-th cell of each row and column; `height` is their total height.

    Without a height, the longest caption determines that of cells. Returns the shapes, and
    their lower end.
    """
    size = math.isqrt(len(cells))
    kept = [
        cells[row * size + column]
        for row in range(0, size, stride)
        for column in range(0, size, stride)
    ]
    side = math.isqrt(len(kept))
    gap = 8
    wide = (width - 2 * MARGIN - gap * (side - 1)) / side
    text = GRID_TEXT if height is None else GRID_TEXT * 1.7
    wrapped = [wrap(caption, text, wide - 24) for caption in kept]
    high = (
        max(map(len, wrapped)) * text * LEADING + 22
        if height is None
        else (height - MARGIN / 2 - gap * (side - 1)) / side
    )
    shapes: list[Shape] = []
    corners = {0, side - 1, side * (side - 1), side * side - 1}
    for i, lines in enumerate(wrapped):
        x, y = MARGIN + i % side * (wide + gap), MARGIN * 0.8 + i // side * (high + gap)
        is_corner = i in corners
        shapes.append(Box(x, y, wide, high, line=ACCENT if is_corner else RULE, radius=8))
        for k, line in enumerate(lines[: int((high - 12) / (text * LEADING))]):
            base = y + 10 + text + k * text * LEADING
            shapes.append(Text(x + 12, base, line, text, INK, whole=kept[i]))
    return shapes, MARGIN * 0.8 + side * (high + gap)
