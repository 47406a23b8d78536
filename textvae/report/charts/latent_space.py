"""Charts of the latent space: the KL of its units, and captions projected onto a plane."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from textvae.latent.projection import Plane
from textvae.report.charts.base import COLOURS, FAINT, Chart, Entry, Trace, chart, inert
from textvae.types import Array, Floats
from textvae.words import split_words

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
LENGTH_SCALE = [[0.0, "#3f8fd2"], [0.5, "#129484"], [1.0, "#cf8a1d"]]
LABEL_WIDTH = 42  # characters in a line of a hover label, to fit on a phone


def kl_chart(rows: Sequence[tuple[Entry, Floats, Array]]) -> Chart:
    """Units by falling KL; a row is an entry, the KL `[D]` and the active units `[D]`.

    Example:
        >>> row = Entry("coco", "#129484"), np.array([0.5, 2.0]), np.array([False, True])
        >>> [trace] = kl_chart([row])["data"]
        >>> trace["y"], trace["customdata"]
        ([2.0, 0.5], [[1, ''], [0, ', not active']])
    """
    traces = []
    for entry, kl, is_active in rows:
        order = np.argsort(-kl, kind="stable")
        colours = [entry.colour if is_active[i] else FAINT for i in order]
        trace = {
            "type": "bar" if len(rows) == 1 else "scatter",
            "name": inert(entry.name),
            "x": list(range(1, len(order) + 1)),
            "y": kl[order].round(4).tolist(),
            "customdata": [[int(i), "" if is_active[i] else ", not active"] for i in order],
            "hovertemplate": "unit %{customdata[0]}: %{y:.3f} nats%{customdata[1]}",
            "marker": {"color": colours, "size": 6},
        }
        if len(rows) > 1:
            trace |= {"mode": "lines+markers", "line": {"color": entry.colour, "width": 1.5}}
        traces.append(trace)
    return chart(
        traces, "units, largest KL first", "nats", yaxis={"rangemode": "tozero"}, bargap=0.2
    )


def topic_map(
    plane: Plane, captions: Sequence[str], topics: Array, words: Sequence[str]
) -> Chart:
    """Captions with a colour and a shape for each topic, those without in grey and below.

    Args:
        plane: the positions of the captions.
        captions: their texts.
        topics: the index of each caption's topic in `words`, -1 for none.
        words: the word of each topic, at most as many as `SYMBOLS`.

    Example:
        >>> plane = Plane(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([0.9, 0.1]))
        >>> found = topic_map(plane, ["a dog", "a red bus"], np.array([0, -1]), ["dog"])
        >>> [(trace["name"], trace["text"]) for trace in found["data"]]
        [('other', ['a red bus']), ('dog', ['a dog'])]
    """
    other = {"size": 4, "symbol": "circle", "color": FAINT, "opacity": 0.6}
    traces = [_points(plane, captions, np.flatnonzero(topics == -1), "other", other)]
    for topic, word in enumerate(words):
        look = {"symbol": SYMBOLS[topic], "color": COLOURS[topic], "opacity": 0.85}
        chosen = np.flatnonzero(topics == topic)
        traces.append(_points(plane, captions, chosen, word, {"size": 7, **look}))
    return _map(traces, "direction 1", "direction 2")


def length_map(plane: Plane, captions: Sequence[str]) -> Chart:
    """Captions coloured by their number of words.

    Example:
        >>> plane = Plane(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([0.9, 0.1]))
        >>> found = length_map(plane, ["a dog", "a red bus"])
        >>> found["data"][0]["marker"]["color"], found["layout"]["xaxis"]["title"]["text"]
        ([2, 3], 'component 1, 90.0%')
    """
    lengths = [len(split_words(text)) for text in captions]
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


def _map(traces: list[Trace], x: str, y: str) -> Chart:
    bare = {"showticklabels": False, "zeroline": False, "showgrid": False}
    return chart(traces, x, y, xaxis=bare, yaxis=bare, hovermode="closest")


def _points(
    plane: Plane, captions: Sequence[str], chosen: Array, name: str, marker: dict[str, Any]
) -> Trace:
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


def wrapped(caption: str) -> str:
    """A caption in lines short enough for a hover label.

    Example:
        >>> wrapped("a man rides a wave on a surfboard in the <blue> ocean")
        'a man rides a wave on a surfboard in the<br>&lt;blue&gt; ocean'
    """
    return "<br>".join(inert(part) for part in textwrap.wrap(caption, LABEL_WIDTH))
