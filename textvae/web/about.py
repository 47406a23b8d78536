"""The account of a model as HTML, from its report: of which any part may be missing or wrong.

A report comes with the weights, perhaps a stranger's, and nothing else checks it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from textvae.metrics.definitions import DEFINITIONS
from textvae.saving.data_section import is_of_coco
from textvae.web.i18n.language import strings
from textvae.web.markup import escape
from textvae.web.service import About

FIRST = ("reconstruction_exact", "reconstruction_bleu4", "nll", "kl", "active_units")
SHARES = ("reconstruction_exact",)  # shown in per cent
Figure = tuple[str, str, Any, Any]  # group, name, value, spread


def found(report: Any, *path: str) -> Any:
    """What stands at the end of the path; None where a part of it is missing."""
    for key in path:
        report = report.get(key) if isinstance(report, Mapping) else None
    return report


def number(report: Any, *path: str) -> float | int | None:
    """The finite number at the end of the path, or None."""
    value = found(report, *path)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None


def text(report: Any, *path: str) -> str | None:
    """The text at the end of the path, or None."""
    value = found(report, *path)
    return value if isinstance(value, str) and value else None


def explained(about: About) -> str:
    """What one is looking at, and what is known of this model."""
    return (
        f"<h3>{escape(strings.ABOUT_WHAT)}</h3>"
        f'<p class="tv-intro">{escape(strings.ABOUT_TEXT)}</p>{_example(about)}'
        f"<h3>{escape(strings.ABOUT_MODEL.format(model=about.name))}</h3>{_facts(about)}"
        f"<h3>{escape(strings.ABOUT_MEASURED)}</h3>{_measured(about)}"
    )


def trained(report: Mapping[str, Any]) -> str:
    """What the curves show, in words: also their text alternative."""
    passes = history(report)
    info = strings.ABOUT_NO_CURVES
    if passes:
        last = passes[-1]
        values = {name: number(last, f"val_{name}") for name in ("nll", "kl")}
        best = number(report, "best_epoch") or number(last, "epoch")
        if None not in values.values() and best is not None:
            info = strings.ABOUT_CURVES_INFO.format(
                passes=len(passes), best=int(best), **values
            )
        else:
            info = ""
    return f'<h3>{escape(strings.ABOUT_CURVES)}</h3><p class="tv-info">{escape(info)}</p>'


def history(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The passes of the training run that have a number."""
    passes = found(report, "history")
    listed = passes if isinstance(passes, list) else []
    return [each for each in listed if number(each, "epoch") is not None]


def limits(about: About) -> str:
    """What it cannot do, where it comes from, and under which licence."""
    is_coco = of_coco(about.report)
    lines = (*strings.LIMITS, *(strings.LIMITS_COCO if is_coco else strings.LIMITS_OTHER))
    data = [strings.DATA_COCO if is_coco else strings.DATA_OTHER]
    sizes = {
        part: number(about.report, "data", part, "captions") for part in ("train", "validation")
    }
    if None not in sizes.values():
        data.append(strings.DATA_COUNTS.format(**sizes))
    if (rate := number(about.report, "seen", "false_positive_rate")) is not None:
        data.append(strings.DATA_SEEN.format(count=rate * 10_000))
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in data)
    return (
        f'<h3>{escape(strings.ABOUT_LIMITS)}</h3><ul class="tv-prose">{items}</ul>'
        f'<h3>{escape(strings.ABOUT_DATA)}</h3><div class="tv-prose">{paragraphs}</div>'
    )


def of_coco(report: Mapping[str, Any]) -> bool:
    """Whether the captions are COCO's; False where the report does not say."""
    names = found(report, "recipe", "data", "captions")
    is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return is_list and is_of_coco(report)


def _example(about: About) -> str:
    """One caption there and back, with its point drawn as bars."""
    if about.example is None:
        return ""
    latent_dim = about.facts.latent_dim
    return (
        '<div class="tv-example">'
        f"<div><small>{escape(strings.ABOUT_READS)}</small>"
        f'<p lang="en">{escape(about.example.prepared.cleaned)}</p></div>'
        f"<div><small>{escape(strings.ABOUT_POINT.format(latent_dim=latent_dim))}</small>"
        f"{_strip(about.example.mu)}</div>"
        f"<div><small>{escape(strings.ABOUT_WRITES)}</small>"
        f'<p lang="en">{escape(about.example.caption)}</p></div></div>'
    )


def _strip(mu: np.ndarray) -> str:
    """A point as one bar a number, up or down from a line."""
    highest = float(np.abs(mu).max()) or 1.0
    bars = "".join(
        f'<rect x="{i}" width=".6" y="{20 - max(tall, 0):.1f}" height="{abs(tall):.1f}"/>'
        for i, tall in enumerate(float(value) / highest * 20 for value in mu)
    )
    label = strings.ABOUT_STRIP.format(
        latent_dim=len(mu), low=float(mu.min()), high=float(mu.max())
    )
    return (
        f'<svg class="tv-strip" viewBox="0 0 {len(mu)} 40" preserveAspectRatio="none"'
        f' role="img" aria-label="{escape(label)}">{bars}</svg>'
    )


def _facts(about: About) -> str:
    report = about.report
    seconds = number(report, "seconds")
    values = {
        "latent_dim": about.facts.latent_dim,
        "vocab_size": about.vocab_size,
        "max_length": about.facts.max_length,
        "num_parameters": number(report, "num_parameters"),
        "train": number(report, "data", "train", "captions"),
        "minutes": None if seconds is None else round(seconds / 60),
        "finished": text(report, "finished"),
    }
    entries = "".join(
        f"<div><dt>{escape(strings.ABOUT_FACTS[name])}</dt><dd>{escape(shown(value))}</dd></div>"
        for name, value in values.items()
        if value is not None
    )
    more = []
    if category := text(report, "recipe", "data", "category"):
        more.append(strings.ABOUT_CATEGORY.format(category=category))
    if source := text(report, "recipe", "init_from"):
        more.append(strings.ABOUT_FROM.format(source=source))
    tail = f'<p class="tv-info">{escape(" ".join(more))}</p>' if more else ""
    return f'<dl class="tv-facts">{entries}</dl>{tail}'


def _measured(about: About) -> str:
    figures = list(measured_figures(found(about.report, "validation")))
    count = number(about.report, "validation", "num_captions")
    if not figures:
        return f'<p class="tv-info">{escape(strings.ABOUT_NOT_MEASURED)}</p>'
    intro = strings.ABOUT_MEASURED_ON.format(count=count) if count is not None else ""
    first = [each for name in FIRST for each in figures if each[:2] == ("", name)]
    tiles = "".join(_tile(each, about.facts.latent_dim) for each in first)
    rows = "".join(map(_row, figures))
    head = "".join(
        f'<th scope="col">{escape(title)}</th>'
        for title in (strings.ABOUT_FIGURE, strings.ABOUT_VALUE, strings.ABOUT_MEANING)
    )
    return (
        f'<p class="tv-info">{escape(intro)}</p><div class="tv-figures">{tiles}</div>'
        f"<details><summary>{escape(strings.ABOUT_ALL)}</summary><div class='tv-table'>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def measured_figures(figures: Any, group: str = "") -> Iterator[Figure]:
    """Each figure that has a definition, with its spread; groups are before the dot."""
    for name, value in figures.items() if isinstance(figures, Mapping) else ():
        if isinstance(value, Mapping):
            yield from measured_figures(value, f"{group}{name}.")
        elif name in DEFINITIONS and (known := number(figures, name)) is not None:
            yield group, name, known, number(figures, f"{name}_spread")


def _tile(figure: Figure, latent_dim: int) -> str:
    _, name, value, _ = figure
    if name in SHARES:
        big = f"{value:.0%}"
    elif name == "active_units":
        big = strings.ABOUT_OF.format(value=shown(value), total=latent_dim)
    else:
        big = shown(value, 3)
    return (
        f'<button type="button" class="tv-figure" aria-describedby="about-{name}">'
        f"<b>{escape(big)}</b><span>{escape(strings.ABOUT_LABELS[name])}</span>"
        f'<span class="tv-meaning" role="tooltip" id="about-{name}"><b>{escape(name)}</b>: '
        f"{escape(definition(name))}</span></button>"
    )


def _row(figure: Figure) -> str:
    group, name, value, spread = figure
    both = shown(value)
    if spread is not None:
        both = strings.ABOUT_SPREAD.format(value=both, spread=shown(spread, 2))
    return (
        f'<tr><th scope="row">{escape(group + name)}</th><td>{escape(both)}</td>'
        f"<td>{escape(definition(name))}</td></tr>"
    )


def definition(name: str) -> str:
    """What a figure is, in the visitor's language where there are words for it."""
    translated: Mapping[str, str] = strings.DEFINITIONS
    return translated.get(name, DEFINITIONS[name])


def shown(value: Any, digits: int = 4) -> str:
    """A number as people write it; a text as it is."""
    if isinstance(value, float):
        return f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def lines(report: Mapping[str, Any], name: str) -> dict[str, tuple[Any, ...]]:
    """By part, the passes and the values of a figure in training and in validation."""
    passes = history(report)
    out = {}
    for part, prefix in (("training", ""), ("validation", "val_")):
        pairs = [(number(each, "epoch"), number(each, prefix + name)) for each in passes]
        known = [(epoch, value) for epoch, value in pairs if value is not None]
        out[part] = tuple(zip(*known, strict=True)) if known else ((), ())
    return out
