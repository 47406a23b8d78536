"""What the environment asks of the page, checked before gradio is imported.

Gradio reads its own variables at import, and a bad one there is a traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from typing import NoReturn

from textvae.errors import BadInput, Unavailable
from textvae.web.i18n import english

HELP = """settings, from the environment:
  TEXTVAE_WEIGHTS       the model shown first: a name under weights/, a folder, or
                        hf://owner/repo
  TEXTVAE_REVISION      of hf://owner/repo the branch, tag or commit (its newest)
  GRADIO_SERVER_NAME    the address to listen on (127.0.0.1; 0.0.0.0 for every one)
  GRADIO_SERVER_PORT    the port (or PORT; the first free one from 7860 on)
"""
# Read once, at import: no telemetry, of tensorflow only what is fatal, and none of gradio's
# statistics of its last 10,000 events, which it makes anew after each and nobody sees.
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",  # else it calls a machine without a GPU an error
}


@dataclass(frozen=True)
class Settings:
    """Where to listen and which model to show first; None leaves the choice open."""

    weights: str | None
    host: str
    port: int | None


def read_settings() -> Settings:
    """The settings, `--help` answered; ends the process with one line if one is bad."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        weights, port = _weights(), _port()
    except BadInput as error:
        stop(error)
    return Settings(weights, os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1", port)


def refuse_arguments() -> None:
    """Answer `--help`; there are no other arguments."""
    argparse.ArgumentParser(
        description="The textvae page, in a browser.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()


def stop(error: BadInput) -> NoReturn:
    """End the process as every textvae command does on bad input: one line, status 2 or 1."""
    print(f"textvae: {error}", file=sys.stderr, flush=True)
    raise SystemExit(1 if isinstance(error, Unavailable) else 2)


def _weights() -> str | None:
    weights = os.environ.get("TEXTVAE_WEIGHTS") or None
    revision = os.environ.get("TEXTVAE_REVISION")
    if not revision:
        return weights
    if not weights or not weights.startswith("hf://") or "@" in weights:
        raise BadInput(english.BAD_REVISION.format(value=revision, weights=weights or ""))
    return f"{weights}@{revision}"


def _port() -> int | None:
    for name in ("GRADIO_SERVER_PORT", "PORT"):
        value = os.environ.get(name, "")
        if value:
            if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
                raise BadInput(english.BAD_PORT.format(name=name, value=value))
            return int(value)
        os.environ.pop(name, None)  # gradio takes an empty one for a number
    return None
