"""Captions read back from their codes, and the captions met between two of them."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from html import escape

from textvae.metrics.word_differences import align, words_changed
from textvae.report import charts
from textvae.report.model_results import ModelResults
from textvae.report.parts import figure, shares_table, together
from textvae.report.tables import model

READ = 10  # captions in the sample of reconstructions
EXTREMES = 5  # captions at the best and at the worst end
WAYS = 4
MOST_CHANGED = 6  # this many words and more are one bar


def changed(before: str, after: str) -> str:
    """One line that holds both: words that went struck out, new ones underlined."""
    parts = []
    for span in align(before, after):
        if span.is_kept:
            parts.append(escape(" ".join(span.after)))
        else:
            parts += [_marked(span.before, "del"), _marked(span.after, "ins")]
    return " ".join(filter(None, parts))


def _marked(words: Sequence[str], tag: str) -> str:
    return f"<{tag}>{escape(' '.join(words))}</{tag}>" if words else ""


def added(before: str, after: str) -> str:
    """The caption `after`, with the words that `before` has not underlined."""
    parts = [
        escape(" ".join(span.after)) if span.is_kept else _marked(span.after, "ins")
        for span in align(before, after)
    ]
    return " ".join(filter(None, parts))


def by_hash(captions: Sequence[str], count: int) -> list[int]:
    """Places of `count` different captions, chosen by their texts alone."""
    places = {text: place for place, text in enumerate(captions)}
    order = sorted(places, key=lambda text: (zlib.crc32(f"report {text}".encode()), text))
    return [places[text] for text in order[:count]]


def readings(subjects: Sequence[ModelResults]) -> str:
    """The fixed sample: each caption once, under it what each model made of it."""
    captions = subjects[0].evidence.captions
    items = ""
    for place in by_hash(captions, READ):
        lines = "".join(
            _line(model(s) if len(subjects) > 1 else "", captions[place], s, place)
            for s in subjects
        )
        items += f'<li><p class="before">{escape(captions[place])}</p>{lines}</li>'
    return f'<ol class="readings">{items}</ol>'


def _line(label: str, before: str, subject: ModelResults, place: int) -> str:
    after = subject.evidence.read_back[place]
    verdict = "word for word" if before == after else changed(before, after)
    kind = "same" if before == after else "other"
    return f'<p class="{kind}">{label} <span>{verdict}</span></p>'


def extremes(subjects: Sequence[ModelResults]) -> str:
    """The best and the worst of all captions that each model read back, labelled so."""
    best, worst = [], []
    for subject in subjects:
        ends = best_and_worst(subject.evidence.captions, subject.evidence.read_back)
        best.append(_extreme(subject, ends[0], _best_about(subject)))
        worst.append(
            _extreme(subject, ends[1], "Those with most words changed, for their length.")
        )
    heads = [f"<h4>{model(subject)}</h4>" * (len(subjects) > 1) for subject in subjects]
    if len(subjects) == 1:
        parts = f"<div><h3>The best</h3>{best[0]}</div><div><h3>The worst</h3>{worst[0]}</div>"
        return f'<div class="columns">{parts}</div>'
    return "".join(
        f'<h3>{title}</h3><div class="columns">'
        + "".join(f"<div>{head}{html}</div>" for head, html in zip(heads, each, strict=True))
        + "</div>"
        for title, each in (("The best", best), ("The worst", worst))
    )


def _extreme(subject: ModelResults, places: Sequence[int], about: str) -> str:
    captions = subject.evidence.captions
    items = "".join(
        f'<li><p class="before">{escape(captions[place])}</p>'
        f"{_line('', captions[place], subject, place)}</li>"
        for place in places
    )
    return f'<p class="note small">{about}</p><ol class="readings">{items}</ol>'


def _best_about(subject: ModelResults) -> str:
    share = subject.figure("reconstruction_exact")
    if not share:
        return "None came back word for word; these have fewest words changed."
    return f"The longest of the {100 * share:.1f}% that came back word for word."


def best_and_worst(
    captions: Sequence[str], read_back: Sequence[str]
) -> tuple[list[int], list[int]]:
    """Places of the least and of the most changed captions, by words changed over words.

    Of equally good or bad ones the longest come first; a caption that occurs twice is there
    once.
    """
    places = list({text: place for place, text in enumerate(captions)}.values())
    length = {place: len(captions[place].split()) for place in places}
    share = {
        place: words_changed(captions[place], read_back[place]) / max(length[place], 1)
        for place in places
    }
    best = sorted(places, key=lambda place: (share[place], -length[place], captions[place]))
    worst = sorted(places, key=lambda place: (-share[place], -length[place], captions[place]))
    return best[:EXTREMES], [place for place in worst[:EXTREMES] if share[place] > 0]


def ways(subjects: Sequence[ModelResults]) -> str:
    """The first interpolations: each pair once, under it the way of each model."""
    items = ""
    for place, (first, last) in enumerate(subjects[0].evidence.ends[:WAYS]):
        columns = "".join(_way(subject, place, len(subjects) > 1) for subject in subjects)
        items += (
            f'<li><p class="ends"><span>from</span><b>{escape(first)}</b><span>to</span>'
            f'<b>{escape(last)}</b></p><div class="columns">{columns}</div></li>'
        )
    return f'<ol class="ways">{items}</ol>'


def _way(subject: ModelResults, place: int, is_named: bool) -> str:
    way = subject.evidence.ways[place]
    before, steps = way[0], ""
    for caption in way:
        steps += f"<li>{added(before, caption)}</li>"
        before = caption
    name = f"<h4>{model(subject)}</h4>" * is_named
    return f'<div>{name}<ol class="steps">{steps}</ol></div>'


def reconstructions(subjects: Sequence[ModelResults]) -> str:
    """How much comes back, a fixed sample, and both ends."""
    having = [subject for subject in subjects if len(subject.evidence.read_back)]
    if not having:
        return ""
    out = _changes_chart(having)
    for group in together(having, lambda subject: subject.evidence.captions):
        out += (
            f"<h3>{READ} captions, chosen by a hash of their text</h3>"
            '<p class="note">None was left out for what came of it. Each held-out caption was'
            " encoded, and its posterior mean read greedily: <del>struck out</del> is what was"
            " lost, <ins>underlined</ins> what came in its place.</p>" + readings(group)
        )
    return out + extremes(having)


def _changes_chart(subjects: Sequence[ModelResults]) -> str:
    rows = []
    for subject in subjects:
        both = zip(subject.evidence.captions, subject.evidence.read_back, strict=True)
        counts = Counter(min(words_changed(a, b), MOST_CHANGED) for a, b in both)
        total = counts.total()
        shares = {_changes(n): counts[n] / total for n in range(MOST_CHANGED + 1)}
        rows.append((subject.name, subject.colour, shares))
    made = charts.shares_by(rows, "words changed", "of the captions", bars=True)
    return figure(
        made,
        "How much comes back",
        "The share of captions by the fewest words that must be inserted, deleted or replaced"
        " to make the reconstruction the caption again.",
        shares_table("Captions by words changed", "words changed", rows),
    )


def _changes(count: int) -> str:
    return f"{count} and more" if count == MOST_CHANGED else str(count)


def interpolations(subjects: Sequence[ModelResults]) -> str:
    """The ways between the first of the fixed pairs."""
    out = ""
    for group in together(subjects, lambda subject: subject.evidence.ends):
        out += ways(group)
    if not out:
        return ""
    return (
        '<p class="note">Straight ways between the codes of two held-out captions, read'
        " greedily at even steps, the ends included. The pairs are chosen by a hash of their"
        f" texts; these are the first. New words are <ins>underlined</ins>.</p>{out}"
    )
