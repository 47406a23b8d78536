"""Results as HTML. Everything that a visitor or a model wrote passes through `escape`.

Buttons carry what they do in `data-` attributes; captions.js acts on them, by itself (copy,
download, link) or by telling the page (`data-action`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from textvae.metrics.word_differences import align, words_kept
from textvae.web import links, words
from textvae.web.i18n.language import strings
from textvae.web.markup import escape
from textvae.web.service import (
    Facts,
    Generated,
    InterpolationPath,
    InTrainingSet,
    Reconstructed,
)

if TYPE_CHECKING:
    from textvae.pipeline import PreparedCaption

ACTIVE_KL = 0.1  # nats: a unit below this says next to nothing about one caption


def notice(message: str) -> str:
    """A sentence that something is wrong, announced at once by a screen reader."""
    return f'<div class="tv-notice" role="alert">{escape(message)}</div>'


def loading() -> str:
    """What stands where results will be while the model loads."""
    lines = "".join(f'<i style="width:{width}%"></i>' for width in (62, 78, 55, 70, 48))
    return f'<div class="tv-loading">{lines}<p>{escape(strings.LOADING)}</p></div>'


def intro(text: str) -> str:
    """The paragraph that says what a tab is about."""
    return f'<p class="tv-intro">{escape(text)}</p>'


def title(share: str) -> str:
    """The name and what it is; `share` is the address to give in links, empty for its own."""
    data = f' data-share="{escape(share)}"' if share else ""
    language = f' data-lang="{escape(strings.LANGUAGE_TAG)}"'
    return f"<h1{data}{language}>{escape(strings.TITLE)}</h1><p>{escape(strings.TAGLINE)}</p>"


def status(model: str, facts: Facts | None, failed: bool = False) -> str:
    """The state of the live model: loading, ready on a device, or not loaded."""
    if facts is not None:
        state, name = "ready", strings.STATE_READY
        text = strings.STATUS_READY.format(latent_dim=facts.latent_dim, device=facts.device)
        text += f"; {facts.notice}" * bool(facts.notice)
    else:
        state, name = (
            ("failed", strings.STATE_FAILED) if failed else ("loading", strings.STATE_LOADING)
        )
        text = (strings.STATUS_FAILED if failed else strings.STATUS_LOADING).format(model=model)
    return (
        f'<div class="tv-status" data-state="{state}" role="status">'
        f'<span class="tv-dot" aria-hidden="true"></span><b>{escape(name)}</b> '
        f"<span>{escape(text)}</span></div>"
    )


def generated(result: Generated) -> str:
    """The Generate tab's captions with the settings that give them again."""
    settings = {
        "n": len(result.captions),
        "temperature": result.temperature,
        "top_p": result.top_p,
        "prior": result.prior,
        "seed": result.seed,
        "words": result.probabilities is not None,
    }
    summary = strings.GENERATE_SUMMARY.format(
        seed=result.seed,
        temperature=result.temperature,
        top_p=result.top_p,
        prior=strings.PRIORS[result.prior],
    )
    rows, legend = [(caption, escape(caption)) for caption in result.captions], ""
    if result.probabilities is not None:
        pairs = zip(result.captions, result.probabilities, strict=True)
        rows = [(caption, words.shaded(caption, found)) for caption, found in pairs]
        legend = words.legend()
    columns = {
        "in_training_set": result.in_training_set,
        "word_probabilities": result.probabilities,
    }
    footer = toolbar("generate", result.model, settings, result.captions, summary, columns)
    return announced(
        caption_list(rows, result.in_training_set)
        + legend
        + copies(result.in_training_set)
        + footer,
        f"{strings.GENERATE}: {'. '.join(result.captions)}",
    )


def reconstructed(result: Reconstructed) -> str:
    """The Reconstruct tab's pair: what was read, and what came back with its differences."""
    lost, back = difference(result.prepared.cleaned, result.caption)
    marks = [mark(is_copy) for is_copy in (result.in_training_set or (False, False))[:2]]
    pair = (
        f'<dl class="tv-pair"><dt>{escape(strings.READ_AS)}</dt>'
        f'<dd><span class="tv-read" lang="en">{lost}</span>{marks[0]}</dd>'
        f"<dt>{escape(strings.CAME_BACK)}</dt>"
        f'<dd><span class="tv-back" lang="en">{back}</span>{marks[1]}'
        f"{actions(result.caption)}</dd></dl>"
    )
    verdict = kept_words(result.prepared.cleaned, result.caption)
    settings = {"caption": result.typed}
    captions = [result.prepared.cleaned, result.caption, *result.draws]
    kinds = [*("read as", "came back as"), *["draw"] * len(result.draws)]
    columns = {"kind": kinds, "in_training_set": result.in_training_set}
    footer = toolbar("reconstruct", result.model, settings, captions, verdict, columns)
    notes = remarks([result.prepared], result.max_length)
    return announced(notes + pair + footer, f"{strings.CAME_BACK}: {result.caption}")


def draws(result: Reconstructed) -> str:
    """Captions from draws of the posterior."""
    heading = (
        f'<h3>{escape(strings.DRAWS)}</h3><p class="tv-info">{escape(strings.DRAWS_INFO)}</p>'
    )
    rows = [(caption, escape(caption)) for caption in result.draws]
    return heading + caption_list(rows, result.in_training_set and result.in_training_set[2:])


def posterior_heading(result: Reconstructed) -> str:
    """What the plot shows, in words: also its text alternative."""
    kl = result.kl_per_unit
    info = strings.POSTERIOR_INFO.format(
        active=int((kl > ACTIVE_KL).sum()), total=kl.size, kl=float(kl.sum())
    )
    return f'<h3>{escape(strings.POSTERIOR)}</h3><p class="tv-info">{escape(info)}</p>'


def interpolated(result: InterpolationPath, path_on_map: str = "") -> str:
    """The Interpolate tab: a slider along the path, and its rows with new words marked.

    `path_on_map` is the same path on the small map, which stands beside the slider.
    """
    rows, before = [], result.captions[0]
    for caption in result.captions:
        rows.append((caption, difference(before, caption)[1]))
        before = caption
    settings = {
        "first": result.typed[0],
        "last": result.typed[1],
        "steps": len(result.captions),
        "path": result.path,
    }
    summary = strings.INTERPOLATE_SUMMARY.format(
        steps=len(result.captions), path=strings.PATHS[result.path]
    )
    columns = {"in_training_set": result.in_training_set}
    footer = toolbar("interpolate", result.model, settings, result.captions, summary, columns)
    notes = remarks(result.prepared, result.max_length)
    text = f"{strings.INTERPOLATE}: {'. '.join(result.captions)}"
    found = caption_list(rows, result.in_training_set) + copies(result.in_training_set)
    both = f'<div class="tv-path-and-map">{track(result.fine)}{path_on_map}</div>'
    return announced(notes + both + found + footer, text)


def track(captions: tuple[str, ...]) -> str:
    """A slider over the fine path, above a band that shows where the sentence changes."""
    middle = len(captions) // 2
    runs = [len(list(same)) for _, same in groupby(captions)]
    band = "".join(f'<span style="flex-grow:{length}"></span>' for length in runs)
    data = escape(json.dumps(captions))
    return (
        f'<div class="tv-path" data-captions="{data}">'
        f'<p class="tv-here" lang="en">{escape(captions[middle])}</p>'
        f'<input type="range" min="0" max="{len(captions) - 1}" value="{middle}" '
        f'aria-label="{escape(strings.POSITION)}" aria-valuetext="{escape(captions[middle])}">'
        f'<div class="tv-band" aria-hidden="true">{band}</div>'
        f'<p class="tv-info"><span>{escape(strings.DRAG)}</span>'
        f"<span>{escape(strings.CHANGES.format(count=len(runs)))}</span></p></div>"
    )


def caption_list(rows: list[tuple[str, str]], in_training_set: InTrainingSet = None) -> str:
    """A numbered list of captions, each given as text and as it is shown, with its buttons."""
    items = "".join(
        f'<li><span><span class="tv-caption" lang="en">{shown}</span>{mark(is_copy)}</span>'
        f"{actions(text)}</li>"
        for (text, shown), is_copy in zip(
            rows, in_training_set or [False] * len(rows), strict=True
        )
    )
    return f'<ol class="tv-captions">{items}</ol>'


def mark(is_copy: bool) -> str:
    """The mark on a caption that stands word for word in the training data."""
    return f' <span class="tv-seen">{escape(strings.SEEN)}</span>' if is_copy else ""


def copies(in_training_set: InTrainingSet) -> str:
    """How many of the captions stand in the training data, where the weights can tell."""
    if in_training_set is None:
        return ""
    text = strings.SEEN_COUNT.format(count=sum(in_training_set), total=len(in_training_set))
    return f'<p class="tv-info tv-copies">{escape(text)}</p>'


def actions(caption: str) -> str:
    """The buttons beside one caption: copy it, or send it to another tab."""
    copy = strings.OF_CAPTION.format(caption=caption)
    sends = (
        ("reconstruct", strings.TO_RECONSTRUCT, strings.OF_CAPTION),
        ("first", strings.TO_FIRST, strings.TO_FIRST_LABEL),
        ("last", strings.TO_LAST, strings.TO_LAST_LABEL),
    )
    buttons = _button(strings.COPY, f'data-copy="{escape(caption)}"', copy) + "".join(
        _button(
            text,
            f'data-action="{action}" data-caption="{escape(caption)}"',
            label.format(caption=caption),
        )
        for action, text, label in sends
    )
    return f'<span class="tv-actions">{buttons}</span>'


def examples(pairs: list[dict[str, str]]) -> str:
    """A row of examples; each has `text` to show and the fields that a click sends."""
    chips = "".join(
        f'<button type="button" class="tv-chip" data-action="example" {_data(fields)}>'
        f"{escape(fields['text'])}</button>"
        for fields in pairs
    )
    return f'<div class="tv-examples"><span>{escape(strings.EXAMPLES)}</span>{chips}</div>'


def toolbar(
    tab: str,
    model: str,
    settings: dict[str, Any],
    captions: Any,
    summary: str,
    columns: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """The line under a result: how it was made, and how to take it away.

    What is taken away has the captions and beside them `columns`, those that are not None.
    """
    link = links.write(tab, model, **settings)
    export = {"tab": tab, "model": model, "settings": settings, "link": f"?{link}"}
    export["captions"] = list(captions)
    export |= {name: list(each) for name, each in columns.items() if each is not None}
    copy_all = "\n".join(captions)
    buttons = (
        _button(strings.COPY_ALL, f'data-copy="{escape(copy_all)}"')
        + _button(strings.COPY_LINK, f'data-link="{escape(link)}"')
        + _button(strings.SAVE_JSON, 'data-save="json"')
        + _button(strings.SAVE_CSV, 'data-save="csv"')
    )
    return (
        f'<div class="tv-toolbar" data-export="{escape(json.dumps(export))}">'
        f'<span class="tv-summary">{escape(summary)}</span>'
        f'<span class="tv-actions">{buttons}</span></div>'
    )


def remarks(
    prepared: list[PreparedCaption] | tuple[PreparedCaption, ...], max_length: int
) -> str:
    """Words that the model does not know, each with the nearest it does, and shortening."""
    lines = [
        _unknown(word, each.suggestions.get(word))
        for each in prepared
        for word in each.unknown_words
    ]
    if any(each.shortened for each in prepared):
        lines.append(f"<li>{escape(strings.SHORTENED.format(max_length=max_length))}</li>")
    unique = "".join(dict.fromkeys(lines))
    return f'<ul class="tv-remarks">{unique}</ul>' if lines else ""


def difference(before: str, after: str) -> tuple[str, str]:
    """Both captions as HTML: what went is struck out in one, what is new marked in the other.

    Strike and underline carry the meaning, colour only supports it.
    """
    left, right = [], []
    for span in align(before, after):
        left.append(_marked(span.before, "" if span.is_kept else "del"))
        right.append(_marked(span.after, "" if span.is_kept else "ins"))
    return " ".join(filter(None, left)), " ".join(filter(None, right))


def kept_words(before: str, after: str) -> str:
    """How many of the words came back, in a sentence."""
    if before.split() == after.split():
        return strings.SAME
    kept, total = words_kept(before, after), len(before.split())
    return strings.DIFFERENT.format(kept=kept, total=total)


def announced(html: str, text: str) -> str:
    """A result with the words in which page.js announces it to a screen reader."""
    return f'<div class="tv-result" data-announce="{escape(text)}">{html}</div>'


def _marked(words: list[str], tag: str) -> str:
    text = escape(" ".join(words))
    return f"<{tag}>{text}</{tag}>" if tag and text else text


def _unknown(word: str, nearest: str | None) -> str:
    if not nearest:
        return f"<li>{escape(strings.UNKNOWN.format(word=word))}</li>"
    fields = {"word": word, "by": nearest}
    button = (
        f'<button type="button" class="tv-chip" data-action="replace" {_data(fields)}>'
        f"{escape(nearest)}</button>"
    )
    return f"<li>{escape(strings.UNKNOWN_NEAREST.format(word=word))} {button}</li>"


def _button(text: str, data: str, after: str = "") -> str:
    tail = f'<span class="tv-hidden"> {escape(after)}</span>' if after else ""
    return (
        f'<button type="button" class="tv-button" {data} data-done="{escape(strings.COPIED)}">'
        f"<span>{escape(text)}</span>{tail}</button>"
    )


def _data(fields: dict[str, str]) -> str:
    return " ".join(f'data-{name}="{escape(value)}"' for name, value in fields.items())
