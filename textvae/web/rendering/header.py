"""The header of the page as HTML: its title, and the state of the model."""

from __future__ import annotations

import json
from pathlib import Path

from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape
from textvae.web.results import Facts


def title(share_url: str) -> str:
    """Name and tagline of the page.

    `share_url` is the base address of copied links; the browser's own if it is empty.

    Example:
        >>> title("https://example.org")
        '...<h1 data-share="https://example.org" data-lang="en"...>textvae</h1><p>Type a
        sentence, change one thing in it, and find its neighbours on a map.</p>...'
    """
    share = f' data-share="{escape(share_url)}"' if share_url else ""
    language = f' data-lang="{escape(strings.LANGUAGE_TAG)}"'
    sliders = f' data-sliders="{escape(json.dumps(strings.SLIDER))}"'
    connection = (
        '<p class="tv-connection" role="status" hidden'
        f' data-offline="{escape(strings.OFFLINE)}"'
        f' data-gone="{escape(strings.SERVER_GONE)}"></p>'
    )
    return (
        f'<a class="tv-skip" href="#tabs">{escape(strings.SKIP)}</a>'
        f"<h1{share}{language}{sliders}>{escape(strings.TITLE)}</h1>"
        f"<p>{escape(strings.TAGLINE)}</p>{connection}"
    )


def model_name(model: str) -> str:
    """The name of a model in the menu: a description, or the name of its folder.

    Example:
        >>> model_name("coco"), model_name("runs/pets/")
        ('Photo captions', 'pets')
    """
    path = Path(model)
    folder = path.resolve() if path.name in ("", "..") else path  # that `.` stands for
    return str(strings.MODELS.get(model, folder.name))


def _line(facts: Facts) -> str:
    """The training data of a model, in a few words."""
    if not facts.num_captions:
        return ""
    line = strings.MODEL_LINES.get(facts.name, strings.MODEL_LINES[""])
    return line.format(count=facts.num_captions) + " · "


def status(model: str, facts: Facts | None, failed: bool = False) -> str:
    """The state of the model: ready, with these `facts`, loading, or failed to load.

    Example:
        >>> status("coco", Facts("coco", "CPU", latent_dim=64, max_length=20, has_prior=True))
        '...data-state="ready"...<b>ready</b> <span>64 numbers per sentence, on CPU</span>...'
        >>> status("coco", None)
        '...<b>loading</b> <span>Photo captions, which takes a few seconds</span></div>'
    """
    language = f' data-model-lang="{escape(facts.language)}"' if facts else ""
    if facts is not None:
        state, name = "ready", strings.STATE_READY
        text = _line(facts)
        text += strings.STATUS_READY.format(latent_dim=facts.latent_dim, device=facts.device)
        if facts.idle_gpus:
            text += strings.STATUS_IDLE.format(devices=", ".join(facts.idle_gpus))
        text += strings.STATUS_UNFINISHED * facts.is_unfinished
        text += f"; {facts.notice}" * bool(facts.notice)
    elif failed:
        state, name = "failed", strings.STATE_FAILED
        text = model_name(model)
    else:
        state, name = "loading", strings.STATE_LOADING
        text = strings.STATUS_LOADING.format(model=model_name(model))
    return (
        f'<div class="tv-status" data-state="{state}"{language}'
        f' data-model="{escape(model)}" role="status">'
        f'<span class="tv-dot" aria-hidden="true"></span><b>{escape(name)}</b> '
        f"<span>{escape(text)}</span></div>"
    )
