"""The page as a whole: one file that needs no other and no network."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from textvae.report import codes, drawn, reading, tables
from textvae.report.glance import glance
from textvae.report.model_results import COLOURS, ModelResults
from textvae.report.parts import Part
from textvae.report.tables import model
from textvae.saving.files import write_files
from textvae.version import __version__

NAME = "report.html"
STATIC = Path(__file__).parent / "static"


def write_report(
    folder: Path,
    subjects: Sequence[ModelResults],
    *,
    source: str,
    command: str = "",
    made: str = "",
) -> Path:
    """Write the report of one model, or of several side by side, as `folder/report.html`.

    Args:
        folder: made where there is none; an older report in it is replaced.
        subjects: the models, in order; at least one.
        source: the name of what they were measured on.
        command: what was typed, to get the same again.
        made: the date, shown as it is.

    Raises:
        OSError: the disk is full or not writable.
    """
    page = report_html(subjects, source=source, command=command, made=made)
    write_files(folder, {NAME: page.encode()})
    return folder / NAME


def report_html(
    subjects: Sequence[ModelResults], *, source: str, command: str = "", made: str = ""
) -> str:
    """The page; the same figures give the same page."""
    from plotly.offline import get_plotlyjs

    style, script = _text("page.css"), _inert_script(_text("page.js"))
    plotly = _inert_script(get_plotlyjs())
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none';"
        f" form-action 'none'; script-src {_hash(plotly)} {_hash(script)}"
    )
    pairs = zip(subjects, COLOURS, strict=False)
    subjects = [dataclasses.replace(subject, colour=colour) for subject, colour in pairs]
    names = " and ".join(subject.name for subject in subjects)
    parts, kind = _parts(subjects, command), "several" if len(subjects) > 1 else "one"
    page = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(names)}: evaluation by textvae</title>\n<style>\n{style}</style>\n"
        f'</head>\n<body class="{kind}">\n{_header(subjects, source, made)}\n'
        f'<div class="page">\n{_contents(parts)}\n<main id="main">\n'
        + "\n".join(map(_section, parts))
        + "\n</main>\n</div>\n"
    )
    end = (
        '<div id="bubble" role="tooltip" hidden></div>\n'
        f"<script>{plotly}</script>\n<script>{script}</script>\n</body>\n</html>\n"
    )
    return f"{page}{_footer(len(page.encode()) + len(end.encode()))}\n{end}"


def _parts(subjects: Sequence[ModelResults], command: str) -> list[Part]:
    """All parts that have something to show."""
    several = len(subjects) > 1
    wanted: list[tuple[str, str, Callable[[Sequence[ModelResults]], str]]] = [
        ("glance", "At a glance", glance),
        ("figures", "All figures", tables.figure_tables),
        ("reconstructions", "Reconstructions", reading.reconstructions),
        ("interpolations", "Interpolations", reading.interpolations),
        ("samples", "Samples", drawn.samples),
        ("words", "Lengths and words", drawn.lengths_and_words),
        ("code", "What the code holds", codes.code),
        ("map", "Latent map", codes.maps),
        ("training", "Training", codes.training),
        ("models", "The models" if several else "The model", tables.facts_table),
        ("definitions", "Definitions", lambda _: _definitions()),
        ("again", "To get the same again", lambda _: _again(command)),
    ]
    made = (Part(name, title, make(subjects)) for name, title, make in wanted)
    return [part for part in made if part.html]


def _header(subjects: Sequence[ModelResults], source: str, made: str) -> str:
    names = ", ".join(map(model, subjects[:-1])) + " and " * (len(subjects) > 1)
    count = f"{subjects[0].figure('num_captions') or 0:,}"
    maker = ", ".join(filter(None, [f"textvae {__version__}", made]))
    beside = ", side by side" * (len(subjects) > 1)
    return (
        '<a class="skip" href="#main">To the figures</a><header><div>'
        f"<h1>{names}{model(subjects[-1])}{beside}</h1>"
        f"<p>Measured on {count} held-out captions of {escape(source)} by {escape(maker)}.</p>"
        "</div>"
        '<button type="button" id="theme" hidden>Theme: as the system</button></header>'
    )


def _contents(parts: Sequence[Part]) -> str:
    links = "".join(f'<li><a href="#{part.id}">{escape(part.title)}</a></li>' for part in parts)
    return f'<nav aria-label="Contents"><ol>{links}</ol></nav>'


def _section(part: Part) -> str:
    return (
        f'<section id="{part.id}" aria-labelledby="{part.id}-title">'
        f'<h2 id="{part.id}-title">{escape(part.title)}</h2>{part.html}</section>'
    )


def _definitions() -> str:
    return (
        '<p class="note">Likelihoods are in nats, natural logarithms; tokens are words and'
        " &lt;eos&gt;. After ± stands the standard deviation of a figure that was drawn several"
        f" times with other seeds.</p>{tables.glossary()}"
    )


def _again(command: str) -> str:
    if not command:
        return ""
    return (
        '<p class="note">Nothing here depends on the machine beyond rounding: all noise is a'
        " function of the seed and of the caption. Folders are left out of the names of files."
        f"</p><pre><code>{escape(command)}</code></pre>"
    )


def _footer(weight: int) -> str:
    return (
        f"<footer><p>Made by textvae {__version__}. This page is one file of {weight / 1e6:.1f}"
        " MB, most of it plotly.js (MIT licence) for the charts; it asks nothing of the"
        " network.</p></footer>"
    )


def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _inert_script(script: str) -> str:
    """A script that no `</script>` within it can end."""
    return script.replace("</script", "<\\/script")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
