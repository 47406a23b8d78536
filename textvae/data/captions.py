"""Captions files to cleaned captions, all at once or as a stream."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from textvae.data.caption_set import Caption, Captions, Example, by_frequency
from textvae.data.categories import Mention
from textvae.data.cleaning import clean, is_reworded
from textvae.data.readers import coco
from textvae.data.readers.reader import RawCaption, ReadOptions
from textvae.data.readers.registry import open_captions
from textvae.data.readers.sources import Source, find_sources
from textvae.data.text_modes import CAPTION, MAX_CHARACTERS, encodable, fold, normalise
from textvae.errors import BadInput

log = logging.getLogger(__name__)
MAX_LABELS = 200  # distinct; with more, most have too few captions to be learned
NUM_EXAMPLES = 5
MAX_COUNTED = 100_000  # distinct labels
MAX_COMPARED = 10_000  # lines that are compared with what cleaning made of them
MANY_FILES = 10  # with more, each kind is described once
TEXT_GROUP = "text:"  # before a text that is its own group


def load_captions(files: Sequence[Path | str | Source], **settings: Any) -> Captions:
    r"""Read, clean and filter the captions of all `files`, in order.

    Args:
        files: see `CaptionStream`.
        settings: the other arguments of `CaptionStream`.

    Raises:
        BadInput: a file cannot be used, the category is unknown, no caption is kept, or there
            are too few or too many labels.

    Example:
        >>> _ = Path("pets.txt").write_text("A dog.\nTwo cats!\n\n")
        >>> load_captions(["pets.txt"]).texts
        ['a dog', 'two cats']
        >>> load_captions(["pets.txt"], category="cat").summary()
        "3 captions read, 1 kept, 2 dropped (1 without the word 'cat', 1 blank)"
    """
    stream = CaptionStream(files, **settings)
    return stream.result(tuple(stream))


class CaptionStream:
    r"""Captions that are cleaned and filtered one by one as they are read.

    A group is an image ("coco:42": the same id in two files is the same image), a value of the
    group column or, without either, the cleaned text itself, so that equal lines stay together.

    Args:
        files: captions files of any kind that `readers.registry` knows; also folders, patterns
            and `-`, see `readers.sources`.
        instances: COCO `instances_*.json`, read only if `category` is given.
        category: with `instances`, keep the captions of images that show it; without, keep the
            captions that mention it, in the singular or the plural ("wine glasses").
        options: how to read the files, if not detected.
        max_length: drop captions with more words than this, counted after cleaning.
        mode: how lines are cleaned, see `text_modes.normalise`.
        keep_punctuation: for the mode `caption`.
        min_labels: the minimum number of distinct labels, if there is a label column.

    Attributes:
        num_kept: captions so far.
        dropped: reason -> how many were dropped for it so far.

    Raises:
        BadInput: as `load_captions`; some errors appear only when everything is read.

    Example:
        >>> _ = Path("pets.txt").write_text("A dog.\nTwo cats!\n")
        >>> [caption.text for caption in CaptionStream(["pets.txt"])]
        ['a dog', 'two cats']
    """

    def __init__(
        self,
        files: Sequence[Path | str | Source],
        *,
        instances: Sequence[Path | str] = (),
        category: str | None = None,
        options: ReadOptions | None = None,
        max_length: int | None = None,
        mode: str = CAPTION,
        keep_punctuation: bool = False,
        min_labels: int = 2,
    ) -> None:
        if not files:
            raise BadInput("no captions file was given; give at least one")
        if max_length is not None and max_length < 1:
            raise BadInput(f"max_length must be at least 1 word, got {max_length}")
        self._files, self._instances, self._category = files, instances, category
        self._options, self._max_length = options or ReadOptions(), max_length
        self._mode, self._keep_punctuation = mode, keep_punctuation
        self._min_labels = min_labels
        self.num_kept, self.dropped = 0, Counter[str]()
        self._described: list[tuple[str, str]] = []  # names and kinds of files
        self._examples: list[Example] = []
        self._labels: set[str] = set()
        self._num_compared = self._num_reworded = 0

    def __iter__(self) -> Iterator[Caption]:
        with ExitStack() as stack:
            raw = _read(find_sources(self._files, stack), self._options, self._described)
            if self._category is not None and self._instances:
                raw = _showing(raw, self._category, self._instances, self.dropped)
            for caption in self._mentioning(self._cleaned(raw)):
                self.num_kept += 1
                if self._options.label_column is not None and len(self._labels) <= MAX_COUNTED:
                    self._labels.add(caption.label)
                yield caption
        self._check()

    def result(self, captions: Sequence[Caption]) -> Captions:
        """The captions of this stream, with the counts of all that were read."""
        for line in self._kinds():  # only now, since an error is a single line
            log.info("%s", line)
        return Captions(captions, **self.account())

    def account(self) -> dict[str, Any]:
        """The counts of captions read and dropped so far: the other fields of `Captions`."""
        return {
            "num_read": self.num_kept + self.dropped.total(),
            "dropped": dict(self.dropped),
            "files": self._kinds(),
            "examples": tuple(self._examples),
            "reworded": self._num_reworded / max(self._num_compared, 1),
        }

    def _kinds(self) -> tuple[str, ...]:
        """The detected kind of each file; for many files, each kind once."""
        if len(self._described) <= MANY_FILES:
            return tuple(f"{name}: {kind}" for name, kind in self._described)
        names: dict[str, list[str]] = {}
        for name, kind in self._described:
            names.setdefault(kind, []).append(name)
        return tuple(
            f"{len(each):,} files, such as {each[0]}: {kind}" for kind, each in names.items()
        )

    def _cleaned(self, raw: Iterable[RawCaption]) -> Iterator[Caption]:
        """The cleaned captions with an acceptable number of words."""
        most = self._max_length
        for caption in raw:
            text, fault = "", caption.fault
            if len(caption.text) > MAX_CHARACTERS:  # which might take minutes to clean
                fault = f"with more than {MAX_CHARACTERS:,} characters"
            if not fault:
                text = normalise(caption.text, self._mode, self._keep_punctuation)
            if not fault and not text:
                is_blank = not caption.text.strip()
                fault = "blank" if is_blank else "without words after cleaning"
            elif most is not None and text.count(" ") >= most:
                fault = f"longer than {most} words"
            if len(self._examples) < NUM_EXAMPLES and fault != "blank":
                self._examples.append(Example(encodable(caption.text), text, fault))
            if fault:
                self.dropped[fault] += 1
            else:
                group = encodable(caption.group) or f"{TEXT_GROUP}{text}"
                self._compare(caption.text, text)
                # Files of a Mac may spell one label in two ways, which look alike.
                yield Caption(group, text, fold(caption.label), caption.split)

    def _compare(self, raw: str, text: str) -> None:
        """Count the first lines and those of them whose words cleaning changed."""
        is_cleaned = self._mode == CAPTION and not self._keep_punctuation
        if is_cleaned and self._num_compared < MAX_COMPARED:
            self._num_compared += 1
            self._num_reworded += is_reworded(raw, text)

    def _mentioning(self, captions: Iterable[Caption]) -> Iterator[Caption]:
        """The captions that mention the category, if there is one."""
        if self._category is None or self._instances:
            yield from captions
            return
        wanted, reason = Mention(self._category), f"without the word {clean(self._category)!r}"
        for caption in captions:
            if wanted.is_in(clean(caption.text)):
                yield caption
            else:
                self.dropped[reason] += 1
        wanted.check()

    def _check(self) -> None:
        """Raise unless captions are left and the labels, if requested, can be learned."""
        if not self.num_kept:
            names = ", ".join(
                each.name if isinstance(each, Source) else str(each) for each in self._files
            )
            why = by_frequency(self.dropped) or "there are none"
            raise BadInput(
                f"no captions left after filtering {names}: {why}; give other files, or change"
                " what drops them"
            )
        if self._options.label_column is not None:
            labels = self._labels - {""}
            _check_labels(labels, self._options.label_column, self._min_labels)


def _read(
    sources: Iterable[Source], options: ReadOptions, described: list[tuple[str, str]]
) -> Iterator[RawCaption]:
    """The captions of all files; appends the name and kind of each to `described`."""
    for source in sources:
        found = open_captions(source, options)
        split = f"; split: {source.split}" if source.split else ""
        described.append((encodable(source.name), encodable(found.description) + split))
        for caption in found.captions:
            has_split = caption.split or not source.split
            yield caption if has_split else caption._replace(split=source.split)


def _check_labels(labels: set[str], column: str, fewest: int) -> None:
    """Raise unless there are at least `fewest` labels and at most `MAX_LABELS`."""
    if len(labels) < fewest:
        found = f"has one label, {next(iter(labels))!r}" if labels else "has only empty cells"
        raise BadInput(
            f"--label-column {column} {found}; at least 2 different labels are needed: name"
            " another column, or leave it out"
        )
    if len(labels) > MAX_LABELS:
        raise BadInput(
            f"--label-column {column} has {len(labels):,} different labels; at most"
            f" {MAX_LABELS} are possible: name a column of classes, or leave it out"
        )


def _showing(
    raw: Iterable[RawCaption],
    category: str,
    instances: Sequence[Path | str],
    dropped: Counter[str],
) -> Iterator[RawCaption]:
    """The captions of images in which annotators marked `category`."""
    images = None
    for caption in raw:
        if not caption.group.startswith(coco.group_of("")):
            raise BadInput(
                "instances go with COCO captions, but some captions come from a file without"
                " COCO images; leave out instances to keep captions that mention"
                f" {category!r}"
            )
        images = images or coco.images_showing(category, instances)
        if caption.group in images.showing:
            yield caption
        elif caption.group in images.known:
            dropped[f"not of category {category.strip().lower()!r}"] += 1
        else:
            dropped["of images that no instances file has"] += 1
