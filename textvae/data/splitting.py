"""Training and validation captions that share no group, and smaller sets of captions."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, islice
from operator import attrgetter

from textvae.data.caption_set import Caption, Captions
from textvae.data.captions import TEXT_GROUP
from textvae.data.stored_captions import StoredCaptions, held_if_few
from textvae.errors import BadInput

PER_GROUP = 2  # captions that `draw_captions` takes from each group
OF_TRAINING = ("train", "")  # splits of a file
NEAR = 1.5  # maximum factor between the held-out share and the requested one


def split_by_group(captions: Captions, share: float, seed: int) -> tuple[Captions, Captions]:
    """(training, validation): only whole groups, about `share` of the captions in validation.

    Depends on the groups and the seed, not on the order of the captions. The captions dropped
    in reading are counted in neither split. For groups of one size, and for captions without
    groups other than equal texts, it is the share of the groups.

    Args:
        captions: of at least 2 groups.
        share: in (0, 1); at least one group is on each side.
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
    sizes = Counter(size for _, size in _sized_groups(captions))
    num_groups = sizes.total()
    if num_groups < 2:
        raise BadInput(
            f"cannot split {len(captions):,} captions in two, since all are in one group:"
            " captions of one image, or equal lines, stay together; give more captions or a"
            " validation file"
        )
    most = num_groups - 1
    if len(sizes) == 1 or not has_groups(captions):
        most, limit = min(max(round(share * num_groups), 1), most), math.inf
        if isinstance(captions.captions, StoredCaptions):
            return _first_groups_apart(captions.captions, most)
    else:
        limit = max(NEAR * share * len(captions), min(sizes))
    groups = _sized_groups(captions)
    if not isinstance(captions.captions, StoredCaptions):  # those are in a random order
        groups = list(groups)
        random.Random(seed).shuffle(groups)
    held_out = _first_that_fit(groups, limit, most)
    train = _where(captions.captions, lambda caption: caption.group not in held_out)
    validation = _where(captions.captions, lambda caption: caption.group in held_out)
    return Captions(train, len(train), {}), Captions(validation, len(validation), {})


def describe_other_share(train: Captions, validation: Captions, share: float) -> str:
    """A note for the user if whole groups do not add up to the share; else empty.

    Example:
        >>> few, many = (Captions((Caption("a", "a dog"),) * n, n, {}) for n in (10, 90))
        >>> describe_other_share(few, many, 0.1)
        'validation has 90.0% of the lines instead of 10.0%, since groups stay whole, also
        of equal lines, and some are large; --validation names a file of other lines'
        >>> describe_other_share(many, few, 0.1)
        ''
    """
    found = len(validation) / (len(train) + len(validation))
    if share / NEAR <= found <= share * NEAR:
        return ""
    return (
        f"validation has {found:.1%} of the lines instead of {share:.1%}, since groups stay"
        " whole, also of equal lines, and some are large; --validation names a file of other"
        " lines"
    )


def count_groups(captions: Captions) -> int:
    """The number of groups.

    Example:
        >>> count_groups(Captions((Caption("coco:1", "a dog"), Caption("coco:1", "a")), 2, {}))
        1
    """
    return sum(1 for _ in _sized_groups(captions))


def _sized_groups(captions: Captions) -> Iterable[tuple[str, int]]:
    """The groups with their numbers of captions, in the order of storage, else sorted."""
    if isinstance(captions.captions, StoredCaptions):
        runs = groupby(captions.captions, key=_group_of)
        return ((group, sum(1 for _ in members)) for group, members in runs)
    return sorted(Counter(map(_group_of, captions.captions)).items())


def has_groups(captions: Captions) -> bool:
    """Whether any caption has a group other than its own text.

    Example:
        >>> has_groups(Captions((Caption("coco:1", "a dog"),), 1, {}))
        True
    """
    if isinstance(captions.captions, StoredCaptions):
        return captions.captions.has_groups()
    return any(not caption.group.startswith(TEXT_GROUP) for caption in captions.captions)


def _first_that_fit(groups: Iterable[tuple[str, int]], limit: float, most: int) -> set[str]:
    """The first groups that bring the number of captions near the requested one.

    Args:
        groups: with their sizes.
        limit: of captions, `NEAR` times as many as requested.
        most: the maximum number of groups.
    """
    found, total = set[str](), 0
    for group, size in groups:
        missing = limit / NEAR - total
        if missing <= 0 or len(found) == most:
            break
        if size < 2 * missing and total + size <= limit:
            found.add(group)
            total += size
    return found


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
    """The captions that the file does not assign to another split; all if that leaves none.

    Example:
        >>> held_out = Caption("coco:2", "a cat", split="test")
        >>> captions = Captions((Caption("coco:1", "a dog", split="train"), held_out), 2, {})
        >>> training_split(captions).texts
        ['a dog']
    """
    if not captions.splits or all(each.split not in OF_TRAINING for each in captions.captions):
        return captions
    reason = "in another split of the file than train"
    return _filtered(captions, lambda caption: caption.split in OF_TRAINING, reason)


def has_own_validation(captions: Captions) -> bool:
    """Whether files have captions in a validation split, and others to train on.

    Example:
        >>> held_out = Caption("coco:2", "a cat", split="validation")
        >>> has_own_validation(Captions((held_out,), 1, {}))
        False
        >>> has_own_validation(Captions((held_out, Caption("coco:1", "a dog")), 2, {}))
        True
    """
    return "validation" in captions.splits and (
        "train" in captions.splits or any(not caption.split for caption in captions.captions)
    )


def held_out_split(captions: Captions, *splits: str) -> Captions:
    """The captions in the first of the `splits` that the file has; all if it has no such split.

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
    most still have another of their group. The rest are counted as dropped.

    Args:
        captions: to draw from.
        limit: how many to draw, at least 1; fewer if there are too few groups.
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
    return _keep(captions, _where(captions.captions, is_wanted), reason)


def _where(
    captions: Sequence[Caption], is_wanted: Callable[[Caption], bool]
) -> Sequence[Caption]:
    if isinstance(captions, StoredCaptions):
        return held_if_few(captions.filtered(is_wanted))
    return tuple(filter(is_wanted, captions))


def _keep(captions: Captions, kept: Sequence[Caption], reason: str) -> Captions:
    dropped = Counter(captions.dropped)
    if num_lost := len(captions) - len(kept):
        dropped[reason] += num_lost
    return replace(captions, captions=kept, dropped=dict(dropped))
