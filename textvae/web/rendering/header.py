"""The header of the page as HTML: its title, and the state of the model."""

from __future__ import annotations

from textvae.web.i18n.language import strings
from textvae.web.rendering.markup import escape
from textvae.web.results import Facts


def title(share_url: str) -> str:
    """Name and tagline of the page.

    `share_url` is the address that copied links begin with; the browser's own if it is empty.
    """
    share = f' data-share="{escape(share_url)}"' if share_url else ""
    language = f' data-lang="{escape(strings.LANGUAGE_TAG)}"'
    return f"<h1{share}{language}>{escape(strings.TITLE)}</h1><p>{escape(strings.TAGLINE)}</p>"


def status(model: str, facts: Facts | None, failed: bool = False) -> str:
    """Whether the model is ready, loading, or failed to load; `facts` are of a ready one."""
    language = f' data-model-lang="{escape(facts.language)}"' if facts else ""
    if facts is not None:
        state, name = "ready", strings.STATE_READY
        text = strings.STATUS_READY.format(latent_dim=facts.latent_dim, device=facts.device)
        if facts.idle_gpus:
            text += strings.STATUS_IDLE.format(devices=", ".join(facts.idle_gpus))
        text += f"; {facts.notice}" * bool(facts.notice)
    elif failed:
        state, name = "failed", strings.STATE_FAILED
        text = strings.STATUS_FAILED.format(model=model)
    else:
        state, name = "loading", strings.STATE_LOADING
        text = strings.STATUS_LOADING.format(model=model)
    return (
        f'<div class="tv-status" data-state="{state}"{language} role="status">'
        f'<span class="tv-dot" aria-hidden="true"></span><b>{escape(name)}</b> '
        f"<span>{escape(text)}</span></div>"
    )
