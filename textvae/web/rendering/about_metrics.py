"""The metrics of a report as HTML, some as tiles and all in a table, with definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from textvae.metrics.definitions import DEFINITIONS
from textvae.metrics.report_values import number_at
from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape

TILES = ("reconstruction_exact", "reconstruction_bleu4", "nll", "kl", "active_units")


class Metric(NamedTuple):
    """A metric of a report.

    Attributes:
        group: the texts it was measured on, such as `samples.scene.`; empty for the captions.
        name: the key of its definition.
        value: as in the report.
        std: its standard deviation over repeated measurements, if there is one.
    """

    group: str
    name: str
    value: float
    std: float | None


def metrics_of(values: Any, group: str = "") -> Iterator[Metric]:
    """Each number of a report with a definition, also in groups.

    Example:
        >>> list(metrics_of({"kl": 7.5, "samples": {"unique": 0.5, "note": "no number"}}))
        [Metric(group='', name='kl', value=7.5, std=None),
         Metric(group='samples.', name='unique', value=0.5, std=None)]
    """
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if isinstance(value, Mapping):
            yield from metrics_of(value, f"{group}{name}.")
        elif name in DEFINITIONS and (number := number_at(values, name)) is not None:
            yield Metric(group, name, number, number_at(values, f"{name}_std"))


def measured(values: Any, latent_dim: int, is_of_best: bool = True) -> str:
    """The metrics of a report, or a note that it has none.

    Args:
        values: its section `validation`.
        latent_dim: the number of latent units of the model.
        is_of_best: whether these captions were used to select an epoch.

    Example:
        >>> measured({"active_units": 60}, latent_dim=64)
        '...<b>60 of 64</b><span>latent units in use</span>...'
        >>> measured({}, latent_dim=64)
        '<p class="tv-info">This model’s report contains no metrics.</p>'
    """
    metrics = list(metrics_of(values))
    if not metrics:
        return f'<p class="tv-info">{escape(strings.ABOUT_NOT_MEASURED)}</p>'
    count = number_at(values, "num_captions")
    use = strings.ABOUT_MEASURED_USE if is_of_best else ""
    intro = "" if count is None else strings.ABOUT_MEASURED_ON.format(count=count, use=use)
    found = {metric.name: metric for metric in metrics if not metric.group}
    tiles = "".join(_tile(found[name], latent_dim) for name in TILES if name in found)
    columns = (strings.ABOUT_METRIC, strings.ABOUT_VALUE, strings.ABOUT_MEANING)
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in columns)
    rows = "".join(map(_row, metrics))
    return (
        f'<p class="tv-info">{escape(intro)}</p><div class="tv-metrics">{tiles}</div>'
        f"<details><summary>{escape(strings.ABOUT_ALL)}</summary><div class='tv-table'>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def definition(name: str) -> str:
    """The definition of a metric, in the visitor's language.

    Example:
        >>> definition("kl")
        'nats per caption, KL(q(z|x) || N(0, I)), never clipped'
    """
    return strings.DEFINITIONS[name]


def number_text(value: float, digits: int = 4) -> str:
    """A number with that many significant digits, or with thousands separated.

    Example:
        >>> number_text(0.914321, 3), number_text(64), number_text(4974066)
        ('0.914', '64', '4,974,066')
    """
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"


def _tile(metric: Metric, latent_dim: int) -> str:
    name, value = metric.name, metric.value
    if name == "reconstruction_exact":
        shown = f"{value:.0%}"
    elif name == "active_units":
        shown = strings.ABOUT_OF.format(value=number_text(value), total=latent_dim)
    else:
        shown = number_text(value, 3)
    return (
        f'<button type="button" class="tv-metric" aria-describedby="about-{name}">'
        f"<b>{escape(shown)}</b><span>{escape(strings.ABOUT_LABELS[name])}</span>"
        f'<span class="tv-definition" role="tooltip" id="about-{name}">'
        f"<b>{escape(name)}</b>: {escape(definition(name))}</span></button>"
    )


def _row(metric: Metric) -> str:
    shown = number_text(metric.value)
    if metric.std is not None:
        shown = strings.ABOUT_STD.format(value=shown, std=number_text(metric.std, 2))
    return (
        f'<tr><th scope="row">{escape(metric.group + metric.name)}</th>'
        f"<td>{escape(shown)}</td><td>{escape(definition(metric.name))}</td></tr>"
    )
