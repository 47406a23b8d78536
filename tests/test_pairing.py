"""Which caption is read to write another."""

import itertools
from collections import Counter

import numpy as np
import pytest

from textvae.data.batching import CaptionBatches
from textvae.data.pairing import Pairing
from textvae.data.ragged import Ragged

# Groups of one to six captions, and in an order in which they do not stand together.
SIZES = [1, 2, 3, 4, 5, 6] * 20
PLACES = [group for group, size in enumerate(SIZES) for _ in range(size)]
GROUPS = [f"image {PLACES[i]}" for i in np.random.default_rng(0).permutation(len(PLACES))]
# Each row has words of its own, so that rows can be told apart.
ROWS = [[1, *range(1000 * i + 10, 1000 * i + 10 + 3 + i % 9), 2] for i in range(len(GROUPS))]


def rows_read(pairing, rows, epoch):
    return pairing.read(Ragged.of(rows), epoch).tolist()


def others(place):
    """The places of the other captions of a group, one comparison after the other."""
    return [
        other for other, group in enumerate(GROUPS) if group == GROUPS[place] and other != place
    ]


def test_a_caption_is_written_from_another_of_its_group_or_from_itself_if_it_is_alone():
    pairing = Pairing(GROUPS, seed=3)
    for epoch in range(4):
        for place, partner in enumerate(pairing.partners(epoch).tolist()):
            assert partner in (others(place) or [place])


def test_each_of_the_others_is_read_equally_often():
    """Chi-square over 600 epochs, for captions with 1 to 5 others."""
    pairing, epochs = Pairing(GROUPS, seed=0), 600
    found = np.array([pairing.partners(epoch) for epoch in range(epochs)])
    for place in range(40):
        choices = others(place)
        counts = np.array([(found[:, place] == other).sum() for other in choices])
        if len(choices) > 1:
            expected = epochs / len(choices)
            assert ((counts - expected) ** 2 / expected).sum() < 25  # of 4 degrees: 5e-5


def test_a_share_of_the_captions_is_written_from_itself():
    with_others = [place for place in range(len(GROUPS)) if others(place)]
    for share in (0.0, 0.25, 1.0):
        partners = np.array(
            [Pairing(GROUPS, 1, own_share=share).partners(e) for e in range(20)]
        )
        is_own = (partners == np.arange(len(GROUPS)))[:, with_others]
        assert is_own.mean() == pytest.approx(share, abs=0.03)  # 6 s.e.
        alone = [place for place in range(len(GROUPS)) if not others(place)]
        assert (partners[:, alone] == alone).all()


def test_pairs_are_a_function_of_seed_and_epoch():
    def partners(seed, epoch):
        return Pairing(GROUPS, seed, own_share=0.1, word_noise=0.1).partners(epoch).tolist()

    assert partners(3, 1) == partners(3, 1)
    assert partners(3, 1) != partners(3, 2)
    assert partners(3, 1) != partners(4, 1)
    pairing = Pairing(GROUPS, 3, own_share=0.1, word_noise=0.1)
    later = rows_read(pairing, ROWS, 5)  # as a resumed run asks for it first
    rows_read(pairing, ROWS, 4)
    assert rows_read(pairing, ROWS, 5) == later


def test_groups_are_what_is_equal_not_what_stands_together():
    shuffled = np.random.default_rng(1).permutation(len(GROUPS))
    partners = Pairing([GROUPS[i] for i in shuffled], seed=0).partners(0)
    for place, partner in enumerate(partners.tolist()):
        assert GROUPS[shuffled[place]] == GROUPS[shuffled[partner]]


def test_a_share_of_the_words_is_missing_from_what_is_read():
    pairing = Pairing(GROUPS, seed=0, word_noise=0.3)
    read = rows_read(pairing, ROWS, 2)
    words = lost = 0
    for place, partner in enumerate(pairing.partners(2).tolist()):
        first, *kept, last = read[place]
        whole = ROWS[partner][1:-1]
        assert (first, last) == (1, 2)
        assert kept == [word for word in whole if word in kept]  # in order, none twice
        assert kept  # something is left to read
        words, lost = words + len(whole), lost + len(whole) - len(kept)
    assert lost / words == pytest.approx(0.3, abs=0.03)  # s.e. .009
    assert rows_read(Pairing(GROUPS, seed=0), ROWS, 2) == [
        ROWS[partner] for partner in pairing.partners(2).tolist()
    ]


def test_of_a_caption_whose_words_are_all_missing_the_last_one_is_read():
    rows = [[1, 5, 6, 7, 2], [1, 8, 2], [1, 2]]
    almost = Pairing(["a", "b", "c"], seed=0, word_noise=1 - 1e-12)
    assert rows_read(almost, rows, 0) == [[1, 7, 2], [1, 8, 2], [1, 2]]


def test_other_words_are_missing_where_captions_are_read_twice():
    """Of one caption that others are written from: noise is of the pair, not of the caption."""
    groups, rows = ["a"] * 60, [[1, *range(10, 20), 2]] * 60
    read = rows_read(Pairing(groups, seed=0, word_noise=0.5), rows, 0)
    assert len(set(map(tuple, read))) > 50


# In batches


def pairs_of(batches, epoch=0, skip=0):
    """The pairs of rows without padding, batch by batch."""
    return [
        [[[int(t) for t in row if t != 0] for row in pair] for pair in batch]
        for batch in batches.dataset(epoch, skip).as_numpy_iterator()
    ]


@pytest.mark.parametrize("seed", [3, None])
def test_batches_hold_what_is_read_and_what_is_written(seed):
    pairing = Pairing(GROUPS, 3, own_share=0.2, word_noise=0.2)
    batches, alone = (CaptionBatches(ROWS, 16, seed, pairing=each) for each in (pairing, None))
    for epoch in (0, 1):
        read = rows_read(pairing, ROWS, epoch)
        expected = [[[read[i], ROWS[i]] for i in batch] for batch in alone.plan(epoch)]
        assert pairs_of(batches, epoch) == expected
        assert pairs_of(batches, epoch, skip=7) == expected[7:]
    assert batches.tokens_of(1) == alone.tokens_of(1)  # of what is written
    assert batches.num_tokens == alone.num_tokens


def test_a_fragment_that_is_written_may_be_written_from_a_fragment():
    pairing = Pairing(GROUPS, 3)
    batches = CaptionBatches(ROWS, 16, 3, fragments=0.5, pairing=pairing)
    cut = batches.rows_of(1)
    written = Counter(
        (tuple(read), tuple(row)) for read, row in itertools.chain(*pairs_of(batches, 1))
    )
    partners = pairing.partners(1).tolist()
    assert written == Counter((tuple(cut[p]), tuple(cut[i])) for i, p in enumerate(partners))
