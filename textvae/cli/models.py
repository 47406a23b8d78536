"""The model that a verb is about, and the captions it is given."""

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textvae import loading
from textvae.data.text_modes import UNITS
from textvae.errors import BadInput

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.pipeline import Pipeline

log = logging.getLogger(__name__)


def load_model(weights: str, device: str) -> "Pipeline":
    """The model on its device; a warning says if it is an older copy than the Hub's.

    Raises:
        BadInput: there is no such model or device, or its files are damaged.
        Unavailable: it is on the Hub, which fails, and the cache has no copy.
    """
    started = time.monotonic()
    vae = loading.load_quietly(weights, device=device)
    seconds = time.monotonic() - started
    log.debug("loaded %s in %.1f s; it runs on %s", vae.name, seconds, vae.device)
    if vae.notice:
        log.warning(vae.notice)
    return vae


def prepare_captions(vae: "Pipeline", captions: Sequence[str]) -> "list[PreparedCaption]":
    """The captions as the model reads them; warns of unknown words and of shortened captions.

    Raises:
        BadInput: the model cannot read a caption; the message has its number.
    """
    found = []
    for number, caption in enumerate(captions, 1):
        place = f"caption {number}: " if len(captions) > 1 else ""
        try:
            found.append(vae.prepare(caption))
        except BadInput as error:
            raise BadInput(f"{place}{error}") from None
        _warn(place, found[-1], vae.max_length)
    return found


def prepare_readable(
    vae: "Pipeline", captions: Sequence[str]
) -> "list[PreparedCaption | None]":
    """As `prepare_captions`, with None and a warning for each that the model cannot read."""
    found: list[PreparedCaption | None] = []
    for number, caption in enumerate(captions, 1):
        try:
            prepared = vae.prepare(caption)
        except BadInput as error:
            log.warning("caption %d gives an empty line: %s", number, error)
            found.append(None)
        else:
            _warn(f"caption {number}: ", prepared, vae.max_length)
            found.append(prepared)
    return found


def _warn(place: str, prepared: "PreparedCaption", max_length: int) -> None:
    """Say what the model does not read as it was typed."""
    if prepared.reworded:
        log.warning("%sread as: %s", place, prepared.cleaned)
    if prepared.unknown_words:
        unknown = ", ".join(map(prepared.explain, prepared.unknown_words))
        log.warning("%sunknown words: %s", place, unknown)
    if prepared.shortened:
        unit = UNITS[prepared.mode]
        log.warning("%sshortened to the first %d %s", place, max_length, unit)
