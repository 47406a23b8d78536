"""Preparing captions for a model, with warnings about those not read as typed."""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textvae.checks import listed
from textvae.data.left_out import left_out
from textvae.data.text_modes import UNITS
from textvae.errors import BadInput

if TYPE_CHECKING:
    from textvae.data.prepared_caption import PreparedCaption
    from textvae.pipeline import Pipeline

MAX_EXPLAINED = 20  # captions; suggestions take time, and no one reads more
MAX_NUMBERED = 1000  # numbers of captions in a message
REWORDED, INCOMPLETE, UNKNOWN, SHORTENED, UNREADABLE = (
    "read in other words",
    "with characters that are not read",
    "with unknown words",
    "shortened",
    "unreadable, which give empty lines",
)

log = logging.getLogger(__name__)


class CaptionReader:
    """Prepares captions in parts, and warns about those that are not read as typed.

    The first `MAX_EXPLAINED` of them are explained one by one; the others are counted.

    Args:
        vae: the model.
        is_strict: whether a caption that the model cannot read is an error; otherwise None
            takes its place.
        is_numbered: whether messages include the number of the caption.

    Example:
        >>> import textvae
        >>> reader = CaptionReader(textvae.load("article"), is_strict=False)
        >>> [each.cleaned for each in reader.read(["two elephants", "An elephant."])]
        ['two elephants', 'an elephant']
    """

    def __init__(self, vae: "Pipeline", is_strict: bool, is_numbered: bool = True) -> None:
        self.vae, self.is_strict, self.is_numbered = vae, is_strict, is_numbered
        self._num_explained, self._counts = 0, Counter[str]()
        self._unread: list[int] = []  # numbers of those only counted

    def read(self, captions: Sequence[str], first: int = 0) -> "list[PreparedCaption | None]":
        """Each caption, prepared; `first` is the number of the first one, from 0.

        Raises:
            BadInput: the reader is strict and the model cannot read a caption, whose number is
                in the message.
        """
        return [self._read(each, number) for number, each in enumerate(captions, first + 1)]

    def summarize(self) -> None:
        """Warn about the captions that were only counted."""
        if self._unread:
            numbers = listed(self._unread, MAX_NUMBERED)
            log.warning("these captions give an empty line as well: %s", numbers)
        if self._counts:
            found = ", ".join(f"{count:,} {what}" for what, count in self._counts.items())
            log.warning("of the captions after these: %s", found)

    def _read(self, caption: str, number: int) -> "PreparedCaption | None":
        place = f"caption {number}: " if self.is_numbered else ""
        try:
            if fault := getattr(caption, "fault", ""):
                raise BadInput(fault)
            prepared = self.vae.prepare(caption)
        except BadInput as error:
            if self.is_strict:
                raise BadInput(f"{place}{error}") from None
            if self._is_explained([UNREADABLE]):
                log.warning("caption %d gives an empty line: %s", number, error)
            elif len(self._unread) <= MAX_NUMBERED:
                self._unread.append(number)
            return None
        missing = left_out(caption, prepared.cleaned).things
        kinds = (
            (REWORDED, prepared.reworded),
            (INCOMPLETE, bool(missing)),
            (UNKNOWN, bool(prepared.unknown_words)),
            (SHORTENED, prepared.shortened),
        )
        found = [kind for kind, is_so in kinds if is_so]
        if found and self._is_explained(found):
            self._explain(place, prepared, missing)
        return prepared

    def _is_explained(self, kinds: Sequence[str]) -> bool:
        """Whether to explain this caption rather than count it."""
        is_explained = self._num_explained < MAX_EXPLAINED
        if is_explained:
            self._num_explained += 1
        else:
            self._counts.update(kinds)
        return is_explained

    def _explain(self, place: str, prepared: "PreparedCaption", missing: Sequence[str]) -> None:
        """Warn about each part that the model does not read as typed."""
        if prepared.reworded:
            log.warning("%sread as: %s", place, prepared.cleaned)
        if missing:
            log.warning("%sleft out: %s", place, ", ".join(missing))
        if prepared.unknown_words:
            unknown = ", ".join(map(prepared.explain, prepared.unknown_words))
            log.warning("%sunknown words: %s", place, unknown)
        if prepared.shortened:
            unit = UNITS[prepared.mode]
            log.warning("%sshortened to the first %d %s", place, self.vae.max_length, unit)
