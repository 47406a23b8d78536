"""Charts for plotly.js as plain dictionaries, readable on light and on dark.

The page has the text of the charts in its own colours (page.css); those here are for wherever
a chart is taken to.
"""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from textvae.latent.projection import Plane
from textvae.report.model_results import REAL_COLOUR

Chart = dict[str, Any]
Curve = tuple[str, str, str, Sequence[tuple[str, Mapping[str, float]]]]
Array = np.ndarray[Any, Any]
TEXT = "#8a8a84"
GRID = "rgba(128,128,128,.2)"
QUIET = "rgba(128,128,128,.45)"
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
TOPIC_COLOURS = ("#129484", "#cf6a1d", "#7d6fe0", "#c4568f", "#3f8fd2", "#a08a1c")
LENGTH_SCALE = [[0.0, "#3f8fd2"], [0.5, "#129484"], [1.0, "#cf8a1d"]]
WRAPPED = 42  # characters of a caption on a line of a hover label: narrow enough for a phone
FROM_ZERO = ("active_units",)  # figures of training whose small changes mean little
RANKS = 60  # points on a line over the ranks of words


def line(
    x: Sequence[float], y: Sequence[float], name: str, colour: str, **more: Any
) -> dict[str, Any]:
    """A line of a chart, dotted if it is of real captions; `more` adds to the trace."""
    dash = more.pop("dash", "dot" if colour == REAL_COLOUR else "solid")
    return {
        "type": "scatter",
        "mode": "lines",
        "name": inert(name),
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "width": 2, "dash": dash},
        **more,
    }


def chart(traces: list[dict[str, Any]], x: str, y: str, **layout: Any) -> Chart:
    """Traces over two titled axes; `xaxis` and `yaxis` in `layout` add to them."""
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "fixedrange": True, "automargin": True}
    named = [trace for trace in traces if trace.get("showlegend", True)]
    base = {
        "margin": {"l": 44, "r": 8, "t": 8, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": TEXT, "size": 12, "family": "system-ui, sans-serif"},
        "hoverlabel": {"align": "left", "namelength": -1},
        "dragmode": False,
        "showlegend": len(named) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "colorway": list(TOPIC_COLOURS),
    }
    axes = {
        name: {**axis, "title": {"text": title, "standoff": 8}, **layout.pop(name, {})}
        for name, title in (("xaxis", x), ("yaxis", y))
    }
    return {"data": traces, "layout": {**base, **axes, **layout}}


def shares_by(
    rows: Sequence[tuple[str, str, Mapping[Any, float]]], x: str, y: str, *, bars: bool = False
) -> Chart:
    """Shares in percent by category or number: a row is a name, a colour and the shares."""
    traces = []
    for name, colour, shares in rows:
        trace = line(list(shares), [100.0 * share for share in shares.values()], name, colour)
        if bars:
            trace |= {"type": "bar", "marker": {"color": colour}}
            del trace["line"], trace["mode"]
        else:
            trace |= {"mode": "lines+markers", "marker": {"size": 5}}
        trace["hovertemplate"] = "%{x}: %{y:.1f}%"
        traces.append(trace)
    axis = {"ticksuffix": "%", "rangemode": "tozero"}
    # Left to itself plotly takes the label "6 and more" for a mistake among numbers.
    named = any(isinstance(key, str) for _, _, shares in rows for key in shares)
    category = {"type": "category"} if named else {}
    return chart(traces, x, y, yaxis=axis, xaxis=category, bargap=0.25, hovermode="x unified")


def kl_by_rank(rows: Sequence[tuple[str, str, Array, Array]]) -> Chart:
    """KL of each unit in falling order; a row is name, colour, KL `[D]` and active `[D]`."""
    traces = []
    for name, colour, kl, is_active in rows:
        order = np.argsort(-kl, kind="stable")
        colours = [colour if is_active[i] else QUIET for i in order]
        trace = {
            "type": "bar" if len(rows) == 1 else "scatter",
            "name": inert(name),
            "x": list(range(1, len(order) + 1)),
            "y": kl[order].round(4).tolist(),
            "customdata": [[int(i), "" if is_active[i] else ", not active"] for i in order],
            "hovertemplate": "unit %{customdata[0]}: %{y:.3f} nats%{customdata[1]}",
            "marker": {"color": colours, "size": 6},
        }
        if len(rows) > 1:
            trace |= {"mode": "lines+markers", "line": {"color": colour, "width": 1.5}}
        traces.append(trace)
    return chart(traces, "units, in order", "nats", yaxis={"rangemode": "tozero"}, bargap=0.2)


def training_curve(rows: Sequence[tuple[str, str, Sequence[Mapping[str, float]], int]]) -> Any:
    """A function from the name of a figure to its chart; a row: name, colour, passes, best."""

    def of(name: str) -> Chart:
        traces = []
        for model, colour, history, best in rows:
            label = f"{model}, " if len(rows) > 1 else ""
            for prefix, part, dash in (
                ("", "training", "dot"),
                ("val_", "validation", "solid"),
            ):
                logs = [each for each in history if prefix + name in each]
                x, y = ([each[key] for each in logs] for key in ("epoch", prefix + name))
                traces.append(
                    line(x, y, label + part, colour, dash=dash, hovertemplate="%{y:.4g}")
                )
            chosen = [
                each for each in history if each["epoch"] == best and f"val_{name}" in each
            ]
            traces += [_ring(best, each[f"val_{name}"], colour) for each in chosen]
        whole = {"rangemode": "tozero"} if name in FROM_ZERO else {}
        return chart(traces, "pass", "", hovermode="x unified", yaxis=whole)

    return of


def _ring(x: float, y: float, colour: str) -> dict[str, Any]:
    marker = {"size": 11, "symbol": "circle-open", "color": colour, "line": {"width": 2}}
    point = {"x": [x], "y": [y], "mode": "markers", "marker": marker}
    return {**point, "type": "scatter", "showlegend": False, "hovertemplate": "chosen"}


def topic_map(
    plane: Plane, captions: Sequence[str], topics: Array, words: Sequence[str]
) -> Chart:
    """Points with a colour and a shape for each topic, those of none in grey beneath."""
    traces = []
    for topic in (-1, *range(len(words))):
        chosen = np.flatnonzero(topics == topic)
        is_one = topic >= 0
        marker = {
            "size": 7 if is_one else 4,
            "symbol": SYMBOLS[topic] if is_one else "circle",
            "color": TOPIC_COLOURS[topic] if is_one else QUIET,
            "opacity": 0.85 if is_one else 0.6,
        }
        name = words[topic] if is_one else "none of them"
        traces.append(_points(plane, captions, chosen, name, marker))
    return _map(traces, "direction 1", "direction 2")


def length_map(plane: Plane, captions: Sequence[str]) -> Chart:
    """Points with the number of words as colour."""
    lengths = [len(text.split()) for text in captions]
    low, high = np.percentile(lengths, (2, 98))
    bar = {"title": {"text": "words", "side": "top"}, "thickness": 8, "len": 0.6}
    marker = {
        "size": 5,
        "opacity": 0.8,
        "color": lengths,
        "colorscale": LENGTH_SCALE,
        "cmin": float(low),
        "cmax": float(max(high, low + 1)),
        "colorbar": {**bar, "outlinewidth": 0, "orientation": "v"},
    }
    trace = _points(plane, captions, np.arange(len(captions)), "captions", marker)
    axes = (f"component {i + 1}, {100 * share:.1f}%" for i, share in enumerate(plane.shares))
    return _map([trace], *axes)


def _map(traces: list[dict[str, Any]], x: str, y: str) -> Chart:
    bare = {"showticklabels": False, "zeroline": False, "showgrid": False}
    return chart(traces, x, y, xaxis=bare, yaxis=bare, hovermode="closest")


def _points(
    plane: Plane, captions: Sequence[str], chosen: Array, name: str, marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": inert(name),
        "x": plane.points[chosen, 0].round(3).tolist(),
        "y": plane.points[chosen, 1].round(3).tolist(),
        "text": [wrapped(captions[i]) for i in chosen],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": marker,
    }


def rates(pairs: Sequence[tuple[str, float, float]], labelled: set[str], colour: str) -> Chart:
    """Words by how often real captions and samples use them, both in a thousand words."""
    traces = []
    for is_named in (False, True):
        chosen = [pair for pair in pairs if (pair[0] in labelled) is is_named]
        words, x, y = zip(*chosen, strict=True) if chosen else ((), (), ())
        trace = {
            "type": "scatter",
            "mode": "markers+text" if is_named else "markers",
            "x": list(x),
            "y": list(y),
            "text": [inert(word) for word in words],
            "textposition": "middle right",
            "cliponaxis": False,
            "marker": {"size": 6, "color": colour if is_named else QUIET},
            "hovertemplate": "%{text}: %{y:.2f} in samples, %{x:.2f} in real captions"
            "<extra></extra>",
            "showlegend": False,
        }
        traces.append(trace)
    values = [value for _, *both in pairs for value in both]
    ends = [min(values, default=1.0), max(values, default=1.0)]
    equal = line(ends, ends, "as often", REAL_COLOUR, hoverinfo="skip", showlegend=False)
    axis = {"type": "log", "dtick": 1}
    return chart(
        [equal, *traces],
        "in 1,000 words of real captions",
        "in 1,000 words of samples",
        xaxis=axis,
        yaxis=axis,
        hovermode="closest",
    )


def quality_and_variety(rows: Sequence[Curve]) -> Chart:
    """BLEU-5 against self-BLEU-5; a row: name, colour, symbol, and points with their labels."""
    traces = []
    for name, colour, symbol, points in rows:
        trace = line(
            [found["self_bleu_5"] for _, found in points],
            [found["bleu_5"] for _, found in points],
            name,
            colour,
            mode="lines+markers+text",
            text=[inert(label) for label, _ in points],
            textposition="middle right",
            cliponaxis=False,
            hovertemplate="BLEU-5 %{y:.3f}, self-BLEU-5 %{x:.3f}",
        )
        for axis, key in (("error_x", "self_bleu_5_std"), ("error_y", "bleu_5_std")):
            spread = [found.get(key, 0.0) for _, found in points]
            trace[axis] = {"type": "data", "array": spread, "thickness": 1, "width": 3}
        trace["marker"] = {"size": 12 if symbol == "star" else 9, "symbol": symbol}
        traces.append(trace)
    return chart(
        traces, "self-BLEU-5: less varied →", "BLEU-5: nearer to people →", hovermode="closest"
    )


def rank_lines(rows: Sequence[tuple[str, str, Sequence[int]]]) -> Chart:
    """Share of all words that each word has, by rank; a row: name, colour, falling counts."""
    traces = []
    for name, colour, counts in rows:
        steps = np.geomspace(1, max(len(counts), 1), RANKS).astype(int)
        ranks = sorted(set(steps.tolist())) if counts else []
        total = sum(counts)
        shares = [100.0 * counts[rank - 1] / total for rank in ranks]
        hover = "rank %{x}: %{y:.3g}%"
        traces.append(line(ranks, shares, name, colour, hovertemplate=hover))
    log = {"type": "log", "dtick": 1}
    percent = {**log, "ticksuffix": "%"}
    return chart(traces, "rank of the word", "of all words", xaxis=log, yaxis=percent)


def inert(text: str) -> str:
    """Text that is itself in plotly's own kind of HTML, which knows no `&quot;`."""
    return escape(text, quote=False)


def wrapped(caption: str) -> str:
    """A caption on short lines."""
    return "<br>".join(inert(part) for part in textwrap.wrap(caption, WRAPPED))


def as_json(chart: Chart) -> str:
    """JSON that ends no script element and holds no number that JSON has not."""
    text = json.dumps(_finite(chart), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
