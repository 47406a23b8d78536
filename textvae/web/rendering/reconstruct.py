"""The results of the Reconstruct tab as HTML."""

from __future__ import annotations

from textvae.data.left_out import left_out
from textvae.web.i18n.language import strings
from textvae.web.own_sentence import Surroundings
from textvae.web.rendering import messages
from textvae.web.rendering.captions import (
    caption_buttons,
    caption_list,
    remarks,
    training_label,
)
from textvae.web.rendering.differences import difference, kept_words
from textvae.web.rendering.markup import caption_attributes, escape, heading
from textvae.web.rendering.toolbar import toolbar
from textvae.web.results import Reconstructed

ACTIVE_KL = 0.1  # nats; a unit below this has almost no information about a caption


def reconstructed(made: Reconstructed, found: Surroundings) -> str:
    """The caption as read and its reconstruction, with their differences marked.

    `found` has its neighbours and paraphrases, which are saved with it.

    Example:
        >>> from types import SimpleNamespace
        >>> read = SimpleNamespace(cleaned="a dog on a sofa", unknown_words=(), shortened=False)
        >>> code = SimpleNamespace(prepared=read)
        >>> made = Reconstructed("coco", "a dog on a sofa", code, "a dog on a bed", (), 20)
        >>> reconstructed(made, Surroundings((), (), None, boldness=0.5, wording=0))
        '...>a dog on a <del>sofa</del></span>...>a dog on a <ins>bed</ins></span>...>Words
        that came back: 4 of 5...'
    """
    before, after = difference(made.prepared.cleaned, made.caption)
    labels = [training_label(is_copy) for is_copy in made.in_training_set or (False, False)]
    attributes = caption_attributes(made.language)
    pair = (
        f'<dl class="tv-pair"><dt>{escape(strings.READ_AS)}</dt>'
        f'<dd><span class="tv-input" {attributes}>{before}</span>{labels[0]}</dd>'
        f"<dt>{escape(strings.CAME_BACK)}</dt>"
        f'<dd><span class="tv-output" {attributes}>{after}</span>{labels[1]}'
        f"{caption_buttons(made.caption)}</dd></dl>"
    )
    wordings = found.wordings or ()
    kinds = {"input": 1, "reconstruction": 1, "draw": len(made.draws)}
    kinds |= {"nearest": len(found.near), "wording": len(wordings)}
    footer = toolbar(
        "reconstruct",
        made.model,
        {"caption": made.typed, "boldness": found.boldness, "wording": found.wording},
        [made.prepared.cleaned, made.caption, *made.draws, *found.near, *wordings],
        _summary(made),
        {"kind": [kind for kind, count in kinds.items() for _ in range(count)]},
    )
    html = remarks([made.typed], [made.prepared], made.max_length) + pair + footer
    return messages.result(html, f"{strings.CAME_BACK}: {made.caption}")


def _summary(made: Reconstructed) -> str:
    """The number of words that came back, out of the typed ones only if all were read."""
    read = made.prepared.cleaned
    is_whole = not (made.prepared.shortened or left_out(made.typed, read).things)
    if read == made.caption and not is_whole:
        return strings.SAME_OF_READ
    return kept_words(read, made.caption)


def draws(made: Reconstructed) -> str:
    """The captions decoded from samples of the posterior.

    Example:
        >>> copies = True, False, True  # the caption as read, its reconstruction, and the draw
        >>> draws(Reconstructed("coco", "a dog", None, "the dog", ("a dog",), 20, copies))
        '<h2>Decoded from nearby points</h2>...>a dog</span> <span
        class="tv-training-label">in the training data</span>...'
    """
    return heading(strings.DRAWS, strings.DRAWS_INFO) + caption_list(
        made.draws,
        made.in_training_set and made.in_training_set[2:],
        language=made.language,
    )


def posterior_heading(made: Reconstructed) -> str:
    """A description of the plot of the posterior, also its text alternative.

    Example:
        >>> import numpy as np
        >>> from textvae.latent.caption_posterior import CaptionPosterior
        >>> found = CaptionPosterior(None, np.array([1.5, 0.0]), np.array([0.2, 1.0]))
        >>> posterior_heading(Reconstructed("coco", "a dog", found, "a dog", (), 20))
        '<h2>The posterior, unit by unit</h2><p class="tv-info">Units that carry information
        about this caption: 1 of 2; 2.3 nats in total.</p>'
    """
    kl = made.posterior.kl_per_unit()
    info = strings.POSTERIOR_INFO.format(
        active=int((kl > ACTIVE_KL).sum()), total=kl.size, kl=float(kl.sum())
    )
    return heading(strings.POSTERIOR, info)
