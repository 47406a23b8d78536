"""What the parts of the page have in common: a heading, charts, groups of models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from textvae.report import charts
from textvae.report.model_results import ModelResults
from textvae.report.tables import simple_table


class Part(NamedTuple):
    """A part of the page under a heading; `id` is where a link to it leads."""

    id: str
    title: str
    html: str


def together(
    subjects: Sequence[ModelResults], of: Callable[[ModelResults], Any]
) -> list[Sequence[ModelResults]]:
    """The subjects that have it: in one group if it is the same for all, else each alone."""
    having = [subject for subject in subjects if len(of(subject))]
    if len({tuple(of(subject)) for subject in having}) > 1:
        return [[subject] for subject in having]
    return [having] if having else []


def figure(
    chart: charts.Chart, title: str, about: str, numbers: str = "", *, tall: bool = False
) -> str:
    """A chart with its caption, and its numbers where they fit in a table."""
    size = " tall" if tall else ""
    more = f"<details><summary>The numbers</summary>{numbers}</details>" if numbers else ""
    return (
        f'<figure class="chart"><figcaption><h4>{escape(title)}</h4><p>{escape(about)}</p>'
        f'</figcaption><div class="plot{size}" role="img" aria-label="{escape(title)}.'
        f' {escape(about)}"></div><script type="application/json">{charts.as_json(chart)}'
        f"</script>{more}</figure>"
    )


def shares_table(
    caption: str, label: str, rows: Sequence[tuple[str, str, Mapping[Any, float]]]
) -> str:
    """The rows of `charts.shares_by` as a table, a column each."""
    heads = [label, *(name for name, _, _ in rows)]
    keys: Iterator[Any] = iter(rows[0][2])
    body = [[str(key), *(shares[key] for _, _, shares in rows)] for key in keys]
    return simple_table(f"{caption}, shares", heads, body)
