import numpy as np
import pytest
import tensorflow as tf

from textvae.decoding.slots import BLOCK, drop_idle, refill, start

BOS_ID, EOS_ID = 1, 2


class CodeDecoder:
    """A decoder whose state is the code of its caption."""

    def initial_state(self, z):
        return (z,)


def codes(count):
    return tf.constant(np.arange(count)[:, None], tf.float32)


def half_done(z, busy):
    """A slot for each of the first `len(busy)` codes, at position 4; the others are done."""
    slots = start(CodeDecoder(), z, tf.range(len(busy)))
    ids = tf.where(busy, *tf.constant([7, EOS_ID], tf.int64))
    return slots._replace(ids=ids, positions=slots.positions + 4)


def is_consistent(slots):
    """Whether each slot holds the state of its own caption."""
    return (slots.state[0].numpy()[:, 0] == slots.rows.numpy()).all()


@pytest.mark.parametrize("num_codes", [100, 130, 200, 400])
def test_idle_slots_start_the_next_codes_and_busy_ones_go_on(num_codes):
    busy = np.random.default_rng(0).random(100) < 0.3
    before = half_done(codes(num_codes), busy)
    slots, num_taken = refill(before, CodeDecoder(), codes(num_codes), tf.constant(100))
    started = slots.ids.numpy() == BOS_ID
    num_started = min(num_codes - 100, (~busy).sum())
    assert started.sum() == num_started == int(num_taken) - 100
    assert not (started & busy).any()
    assert (slots.positions.numpy()[started] == 0).all()
    expected = list(range(100, 100 + num_started))
    assert sorted(slots.rows.numpy()[started].tolist()) == expected
    for old, new in zip(before, slots, strict=True):
        if not isinstance(old, tuple):
            np.testing.assert_array_equal(new.numpy()[busy], old.numpy()[busy])
    assert is_consistent(slots)


@pytest.mark.parametrize("num_busy", [0, 1, BLOCK, BLOCK + 1, 300])
def test_idle_slots_are_dropped_in_whole_blocks(num_busy):
    busy = np.arange(300) < num_busy
    np.random.default_rng(0).shuffle(busy)
    kept = drop_idle(half_done(codes(300), busy))
    assert len(kept.rows) == min(-(-num_busy // BLOCK) * BLOCK, 300)
    still = kept.rows.numpy()[kept.ids.numpy() != EOS_ID]
    assert sorted(still.tolist()) == np.flatnonzero(busy).tolist()
    assert is_consistent(kept)
