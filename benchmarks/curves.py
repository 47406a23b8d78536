"""Curves over time as an SVG that is legible on light and dark pages."""

import html
import math
from collections.abc import Mapping, Sequence

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 110, 20, 48
INK = "#888888"  # visible on white and on black
COLOURS = ("#d9762b", "#3d8fd1", "#8a63c9", "#4a9d5b")


def svg(
    curves: Mapping[str, Points],
    *,
    title: str,
    across: str,
    up: str,
    lowest: float,
    line: float | None = None,
) -> str:
    """A plot of curves, each labelled at its end.

    Args:
        curves: points (x, y) by the name of the curve.
        title: for screen readers.
        across: the label of the x axis.
        up: the label of the y axis.
        lowest: values below this are cut off.
        line: a value to mark by a horizontal line, such as a target.
    """
    far = max(x for points in curves.values() for x, _ in points)
    values = [y for points in curves.values() for _, y in points if y >= lowest]
    plane = _Plane(far, lowest, max([lowest + 1e-6, *values]))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="13">',
        f"<title>{html.escape(title)}</title>",
        *_axes(plane, across, up),
    ]
    if line is not None:
        height = plane.y(line)
        parts.append(_line(LEFT, height, WIDTH - RIGHT, height, 'stroke-dasharray="5 4"'))
    placed: list[float] = []
    for (name, points), colour in zip(curves.items(), COLOURS, strict=False):
        parts += _curve(plane, name, points, colour, placed)
    return "\n".join([*parts, "</svg>\n"])


class _Plane:
    """The mapping of values to page coordinates."""

    def __init__(self, far: float, lowest: float, highest: float) -> None:
        self.far, self.lowest, self.highest = far, lowest, highest

    def x(self, value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / self.far

    def y(self, value: float) -> float:
        share = (value - self.lowest) / (self.highest - self.lowest)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _axes(plane: _Plane, across: str, up: str) -> list[str]:
    floor, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [_line(LEFT, floor, right, floor), _line(LEFT, TOP, LEFT, floor)]
    for value in ticks(0.0, plane.far):
        parts.append(_text(plane.x(value), floor + 18, f"{value:g}", "middle"))
    for value in ticks(plane.lowest, plane.highest):
        parts.append(_line(LEFT - 4, plane.y(value), LEFT, plane.y(value)))
        parts.append(_text(LEFT - 8, plane.y(value) + 4, f"{value:g}", "end"))
    parts.append(_text((LEFT + right) / 2, HEIGHT - 8, across, "middle"))
    middle = (TOP + floor) / 2
    turned = f'transform="rotate(-90 14 {middle:.0f})"'
    parts.append(_text(14, middle, up, "middle", extra=turned))
    return parts


def _curve(
    plane: _Plane, name: str, points: Points, colour: str, placed: list[float]
) -> list[str]:
    shown = [(plane.x(x), plane.y(y)) for x, y in points if y >= plane.lowest]
    if not shown:
        return []
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in shown)
    x, y = shown[-1]
    while any(abs(y - other) < 15 for other in placed):  # labels must not overlap
        y += 3
    placed.append(y)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
        _text(x + 6, y + 4, name, "start", colour),
    ]


def ticks(low: float, high: float) -> list[float]:
    """Round values within a range, four to ten of them."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _line(x1: float, y1: float, x2: float, y2: float, extra: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{INK}" {extra}/>'


def _text(
    x: float, y: float, text: str, anchor: str, colour: str = INK, extra: str = ""
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" {extra}'
    return f"<text {place}>{html.escape(text)}</text>"
