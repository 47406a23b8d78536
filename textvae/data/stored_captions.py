"""Captions that do not fit in memory, on disk, with those of a group next to each other.

Their order is random, determined only by their groups and a seed: the first ones are a sample,
and a block holds captions from everywhere in the files.
"""

import hashlib
import logging
import marshal
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Self, TypeVar, overload

import numpy as np

from textvae.data.block_files import BlockFile, BlockWriter
from textvae.data.caption_set import Caption, Captions, CaptionSequence
from textvae.data.captions import TEXT_GROUP
from textvae.data.shuffling import WINDOW
from textvae.data.token_rows import BLOCK
from textvae.errors import naming
from textvae.runtime.scratch import ScratchFolder
from textvae.types import Array, Bools

NUM_BUCKETS = 256  # that captions are distributed to, to be sorted one by one
SAMPLE = 100_000  # captions that represent all
AT_ONCE = 256  # captions of a bucket written at once
KEY_BITS = 48
SIZE_BYTES = 8  # of the length before a bucket's chunk of rows
Row = tuple[int, str, str, str, str]  # the key of a caption, and its fields
T = TypeVar("T")
log = logging.getLogger(__name__)


class StoredCaptions(CaptionSequence):
    """Captions of a file, all or some of them, read on demand.

    Args:
        file: of blocks, as `gather` writes it.
        kept: for each block which of its captions are included, as packed bits; None for all.
    """

    def __init__(self, file: BlockFile, kept: Sequence[Array] | None = None) -> None:
        self.file, self._kept = file, kept
        sizes = file.sizes if kept is None else [np.bitwise_count(each).sum() for each in kept]
        self._len = int(sum(sizes))

    def __len__(self) -> int:
        return self._len

    def __iter__(self) -> Iterator[Caption]:
        for block in range(len(self.file)):
            yield from self._captions(block)

    def each_text(self) -> Iterator[str]:
        """Only the texts, in order."""
        for block in range(len(self.file)):
            texts = self.file.read(block, "text")["text"]
            yield from map(bytes.decode, self._of_block(block, texts))

    def splits(self) -> frozenset[str]:
        """The splits that the files assign captions to."""
        found = set[bytes]()
        for block in range(len(self.file)):
            names = self.file.read(block, "split")["split"]
            found.update(self._of_block(block, names) if len(names) else ())
        return frozenset(name.decode() for name in found if name)

    def has_groups(self) -> bool:
        """Whether any of these captions has a group other than its own text."""
        for block in range(len(self.file)):
            names = self.file.read(block, "group")["group"]
            if len(names) and any(self._of_block(block, names)):
                return True
        return False

    @overload
    def __getitem__(self, place: int) -> Caption: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Caption, ...]: ...
    def __getitem__(self, place: int | slice) -> Caption | tuple[Caption, ...]:
        """A caption, or several; those at the beginning are fast to find."""
        if isinstance(place, slice):
            return tuple(islice(self, *place.indices(len(self))))
        places = range(len(self))
        return next(islice(self, places[place], None))

    @property
    def identity(self) -> list[Any]:
        """Equal for two objects that hold the same captions."""
        kept = b"".join(each.tobytes() for each in self._kept or ())
        return [self.file.identity, self.file.checksum, zlib.crc32(kept), len(self)]

    def filtered(self, is_wanted: Callable[[Caption], bool]) -> Self:
        """The captions for which `is_wanted`, called once per caption in order, is true."""
        kept = []
        for block in range(len(self.file)):
            mask = self._mask(block)
            mask[mask] = [is_wanted(caption) for caption in self._captions(block)]
            kept.append(np.packbits(mask))
        return type(self)(self.file, kept)

    def part(self, start: int, stop: int) -> Self:
        """The captions from `start` up to `stop`, selected without reading any."""
        kept = []
        first = 0  # of these captions in the block
        for block in range(len(self.file)):
            mask = self._mask(block)
            places = np.flatnonzero(mask)
            mask[places[: max(start - first, 0)]] = False
            mask[places[max(stop - first, 0) :]] = False
            first += len(places)
            kept.append(np.packbits(mask))
        return type(self)(self.file, kept)

    def _captions(self, block: int) -> list[Caption]:
        found = self.file.read(block)
        texts = [text.decode() for text in found["text"]]
        groups, labels, splits = (
            [value.decode() for value in found[name]] if name in found else [""] * len(texts)
            for name in ("group", "label", "split")
        )
        whole = [
            Caption(group or TEXT_GROUP + text, text, label, split)
            for text, group, label, split in zip(texts, groups, labels, splits, strict=True)
        ]
        return self._of_block(block, whole)

    def _of_block(self, block: int, whole: list[T]) -> list[T]:
        """The entries of `whole`, one per caption of a block, that are for these captions."""
        if self._kept is None:
            return whole
        return list(compress(whole, self._mask(block).tolist()))

    def _mask(self, block: int) -> Bools:
        size = int(self.file.sizes[block])
        if self._kept is None:
            return np.ones(size, bool)
        return np.unpackbits(self._kept[block], count=size).astype(bool)


def is_held(captions: Captions) -> bool:
    """Whether the captions are in memory, not on disk.

    Example:
        >>> is_held(Captions((Caption("1", "a dog"),), 1, {}))
        True
    """
    return not isinstance(captions.captions, StoredCaptions)


def held_if_few(captions: StoredCaptions) -> Sequence[Caption]:
    """The captions in memory if they are few of those in their file, else unchanged."""
    return tuple(captions) if len(captions) <= WINDOW else captions


def sample(captions: Captions) -> Captions:
    """The captions if they are in memory; otherwise some of them, read into memory.

    Example:
        >>> sample(Captions((Caption("1", "a dog"),), 1, {})).texts
        ['a dog']
    """
    if is_held(captions):
        return captions
    some = captions.captions[:SAMPLE]
    return Captions(tuple(some), len(some), {})


def gather(
    captions: Iterable[Caption],
    path: Path | None,
    seed: int,
    identity: Any = None,
    account: Callable[[], Any] = dict,
) -> Sequence[Caption]:
    """The captions, in memory in their order if there are no more than `WINDOW`.

    Args:
        captions: as they are read.
        path: where more of them are stored; None for a folder that ends with the process.
        seed: of their order there.
        identity: of the files read and the settings, for `BlockFile.find`.
        account: returns the facts to store in the file once all are read.

    Raises:
        OSError: the disk is full; nothing is left at `path`.

    Example:
        >>> gather([Caption("1", "a dog"), Caption("2", "a cat")], None, seed=0)[1].text
        'a cat'
    """
    captions = iter(captions)
    held = tuple(islice(captions, WINDOW))
    more = next(captions, None)
    if more is None:
        return held
    captions = chain(held, [more], captions)
    del held
    if path is not None:
        return StoredCaptions(_store(captions, path, seed, identity, account))
    folder = ScratchFolder()
    file = _store(captions, folder.path / "captions.tfrecord", seed, identity, account)
    weakref.finalize(file, folder.remove)
    return StoredCaptions(file)


def _store(
    captions: Iterable[Caption],
    path: Path,
    seed: int,
    identity: Any,
    account: Callable[[], Any],
) -> BlockFile:
    """The captions in a file, in the order of their keys."""
    log.info("more than %s lines: storing them in %s", f"{WINDOW:,}", path.parent)
    with ScratchFolder(path.parent) as folder:
        buckets = _spread(captions, seed, folder.path)
        with BlockWriter(path, identity) as writer:
            for block in blocks_of(chain.from_iterable(map(_sorted, buckets))):
                writer.write(_features(block), len(block))
            return writer.finish(account())


def blocks_of(captions: Iterable[Caption]) -> Iterator[list[Caption]]:
    """The captions in blocks; a group is divided only if it is larger than a block.

    Example:
        >>> few = [Caption("1", "a dog"), Caption("1", "two dogs")]
        >>> [len(block) for block in blocks_of(few * 3000)]
        [6000]
    """
    block: list[Caption] = []
    for caption in captions:
        is_full = len(block) >= BLOCK and caption.group != block[-1].group
        if is_full or len(block) >= 2 * BLOCK:
            yield block
            block = []
        block.append(caption)
    if block:
        yield block


def _key(group: str, seed: int) -> int:
    """A random number of a group, the same on every machine."""
    data = f"{seed} {group}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=KEY_BITS // 8).digest())


def _spread(captions: Iterable[Caption], seed: int, folder: Path) -> list[Path]:
    """Files of captions with similar keys; later files have larger keys."""
    paths = [folder / str(number) for number in range(NUM_BUCKETS)]
    waiting: list[list[Row]] = [[] for _ in paths]
    for caption in captions:
        key = _key(caption.group, seed)
        number = key * NUM_BUCKETS >> KEY_BITS
        waiting[number].append((key, *caption))
        if len(waiting[number]) == AT_ONCE:
            _append(paths[number], waiting[number])
            waiting[number] = []
    for path, rest in zip(paths, waiting, strict=True):
        _append(path, rest)
    return paths


def _append(path: Path, rows: list[Row]) -> None:
    data = marshal.dumps(rows)  # several times as fast as JSON; only this process reads it
    with naming(path), path.open("ab") as file:
        file.write(len(data).to_bytes(SIZE_BYTES) + data)


def _sorted(path: Path) -> list[Caption]:
    """The captions of a bucket in the order of their keys, then of the files."""
    rows: list[Row] = []
    with path.open("rb") as file:
        while size := file.read(SIZE_BYTES):
            rows += marshal.loads(file.read(int.from_bytes(size)))
    path.unlink()
    rows.sort(key=itemgetter(0, 1))
    return [Caption(*fields) for _, *fields in rows]


def _features(block: Sequence[Caption]) -> dict[str, list[bytes]]:
    """The fields of captions to store: those that are not empty and cannot be derived."""
    features = {"text": [caption.text.encode() for caption in block]}
    groups = [
        "" if caption.group == TEXT_GROUP + caption.text else caption.group for caption in block
    ]
    for name, values in (
        ("group", groups),
        ("label", [caption.label for caption in block]),
        ("split", [caption.split for caption in block]),
    ):
        if any(values):
            features[name] = [value.encode() for value in values]
    return features
