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

ACTIVE_KL = 0.1  # nats; a unit below this says next to nothing about one caption


def reconstructed(made: Reconstructed, found: Surroundings) -> str:
    """What the model read and what it reconstructed, with their differences marked.

    `found` is what is shown around it, which is saved with it.
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
    """How many words came back; of all that was typed only if all of it was read."""
    text = kept_words(made.prepared.cleaned, made.caption)
    is_whole = not (
        made.prepared.shortened or left_out(made.typed, made.prepared.cleaned).things
    )
    return strings.SAME_OF_READ if text == strings.SAME and not is_whole else text


def draws(made: Reconstructed) -> str:
    """The captions decoded from samples of the posterior."""
    return heading(strings.DRAWS, strings.DRAWS_INFO) + caption_list(
        made.draws,
        made.in_training_set and made.in_training_set[2:],
        language=made.language,
    )


def posterior_heading(made: Reconstructed) -> str:
    """What the plot of the posterior shows in words; also its text alternative."""
    kl = made.posterior.kl_per_unit()
    info = strings.POSTERIOR_INFO.format(
        active=int((kl > ACTIVE_KL).sum()), total=kl.size, kl=float(kl.sum())
    )
    return heading(strings.POSTERIOR, info)
