import sys

import numpy as np
import pytest
from verbs import start

from textvae.data.batching import CaptionBatches, bucketed, padded

RNG = np.random.default_rng(0)
# Each row has a word of its own (its number), so that rows can be told apart.
ROWS = [[1, 100 + i, *[7] * int(RNG.integers(0, 18)), 2] for i in range(203)]


def content(batches, epoch=0, skip=0):
    """The batches as lists of rows without padding."""
    return [
        [[int(t) for t in row if t != 0] for row in batch]
        for batch in batches.dataset(epoch, skip).as_numpy_iterator()
    ]


def test_padding_stands_after_the_words_up_to_the_longest():
    assert padded([[1, 5, 2], [1, 5, 6, 7, 2], [1, 2]]).tolist() == [
        [1, 5, 2, 0, 0],
        [1, 5, 6, 7, 2],
        [1, 2, 0, 0, 0],
    ]
    assert padded([[1, 2]]).dtype == np.int32


def test_every_caption_comes_exactly_once_an_epoch():
    batches = CaptionBatches(ROWS, 16, seed=3)
    for epoch in (0, 1):
        seen = [row for batch in content(batches, epoch) for row in batch]
        assert sorted(seen) == sorted(ROWS)


def test_batches_are_full_but_for_one():
    sizes = [len(batch) for batch in CaptionBatches(ROWS, 16, seed=3).plan()]
    assert sorted(sizes) == [203 % 16, *[16] * 12]
    assert len(CaptionBatches(ROWS, 16, seed=3)) == len(sizes)


def test_the_order_is_a_function_of_seed_and_epoch():
    def plan(seed, epoch):
        return [batch.tolist() for batch in CaptionBatches(ROWS, 16, seed).plan(epoch)]

    assert plan(3, 1) == plan(3, 1)
    assert plan(3, 1) != plan(3, 0)
    assert plan(3, 1) != plan(4, 1)
    # Not only the batches are shuffled: other captions meet in them.
    kept = set(map(frozenset, plan(3, 1))) & set(map(frozenset, plan(3, 0)))
    assert len(kept) <= 2


def test_the_end_of_an_epoch_does_not_wait_for_autotuning():
    assert CaptionBatches(ROWS, 16, seed=3).dataset().options().autotune.enabled is False


def test_a_skipped_start_leaves_the_rest_of_the_same_plan():
    batches = CaptionBatches(ROWS, 16, seed=3)
    assert content(batches, 2, skip=5) == content(batches, 2)[5:]
    assert int(batches.dataset(2, skip=5).cardinality()) == len(batches) - 5


def test_without_a_seed_captions_are_sorted_by_length():
    lengths = [len(row) for batch in content(CaptionBatches(ROWS, 16)) for row in batch]
    assert lengths == sorted(lengths)


def test_tokens_are_words_and_eos_without_bos_or_padding():
    batches = CaptionBatches(ROWS, 16, seed=3)
    words = sum(len(row) - 2 for row in ROWS)
    assert batches.num_tokens == words + len(ROWS)
    by_hand = [sum(len(row) - 1 for row in batch) for batch in content(batches, 4)]
    assert batches.tokens_of(4) == by_hand


def test_captions_of_all_lengths_meet_in_every_batch_of_a_training():
    batches = CaptionBatches(ROWS, 16, seed=3)
    stds = [np.std([len(row) for row in batch]) for batch in content(batches)[:-1]]
    assert min(stds) > 0.5 * np.std([len(row) for row in ROWS])


@pytest.mark.parametrize(("count", "size"), [(1, 1), (2, 8), (8, 8), (9, 32), (513, 513)])
def test_rows_are_filled_up_to_few_shapes_with_rows_again_and_padding(count, size):
    rows = [ROWS[i % len(ROWS)] for i in range(count)]
    filled = bucketed(rows)
    assert len(filled) == size
    assert filled.shape[1] % 4 == 0
    plain = padded(rows)
    np.testing.assert_array_equal(filled[:count, : plain.shape[1]], plain)
    assert (filled[:count, plain.shape[1] :] == 0).all()
    for i in range(count, size):
        np.testing.assert_array_equal(filled[i], filled[i % count])


def test_whatever_a_page_is_asked_it_meets_a_handful_of_shapes():
    rng = np.random.default_rng(1)
    shapes = set()
    for _ in range(500):
        row = [1, *[7] * int(rng.integers(1, 21)), 2]
        shapes.add(bucketed([row] * int(rng.integers(1, 21))).shape)
    assert len(shapes) <= 3 * 6


LONG = [
    [1, *range(100 * i, 100 * i + 12), 2] for i in range(1, 401)
]  # words in a row, in order


def test_a_share_of_the_captions_is_cut_to_a_piece_of_one_to_six_words():
    rows = CaptionBatches(LONG, 16, seed=3, fragments=0.5).rows_of(1)
    cut = [(row, whole) for row, whole in zip(rows, LONG, strict=True) if row != whole]
    assert 0.4 < len(cut) / len(LONG) < 0.6  # s.e. 0.025
    assert {len(row) - 2 for row, _ in cut} == {1, 2, 3, 4, 5, 6}
    for (first, *words, last), whole in cut:
        assert (first, last) == (1, 2)
        assert words == list(range(words[0], words[0] + len(words)))
        assert set(words) < set(whole)
    starts = {row[1] - whole[1] for row, whole in cut}
    assert {0, 5, 11} <= starts  # from the first word to the last


def test_pieces_are_a_function_of_seed_and_epoch_and_batches_are_made_of_them():
    def batches(seed):
        return CaptionBatches(LONG, 16, seed, fragments=0.3)

    assert batches(3).rows_of(2) == batches(3).rows_of(2)
    assert batches(3).rows_of(2) != batches(3).rows_of(1)
    assert batches(3).rows_of(2) != batches(4).rows_of(2)
    seen = [row for batch in content(batches(3), 2) for row in batch]
    assert sorted(seen) == sorted(map(list, batches(3).rows_of(2)))
    by_hand = [sum(len(row) - 1 for row in batch) for batch in content(batches(3), 2)]
    assert batches(3).tokens_of(2) == by_hand


def test_captions_too_short_to_cut_stay():
    short = [[1, 2], [1, 9, 2]] * 40
    assert CaptionBatches(short, 8, seed=0, fragments=1.0).rows_of(0) == short


BATCHES = """
import os, sys, tempfile
tempfile.tempdir = sys.argv[1]
from textvae.data.batching import CaptionBatches
assert len(list(CaptionBatches([[1, 5, 2]] * 9, 4).dataset())) == 3
print(os.listdir(sys.argv[1]))
"""


def test_batches_leave_no_code_among_the_temporary_files(tmp_path):
    process = start(tmp_path, program=(sys.executable, "-c", BATCHES))
    assert process.communicate()[0] == "[]\n"
