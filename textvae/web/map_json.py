"""A map as JSON for the browser."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from textvae.latent.latent_map import LatentMap
from textvae.latent.scene_kinds import KINDS, OTHER
from textvae.metrics.projection_quality import NUM_NEIGHBOURS
from textvae.web.i18n.language import strings
from textvae.web.maps import Progress


def as_json(found: LatentMap | Progress) -> dict[str, Any]:
    """The data for map.js: the map except its codes, or the progress of making it.

    Example:
        >>> as_json(Progress(50, 400))
        {'done': 50, 'total': 400}
        >>> points = np.array([[1.5, 0.0], [-1.5, 0.0]], np.float32)
        >>> texts, kinds, names = ("a dog", "a bus"), np.array([0, 1]), ("pets", "street")
        >>> as_json(LatentMap(texts, points, kinds, names, points, "PCA"))
        {'captions': ['a dog', 'a bus'], 'x': [1.5, -1.5], 'y': [0.0, 0.0], 'kind': [0, 1],
            'kinds': [{'name': 'Cats and dogs', 'colour': 3, 'other': False}, ...],
            'kept': '', 'start': 0}
    """
    if isinstance(found, Progress):
        return {"done": found.done, "total": found.total}
    points = found.points.astype(np.float64).round(3)  # exact, since places are compared
    kinds = [
        {"name": kind_name(found, name), "colour": colour, "other": _is_rest(found, name)}
        for name, colour in zip(found.names, colours(found), strict=True)
    ]
    return {
        "captions": list(found.captions),
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        "kind": found.kinds.tolist(),
        "kinds": kinds,
        "kept": kept_sentence(found),
        "start": start_of(found),
    }


def kept_sentence(found: LatentMap) -> str:
    """The reliability of the map, in a sentence; empty if not measured.

    Example:
        >>> from types import SimpleNamespace
        >>> from textvae.metrics.projection_quality import ProjectionQuality
        >>> kept_sentence(SimpleNamespace(kept=ProjectionQuality(0.97, 0.52)))
        'Of the 10 dots nearest to a dot, about 5 are among the 10 nearest in the space itself
            (trustworthiness 0.97 of 1): a flat map cannot keep them all.'
    """
    if not found.kept:
        return ""
    return strings.MAP_KEPT.format(
        share=found.kept.neighbours * NUM_NEIGHBOURS,
        count=NUM_NEIGHBOURS,
        trust=found.kept.trustworthiness,
    )


def panel_value(model: str, place: str, pin: str = "") -> str:
    """The contents of the map panel, for map.js.

    Example:
        >>> panel_value("coco", "0.5,-1", pin="a dog")
        '{"model": "coco", "place": "0.5,-1", "pin": "a dog"}'
    """
    return json.dumps({"model": model, "place": place, "pin": pin})


def start_of(latent_map: LatentMap) -> int:
    """The index of the caption shown first: of the largest kind, far from others.

    Example:
        >>> points = np.array([[1.0, 0.0], [4.0, 0.0], [-2.0, 0.0]], np.float32)
        >>> captions, kinds = ("a dog", "a cat", "a bus"), np.array([0, 0, 1])
        >>> start_of(LatentMap(captions, points, kinds, ("pets", "street"), points, "PCA"))
        1
    """
    counts = np.bincount(latent_map.kinds, minlength=len(latent_map.names))
    members = np.flatnonzero(latent_map.kinds == counts.argmax())
    goal = 1.5 * latent_map.points[members].mean(axis=0)  # away from the middle of the map
    return int(members[((latent_map.points[members] - goal) ** 2).sum(axis=1).argmin()])


def colours(latent_map: LatentMap) -> list[int]:
    """The index of each kind's colour in map.css, the same on every map: water is blue.

    Example:
        >>> from types import SimpleNamespace
        >>> colours(SimpleNamespace(names=("street", "water", "other"), has_labels=False))
        [7, 8, 13]
        >>> colours(SimpleNamespace(names=("water", "fire"), has_labels=True))  # in their order
        [0, 1]
    """
    known = list(KINDS)
    are_scenes = _are_scenes(latent_map)
    numbers = [
        known.index(name) if are_scenes and name in known else i % len(known)
        for i, name in enumerate(latent_map.names)
    ]
    return [
        len(known) if _is_rest(latent_map, name) else number
        for name, number in zip(latent_map.names, numbers, strict=True)
    ]


def kind_name(found: LatentMap, name: str) -> str:
    """A kind of scene in the visitor's language; a label or a word is unchanged.

    Example:
        >>> from types import SimpleNamespace
        >>> kind_name(SimpleNamespace(names=("pets", "other"), has_labels=False), "pets")
        'Cats and dogs'
        >>> kind_name(SimpleNamespace(names=("pets", "toys"), has_labels=True), "pets")
        'pets'
    """
    is_ours = _are_scenes(found) or _is_rest(found, name)
    return str(strings.KINDS.get(name, name)) if is_ours else name


def _are_scenes(found: LatentMap) -> bool:
    """Whether the kinds are those of `KINDS`, not labels or words spelled like them."""
    return not found.has_labels and set(found.names) <= {*KINDS, OTHER}


def _is_rest(found: LatentMap, name: str) -> bool:
    """Whether a kind is the rest of all other kinds."""
    return name == OTHER and not found.has_labels
