"""The model of a verb, and its input captions."""

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textvae import loading
from textvae.cli.remarks import CaptionReader

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.pipeline import Pipeline

log = logging.getLogger(__name__)


def load_model(weights: str, device: str) -> "Pipeline":
    """The model on its device; logs a warning if it is a cached copy, or half trained.

    Raises:
        BadInput: there is no such model or device, or its files are damaged.
        Unavailable: it is on the Hub, which cannot be reached, and there is no cached copy.

    Example:
        >>> load_model("artcle", "cpu")
        Traceback (most recent call last):
        textvae.errors.BadInput: no weights 'artcle': name one of coco, article, ...
    """
    started = time.monotonic()
    vae = loading.load_quietly(weights, device=device)
    seconds = time.monotonic() - started
    log.debug("loaded %s in %.1f s; it runs on %s", vae.name, seconds, vae.device)
    if vae.notice:
        log.warning(vae.notice)
    if vae.is_unfinished:
        log.warning(
            "the training of %s has not ended, so its captions are worse than they will be;"
            " unless it is still running, its command with --resume continues it",
            weights,
        )
    return vae


def prepare_captions(vae: "Pipeline", captions: Sequence[str]) -> "list[PreparedCaption]":
    """The prepared captions, with warnings about unknown words and shortened captions.

    Raises:
        BadInput: the model cannot read a caption, whose number is in the message.

    Example:
        >>> import textvae
        >>> prepare_captions(textvae.load("article"), ["two elephants", "!!"])
        Traceback (most recent call last):
        textvae.errors.BadInput: caption 2: no words are left of '!!' after cleaning; ...
    """
    reader = CaptionReader(vae, is_strict=True, is_numbered=len(captions) > 1)
    return list(filter(None, reader.read(captions)))
