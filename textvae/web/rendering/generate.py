"""The result of the Generate tab as HTML."""

from __future__ import annotations

from textvae.web.i18n.language import strings
from textvae.web.rendering import messages, word_probabilities
from textvae.web.rendering.captions import caption_list, training_count
from textvae.web.rendering.toolbar import toolbar
from textvae.web.results import Generated


def generated(made: Generated) -> str:
    """The captions, with the settings that reproduce them.

    Example:
        >>> import numpy as np
        >>> codes = np.zeros((2, 64), np.float32)
        >>> generated(Generated("coco", ("a dog", "a cat"), 0.5, 1.0, 7, "scene", codes))
        '<div class="tv-result" data-announce="Made up: a dog. a cat">...<span
        class="tv-summary">seed 7 · wording 0.5</span>...'
    """
    settings = {
        "n": len(made.captions),
        "temperature": made.temperature,
        "seed": made.seed,
        "words": made.probabilities is not None,
    }
    summary = strings.GENERATE_SUMMARY.format(seed=made.seed, temperature=made.temperature)
    shown, legend = None, ""
    if made.probabilities is not None:
        words = zip(made.words, made.probabilities, strict=True)
        shown = [word_probabilities.shaded(*each) for each in words]
        legend = word_probabilities.legend()
    columns = {
        "in_training_set": made.in_training_set,
        "word_probabilities": made.probabilities,
        "words": made.words or None,
    }
    html = (
        caption_list(made.captions, made.in_training_set, shown, made.language)
        + legend
        + training_count(made.in_training_set)
        + toolbar("generate", made.model, settings, made.captions, summary, columns)
    )
    return messages.result(html, f"{strings.GENERATE}: {'. '.join(made.captions)}")
