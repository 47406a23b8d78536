import functools
from itertools import pairwise

import numpy as np

from textvae.metrics.word_differences import align, words_changed, words_kept


def slow_costs(before, after):
    """The fewest changes of all ways to make one the other, and the most words then kept."""

    @functools.cache
    def best(i, j):
        if i == 0 or j == 0:
            return i + j, 0
        same = before[i - 1] == after[j - 1]
        deleted, inserted, other = best(i - 1, j), best(i, j - 1), best(i - 1, j - 1)
        return min(
            (deleted[0] + 1, deleted[1]),
            (inserted[0] + 1, inserted[1]),
            (other[0] + (not same), other[1] - same),
        )

    changes, kept = best(len(before), len(after))
    return changes, -kept


def random_pairs(seed):
    rng = np.random.default_rng(seed)
    for _ in range(200):
        yield tuple(rng.choice(list("abc"), rng.integers(0, 8)).tolist() for _ in range(2))


def test_the_alignment_has_the_fewest_changes_and_then_the_most_words_kept():
    for old, new in random_pairs(0):
        before, after = " ".join(old), " ".join(new)
        found = words_changed(before, after), words_kept(before, after)
        assert found == slow_costs(tuple(old), tuple(new)), (before, after)


def test_runs_alternate_and_hold_both_captions():
    for old, new in random_pairs(1):
        spans = align(" ".join(old), " ".join(new))
        assert [word for span in spans for word in span.before] == old
        assert [word for span in spans for word in span.after] == new
        assert all(this.is_kept != following.is_kept for this, following in pairwise(spans))


def test_changes_by_hand():
    assert words_changed("a man riding a wave", "a man on a big wave") == 2
    assert align("a dog", "a dog") == [(["a", "dog"], ["a", "dog"], "a dog", "a dog")]
    assert align("", "a dog") == [([], ["a", "dog"], "", "a dog")]
    assert align("", "") == []
    # Replacing both words would be two changes as well, and would keep none.
    assert words_kept("red bus", "bus red") == 1


def test_captions_without_spaces_differ_by_characters():
    spans = align("床前明月光", "床前看月光")
    assert [(span.old_text, span.new_text) for span in spans] == [
        ("床前", "床前"), ("明", "看"), ("月光", "月光")
    ]  # fmt: skip
    assert words_changed("床前明月光", "床前看月光") == 1


def test_runs_joined_are_the_captions_with_their_own_spaces():
    rng = np.random.default_rng(3)
    for _ in range(300):
        pair = ["".join(rng.choice(list("ab 床。 ก"), 12)).strip() for _ in range(2)]
        spans = align(*pair)
        assert "".join(span.old for span in spans) == pair[0]
        assert "".join(span.new for span in spans) == pair[1]


def test_a_gap_is_where_one_of_the_captions_has_one():
    assert [span.gap for span in align("a big dog", "a dog")] == ["", " ", " "]
    assert [span.gap for span in align("dog", "big dog")] == ["", " "]
    assert [span.gap for span in align("床前明月", "床前看月")] == ["", "", ""]
