"""The figures as tables, with their definitions a touch away."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from textvae.evaluation.samples import REAL
from textvae.metrics.definitions import DEFINITIONS
from textvae.report.model_results import ModelResults, is_number

LIKELIHOOD = (
    *("elbo", "nll", "kl", "nll_iw", "ppl"),
    *("mutual_information", "active_units", "latent_dim"),
)
READING = (
    *("reconstruction_bleu4", "reconstruction_exact"),
    *("num_captions", "num_tokens", "unknown_rate"),
)
SAMPLES = (
    *(f"bleu_{n}" for n in range(2, 6)),
    *(f"self_bleu_{n}" for n in range(2, 6)),
    *("forward_ppl", "reverse_ppl", "distinct_1", "distinct_2", "unique", "novel"),
)
WAYS = ("distinct_captions", "distinct_5_of_7", "monotone", "inner_ppl", "endpoints_exact")
# Which way a figure is better; where it is `real`, as near to real captions' as can be.
AIMS = {
    **dict.fromkeys(
        ("nll", "nll_iw", "ppl", "unknown_rate", "forward_ppl", "inner_ppl"), "low"
    ),
    **dict.fromkeys(("elbo", "mutual_information", "active_units"), "high"),
    **dict.fromkeys(("reconstruction_bleu4", "reconstruction_exact"), "high"),
    **dict.fromkeys(("novel", "monotone", "endpoints_exact"), "high"),
    **dict.fromkeys(("distinct_captions", "distinct_5_of_7"), "high"),
    **dict.fromkeys(SAMPLES[:8], "real"),
    **dict.fromkeys(("reverse_ppl", "distinct_1", "distinct_2", "unique"), "real"),
}
MINUS = "\u2212"
AIM_TEXTS = {"low": "lower", "high": "higher", "real": "as real"}
ALL_DEFINITIONS = {
    **DEFINITIONS,
    "num_captions": "held-out captions that were measured",
    "num_tokens": "their words and <eos>",
    "latent_dim": "latent units, D",
}
DASH = '<span class="none" title="not measured">–</span>'


def term(name: str) -> str:
    """The name of a figure, which shows its definition when it is pointed at or focused."""
    return (
        f'<button type="button" class="term" aria-describedby="def-{escape(name)}">'
        f"{escape(name)}</button>"
    )


def number(value: Any, spread: Any = None) -> str:
    """A figure to four digits with its whole value in the page's source, and its spread."""
    if not is_number(value):
        return DASH
    decimals = 0 if isinstance(value, int) else _decimals(value)
    text = f"{value:,.{decimals}f}".replace("-", MINUS)
    if is_number(spread):
        text += f' <span class="spread">± {_spread(spread, decimals)}</span>'
    return f'<data value="{value!r}">{text}</data>'


def percent(value: float) -> str:
    """A share in percent with its whole value in the page's source."""
    return f'<data value="{value!r}">{100.0 * value:.1f}%</data>'


def _decimals(value: float) -> int:
    """As many as make four digits."""
    whole = math.floor(math.log10(abs(value))) + 1 if abs(value) >= 1.0 else 0
    return max(4 - whole, 0)


def _spread(value: float, decimals: int) -> str:
    """With the decimals of its figure; one that is too small for them is no zero."""
    least = 10.0**-decimals
    return f"<{least:.{decimals}f}" if 0.0 < value < least / 2 else f"{value:,.{decimals}f}"


def figure_tables(subjects: Sequence[ModelResults]) -> str:
    """All figures of all models: of captions, of samples, of interpolations."""
    likelihood = "Likelihood in nats a caption, and the use of the code"
    reading = "Reading back, and what was measured"
    return (
        f'<div class="beside"><div>{_plain_table(subjects, likelihood, LIKELIHOOD)}</div><div>'
        + _plain_table(subjects, reading, READING)
        + _plain_table(subjects, _ways_caption(subjects), WAYS, "interpolations")
        + f"</div></div>{_samples_table(subjects)}"
    )


def _ways_caption(subjects: Sequence[ModelResults]) -> str:
    figures = (s.figure("interpolations") for s in subjects)
    found: Mapping[str, Any] = next(filter(None, figures), {})
    return (
        f"Interpolations: straight ways of {found.get('num_steps', 7)} captions between"
        f" {found.get('num_pairs', 0):,} pairs of held-out captions, read greedily; mean and"
        f" spread of {len(found.get('seeds', ()))} sets of pairs"
    )


def _plain_table(
    subjects: Sequence[ModelResults], caption: str, names: Iterable[str], *path: str
) -> str:
    """A column for each model; nothing where no model has any of the figures."""
    shown = [name for name in names if any(_has(s, *path, name) for s in subjects)]
    if not shown:
        return ""
    heads = "".join(f'<th scope="col" class="number">{model(s)}</th>' for s in subjects)
    rows = "".join(
        f'<tr><th scope="row">{term(name)}</th>'
        + "".join(f'<td class="number">{_cell(s, *path, name)}</td>' for s in subjects)
        + f"<td>{_aim(name)}</td></tr>"
        for name in shown
    )
    return table(
        caption, f'<tr><th scope="col">figure</th>{heads}<th scope="col">better</th></tr>', rows
    )


def _samples_table(subjects: Sequence[ModelResults]) -> str:
    """A column for each prior of each model, and one for real captions."""
    columns = [
        (subject, row)
        for subject in subjects
        for row in subject.figure("samples") or {}
        if row != REAL
    ]
    if not columns:
        return ""
    real = next((s for s in subjects if s.figure("samples", REAL)), None)
    several = len(subjects) > 1
    names = [f"{model(s)}<br>" * several + escape(s.row_name(row)) for s, row in columns]
    if real:
        columns.append((real, REAL))
        names.append("real captions")
    heads = "".join(f'<th scope="col" class="number">{name}</th>' for name in names)
    shown = [n for n in SAMPLES if any(_has(s, "samples", row, n) for s, row in columns)]
    rows = "".join(
        f'<tr><th scope="row">{term(name)}</th>'
        + "".join(
            f'<td class="number">{_cell(s, "samples", row, name)}</td>' for s, row in columns
        )
        + f"<td>{_aim(name)}</td></tr>"
        for name in shown
    )
    head = f'<tr><th scope="col">figure</th>{heads}<th scope="col">better</th></tr>'
    return table(_samples_caption(*columns[0], has_real=real is not None), head, rows)


def _samples_caption(subject: ModelResults, row: str, has_real: bool) -> str:
    settings, found = subject.figure("settings") or {}, subject.figure("samples", row) or {}
    text = (
        f"Samples: {found.get('num_samples', 0):,} captions in each of"
        f" {len(found.get('seeds', ()))} sets, drawn at temperature"
        f" {settings.get('temperature', '?')}, unless another is named, and top-p"
        f" {settings.get('top_p', '?')}; mean and spread of the sets"
    )
    return text + "; beside them as many training captions, measured alike" * has_real


def facts_table(subjects: Sequence[ModelResults]) -> str:
    """What each model is."""
    labels = list(dict.fromkeys(label for s in subjects for label in s.facts))
    heads = "".join(f'<th scope="col">{model(s)}</th>' for s in subjects)
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(
            f"<td>{escape(s.facts[label]) if label in s.facts else DASH}</td>" for s in subjects
        )
        + "</tr>"
        for label in labels
    )
    return table(
        "What was measured", f'<tr><th scope="col">model</th>{heads}</tr>', rows, "facts"
    )


def table(caption: str, head: str, rows: str, kind: str = "") -> str:
    """A table that scrolls by itself where the page is narrow."""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="{kind}"><caption><span>{escape(caption)}</span></caption>'
        f"<thead>{head}</thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def simple_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Plain text and numbers; the first cell of a row names it."""
    body = ""
    for first, *others in rows:
        cells = "".join(f'<td class="number">{_plain(value)}</td>' for value in others)
        body += f'<tr><th scope="row">{escape(str(first))}</th>{cells}</tr>'
    first, *others = map(escape, heads)
    head = "".join(f'<th scope="col" class="number">{text}</th>' for text in others)
    return table(caption, f'<tr><th scope="col">{first}</th>{head}</tr>', body)


def _plain(value: Any) -> str:
    return number(value) if is_number(value) or value is None else escape(str(value))


def model(subject: ModelResults) -> str:
    """The name of a model behind its colour."""
    return (
        f'<span class="model"><i style="background:{subject.colour}" aria-hidden="true"></i>'
        f"{escape(subject.name)}</span>"
    )


def glossary() -> str:
    """All definitions, which `term` shows, and a printed page needs."""
    rows = "".join(
        f'<div><dt>{escape(name)}</dt><dd id="def-{escape(name)}">{escape(text)}</dd></div>'
        for name, text in ALL_DEFINITIONS.items()
    )
    return f'<dl class="glossary">{rows}</dl>'


def _has(subject: ModelResults, *path: str) -> bool:
    return is_number(subject.figure(*path))


def _cell(subject: ModelResults, *path: str) -> str:
    spread = subject.figure(*path[:-1], f"{path[-1]}_std")
    return number(subject.figure(*path), spread)


def _aim(name: str) -> str:
    return f'<span class="aim">{AIM_TEXTS[AIMS[name]]}</span>' if name in AIMS else ""
