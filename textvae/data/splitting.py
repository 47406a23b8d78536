"""Training and validation captions that share no group, and smaller sets of captions."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, islice
from operator import attrgetter

from textvae.data.caption_set import Caption, Captions
from textvae.data.stored_captions import StoredCaptions, held_if_few
from textvae.errors import BadInput

PER_GROUP = 2  # captions of each group that `draw_captions` takes


def split_by_group(captions: Captions, share: float, seed: int) -> tuple[Captions, Captions]:
    """(training, validation): whole groups only, `share` of the groups in validation.

    Depends on the groups and the seed, not on the order of the captions. The captions that
    reading dropped are counted in neither split.

    Args:
        captions: of at least 2 groups.
        share: in (0, 1); rounded to whole groups, at least one on each side.
        seed: equal seeds give equal splits.

    Raises:
        BadInput: `share` is out of range or there are fewer than 2 groups.

    Example:
        >>> pairs = tuple(Caption(f"coco:{i // 2}", f"caption {i}") for i in range(8))
        >>> captions = Captions(pairs, 8, {})
        >>> train, validation = split_by_group(captions, 0.25, seed=0)
        >>> len(train), [caption.group for caption in validation.captions]
        (6, ['coco:2', 'coco:2'])
    """
    if not 0 < share < 1:
        raise BadInput(f"the validation share must be between 0 and 1, got {share}")
    num_groups = count_groups(captions)
    if num_groups < 2:
        raise BadInput(
            f"cannot split {len(captions):,} captions in two, since all are of one group:"
            " captions of one image, or equal lines, stay together; give more captions or a"
            " validation file"
        )
    num_held_out = min(max(round(share * num_groups), 1), num_groups - 1)
    if isinstance(captions.captions, StoredCaptions):
        return _first_groups_apart(captions.captions, num_held_out)
    groups = sorted({caption.group for caption in captions.captions})
    random.Random(seed).shuffle(groups)
    held_out = set(groups[:num_held_out])
    splits: tuple[list[Caption], list[Caption]] = ([], [])
    for caption in captions.captions:
        splits[caption.group in held_out].append(caption)
    train, validation = (Captions(tuple(split), len(split), {}) for split in splits)
    return train, validation


def count_groups(captions: Captions) -> int:
    """The number of groups.

    Example:
        >>> count_groups(Captions((Caption("coco:1", "a dog"), Caption("coco:1", "a")), 2, {}))
        1
    """
    if isinstance(captions.captions, StoredCaptions):
        return sum(1 for _ in groupby(captions.captions, key=_group_of))
    return len(set(map(_group_of, captions.captions)))


def _first_groups_apart(stored: StoredCaptions, count: int) -> tuple[Captions, Captions]:
    """The captions after the first groups, and those of the first groups.

    Stored captions are in a random order of their groups, so the first are a random sample.
    """
    first = islice(groupby(stored, key=_group_of), count)
    num_first = sum(1 for _, group in first for _ in group)
    train, validation = stored.part(num_first, len(stored)), stored.part(0, num_first)
    return Captions(train, len(train), {}), Captions(held_if_few(validation), num_first, {})


_group_of = attrgetter("group")


def _is_in(split: str, caption: Caption) -> bool:
    return caption.split == split


def without_groups_of(captions: Captions, other: Captions, reason: str) -> Captions:
    """The captions whose group does not occur in `other`; the others are counted as `reason`.

    Example:
        >>> captions = Captions((Caption("coco:1", "a dog"), Caption("coco:2", "a cat")), 2, {})
        >>> other = Captions((Caption("coco:2", "two cats"),), 1, {})
        >>> without_groups_of(captions, other, "also in validation").summary()
        '2 captions read, 1 kept, 1 dropped (1 also in validation)'
    """
    taken = {caption.group for caption in other.captions}
    return _filtered(captions, lambda caption: caption.group not in taken, reason)


def training_split(captions: Captions) -> Captions:
    """The captions that the file does not put in another split; all if it has no splits.

    Example:
        >>> held_out = Caption("coco:2", "a cat", split="test")
        >>> captions = Captions((Caption("coco:1", "a dog", split="train"), held_out), 2, {})
        >>> training_split(captions).texts
        ['a dog']
    """
    if not captions.splits & {"train"}:
        return captions
    return _filtered(
        captions,
        lambda caption: caption.split in ("train", ""),
        "in another split of the file than train",
    )


def held_out_split(captions: Captions, *splits: str) -> Captions:
    """The captions in the first of the `splits` that the file has; all if it has none of them.

    Example:
        >>> held_out = Caption("coco:2", "a cat", split="test")
        >>> captions = Captions((Caption("coco:1", "a dog", split="train"), held_out), 2, {})
        >>> held_out_split(captions, "test", "validation").texts
        ['a cat']
    """
    for split in splits:
        if split in captions.splits:
            reason = f"in another split of the file than {split}"
            return _filtered(captions, partial(_is_in, split), reason)
    return captions


def take_first(captions: Captions, limit: int) -> Captions:
    """The first `limit` captions; the rest are counted as dropped.

    Raises:
        BadInput: `limit` is below 1.

    Example:
        >>> captions = Captions((Caption("coco:1", "a dog"), Caption("coco:2", "a cat")), 2, {})
        >>> take_first(captions, 1).texts
        ['a dog']
    """
    if limit < 1:
        raise BadInput(f"limit must be at least 1 caption, got {limit}")
    return _keep(captions, captions.captions[:limit], f"after the first {limit:,}")


def draw_captions(captions: Captions, limit: int, seed: int) -> Captions:
    """About `limit` captions, two of each group, of groups drawn at random.

    The first captions of a file may be of few images; these are of as many as possible while
    most still have another one of their group. The rest are counted as dropped.

    Args:
        captions: to draw from.
        limit: how many to draw, at least 1; where there are too few groups, fewer come.
        seed: equal seeds give equal groups.

    Example:
        >>> six = tuple(Caption(f"coco:{i // 3}", f"caption {i}") for i in range(6))
        >>> drawn = draw_captions(Captions(six, 6, {}), 4, seed=0)
        >>> [caption.group for caption in drawn.captions]
        ['coco:0', 'coco:0', 'coco:1', 'coco:1']
    """
    groups: dict[str, list[Caption]] = {}
    for caption in captions.captions:
        groups.setdefault(caption.group, []).append(caption)
    drawn = list(groups)
    random.Random(seed).shuffle(drawn)
    wanted: set[int] = set()
    for group in drawn:
        if len(wanted) >= limit:
            break
        wanted.update(map(id, groups[group][:PER_GROUP][: limit - len(wanted)]))
    kept = tuple(each for each in captions.captions if id(each) in wanted)
    return _keep(captions, kept, "not drawn")


def no_longer_than(
    captions: Captions, max_length: int, length: Callable[[str], int], unit: str = "words"
) -> Captions:
    """The captions of at most `max_length` units, as `length` counts them.

    Example:
        >>> captions = Captions((Caption("1", "a dog"), Caption("2", "a cat sits")), 2, {})
        >>> no_longer_than(captions, 2, lambda text: len(text.split())).summary()
        '2 captions read, 1 kept, 1 dropped (1 longer than 2 words)'
    """
    return _filtered(
        captions,
        lambda caption: length(caption.text) <= max_length,
        f"longer than {max_length} {unit}",
    )


def _filtered(
    captions: Captions, is_wanted: Callable[[Caption], bool], reason: str
) -> Captions:
    found = captions.captions
    if isinstance(found, StoredCaptions):
        return _keep(captions, held_if_few(found.filtered(is_wanted)), reason)
    return _keep(captions, tuple(filter(is_wanted, found)), reason)


def _keep(captions: Captions, kept: Sequence[Caption], reason: str) -> Captions:
    dropped = Counter(captions.dropped)
    if num_lost := len(captions) - len(kept):
        dropped[reason] += num_lost
    return replace(captions, captions=kept, dropped=dict(dropped))
