"""The card of a Space: `README.md` of the repository that shows a model as a page."""

from collections.abc import Sequence
from typing import Any

from textvae.saving import manifest
from textvae.saving.front_matter import front_matter

MAX_DESCRIPTION = 60  # characters that the Hub allows for a Space's short_description
DESCRIPTION = "Explore the latent space of a text VAE"


def space_card(
    repo: str,
    revision: str,
    *,
    sdk_version: str,
    is_private: bool,
    parts: Sequence[str] = (),
    hardware: str = "cpu-basic",
) -> str:
    """The card of a Space that shows one commit of a model repository.

    Args:
        repo: the model, `owner/name`.
        revision: its commit.
        sdk_version: the version of Gradio that the Space runs.
        is_private: whether reading the model requires a token, which a build does not have.
        parts: the optional files that the model has.
        hardware: what the Hub suggests to users who duplicate the Space.

    Example:
        >>> card = space_card("me/pets", "0a1b2c", sdk_version="6.0.0", is_private=True)
        >>> card.splitlines()[-1]
        'It is private: add a secret HF_TOKEN that may read it.'
    """
    name = repo.partition("/")[2]
    facts: dict[str, Any] = {
        "title": name,
        "emoji": "🌊",
        "colorFrom": "indigo",
        "colorTo": "blue",
        "sdk": "gradio",
        "sdk_version": sdk_version,
        "python_version": "3.11",
        "app_file": "app.py",
        "license": "mit",
        "short_description": DESCRIPTION,
        "tags": ["vae", "text-generation", "latent-space"],
        "models": [repo],
        "suggested_hardware": hardware,
        "pinned": False,
    }
    if not is_private:  # files fetched during the build need not be fetched at every start
        files = ",".join([manifest.NAME, *manifest.FILES, *parts])
        facts["preload_from_hub"] = [f"{repo} {files} {revision}"]
    secret = "It is private: add a secret HF_TOKEN that may read it.\n" if is_private else ""
    return (
        f"{front_matter(facts)}\n# {name}\n\nThe page of textvae for the model [{repo}]"
        f"(https://huggingface.co/{repo}), commit `{revision}`.\n{secret}"
    )
