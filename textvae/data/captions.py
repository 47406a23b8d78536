"""Captions files -> cleaned captions, with an account of those that were dropped.

A caption keeps one trace of where it came from, its `group`: captions of one group must never
be split between training and validation.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from textvae.data.categories import mentions
from textvae.data.cleaning import clean
from textvae.data.readers import coco
from textvae.data.readers.reader import RawCaption, ReadOptions
from textvae.data.readers.registry import read_captions
from textvae.errors import BadInput


class Caption(NamedTuple):
    """One cleaned caption and the group that must stay on one side of every split.

    Example:
        >>> Caption("coco:42", "a dog").text
        'a dog'
    """

    group: str
    text: str


@dataclass(frozen=True)
class Captions:
    """The captions that were kept, and the number of those that were dropped.

    Attributes:
        captions: kept captions, in the order of the files.
        num_read: captions before any was dropped: those kept plus those dropped.
        dropped: reason -> how many captions were dropped for it.

    Example:
        >>> captions = Captions((Caption("coco:42", "a dog"),), 3, {"blank line": 2})
        >>> len(captions), captions.texts
        (1, ['a dog'])
    """

    captions: tuple[Caption, ...]
    num_read: int
    dropped: Mapping[str, int]

    def __post_init__(self) -> None:
        if self.num_read != len(self.captions) + sum(self.dropped.values()):
            raise ValueError(f"{self.num_read} captions read, but {self.summary()}")

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def texts(self) -> list[str]:
        """The cleaned texts, in order."""
        return [caption.text for caption in self.captions]

    def summary(self) -> str:
        """One line with the counts.

        Example:
            >>> Captions((), 2, {"blank line": 2}).summary()
            '2 captions read, 0 kept, 2 dropped (2 blank line)'
        """
        reasons = _by_frequency(self.dropped)
        return (
            f"{self.num_read:,} captions read, {len(self):,} kept, "
            f"{sum(self.dropped.values()):,} dropped" + (f" ({reasons})" if reasons else "")
        )


def load_captions(
    files: Sequence[Path | str],
    *,
    instances: Sequence[Path | str] = (),
    category: str | None = None,
    column: str = "caption",
    max_length: int | None = None,
    keep_punctuation: bool = False,
) -> Captions:
    r"""Read, clean and filter the captions of all `files`, in order.

    A group is an image ("coco:42": the same id in two files is the same image) or, where there
    are no images, the cleaned text itself, so that equal lines stay together.

    Args:
        files: COCO `captions_*.json`, `.txt` with one caption a line, `.tsv` or `.csv` with a
            header line; each also as `.gz`. UTF-8.
        instances: COCO `instances_*.json`, read only if `category` is given.
        category: with `instances`, keep the captions of images that show it; without, keep the
            captions that mention it, in the singular or the plural ("wine glasses").
        column: the column of a table that holds the captions.
        max_length: drop captions with more words than this, counted after cleaning.
        keep_punctuation: passed to `clean`.

    Raises:
        BadInput: a file cannot be used, the category is unknown, or no caption is kept.

    Example:
        >>> _ = Path("pets.txt").write_text("A dog.\nTwo cats!\n\n")
        >>> load_captions(["pets.txt"]).texts
        ['a dog', 'two cats']
        >>> load_captions(["pets.txt"], category="cat").summary()
        "3 captions read, 1 kept, 2 dropped (1 blank line, 1 without the word 'cat')"
    """
    if not files:
        raise BadInput("no captions file was given; give at least one")
    if max_length is not None and max_length < 1:
        raise BadInput(f"max_length must be at least 1 word, got {max_length}")
    options = ReadOptions(column=column)
    raw = [caption for file in files for caption in read_captions(Path(file), options)]
    dropped: Counter[str] = Counter()
    if category is not None and instances:
        raw = _showing(raw, category, instances, dropped)
    kept = _cleaned(raw, max_length, keep_punctuation, dropped)
    if category is not None and not instances:
        kept = _mentioning(kept, category, dropped)
    if not kept:
        names = ", ".join(map(str, files))
        why = _by_frequency(dropped) or "there were none before"
        raise BadInput(
            f"no captions left after filtering {names}: {why}; give other captions or limits"
        )
    return Captions(tuple(kept), len(kept) + dropped.total(), dict(dropped))


def _cleaned(
    raw: Iterable[RawCaption],
    max_length: int | None,
    keep_punctuation: bool,
    dropped: Counter[str],
) -> list[Caption]:
    """The cleaned captions that have words, but not too many."""
    kept = []
    for group, raw_text in raw:
        text = clean(raw_text, keep_punctuation)
        if not text:
            is_blank = not raw_text.strip()
            dropped["blank line" if is_blank else "no words left after cleaning"] += 1
        elif max_length is not None and text.count(" ") >= max_length:
            dropped[f"longer than {max_length} words"] += 1
        else:
            kept.append(Caption(group or f"text:{text}", text))
    return kept


def _showing(
    raw: Sequence[RawCaption],
    category: str,
    instances: Sequence[Path | str],
    dropped: Counter[str],
) -> list[RawCaption]:
    """The captions of images in which annotators marked `category`."""
    if not all(caption.group for caption in raw):
        raise BadInput(
            "instances go with COCO captions, but some captions come from a text or a table"
            " without image ids; leave out instances to keep captions that mention"
            f" {category!r}"
        )
    images = coco.images_showing(category, instances)
    kept = []
    for caption in raw:
        if caption.group in images.showing:
            kept.append(caption)
        elif caption.group in images.known:
            dropped[f"not of category {category.strip().lower()!r}"] += 1
        else:
            dropped["image is not in the instances files"] += 1
    return kept


def _mentioning(
    captions: Sequence[Caption], category: str, dropped: Counter[str]
) -> list[Caption]:
    """The captions that have `category` as a word or phrase."""
    found = mentions([caption.text for caption in captions], category)
    kept = [caption for caption, is_found in zip(captions, found, strict=True) if is_found]
    if num_lost := len(captions) - len(kept):
        dropped[f"without the word {clean(category)!r}"] += num_lost
    return kept


def _by_frequency(dropped: Mapping[str, int]) -> str:
    """Most frequent reason first: "512 longer than 20 words, 107 blank line"."""
    return ", ".join(f"{n:,} {reason}" for reason, n in Counter(dropped).most_common())
