"""Parts of sections: charts, tables, groups of models, captions chosen by hash."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from textvae.report.charts.base import Chart, Entry
from textvae.report.charts.distributions import Shares
from textvae.report.model_results import ModelResults


class Section(NamedTuple):
    """A part of the page with a heading; links to it end in `#id`."""

    id: str
    title: str
    html: Markup


class Table(NamedTuple):
    """A table of plain text and numbers, with a column for each of `heads`."""

    caption: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]


class Plot(NamedTuple):
    """A chart with a title, a note, and its numbers if they fit in a table."""

    title: str
    note: str
    chart: Chart
    numbers: Table | None = None
    is_tall: bool = False


def group_by_texts(
    models: Sequence[ModelResults], texts_of: Callable[[ModelResults], Sequence[Any]]
) -> list[list[ModelResults]]:
    """The models with texts: all in one group if the texts are equal, else each alone.

    Example:
        >>> models = [ModelResults("m", {}, train=[text]) for text in ("a dog", "a cat")]
        >>> [len(group) for group in group_by_texts(models, lambda model: model.train)]
        [1, 1]
    """
    having = [model for model in models if len(texts_of(model))]
    if len({tuple(texts_of(model)) for model in having}) > 1:
        return [[model] for model in having]
    return [having] if having else []


def choose_by_hash(captions: Sequence[str], count: int) -> list[int]:
    """Indices of up to `count` different captions, chosen only by their texts.

    Example:
        >>> captions = ["a dog", "a cat", "a dog", "a zebra"]
        >>> sorted(captions[place] for place in choose_by_hash(captions, 3))
        ['a cat', 'a dog', 'a zebra']
    """
    places = {text: place for place, text in enumerate(captions)}
    order = sorted(places, key=lambda text: (zlib.crc32(f"report {text}".encode()), text))
    return [places[text] for text in order[:count]]


def shares_table(caption: str, label: str, rows: Sequence[tuple[Entry, Shares]]) -> Table:
    """The numbers of a chart of shares: a column for each of its rows.

    Example:
        >>> rows = [(Entry("coco", "#129484"), {2: 0.75, 3: 0.25})]
        >>> shares_table("Lengths", "words", rows)
        Table(caption='Lengths', heads=['words', 'coco'], rows=[['2', 0.75], ['3', 0.25]])
    """
    heads = [label, *(entry.name for entry, _ in rows)]
    keys = rows[0][1]
    body = [[str(key), *(shares[key] for _, shares in rows)] for key in keys]
    return Table(caption, heads, body)
