"""The history of a training run, and its curves.

A history is a list with one mapping per epoch: `epoch`, counted from 1, the metrics of training
by name, and those of validation with the prefix `val_`. The page, the report and `history.html`
all draw the panels listed here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from textvae.metrics.report_values import is_number, number_at

History = Sequence[Mapping[str, float]]
# Training values are measured with dropout, so they may lie above the validation values.
SERIES = {"training": "", "validation": "val_"}  # the prefix of each in the history


class Panel(NamedTuple):
    """One metric of the training curves.

    Attributes:
        metric: its name in the history.
        unit: of its axis.
        starts_at_zero: whether its axis does, for metrics whose small changes mean little.

    Example:
        >>> Panel("kl", "nats per caption")
        Panel(metric='kl', unit='nats per caption', starts_at_zero=False)
    """

    metric: str
    unit: str
    starts_at_zero: bool = False


class Curve(NamedTuple):
    """One metric over the epochs that have it.

    Example:
        >>> curve([{"epoch": 3, "kl": 9.0}], "kl", "training")
        Curve(epochs=[3], values=[9.0])
    """

    epochs: list[int]
    values: list[float]


PANELS = (
    Panel("nll", "nats per caption"),
    Panel("kl", "nats per caption"),
    Panel("loss", "training objective, nats per caption"),
    Panel("active_units", "latent units", starts_at_zero=True),
)


def history_of(report: Any) -> list[dict[str, float]]:
    """The finite numbers of each numbered epoch of a `report.json`.

    Example:
        >>> history_of({"history": [{"epoch": 1, "nll": 9.5, "kl": "low"}, {"nll": 8.0}]})
        [{'epoch': 1.0, 'nll': 9.5}]
        >>> history_of({"history": "long"})
        []
    """
    history = report.get("history") if isinstance(report, Mapping) else None
    rows = [
        {name: float(value) for name, value in logs.items() if is_number(value)}
        for logs in (history if isinstance(history, list) else [])
        if isinstance(logs, Mapping)
    ]
    return [row for row in rows if "epoch" in row]


def best_epoch_of(report: Any) -> int | None:
    """The epoch whose weights were kept, or None if the report has none.

    Example:
        >>> best_epoch_of({"best_epoch": 12}), best_epoch_of({"best_epoch": "last"})
        (12, None)
    """
    best = number_at(report, "best_epoch")
    return None if best is None else int(best)


def curve(history: History, metric: str, series: str) -> Curve:
    """The curve of a metric in the series `training` or `validation`.

    Example:
        >>> history = [{"epoch": 1, "val_kl": 8.0}, {"epoch": 2, "kl": 9.0, "val_kl": 7.5}]
        >>> curve(history, "kl", "validation")
        Curve(epochs=[1, 2], values=[8.0, 7.5])
        >>> curve(history, "kl", "training")
        Curve(epochs=[2], values=[9.0])
    """
    name = SERIES[series] + metric
    rows = [logs for logs in history if name in logs]
    return Curve([int(logs["epoch"]) for logs in rows], [logs[name] for logs in rows])
