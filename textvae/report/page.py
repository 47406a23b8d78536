"""The whole page: a self-contained file that works offline."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from textvae.metrics.training_history import History
from textvae.report.charts.base import COLOURS
from textvae.report.fonts import embedded_fonts
from textvae.report.interpolations import interpolations
from textvae.report.latent_space import latent_map, latent_units
from textvae.report.metric_tables import definitions, facts_table, metric_tables
from textvae.report.model_results import ModelResults
from textvae.report.reconstructions import reconstructions
from textvae.report.rendering import render
from textvae.report.samples import samples
from textvae.report.sections import Section
from textvae.report.summary import summary
from textvae.report.training_curves import training_curves
from textvae.report.words import words
from textvae.saving.files import write_files
from textvae.version import __version__

REPORT, HISTORY = "report.html", "history.html"
STATIC = Path(__file__).parent / "static"


def write_report(
    folder: Path,
    models: Sequence[ModelResults],
    *,
    source: str,
    command: str = "",
    date: str = "",
    is_quick: bool = False,
) -> Path:
    """Write the report of one model, or of several side by side, as `folder/report.html`.

    Args:
        folder: created if missing; an older report in it is replaced.
        models: from 1 to `MAX_MODELS`, in the order of the report.
        source: the name of the evaluated captions.
        command: the typed command, to reproduce the report.
        date: of the evaluation, shown unchanged.
        is_quick: whether it was a quick look, which the report then states.

    Raises:
        OSError: the disk is full or not writable.
    """
    page = report_html(models, source=source, command=command, date=date, is_quick=is_quick)
    write_files(folder, {REPORT: page.encode()})
    return folder / REPORT


def report_html(
    models: Sequence[ModelResults],
    *,
    source: str,
    command: str = "",
    date: str = "",
    is_quick: bool = False,
) -> str:
    """The report as HTML; the same results give the same page."""
    models = [
        dataclasses.replace(model, colour=colour)
        for model, colour in zip(models, COLOURS, strict=False)
    ]
    return _page(
        "report.html",
        _sections(models, command),
        models=models,
        num_captions=models[0].metric("num_captions") or 0,
        source=source,
        date=date,
        is_quick=is_quick,
    )


def write_history(folder: Path, name: str, history: History, best_epoch: int | None) -> Path:
    """Write the training curves of a run as `folder/history.html`.

    Args:
        folder: created if missing; an older page in it is replaced.
        name: of the model.
        history: one mapping per epoch, see `metrics.training_history`.
        best_epoch: the epoch whose weights were kept, if known.

    Raises:
        OSError: the disk is full or not writable.
    """
    model = ModelResults(name, {}, history=history, best_epoch=best_epoch)
    curves = Section("training", "Training curves", Markup(training_curves([model])))
    write_files(folder, {HISTORY: _page("history.html", [curves], models=[model]).encode()})
    return folder / HISTORY


def _sections(models: Sequence[ModelResults], command: str) -> list[Section]:
    """All sections with content."""
    wanted = [
        ("summary", "Summary", summary(models)),
        ("metrics", "All metrics", metric_tables(models)),
        ("reconstructions", "Reconstructions", reconstructions(models)),
        ("interpolations", "Interpolations", interpolations(models)),
        ("samples", "Samples", samples(models)),
        ("words", "Lengths and words", words(models)),
        ("units", "Latent units", latent_units(models)),
        ("map", "Latent map", latent_map(models)),
        ("training", "Training curves", training_curves(models)),
        ("models", "Models" if len(models) > 1 else "Model", facts_table(models)),
        ("definitions", "Definitions", definitions()),
        ("command", "Reproduce this report", render("command.html", command=command)),
    ]
    return [Section(id, title, Markup(html)) for id, title, html in wanted if html.strip()]


def _page(template: str, sections: Sequence[Section], **context: Any) -> str:
    plotly, script = _inert_script(get_plotlyjs()), _inert_script(_static("page.js"))
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:;"
        f" base-uri 'none'; form-action 'none'; script-src {_hash(plotly)} {_hash(script)}"
    )
    context |= {
        "sections": sections,
        "style": Markup(f"{embedded_fonts()}\n{_static('page.css')}"),
        "scripts": [Markup(plotly), Markup(script)],
        "policy": policy,
        "version": __version__,
    }
    size = len(render(template, **context, megabytes=0.0).encode())
    return str(render(template, **context, megabytes=size / 1e6))


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _inert_script(script: str) -> str:
    """A script that a `</script>` inside it cannot end."""
    return script.replace("</script", "<\\/script")


def _hash(script: str) -> str:
    """The source expression of a content security policy that allows only this script."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
