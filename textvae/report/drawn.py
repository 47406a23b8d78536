"""Samples: what they are near to, how long they are, and which words they use."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from textvae.evaluation.samples import REAL
from textvae.metrics import word_statistics
from textvae.report import charts
from textvae.report.model_results import REAL_COLOUR, ModelResults
from textvae.report.parts import figure, shares_table
from textvae.report.reading import by_hash
from textvae.report.tables import simple_table, table

Row = tuple[str, str, Sequence[str]]  # a name, a colour and captions
DRAWN = 10  # samples of each prior
COMPARED = 300  # captions whose nearest training caption is looked up
MOST_WORDS = 400  # in the chart of how often words are used
NAMED = 6  # of them with their names, at each end
EXTREME_WORDS = 14  # in the table of over- and underused words


def samples(subjects: Sequence[ModelResults]) -> str:
    """The first samples of each prior, with the training captions nearest to them."""
    out = ""
    indices = {id(s): word_statistics.Nearest(s.train) for s in subjects if s.train}
    for subject in subjects:
        known, nearest = frozenset(subject.train), indices.get(id(subject))
        name = f"{subject.name}, " * (len(subjects) > 1)
        for prior, drawn in subject.evidence.samples.items():
            seed = (subject.figure("samples", prior, "seeds") or ["?"])[0]
            caption = f"{name}{subject.row_name(prior)}, seed {seed}: the first {DRAWN}"
            out += samples_table(caption, drawn[:DRAWN], known, nearest)
    if not out:
        return ""
    about = (
        '<p class="note">Nearest is the training caption with the largest overlap of words: of'
        " all different words of the two, the share that both have, 1 for the same words in any"
        " order. Words in common stand in full ink.</p>"
    )
    plots = _quality_chart(subjects) + _overlap_chart(subjects, indices)
    return f'{about if indices else NO_TRAIN}{out}<div class="grid">{plots}</div>'


NO_TRAIN = (
    '<p class="note">Which training captions are nearest, and whether samples copy them, shows'
    " when the captions of training are named with <code>--train</code>.</p>"
)


def _quality_chart(subjects: Sequence[ModelResults]) -> str:
    """BLEU-5 against self-BLEU-5 of each prior, at each temperature, and of real captions."""
    rows: list[charts.Curve] = []
    for subject in subjects:
        several = f"{subject.name}, " * (len(subjects) > 1)
        for prior, points in _curves(subject).items():
            symbol = "circle" if prior == subject.main_prior else "circle-open"
            rows.append((f"{several}{subject.row_name(prior)}", subject.colour, symbol, points))
    real = next(filter(None, (s.figure("samples", REAL) for s in subjects)), None)
    if real:
        rows.append(("real captions", REAL_COLOUR, "star", [("", real)]))
    if not rows:
        return ""
    return figure(
        charts.quality_and_variety(rows),
        "As good and as varied as people?",
        "Higher is more like the held-out captions, further left is more varied. The star is"
        " training captions, measured as samples are: far above it is safer than people, not"
        " better. On a curve stand the temperatures.",
    )


def _curves(subject: ModelResults) -> dict[str, list[tuple[str, Mapping[str, float]]]]:
    """The figures of each prior, by rising temperature."""
    usual = (subject.figure("settings") or {}).get("temperature", "")
    curves: dict[str, list[tuple[str, Mapping[str, float]]]] = {}
    for row, found in (subject.figure("samples") or {}).items():
        prior, _, temperature = row.partition("_at_")
        if prior != REAL and {"bleu_5", "self_bleu_5"} <= found.keys():
            curves.setdefault(prior, []).append((temperature or f"{usual}", found))
    for prior, points in curves.items():
        points.sort(key=lambda point: float(point[0] or 0.0))
        if len(points) == 1:  # no curve, and the temperature that the table names
            curves[prior] = [("", points[0][1])]
    return curves


def _overlap_chart(
    subjects: Sequence[ModelResults], indices: Mapping[int, word_statistics.Nearest]
) -> str:
    having = [s for s in subjects if id(s) in indices and s.main_samples]
    if not having:
        return ""
    first = having[0]
    held_out = [first.evidence.captions[i] for i in by_hash(first.evidence.captions, COMPARED)]
    rows = [("held-out captions", REAL_COLOUR, _overlaps(indices[id(first)], held_out))]
    for s in having:
        rows.append((s.name, s.colour, _overlaps(indices[id(s)], s.main_samples[:COMPARED])))
    made = charts.shares_by(
        rows, "overlap, from this tenth on; 1: same words", "of the captions"
    )
    return figure(
        made,
        "Do samples copy?",
        f"Overlap of up to {COMPARED} samples with their nearest training captions, beside that"
        " of as many held-out captions, which people wrote without having seen those. A model"
        " that copies lies to the right of people.",
        shares_table("Captions by overlap with the nearest training caption", "overlap", rows),
    )


def _overlaps(nearest: word_statistics.Nearest, captions: Sequence[str]) -> dict[float, float]:
    """The share of captions in each tenth of overlap; 1 is a tenth of its own."""
    counts = Counter(int(10.0 * nearest.find(text)[1] + 1e-9) for text in captions)
    return {tenth / 10.0: counts[tenth] / len(captions) for tenth in range(11)}


def lengths_and_words(subjects: Sequence[ModelResults]) -> str:
    """How long samples are and which words they use, against the held-out captions."""
    having = [subject for subject in subjects if subject.main_samples]
    if not having:
        return ""
    real = having[0].evidence.captions
    drawn = _drawn_rows(having)
    count = min(len(real), *(len(captions) for _, _, captions in drawn))
    shown = [real[i] for i in by_hash(real, count)]
    count = len(shown)  # fewer where captions are there twice
    rows: list[Row] = [("held-out captions", REAL_COLOUR, shown)]
    rows += [(name, colour, captions[:count]) for name, colour, captions in drawn]
    return (
        f'<p class="note">Of each kind {count:,} captions, since more would have more different'
        " words; those of a model are the first of its first set."
        f'</p><div class="grid">{_lengths_chart(rows)}{_ranks_chart(rows)}</div>'
        + _vocabulary_table(rows)
        + "".join(_use(subject, len(having) > 1) for subject in having)
    )


def _drawn_rows(subjects: Sequence[ModelResults]) -> list[Row]:
    """Of one model all its priors, of several the main prior of each."""
    if len(subjects) > 1:
        return [(s.name, s.colour, s.main_samples) for s in subjects]
    rows, (subject,) = subjects[0].evidence.samples, subjects
    colours = [subject.colour, *charts.TOPIC_COLOURS[1:]]
    pairs = zip(rows.items(), itertools.cycle(colours), strict=False)
    return [(subject.row_name(name), colour, drawn) for (name, drawn), colour in pairs]


def _lengths_chart(rows: Sequence[Row]) -> str:
    shares = [
        (name, colour, word_statistics.length_shares(drawn)) for name, colour, drawn in rows
    ]
    longest = max(max(found) for _, _, found in shares)
    shortest = min(min(found) for _, _, found in shares)
    full = [
        (name, colour, {n: found.get(n, 0.0) for n in range(shortest, longest + 1)})
        for name, colour, found in shares
    ]
    return figure(
        charts.shares_by(full, "words in a caption", "of the captions"),
        "How long captions are",
        "The share of captions with each number of words.",
        shares_table("Captions by length", "words", full),
    )


def _ranks_chart(rows: Sequence[Row]) -> str:
    counts = [
        (name, colour, sorted(word_statistics.word_counts(drawn).values(), reverse=True))
        for name, colour, drawn in rows
    ]
    return figure(
        charts.rank_lines(counts),
        "How words are spread",
        "The share of all words that the most frequent word has, the second, and so on. A line"
        " that falls earlier is of a poorer vocabulary.",
    )


def _vocabulary_table(rows: Sequence[Row]) -> str:
    lines = []
    for name, _, drawn in rows:
        counts = word_statistics.word_counts(drawn)
        lengths = [len(text.split()) for text in drawn]
        lines.append([name, len(drawn), float(np.mean(lengths)), counts.total(), len(counts)])
    heads = ["", "captions", "mean length", "words", "different words"]
    return simple_table("Captions and words", heads, lines)


def _use(subject: ModelResults, is_named: bool) -> str:
    used = word_statistics.word_use(subject.main_samples, subject.evidence.captions)
    name = f", {subject.name}" * is_named
    by_rate = sorted(used, key=lambda use: (-max(use.rate, use.other_rate), use.word))
    shown = [use for use in by_rate if use.rate and use.other_rate][:MOST_WORDS]
    shown.sort(key=lambda use: -use.log_likelihood_ratio)
    labelled = {use.word for use in (*shown[:NAMED], *shown[-NAMED:])}
    pairs = [(use.word, use.other_rate, use.rate) for use in shown]
    plot = figure(
        charts.rates(pairs, labelled, subject.colour),
        f"Words used more and less than by people{name}",
        "Each point is a word; above the line samples use it more often than the held-out"
        " captions do, below it less often.",
        tall=True,
    )
    return f'<div class="grid mixed">{plot}<div>{_use_tables(used, name)}</div></div>'


def _use_tables(used: Sequence[word_statistics.Use], name: str) -> str:
    over = [use for use in used[:EXTREME_WORDS] if use.log_likelihood_ratio > 0]
    under = [use for use in reversed(used[-EXTREME_WORDS:]) if use.log_likelihood_ratio < 0]
    made = ""
    for title, chosen in (("Most overused", over), ("Most underused", under)):
        rows = [(use.word, _rate(use.rate), _rate(use.other_rate)) for use in chosen]
        made += simple_table(f"{title}{name}", ["word", "samples", "people"], rows)
    return (
        '<p class="note small">Times in 1,000 words; in the order of how unlikely chance is'
        f' (log-likelihood ratio, Dunning 1993).</p><div class="pair">{made}</div>'
    )


def _rate(value: float) -> str:
    return "0" if value == 0.0 else f"{value:.1f}" if value >= 10.0 else f"{value:.2f}"


def samples_table(
    caption: str,
    texts: Sequence[str],
    known: frozenset[str],
    nearest: word_statistics.Nearest | None,
) -> str:
    """Samples, each with the training caption nearest to it where there are any to compare."""
    if nearest is None:
        items = "".join(f"<li>{escape(text)}</li>" for text in texts)
        return f'<h4>{escape(caption)}</h4><ol class="captions">{items}</ol>'
    rows = ""
    for text in texts:
        near, overlap = nearest.find(text)
        is_copy = text in known
        second = "the same, word for word" if is_copy else common(text, near)
        rows += (
            f'<tr><th scope="row">{escape(text)}</th><td class="near">{second}</td>'
            f'<td class="number"><data value="{overlap!r}">{overlap:.2f}</data></td></tr>'
        )
    head = (
        '<tr><th scope="col">sample</th><th scope="col">nearest training caption</th>'
        '<th scope="col" class="number">overlap</th></tr>'
    )
    return table(caption, head, rows, "samples")


def common(text: str, near: str) -> str:
    """The caption `near`, with the words that `text` has too in full ink."""
    own = set(text.split())
    words = (f"<b>{escape(word)}</b>" if word in own else escape(word) for word in near.split())
    return " ".join(words)
