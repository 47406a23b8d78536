"""The Map tab as HTML: the frame that map.js fills, sums of captions, and small maps."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from textvae.latent.latent_map import FUNCTION_WORDS, LatentMap
from textvae.metrics.word_differences import align
from textvae.web import render
from textvae.web.i18n.language import strings
from textvae.web.maps import Places, Sum, colours
from textvae.web.markup import escape
from textvae.web.service import InterpolationPath

SMALL = 1500  # points of a small map: enough for its shape, and a tenth of a screenful of bytes
ICONS = {
    "in": "M8 3v10M3 8h10",
    "out": "M3 8h10",
    "whole": "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
    "move": "M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6 2 8l2 2M12 6l2 2-2 2",
}


def frame() -> str:
    """What map.js fills. Nothing in it depends on the model."""
    words = {
        "found": strings.MAP_FOUND,
        "none": strings.MAP_NONE,
        "building": strings.MAP_BUILDING,
        "failed": strings.MAP_FAILED,
        "unit": strings.UNIT,
    }
    return (
        f'<div class="tv-map" data-words="{escape(json.dumps(words))}">'
        f'<p class="tv-notice tv-map-notice" role="alert" hidden></p>{_bar()}'
        f'<div class="tv-map-main">{_plane()}{_reading()}</div></div>'
    )


def summed(result: Sum, latent_map: LatentMap | None, place: str) -> str:
    """A sum: what came out, its nearest neighbours, and where all of it lies."""
    text = render.difference(result.prepared[0].cleaned, result.caption)[1]
    near = render.caption_list([(caption, escape(caption)) for caption in result.near])
    start, minus, plus = result.typed
    settings = {"place": place, "start": start, "minus": minus, "plus": plus}
    footer = render.toolbar(
        "map",
        result.model,
        settings,
        [result.caption, *result.near],
        strings.SUM_SUMMARY.format(start=result.prepared[0].cleaned),
    )
    nearest = f"<h3>{escape(strings.SUM_NEAR)}</h3>{near}" if result.near else ""
    found = (
        f'<div class="tv-sum"><div><p class="tv-info">{escape(strings.SUM_RESULT)}</p>'
        f'<p class="tv-total" lang="en">{text}</p>{render.actions(result.caption)}{nearest}'
        f"</div>{_sum_map(result, latent_map)}</div>"
    )
    notes = render.remarks(result.prepared, result.max_length)
    return render.announced(notes + found + footer, f"{strings.SUM_RESULT}: {result.caption}")


def examples(sums: Sequence[tuple[str, str, str]]) -> str:
    """A row of sums that come out right, each by what it exchanges."""
    if not sums:
        return ""
    chips = [
        {"text": exchange(minus, plus), "start": start, "minus": minus, "plus": plus}
        for start, minus, plus in sums
    ]
    return render.examples(chips)


def exchange(minus: str, plus: str) -> str:
    """What differs between two captions, such as `a man → a woman`."""
    spans = align(minus, plus)
    changed = [place for place, span in enumerate(spans) if not span.is_kept]
    if not changed:
        return plus
    between = spans[changed[0] : changed[-1] + 1]
    old = [word for span in between for word in span.before]
    new = [word for span in between for word in span.after]
    if FUNCTION_WORDS.issuperset(old):  # not `an → a baby`, but with what comes next
        following = [word for span in spans[changed[-1] + 1 :] for word in span.after[:1]]
        old, new = old + following, new + following
    first, last = " ".join(old), " ".join(new)
    return str(strings.ARROW.format(first=first or minus, last=last if first else plus))


def path_on_map(
    path: InterpolationPath, places: Places | None, latent_map: LatentMap | None
) -> str:
    """The small map of an interpolation; empty where there is no map."""
    if places is None or latent_map is None:
        return ""
    marks = [
        {"x": x, "y": y, "name": name}
        for (x, y), name in zip(
            (places[0], places[-1]), (strings.FIRST, strings.LAST), strict=True
        )
    ]
    ends = (each.cleaned for each in path.prepared)
    label = strings.WAY_LABEL.format(**dict(zip(("first", "last"), ends, strict=True)))
    return small(latent_map, [{"places": places}], marks, label)


def small(
    latent_map: LatentMap, lines: list[dict[str, Any]], marks: list[dict[str, Any]], label: str
) -> str:
    """A map inside a result, drawn by plane.js, with lines and marks on it."""
    return (
        f'<div class="tv-small" data-points="{_packed(latent_map)}"'
        f' data-lines="{escape(json.dumps(lines))}" data-marks="{escape(json.dumps(marks))}">'
        f'<canvas role="img" aria-label="{escape(label)}"></canvas></div>'
    )


def _packed(latent_map: LatentMap) -> str:
    """Places in thousandths, 16 bits each, then a byte of colour for each point."""
    places = np.clip(latent_map.points[:SMALL] * 1000, -32768, 32767).astype("<i2")
    kinds = np.array(colours(latent_map), np.uint8)[latent_map.kinds[:SMALL]]
    return base64.b64encode(places.tobytes() + kinds.tobytes()).decode()


def _sum_map(result: Sum, latent_map: LatentMap | None) -> str:
    if result.places is None or latent_map is None:
        return ""
    a, b, c, total = result.places
    lines = [{"places": [b, a], "dashed": True}, {"places": [c, total], "dashed": True}]
    lines += [{"places": [b, c]}, {"places": [a, total]}]
    marks = [
        {"x": x, "y": y, "name": name}
        for (x, y), name in zip((a, b, c, total), ("A", "B", "C", "A−B+C"), strict=True)
    ]
    marks[3]["isMain"] = True
    names = dict(zip(("start", "minus", "plus"), result.typed, strict=True))
    return small(latent_map, lines, marks[::-1], strings.SUM_LABEL.format(**names))


def _bar() -> str:
    return (
        '<div class="tv-map-bar"><label class="tv-map-search">'
        f'<span class="tv-hidden">{escape(strings.MAP_SEARCH)}</span>'
        f'<input type="search" placeholder="{escape(strings.MAP_HINT)}" autocomplete="off"'
        ' spellcheck="false" maxlength="80"></label>'
        '<span class="tv-found" role="status"></span>'
        f'<div class="tv-kinds" role="group" aria-label="{escape(strings.MAP_KINDS)}"></div></div>'
    )


def _plane() -> str:
    names = {
        "in": strings.ZOOM_IN,
        "out": strings.ZOOM_OUT,
        "whole": strings.ZOOM_WHOLE,
        "move": strings.ZOOM_MOVE,
    }
    buttons = "".join(
        f'<button type="button" data-zoom="{action}" aria-label="{escape(name)}"'
        f' title="{escape(name)}"{" aria-pressed=false" if action == "move" else ""}>'
        f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{ICONS[action]}"/></svg>'
        "</button>"
        for action, name in names.items()
    )
    return (
        '<div class="tv-plane"><canvas tabindex="0" role="application"'
        f' aria-label="{escape(strings.MAP_LABEL)}"></canvas>'
        f'<div class="tv-zoom">{buttons}</div><div class="tv-tip" aria-hidden="true" hidden>'
        f'</div><p class="tv-map-wait">{escape(strings.MAP_WAIT)}</p>'
        f'<p class="tv-info tv-map-keys" aria-hidden="true">{escape(strings.MAP_KEYS)}</p></div>'
    )


def _reading() -> str:
    link = (
        '<button type="button" class="tv-button tv-map-link"'
        f' data-done="{escape(strings.COPIED)}"><span>{escape(strings.COPY_LINK)}</span></button>'
    )
    return (
        f'<div class="tv-map-reading"><p class="tv-info">{escape(strings.MAP_HERE)}</p>'
        f'<p class="tv-here" lang="en"></p>{render.actions("{caption}")}{link}'
        f'<div class="tv-map-units"><h3>{escape(strings.UNITS)}</h3>'
        f'<p class="tv-info">{escape(strings.UNITS_INFO)}</p><div class="tv-units"></div>'
        f'<template><label class="tv-unit"><span lang="en"></span><span lang="en"></span>'
        '<input type="range"></label></template>'
        f'<button type="button" class="tv-button tv-put-back" hidden>{escape(strings.PUT_BACK)}'
        "</button></div></div>"
    )
