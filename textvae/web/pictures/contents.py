"""The contents of a link, as captions and marks on the map, for a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from textvae.latent.latent_map import LatentMap
from textvae.web import links, maps
from textvae.web.arithmetic import add_up
from textvae.web.grid import fill_grid
from textvae.web.i18n.language import strings
from textvae.web.own_sentence import surroundings
from textvae.web.pictures.drawing import can_write
from textvae.web.service import Service

Place = tuple[float, float]
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Row:
    """A caption in a picture, with `sign` before it and `note` after it in grey."""

    text: str
    sign: str = ""
    note: str = ""
    is_main: bool = False


@dataclass(frozen=True)
class Content:
    """The contents of a picture.

    Attributes:
        model: of the captions.
        rows: captions from top to bottom; empty if there are `cells`.
        cells: the captions of a square grid, row by row.
        latent_map: the map next to them, if there is one.
        path: places on the map for a line.
        marks: places on the map, with or without names.
    """

    model: str
    rows: Sequence[Row] = ()
    cells: Sequence[str] = ()
    latent_map: LatentMap | None = None
    path: Sequence[Place] = ()
    marks: Sequence[tuple[Place, str]] = ()


def content_of(service: Service, query: Mapping[str, str]) -> Content:
    """The contents of the page at a link. Raises `BadInput` like the tabs.

    Example:
        >>> from types import SimpleNamespace
        >>> model = SimpleNamespace(latent_dim=64, latent_map=None, report={})
        >>> page = Service(load=lambda name: model, shipped=["coco"])
        >>> content = content_of(page, {"tab": "map", "model": "unheard of"})
        >>> content.model, content.rows[0].text
        ('coco', 'textvae')
    """
    values = links.read(query, service.models.names, service.models.own_lines)
    made = _OF_TAB.get(values["tab"], front)
    return made(service, values["model"], values)


def front(service: Service, model: str, _: Mapping[str, Any] = NOTHING) -> Content:
    """The name of the page, and the map of the model, if it has one.

    Example:
        >>> from types import SimpleNamespace
        >>> model = SimpleNamespace(latent_dim=64, latent_map=None)
        >>> page = Service(load=lambda name: model, shipped=["coco"])
        >>> front(page, "coco").rows == name_of_page(), front(page, "coco").latent_map
        (True, None)
    """
    return Content(model, name_of_page(), latent_map=maps.of(service).known(model))


def name_of_page() -> Sequence[Row]:
    """The name and the purpose of the page.

    Example:
        >>> [row.text for row in name_of_page()]
        ['textvae', 'Type a sentence, change one thing in it, and find its neighbours ...']
    """
    return Row(strings.TITLE, is_main=True), Row(strings.TAGLINE)


def _own_sentence(service: Service, model: str, values: Mapping[str, Any]) -> Content:
    made = service.reconstruct(model, values["caption"])
    settings = values["boldness"], values["wording"]
    around = surroundings(service, model, values["caption"], *settings)
    near = zip(around.near, around.distances, strict=True)
    rows = [
        Row(made.prepared.cleaned, is_main=True),
        Row(made.caption, note=strings.CAME_BACK.lower()),
        *(Row(text, note=f"{distance:.2f}") for text, distance in near),
    ]
    latent_map = maps.of(service).known(model)
    marks = _pin(service, model, values["caption"]) if latent_map else ()
    return Content(model, rows, latent_map=latent_map, marks=marks)


def _map(service: Service, model: str, values: Mapping[str, Any]) -> Content:
    latent_map = maps.of(service).known(model)
    if latent_map is None or not (values["pin"] or values["place"]):
        return front(service, model, values)
    if values["pin"]:
        found = maps.of(service).find(model, values["pin"])
    else:
        found = maps.of(service).decode_at(model, values["place"])
        found["caption"] = _of_dot(latent_map, found) or found["caption"]
    near = zip(found["near"], found["distances"], strict=True)
    rows = [
        Row(found["caption"], is_main=True),
        *(Row(latent_map.captions[i], note=f"{distance:.2f}") for i, distance in near),
    ]
    return Content(model, rows, latent_map=latent_map, marks=[((found["x"], found["y"]), "")])


def _of_dot(latent_map: LatentMap, found: Mapping[str, Any]) -> str:
    """The caption of the dot at a place, as on the page; empty between dots."""
    points = latent_map.points.astype(np.float64).round(3)
    dots = np.flatnonzero((points == (found["x"], found["y"])).all(axis=1))
    return latent_map.captions[dots[0]] if len(dots) else ""


def _pin(service: Service, model: str, caption: str) -> Sequence[tuple[Place, str]]:
    found = maps.of(service).find(model, caption)
    return [((found["x"], found["y"]), "")]


def _between(service: Service, model: str, values: Mapping[str, Any]) -> Content:
    names = "first", "last", "steps", "path"
    made = service.interpolate(model, *(values[name] for name in names))
    ends = 0, len(made.captions) - 1
    rows = [Row(text, is_main=i in ends) for i, text in enumerate(made.captions)]
    places = [(x, y) for x, y in maps.of(service).on_map(made) or ()]
    marks = [(places[0], ""), (places[-1], "")] if places else []
    return Content(
        model, rows, latent_map=maps.of(service).known(model), path=places, marks=marks
    )


def _grid(service: Service, model: str, values: Mapping[str, Any]) -> Content:
    corners = (values[name] for name in links.PARAMETERS["grid"])
    return Content(model, cells=fill_grid(service, model, *corners).captions)


def _sum(service: Service, model: str, values: Mapping[str, Any]) -> Content:
    made = add_up(service, model, *(values[name] for name in links.PARAMETERS["sum"]))
    a, b, c = (each.cleaned for each in made.prepared)
    rows = [Row(a), Row(b, "−"), Row(c, "+"), Row(made.caption, "=", is_main=True)]
    places = [(x, y) for x, y in made.places or ()]
    return Content(
        model,
        rows,
        latent_map=maps.of(service).known(model),
        path=[places[0], places[-1]] if places else [],
        marks=list(zip(places, ("A", "B", "C", "="), strict=True)) if places else [],
    )


def _written(service: Service, model: str, values: Mapping[str, Any]) -> Content:
    made = service.generate(
        model, values["n"], temperature=values["temperature"], seed=values["seed"]
    )
    rows = [Row(text) for text in made.captions]
    return Content(model, rows, latent_map=maps.of(service).known(model))


_OF_TAB = {
    "reconstruct": _own_sentence,
    "map": _map,
    "interpolate": _between,
    "grid": _grid,
    "sum": _sum,
    "generate": _written,
}


def writable(content: Content) -> Content:
    """Only the rows that the pictures' font can write; the name of the page without any.

    Example:
        >>> writable(Content("poems", [Row("一只狗"), Row("a dog")])).rows
        [Row(text='a dog', sign='', note='', is_main=False)]
        >>> writable(Content("poems", [Row("一只狗")])).rows[0].text
        'textvae'
    """
    rows = [row for row in content.rows if can_write(row.text)]
    cells = content.cells if all(map(can_write, content.cells)) else ()
    if not rows and not cells:
        rows = [*name_of_page()]
    return replace(content, rows=rows, cells=cells)
