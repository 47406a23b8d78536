"""The result of the Interpolate tab as HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby, pairwise

from textvae.latent.latent_map import LatentMap
from textvae.web.i18n.language import strings
from textvae.web.maps import Places
from textvae.web.rendering import messages
from textvae.web.rendering.captions import caption_list, remarks, training_count
from textvae.web.rendering.differences import difference
from textvae.web.rendering.markup import caption_attributes, escape
from textvae.web.rendering.small_map import small_map
from textvae.web.rendering.toolbar import toolbar
from textvae.web.results import InterpolationPath


def interpolated(path: InterpolationPath, path_on_map: str = "") -> str:
    """A slider along the path, and the captions on it with their new words underlined.

    `path_on_map` is the same path on a small map, shown next to the slider.

    Example:
        >>> from types import SimpleNamespace
        >>> from textvae.data.prepared_caption import PreparedCaption
        >>> typed, rest = ("a dog", "a cat"), ((), (), False, False, None)
        >>> ends = [SimpleNamespace(prepared=PreparedCaption(each, *rest)) for each in typed]
        >>> interpolated(InterpolationPath("coco", typed, ends, typed, 1, "linear", 20))
        '<div class="tv-result" data-announce="Between two: a dog. a cat">...>a
        <ins>cat</ins>...>2 steps · linear path · new words are underlined<...'
    """
    captions = path.captions
    steps = [escape(captions[0])]
    steps += [difference(before, after)[1] for before, after in pairwise(captions)]
    settings = {
        "first": path.typed[0],
        "last": path.typed[1],
        "steps": len(captions),
        "path": path.path,
    }
    summary = strings.INTERPOLATE_SUMMARY.format(
        steps=len(captions), path=strings.PATHS[path.path]
    )
    columns = {"in_training_set": path.in_training_set}
    html = (
        remarks(path.typed, path.prepared, path.max_length)
        + f'<div class="tv-path-and-map">{slider(path.fine, path.language)}{path_on_map}</div>'
        + caption_list(captions, path.in_training_set, steps, path.language)
        + training_count(path.in_training_set)
        + toolbar("interpolate", path.model, settings, captions, summary, columns)
    )
    return messages.result(html, f"{strings.INTERPOLATE}: {'. '.join(captions)}")


def slider(captions: Sequence[str], language: str = "") -> str:
    """A slider over the captions of a path, above a band that shows where they change.

    Example:
        >>> slider(["a dog", "a dog", "a cat"], "en")
        '...<p class="tv-current" lang="en" dir="auto">a dog</p><input type="range" min="0"
        max="2" value="1"...<span style="flex-grow:2"></span><span style="flex-grow:1">...
        captions on the path: 2</span></p></div>'
    """
    middle = len(captions) // 2
    runs = [len(list(same)) for _, same in groupby(captions)]
    different = strings.CAPTIONS_ON_PATH.format(count=len(set(captions)))
    band = "".join(f'<span style="flex-grow:{length}"></span>' for length in runs)
    return (
        f'<div class="tv-path" data-captions="{escape(json.dumps(captions))}">'
        f'<p class="tv-current" {caption_attributes(language)}>{escape(captions[middle])}</p>'
        f'<input type="range" min="0" max="{len(captions) - 1}" value="{middle}" '
        f'aria-label="{escape(strings.POSITION)}" '
        f'aria-valuetext="{escape(captions[middle])}">'
        f'<div class="tv-band" aria-hidden="true">{band}</div>'
        f'<p class="tv-info"><span>{escape(strings.DRAG)}</span>'
        f"<span>{escape(different)}</span></p></div>"
    )


def path_on_map(
    path: InterpolationPath, places: Places | None, latent_map: LatentMap | None
) -> str:
    """The small map next to the slider; empty if the model has no map.

    Example:
        >>> path = InterpolationPath("coco", ("a dog", "a cat"), (), (), 1, "linear", 20)
        >>> path_on_map(path, places=None, latent_map=None)
        ''
    """
    if places is None or latent_map is None:
        return ""
    ends = {strings.FIRST: places[0], strings.LAST: places[-1]}
    marks = [{"x": x, "y": y, "name": name} for name, (x, y) in ends.items()]
    first, last = (each.cleaned for each in path.prepared)
    label = strings.PATH_ON_MAP.format(first=first, last=last)
    return small_map(latent_map, [{"places": places, "dashed": True}], marks, label)
