import itertools
import random
from collections import Counter

import pytest
from captions_files import of_images, of_lines, write

from textvae.data.caption_set import Caption, Captions
from textvae.data.captions import load_captions
from textvae.data.splitting import (
    draw_captions,
    split_by_group,
    take_first,
    training_split,
    without_groups_of,
)
from textvae.errors import BadInput


def test_a_split_keeps_every_caption_and_never_splits_an_image():
    whole = of_images(50)
    train, validation = split_by_group(whole, 0.2, seed=0)
    assert len(validation) == 30  # 10 of 50 images, 3 captions each
    assert sorted(train.captions + validation.captions) == sorted(whole.captions)
    assert not {c.group for c in train.captions} & {c.group for c in validation.captions}


def test_equal_lines_never_straddle_the_splits(tmp_path):
    lines = [f"line {'x' * (i % 5)}" for i in range(40)]
    read = load_captions([write(tmp_path / "a.txt", "\n".join(lines))])
    for seed in range(10):
        train, validation = split_by_group(read, 0.4, seed)
        assert not set(train.texts) & set(validation.texts)
        assert len(train) == 24


def test_a_split_depends_on_the_seed_but_not_on_the_order():
    whole = of_images(50)
    mixed = list(whole.captions)
    random.Random(1).shuffle(mixed)
    other = Captions(tuple(mixed), len(mixed), {})
    splits = split_by_group(whole, 0.2, seed=3)
    again = split_by_group(other, 0.2, seed=3)
    assert [set(split.captions) for split in splits] == [set(split.captions) for split in again]
    assert set(split_by_group(whole, 0.2, seed=4)[1].captions) != set(splits[1].captions)


def former_split(captions, share, seed):
    """What `split_by_group` did when it counted groups, however large."""
    groups = sorted({caption.group for caption in captions})
    random.Random(seed).shuffle(groups)
    held_out = set(groups[: min(max(round(share * len(groups)), 1), len(groups) - 1)])
    return [caption for caption in captions if caption.group in held_out]


def test_captions_without_groups_or_in_equal_groups_are_split_as_ever():
    """The captions that the shipped models have not seen are those that were held out."""
    equal = [of_images(count, per_image) for count in (2, 15, 50) for per_image in (1, 3)]
    repeated = of_lines(*(f"line {n * n % 37}" for n in range(100)))
    for captions in (repeated, *equal):
        for share, seed in itertools.product([0.01, 0.1, 0.3, 0.5, 0.9], range(5)):
            held_out = split_by_group(captions, share, seed)[1]
            assert list(held_out.captions) == former_split(captions.captions, share, seed)


def of_sizes(*sizes):
    captions = [Caption(f"group:{g}", f"{g} {n}") for g, size in enumerate(sizes)
                for n in range(size)]  # fmt: skip
    return Captions(tuple(captions), len(captions), {})


@pytest.mark.parametrize(
    ("sizes", "share", "nearest"),
    [
        ([900, 50, 50], 0.2, (0.1, 0.1)),  # the two small ones, whichever is drawn first
        ([900, 50, 50], 0.05, (0.05, 0.05)),
        ([400, 600], 0.2, (0.4, 0.4)),  # no group is smaller
        ([5000, *range(1, 100)], 0.1, (0.09, 0.11)),
        ([*[5] * 90, *[6] * 9, 7], 0.1, (0.09, 0.11)),
    ],
)
def test_a_large_group_does_not_take_most_lines_for_validation(sizes, share, nearest):
    whole = of_sizes(*sizes)
    for seed in range(20):
        train, validation = split_by_group(whole, share, seed)
        assert nearest[0] <= len(validation) / len(whole) <= nearest[1]
        assert sorted(train.captions + validation.captions) == sorted(whole.captions)
        assert not {c.group for c in train.captions} & {c.group for c in validation.captions}


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_neither_split_is_ever_empty(share):
    assert all(map(len, split_by_group(of_images(2), share, seed=0)))


@pytest.mark.parametrize("share", [0, 1, -0.5, float("nan")])
def test_a_share_outside_0_to_1_is_refused(share):
    with pytest.raises(BadInput, match=f"between 0 and 1, got {share}"):
        split_by_group(of_images(5), share, seed=0)


def test_one_group_cannot_be_split():
    with pytest.raises(BadInput, match="cannot split 2 captions in two"):
        split_by_group(of_lines("a dog", "a dog"), 0.5, seed=0)


def test_groups_of_another_split_are_dropped_and_counted():
    ours = Captions(of_lines("a", "b", "a", "c").captions, 5, {"blank": 1})
    left = without_groups_of(ours, of_lines("a", "z"), "also in validation")
    assert left.texts == ["b", "c"]
    assert left.num_read == 5
    assert left.dropped == {"blank": 1, "also in validation": 2}
    assert without_groups_of(ours, of_lines("z"), "never").dropped == {"blank": 1}


def test_a_limit_keeps_the_first_and_counts_the_rest():
    some = take_first(of_lines("a", "b", "c"), 2)
    assert some.texts == ["a", "b"]
    assert some.dropped == {"after the first 2": 1}
    assert take_first(some, 9).captions == some.captions
    with pytest.raises(BadInput, match="limit must be at least 1 caption, got 0"):
        take_first(some, 0)


def test_a_quick_look_draws_two_captions_of_many_images():
    whole = of_images(200)  # of three captions each
    drawn = draw_captions(whole, 100, seed=1)
    groups = Counter(each.group for each in drawn.captions)
    assert set(groups.values()) == {2}
    assert len(drawn) == 100
    first = {each.group for each in whole.captions[:150]}
    assert 5 < len(first & groups.keys()) < 30  # of the first quarter, about a quarter
    assert draw_captions(whole, 100, seed=1).captions == drawn.captions
    assert draw_captions(whole, 100, seed=2).captions != drawn.captions
    assert len(draw_captions(whole, 5, seed=1)) == 5
    assert len(draw_captions(of_lines("a", "b", "c"), 9, seed=1)) == 3
    assert sum(drawn.dropped.values()) == len(whole) - 100


def test_a_test_split_is_left_out_beside_lines_without_a_split():
    each = (
        Caption("1", "a dog"),
        Caption("2", "a cat", split="validation"),
        Caption("3", "a cow", split="test"),
    )
    assert training_split(Captions(each, 3, {})).texts == ["a dog"]
    assert len(training_split(Captions(each[1:], 2, {}))) == 2
