"""A drawing as PNG, for link previews on other pages."""

from __future__ import annotations

import io

from PIL import Image, ImageColor, ImageDraw

from textvae.web.pictures.drawing import PAPER, Box, Dot, Drawing, Line, Shape, Text, font

SHARP = 2  # the scale at which shapes are drawn, for smooth edges


def to_png(drawing: Drawing) -> bytes:
    """The drawing as a PNG file of its size.

    Example:
        >>> to_png(Drawing(40, 20, [Dot(20, 10, 5, "#0f766e")]))[1:4]
        b'PNG'
    """
    size = drawing.width * SHARP, drawing.height * SHARP
    image = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(image, "RGBA")
    for shape in drawing.shapes:
        _draw(pen, shape)
    found = io.BytesIO()
    small = image.resize((drawing.width, drawing.height), Image.Resampling.LANCZOS)
    small.save(found, "PNG", optimize=True)
    return found.getvalue()


def _draw(pen: ImageDraw.ImageDraw, shape: Shape) -> None:
    match shape:
        case Text():
            face = font(shape.size * SHARP, shape.is_bold)
            place = shape.x * SHARP, shape.y * SHARP
            pen.text(place, shape.text, fill=shape.colour, font=face, anchor="ls")
        case Dot():
            if shape.edge:
                ring = shape.radius + shape.edge
                pen.ellipse(_around(shape, ring), fill=PAPER)
            red, green, blue, *_ = ImageColor.getrgb(shape.colour)
            colour = red, green, blue, round(255 * shape.opacity)
            pen.ellipse(_around(shape, shape.radius), fill=colour)
        case Line():
            places = [(x * SHARP, y * SHARP) for x, y in shape.places]
            pen.line(places, fill=shape.colour, width=round(shape.width * SHARP), joint="curve")
        case Box():
            left, top = shape.x * SHARP, shape.y * SHARP
            ends = left, top, left + shape.width * SHARP, top + shape.height * SHARP
            pen.rounded_rectangle(
                ends, shape.radius * SHARP, shape.fill, shape.line, width=SHARP
            )


def _around(dot: Dot, radius: float) -> tuple[float, float, float, float]:
    left, top = (dot.x - radius) * SHARP, (dot.y - radius) * SHARP
    return left, top, (dot.x + radius) * SHARP, (dot.y + radius) * SHARP
