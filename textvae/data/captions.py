"""Captions files -> cleaned captions, with an account of those that were dropped.

A caption keeps one trace of where it came from, its `group`: captions of one group must never
be split between training and validation.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from textvae.data.categories import mentions
from textvae.data.cleaning import clean
from textvae.data.readers import coco
from textvae.data.readers.reader import RawCaption, ReadOptions
from textvae.data.readers.registry import open_captions
from textvae.data.readers.sources import Source, find_sources
from textvae.data.text_modes import CAPTION, normalise
from textvae.errors import BadInput

log = logging.getLogger(__name__)
MAX_LABELS = 200  # different ones; a class with hardly a caption teaches nothing
NUM_EXAMPLES = 5


class Caption(NamedTuple):
    """One cleaned caption.

    Attributes:
        group: captions of one group must stay on one side of every split.
        text: its words.
        label: its class, such as "positive"; empty without one.
        split: "train", "validation" or "test" where the file has splits; else empty.

    Example:
        >>> Caption("coco:42", "a dog").text
        'a dog'
    """

    group: str
    text: str
    label: str = ""
    split: str = ""


class Example(NamedTuple):
    """A line of a file, and what became of it: its cleaned text, or why it was dropped.

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
        num_read: captions before any was dropped: those kept plus those dropped.
        dropped: reason -> how many captions were dropped for it.
        files: what each file was taken for, in words.
        examples: the first lines of the files, before and after cleaning.

    Example:
        >>> captions = Captions((Caption("coco:42", "a dog"),), 3, {"blank line": 2})
        >>> len(captions), captions.texts
        (1, ['a dog'])
    """

    captions: tuple[Caption, ...]
    num_read: int
    dropped: Mapping[str, int]
    files: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        if self.num_read != len(self.captions) + sum(self.dropped.values()):
            raise ValueError(f"{self.num_read} captions read, but {self.summary()}")

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def texts(self) -> list[str]:
        """The cleaned texts, in order."""
        return [caption.text for caption in self.captions]

    @property
    def labels(self) -> list[str]:
        """The labels, in order; each is empty where the file has none."""
        return [caption.label for caption in self.captions]

    @property
    def splits(self) -> frozenset[str]:
        """The splits that the files put captions in; none if they have no splits."""
        return frozenset(caption.split for caption in self.captions if caption.split)

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
    files: Sequence[Path | str | Source],
    *,
    instances: Sequence[Path | str] = (),
    category: str | None = None,
    options: ReadOptions | None = None,
    max_length: int | None = None,
    mode: str = CAPTION,
    keep_punctuation: bool = False,
) -> Captions:
    r"""Read, clean and filter the captions of all `files`, in order.

    A group is an image ("coco:42": the same id in two files is the same image), a value of the
    group column or, where there is neither, the cleaned text itself, so that equal lines stay
    together.

    Args:
        files: captions files of any kind that `readers.registry` knows; also folders, patterns
            and `-`, see `readers.sources`.
        instances: COCO `instances_*.json`, read only if `category` is given.
        category: with `instances`, keep the captions of images that show it; without, keep the
            captions that mention it, in the singular or the plural ("wine glasses").
        options: how to read the files, where they do not tell.
        max_length: drop captions with more words than this, counted after cleaning.
        mode: how lines are cleaned, see `text_modes.normalise`.
        keep_punctuation: of the mode `caption`.

    Raises:
        BadInput: a file cannot be used, the category is unknown, no caption is kept, or the
            labels are no classes.

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
    options = options or ReadOptions()
    dropped: Counter[str] = Counter()
    described: list[str] = []
    examples: list[Example] = []
    with ExitStack() as stack:
        raw = _read(find_sources(files, stack), options, described)
        if category is not None and instances:
            raw = iter(_showing(list(raw), category, instances, dropped))
        kept = _cleaned(raw, max_length, mode, keep_punctuation, dropped, examples)
    if category is not None and not instances:
        kept = _mentioning(kept, category, dropped)
    if not kept:
        names = ", ".join(map(str, files))
        why = _by_frequency(dropped) or "there were none before"
        raise BadInput(
            f"no captions left after filtering {names}: {why}; give other captions or limits"
        )
    if options.label_column is not None:
        _check_labels(kept, options.label_column)
    for line in described:  # not before all is read: a file that is refused ends in one line
        log.info("%s", line)
    num_read = len(kept) + dropped.total()
    return Captions(tuple(kept), num_read, dict(dropped), tuple(described), tuple(examples))


def _read(
    sources: Iterable[Source], options: ReadOptions, described: list[str]
) -> Iterator[RawCaption]:
    """The captions of all files; adds what each file was taken for to `described`."""
    for source in sources:
        found = open_captions(source, options)
        described.append(f"{source.name}: {found.description}")
        for caption in found.captions:
            yield caption if caption.split else caption._replace(split=source.split)


def _cleaned(
    raw: Iterable[RawCaption],
    max_length: int | None,
    mode: str,
    keep_punctuation: bool,
    dropped: Counter[str],
    examples: list[Example],
) -> list[Caption]:
    """The cleaned captions that have words, but not too many."""
    kept = []
    for caption in raw:
        text = "" if caption.fault else normalise(caption.text, mode, keep_punctuation)
        fault = caption.fault
        if not fault and not text:
            is_blank = not caption.text.strip()
            fault = "blank line" if is_blank else "no words left after cleaning"
        elif max_length is not None and text.count(" ") >= max_length:
            fault = f"longer than {max_length} words"
        if fault:
            dropped[fault] += 1
        else:
            group = caption.group or f"text:{text}"
            kept.append(Caption(group, text, caption.label, caption.split))
        if len(examples) < NUM_EXAMPLES and fault != "blank line":
            examples.append(Example(caption.text, text, fault))
    return kept


def _check_labels(captions: Sequence[Caption], column: str) -> None:
    """Raise unless the labels are classes: at least 2 of them, and not too many."""
    labels = {caption.label for caption in captions if caption.label}
    if len(labels) < 2:
        [only] = labels or {""}
        raise BadInput(
            f"--label-column {column} has one label, {only!r}; labels need at least 2 different"
            " ones: name another column, or leave it out"
        )
    if len(labels) > MAX_LABELS:
        raise BadInput(
            f"--label-column {column} has {len(labels):,} different labels, of at most"
            f" {MAX_LABELS}; name a column of classes, or leave it out"
        )


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
    found = mentions([clean(caption.text) for caption in captions], category)
    kept = [caption for caption, is_found in zip(captions, found, strict=True) if is_found]
    if num_lost := len(captions) - len(kept):
        dropped[f"without the word {clean(category)!r}"] += num_lost
    return kept


def _by_frequency(dropped: Mapping[str, int]) -> str:
    """Most frequent reason first: "512 longer than 20 words, 107 blank line"."""
    return ", ".join(f"{n:,} {reason}" for reason, n in Counter(dropped).most_common())
