"""What to see first: a few figures in large type, and what must be known to compare them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from textvae.evaluation.samples import REAL
from textvae.report.model_results import ModelResults, is_number
from textvae.report.tables import model, number, percent, term

WAYS = ("interpolations",)
MOST_TILES = 6  # in even rows; the last are those that say least
SHARES = ("reconstruction_exact", "novel")  # said in percent


def glance(subjects: Sequence[ModelResults]) -> str:
    """A few figures that say most, in large type."""
    tiles = [
        _tile(subjects, "Read back word for word", "reconstruction_exact", (), _exact_note),
        _tile(subjects, "Latent units in use", "active_units", (), _units_note),
        _tile(subjects, "Codes tell captions apart", "mutual_information", (), _mi_note),
        _tile(subjects, "Perplexity", "ppl", (), _ppl_note),
        _tile(subjects, "Samples: variety and sense", "reverse_ppl", None, _reverse_note),
        _tile(subjects, "Samples that are new", "novel", None, lambda _: "not in training"),
        _tile(subjects, "Different captions on a way", "distinct_captions", WAYS, _way_note),
    ]
    shown = "".join(list(filter(None, tiles))[:MOST_TILES])
    return f'<div class="tiles">{shown}</div>{notes(subjects)}'


def _tile(
    subjects: Sequence[ModelResults],
    title: str,
    name: str,
    path: tuple[str, ...] | None,
    note: Callable[[ModelResults], str],
) -> str:
    """One figure of each model; a `path` of None is that of its main prior."""
    rows = ""
    for subject in subjects:
        where = ("samples", subject.main_prior) if path is None else path
        value = subject.figure(*where, name)
        if is_number(value):
            label = model(subject) if len(subjects) > 1 else ""
            shown = percent(value) if name in SHARES else number(value)
            rows += f"<li>{label}<b>{shown}</b> <span>{escape(note(subject))}</span></li>"
    if not rows:
        return ""
    return (
        f'<section class="tile"><h3>{escape(title)}</h3><ul>{rows}</ul>{term(name)}</section>'
    )


def _exact_note(subject: ModelResults) -> str:
    bleu = subject.figure("reconstruction_bleu4")
    return f"BLEU-4 {bleu:.3f}" if is_number(bleu) else ""


def _units_note(subject: ModelResults) -> str:
    return f"of {subject.figure('latent_dim')}"


def _mi_note(subject: ModelResults) -> str:
    return f"nats of at most {math.log(subject.figure('num_captions')):.3f}"


def _ppl_note(subject: ModelResults) -> str:
    return "a word, at most" if subject.has_codes else "a word, exactly"


def _way_note(subject: ModelResults) -> str:
    return f"of {subject.figure('interpolations', 'num_steps')}"


def _reverse_note(subject: ModelResults) -> str:
    real = subject.figure("samples", REAL, "reverse_ppl")
    return f"real captions {real:.1f}" if is_number(real) else ""


def notes(subjects: Sequence[ModelResults]) -> str:
    """What must be known before figures of several models are compared."""
    if len(subjects) < 2:
        return ""
    found = []
    if len({tuple(subject.evidence.captions) for subject in subjects}) > 1:
        found.append(
            "The models were not measured on the same texts, because they keep or drop"
            " punctuation or have other longest captions: nats a caption do not compare."
        )
    if len({subject.facts.get("vocabulary") for subject in subjects}) > 1:
        found.append(
            "Their vocabularies differ. A word that a model does not know is one cheap"
            " <unk> to it, so its likelihoods flatter the smaller vocabulary; unknown_rate says"
            " how much."
        )
    items = "".join(f"<li>{escape(text)}</li>" for text in found)
    return f'<ul class="notes">{items}</ul>' if items else ""
