"""Accepted forms of a caption: text, or the result of `prepare` or `posterior`."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from textvae.data.prepared_caption import PreparedCaption
from textvae.errors import BadInput
from textvae.latent.caption_posterior import CaptionPosterior

CaptionLike = str | PreparedCaption | CaptionPosterior
Read = TypeVar("Read")


def is_single(captions: Any) -> bool:
    """Whether this is one caption rather than several.

    Example:
        >>> is_single("a dog"), is_single(["a dog"])
        (True, False)
    """
    return isinstance(captions, CaptionLike | bytes) or not isinstance(captions, Iterable)


def prepared_of(caption: PreparedCaption | CaptionPosterior) -> PreparedCaption:
    """The prepared caption, also of an encoded one.

    Example:
        >>> from textvae.data.text_modes import TextSettings
        >>> from textvae.data.tokenizer import Tokenizer
        >>> from textvae.data.prepared_caption import prepare_caption
        >>> prepared_of(prepare_caption("A dog!", Tokenizer(["a"]), TextSettings(9))).cleaned
        'a dog'
    """
    return caption.prepared if isinstance(caption, CaptionPosterior) else caption


def read_each(read: Callable[[Any], Read], captions: Iterable[Any]) -> list[Read]:
    """`read` applied to each caption; an error names the caption that caused it.

    Example:
        >>> read_each(len, ["a dog", "a cat sits"])
        [5, 10]
    """
    found = []
    for place, caption in enumerate(captions):
        try:
            found.append(read(caption))
        except BadInput as error:
            raise BadInput(f"captions[{place}]: {error}") from None
    return found
