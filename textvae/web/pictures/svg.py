"""A drawing as SVG with an embedded font, so that it looks the same everywhere."""

from __future__ import annotations

import unicodedata
from html import escape

from textvae.report.fonts import FAMILY, embedded_fonts
from textvae.web.pictures.drawing import PAPER, Box, Dot, Drawing, Line, Shape, Text
from textvae.web.validation import is_visible

FALLBACK = "Georgia, 'Noto Serif', 'Noto Serif CJK SC', 'Songti SC', SimSun, serif"


def to_svg(drawing: Drawing) -> str:
    """The drawing as an SVG document.

    Example:
        >>> text = to_svg(Drawing(100, 50, [Text(10, 20, "a <b> & c", 12)]))
        >>> text.startswith("<svg "), "a &lt;b&gt; &amp; c" in text
        (True, True)
    """
    body = "\n".join(map(_element, drawing.shapes))
    width, height = drawing.width, drawing.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="\'{FAMILY}\', {FALLBACK}">\n'
        f"<style>{embedded_fonts()}</style>\n"
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>\n{body}\n</svg>\n'
    )


def _element(shape: Shape) -> str:
    match shape:
        case Text():
            weight = ' font-weight="700"' * shape.is_bold
            return (
                f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.size:g}"'
                f' fill="{shape.colour}"{weight}{_direction(shape.whole or shape.text)}>'
                f"{escape(_printable(shape.text))}</text>"
            )
        case Dot():
            ring = f' stroke="{PAPER}" stroke-width="{shape.edge:g}"' if shape.edge else ""
            opacity = f' fill-opacity="{shape.opacity:g}"' if shape.opacity < 1 else ""
            return (
                f'<circle cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.radius:g}"'
                f' fill="{shape.colour}"{opacity}{ring}/>'
            )
        case Line():
            places = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.places)
            return (
                f'<polyline points="{places}" fill="none" stroke="{shape.colour}"'
                f' stroke-width="{shape.width:g}" stroke-linejoin="round"/>'
            )
        case Box():
            return (
                f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}"'
                f' height="{shape.height:.1f}" rx="{shape.radius:g}" fill="{shape.fill}"'
                f' stroke="{shape.line}"/>'
            )


def _printable(text: str) -> str:
    """The text without invisible characters, some of which XML does not allow."""
    return "".join(filter(is_visible, text))


def _direction(text: str) -> str:
    """Attributes of a line whose first letter is right-to-left; `x` is its left end."""
    kinds = map(unicodedata.bidirectional, text)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return "" if first == "L" else ' direction="rtl" text-anchor="end"'
