"""Common parts of charts: layout for a light and a dark page, lines, safe text and JSON.

The page sets its own colours for the text of its charts (page.css); the colours here are for
charts shown elsewhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

Chart = dict[str, Any]  # `data` and `layout` of plotly
Trace = dict[str, Any]
# Legible in both themes; the first ones are for the models.
COLOURS = ("#129484", "#cf6a1d", "#7d6fe0", "#c4568f", "#3f8fd2", "#a08a1c")
GREY = "#8a8a84"
FAINT = "rgba(128,128,128,.45)"
GRID = "rgba(128,128,128,.2)"
LOGARITHMIC = {"type": "log", "dtick": 1}


class Entry(NamedTuple):
    """The legend entry of a model, or another source of captions, in a chart.

    Example:
        >>> Entry("coco", "#129484")
        Entry(name='coco', colour='#129484', dash='solid')
    """

    name: str
    colour: str
    dash: str = "solid"


HELD_OUT = Entry("held-out captions", GREY, "dot")


def line(entry: Entry, x: Sequence[float], y: Sequence[float], **more: Any) -> Trace:
    """A line of a chart; `more` are further keys of the trace.

    Example:
        >>> line(Entry("coco", "#129484"), [1, 2], [9.5, 9.0], cliponaxis=False)
        {'type': 'scatter', 'mode': 'lines', 'name': 'coco', 'x': [1, 2], 'y': [9.5, 9.0],
         'line': {'color': '#129484', 'width': 2, 'dash': 'solid'}, 'cliponaxis': False}
    """
    return {
        "type": "scatter",
        "mode": "lines",
        "name": inert(entry.name),
        "x": list(x),
        "y": list(y),
        "line": {"color": entry.colour, "width": 2, "dash": entry.dash},
        **more,
    }


def chart(traces: list[Trace], x: str, y: str, **layout: Any) -> Chart:
    """Traces with axes titled `x` and `y`; `xaxis` and `yaxis` in `layout` add to these.

    Example:
        >>> axis = chart([], "epoch", "nats", yaxis={"rangemode": "tozero"})["layout"]["yaxis"]
        >>> axis["title"]["text"], axis["rangemode"]
        ('nats', 'tozero')
    """
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "fixedrange": True, "automargin": True}
    in_legend = [trace for trace in traces if trace.get("showlegend", True)]
    base = {
        "margin": {"l": 44, "r": 8, "t": 8, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": GREY, "size": 12, "family": "system-ui, sans-serif"},
        "hoverlabel": {"align": "left", "namelength": -1},
        "dragmode": False,
        "showlegend": len(in_legend) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "colorway": list(COLOURS),
    }
    axes = {
        name: {**axis, "title": {"text": title, "standoff": 8}, **layout.pop(name, {})}
        for name, title in (("xaxis", x), ("yaxis", y))
    }
    return {"data": traces, "layout": {**base, **axes, **layout}}


def inert(text: str) -> str:
    """Text that plotly shows literally: plotly interprets `<b>` and `&lt;`, not `&#34;`.

    Example:
        >>> inert('<b>"a" & b')
        '&lt;b&gt;"a" &amp; b'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_json(chart: Chart) -> Markup:
    r"""JSON that cannot end its script element; numbers that JSON lacks become null.

    Example:
        >>> print(as_json({"x": ["</script>", float("nan")]}))
        {"x":["\u003c/script\u003e",null]}
    """
    text = json.dumps(_finite(chart), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
