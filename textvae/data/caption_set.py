"""Cleaned captions, and the number of captions dropped for each reason.

A caption keeps the `group` that it comes from: captions of one group must never be split
between training and validation.
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Caption(NamedTuple):
    """One cleaned caption.

    Attributes:
        group: captions of one group must stay on one side of every split.
        text: its words.
        label: its class, such as "positive"; empty without one.
        split: "train", "validation" or "test" if the file has splits; else empty.

    Example:
        >>> Caption("coco:42", "a dog").text
        'a dog'
    """

    group: str
    text: str
    label: str = ""
    split: str = ""


class CaptionSequence(Sequence[Caption]):
    """Captions whose fields can be read separately, which takes less time."""

    @abstractmethod
    def each_text(self) -> Iterator[str]:
        """The texts, in order."""

    @abstractmethod
    def splits(self) -> frozenset[str]:
        """The splits that the files assign captions to."""


class Example(NamedTuple):
    """A line of a file, with its cleaned text or the reason why it was dropped.

    Example:
        >>> Example("A dog.", "a dog"), Example("  ", "", "empty").dropped
        (Example(raw='A dog.', text='a dog', dropped=''), 'empty')
    """

    raw: str
    text: str
    dropped: str = ""


@dataclass(frozen=True)
class Captions:
    """The captions that were kept, and the number of those that were dropped.

    Attributes:
        captions: kept captions, in the order of the files.
        num_read: captions read: those kept plus those dropped.
        dropped: reason -> how many captions were dropped for it.
        files: the detected format of each file, in words.
        examples: the first lines of the files, before and after cleaning.
        reworded: the share of the first lines whose words cleaning changed.

    Example:
        >>> captions = Captions((Caption("coco:42", "a dog"),), 3, {"blank": 2})
        >>> len(captions), captions.texts
        (1, ['a dog'])
    """

    captions: Sequence[Caption]
    num_read: int
    dropped: Mapping[str, int]
    files: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    reworded: float = 0.0

    def __post_init__(self) -> None:
        if self.num_read != len(self.captions) + sum(self.dropped.values()):
            raise ValueError(f"{self.num_read} captions read, but {self.summary()}")

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def texts(self) -> list[str]:
        """The cleaned texts, in order, all in memory."""
        return list(self.each_text())

    @property
    def labels(self) -> list[str]:
        """The labels, in order; empty strings where the file has none."""
        return [caption.label for caption in self.captions]

    def each_text(self) -> Iterator[str]:
        """The cleaned texts one by one, which need not fit in memory."""
        if isinstance(self.captions, CaptionSequence):
            return self.captions.each_text()
        return (caption.text for caption in self.captions)

    @cached_property
    def splits(self) -> frozenset[str]:
        """The splits that the files assign captions to; empty without any."""
        if isinstance(self.captions, CaptionSequence):
            return self.captions.splits()
        return frozenset(caption.split for caption in self.captions if caption.split)

    def summary(self) -> str:
        """One line with the counts.

        Example:
            >>> Captions((), 2, {"blank": 2}).summary()
            '2 captions read, 0 kept, 2 dropped (2 blank)'
        """
        reasons = by_frequency(self.dropped)
        captions = "caption" if self.num_read == 1 else "captions"
        return (
            f"{self.num_read:,} {captions} read, {len(self):,} kept, "
            f"{sum(self.dropped.values()):,} dropped" + (f" ({reasons})" if reasons else "")
        )


def by_frequency(dropped: Mapping[str, int]) -> str:
    """The count of each reason in one line, the most frequent first.

    Example:
        >>> by_frequency({"blank": 107, "longer than 20 words": 1512})
        '1,512 longer than 20 words, 107 blank'
    """
    return ", ".join(f"{n:,} {reason}" for reason, n in Counter(dropped).most_common())
