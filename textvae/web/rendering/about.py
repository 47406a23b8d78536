"""The About tab as HTML: what the model does, the contents of its report, and its limits.

Any part of the report may be missing or of another type, see `metrics.report_values`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from textvae.metrics.report_values import number_at, text_at, value_at
from textvae.metrics.training_history import best_epoch_of, history_of
from textvae.saving.data_section import caption_files, is_of_coco, kept_apart, license_of
from textvae.web.i18n.language import strings
from textvae.web.rendering.about_metrics import measured, number_text
from textvae.web.rendering.header import model_name
from textvae.web.rendering.markup import caption_attributes, escape, heading
from textvae.web.results import About

STRIP_HEIGHT = 40  # of the drawing of a code, in its own units


def explained(about: About) -> str:
    """An explanation of the page, and the report's facts and metrics of the model.

    Example:
        >>> from textvae.web.results import Facts
        >>> facts = Facts("coco", "CPU", latent_dim=64, max_length=20, has_prior=True)
        >>> explained(About("coco", facts, 9800, report={}, card="", example=None))
        '<h2>What you are looking at</h2>...<dt>words in its vocabulary</dt><dd>9,800</dd>...
        report contains no metrics.</p>'
    """
    found = value_at(about.report, "validation")
    is_of_best = value_at(about.report, "recipe", "train", "keep") != "last"
    return (
        f"{heading(strings.ABOUT_WHAT)}"
        f'<p class="tv-intro">{escape(strings.ABOUT_TEXT)}</p>{_example(about)}'
        f"{heading(strings.ABOUT_MODEL.format(model=model_name(about.name)))}{_facts(about)}"
        f"{heading(strings.ABOUT_MEASURED)}"
        f"{measured(found, about.facts.latent_dim, is_of_best)}"
    )


def trained(report: Any) -> str:
    """A description of the training curves, also their text alternative.

    Example:
        >>> history = [{"epoch": 1, "val_nll": 21.3, "val_kl": 9.8}]
        >>> trained({"history": history, "best_epoch": 1})
        '<h2>How it was trained</h2>...costs 21.3 nats (nll), and its code holds 9.8 nats of
        information (kl). The weights are those of epoch 1.</p>'
    """
    history = history_of(report)
    info = strings.ABOUT_NO_CURVES
    if history:
        last = history[-1]
        nll, kl = last.get("val_nll"), last.get("val_kl")
        best = best_epoch_of(report) or int(last["epoch"])
        info = ""
        if nll is not None and kl is not None:
            info = strings.ABOUT_CURVES_INFO.format(
                epochs=len(history), best=best, nll=nll, kl=kl
            )
    return heading(strings.ABOUT_CURVES, info)


def limits(about: About) -> str:
    """The limits of the model, its training data and its licence.

    Example:
        >>> from textvae.web.results import Facts
        >>> facts = Facts("menus", "CPU", latent_dim=64, max_length=20, has_prior=True)
        >>> report = {"recipe": {"data": {"captions": ["menus.txt"]}}, "license": "cc0-1.0"}
        >>> limits(About("menus", facts, 9800, report, card="", example=None))
        '<h2>What it cannot do</h2>...<p>Trained on the lines of menus.txt.</p><p>The licence of
        the weights: cc0-1.0. The code is under the MIT licence.</p></div>'
    """
    report, is_coco = about.report, is_of_coco(about.report)
    all_models = strings.LIMITS[about.is_of_pieces :]  # the first is about unknown words
    coco = strings.LIMITS_COCO[about.is_of_pieces :]  # and about lower case
    lines = (*all_models, *(coco if is_coco else strings.LIMITS_OTHER))
    licence = license_of(report)
    files = strings.AND_SO_ON.join(caption_files(report))
    other = strings.DATA_FROM.format(files=files) if files else strings.DATA_OTHER
    known = strings.WEIGHTS_LICENSED.format(license=licence)
    data = [
        strings.DATA_COCO if is_coco else other,
        known if licence else strings.WEIGHTS_OTHER,
    ]
    if not is_coco and about.facts.name in strings.DATA_OF:
        data = [strings.DATA_OF[about.facts.name]]
    train = number_at(report, "data", "train", "captions")
    validation = number_at(report, "data", "validation", "captions")
    if train is not None and validation is not None:
        counts = strings.DATA_COUNTS[kept_apart(report)]
        data.append(counts.format(train=train, validation=validation))
    rate = number_at(report, "training_set_filter", "false_positive_rate")
    if rate is not None:
        data.append(strings.DATA_FILTER.format(count=rate * 10_000))
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in data)
    return (
        f'{heading(strings.ABOUT_LIMITS)}<ul class="tv-prose">{items}</ul>'
        f'{heading(strings.ABOUT_DATA)}<div class="tv-prose">{paragraphs}</div>'
    )


def _example(about: About) -> str:
    """One caption with its code, drawn as bars, and its reconstruction."""
    if about.example is None:
        return ""
    attributes = caption_attributes(about.facts.language)
    code = strings.ABOUT_POINT.format(latent_dim=about.facts.latent_dim)
    return (
        '<div class="tv-example">'
        f"<div><small>{escape(strings.ABOUT_READS)}</small>"
        f"<p {attributes}>{escape(about.example.prepared.cleaned)}</p></div>"
        f"<div><small>{escape(code)}</small>{_strip(about.example.posterior.mu)}</div>"
        f"<div><small>{escape(strings.ABOUT_WRITES)}</small>"
        f"<p {attributes}>{escape(about.example.caption)}</p></div></div>"
    )


def _strip(mu: np.ndarray) -> str:
    """A code, `[D]`, as one bar per number, up or down from the middle."""
    middle = STRIP_HEIGHT / 2
    scale = middle / (float(np.abs(mu).max()) or 1.0)
    bars = "".join(
        f'<rect x="{i}" width=".6" y="{middle - max(height, 0):.1f}"'
        f' height="{abs(height):.1f}"/>'
        for i, height in enumerate((mu * scale).tolist())
    )
    label = strings.ABOUT_STRIP.format(
        latent_dim=len(mu), low=float(mu.min()), high=float(mu.max())
    )
    return (
        f'<svg class="tv-strip" viewBox="0 0 {len(mu)} {STRIP_HEIGHT}"'
        f' preserveAspectRatio="none" role="img" aria-label="{escape(label)}">{bars}</svg>'
    )


def _facts(about: About) -> str:
    report = about.report
    is_whole = number_at(report, "total_seconds") is not None
    paths = (("total_seconds",),) if is_whole else (("seconds",), ("prior", "seconds"))
    parts = [number_at(report, *path) for path in paths]
    minutes = [each / 60 for each in parts if each is not None]
    values = {
        "latent_dim": about.facts.latent_dim,
        "vocab_size": about.vocab_size,
        "max_length": about.facts.max_length,
        "num_parameters": number_at(report, "num_parameters"),
        "train": number_at(report, "data", "train", "captions"),
        "minutes": round(sum(minutes)) if minutes else None,
        "finished": text_at(report, "finished"),
    }
    names = dict(strings.ABOUT_FACTS)
    if about.is_of_pieces:
        names |= strings.ABOUT_FACTS_OF_PIECES
    entries = "".join(
        f"<div><dt>{escape(names[name])}</dt>"
        f"<dd>{escape(value if isinstance(value, str) else number_text(value))}</dd></div>"
        for name, value in values.items()
        if value is not None
    )
    more = []
    if category := text_at(report, "recipe", "data", "category"):
        more.append(strings.ABOUT_CATEGORY.format(category=category))
    if source := text_at(report, "recipe", "init_from"):
        text = strings.ABOUT_FROM_COUNTED if is_whole else strings.ABOUT_FROM
        more.append(text.format(source=source))
    tail = f'<p class="tv-info">{escape(" ".join(more))}</p>' if more else ""
    return f'<dl class="tv-facts">{entries}</dl>{tail}'
