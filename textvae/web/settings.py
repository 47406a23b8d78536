"""The settings of the page, checked before Gradio is imported.

Gradio reads its variables at import, and fails with a traceback if one is invalid.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass

from textvae import loading
from textvae.checks import device_name
from textvae.config import defaults
from textvae.errors import BadInput
from textvae.hub.addresses import Address
from textvae.web.i18n import english

# Gradio reads these at import: no telemetry, and no statistics of its last 10,000 events, which
# it recomputes after each event and no one sees.
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
PAGE = re.compile(r"https?://[^\s/?#@\"<>]+(/[^\s?#\"<>]*)?")  # a URL without a query
DRAIN = 10.0  # seconds; Docker kills a container that takes longer, unless told otherwise


@dataclass(frozen=True)
class Settings:
    """The address, the model to show first, the device, and the shutdown of the page.

    None leaves the choice open.

    Attributes:
        drain: seconds from SIGTERM to the end, for requests in progress.
        url: the URL of the page for visitors, or only its path; empty if unknown.

    Example:
        >>> Settings("coco", "127.0.0.1", 7860)
        Settings(weights='coco', host='127.0.0.1', port=7860, device='auto', drain=10.0, url='')
    """

    weights: str | None
    host: str
    port: int | None
    device: str = defaults.DEVICE
    drain: float = DRAIN
    url: str = ""


def read_settings(
    weights: str | None = None,
    host: str | None = None,
    port: int | None = None,
    device: str | None = None,
    drain: float | None = None,
    url: str | None = None,
) -> Settings:
    """The given settings, and the others from the environment.

    Raises:
        BadInput: one of them cannot be used.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    return Settings(
        weights or _weights(),
        host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1",
        _port() if port is None else _checked_port("--port", str(port)),
        device_name(device or os.environ.get("TEXTVAE_DEVICE") or defaults.DEVICE),
        _drain() if drain is None else _checked_drain("--drain", str(drain)),
        _url() if url is None else _checked_url("--url", url),
    )


def _weights() -> str | None:
    weights = os.environ.get("TEXTVAE_WEIGHTS", "")
    revision = os.environ.get("TEXTVAE_REVISION")
    if not revision:
        return weights or None
    if "@" in weights or not _is_on_hub(weights):
        raise BadInput(english.BAD_REVISION.format(value=revision, weights=weights))
    return f"{weights}@{revision}"


def _is_on_hub(weights: str) -> bool:
    try:
        return isinstance(loading.find(weights), Address)
    except BadInput:
        return False


def _port() -> int | None:
    for name in ("GRADIO_SERVER_PORT", "PORT"):
        value = os.environ.get(name, "")
        if value:
            return _checked_port(name, value)
        os.environ.pop(name, None)  # Gradio would parse an empty one as a number
    return None


def _checked_port(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise BadInput(english.BAD_PORT.format(name=name, value=value))
    return int(value)


def _url() -> str:
    name = "GRADIO_ROOT_PATH"
    value = os.environ.get(name, "")
    return value if not value or value.startswith("/") else _checked_url(name, value)


def _checked_url(name: str, value: str) -> str:
    if not PAGE.fullmatch(value):
        raise BadInput(english.BAD_URL.format(name=name, value=value))
    return value.rstrip("/")


def _drain() -> float:
    value = os.environ.get("TEXTVAE_DRAIN", "")
    return _checked_drain("TEXTVAE_DRAIN", value) if value else DRAIN


def _checked_drain(name: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        raise BadInput(english.BAD_DRAIN.format(name=name, value=value))
    return seconds
