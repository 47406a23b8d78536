"""A small map inside a result, which static/plane.js draws."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from textvae.latent.latent_map import LatentMap
from textvae.web.map_json import colours
from textvae.web.rendering.markup import data_attributes, escape

NUM_POINTS = 1500  # enough to show the shape of the map, in about 10 kB


def small_map(
    latent_map: LatentMap,
    lines: Sequence[dict[str, Any]],
    marks: Sequence[dict[str, Any]],
    label: str,
) -> str:
    """The points of a map with lines and marks over them.

    Args:
        latent_map: the map whose first points are shown.
        lines: each with `places`, a list of x and y, and perhaps `dashed`.
        marks: each with `x`, `y` and `name`; the one with `isMain` is in the accent colour.
        label: for screen readers.

    Example:
        >>> from textvae.latent.latent_map import build_map
        >>> found = build_map(["a dog", "a bus"], np.eye(2, dtype=np.float32))
        >>> small_map(found, [], [{"x": 1.0, "y": 0.0, "name": "A"}], "A on the map")
        '<div class="tv-small" data-points="..." data-lines="[]" data-marks="[{...}]"><canvas
        role="img" aria-label="A on the map"></canvas></div>'
    """
    data = {
        "points": _packed(latent_map),
        "lines": json.dumps(lines),
        "marks": json.dumps(marks),
    }
    return (
        f'<div class="tv-small" {data_attributes(data)}>'
        f'<canvas role="img" aria-label="{escape(label)}"></canvas></div>'
    )


def _packed(latent_map: LatentMap) -> str:
    """x and y of each point in thousandths, 16 bits each, then one colour byte per point."""
    places = np.clip(latent_map.points[:NUM_POINTS] * 1000, -32768, 32767).astype("<i2")
    kinds = np.array(colours(latent_map), np.uint8)[latent_map.kinds[:NUM_POINTS]]
    return base64.b64encode(places.tobytes() + kinds.tobytes()).decode()
