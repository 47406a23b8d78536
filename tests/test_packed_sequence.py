"""Packed rows against lists of rows, each of its own length."""

import numpy as np
import pytest
import tensorflow as tf

from textvae.nn.packed_sequence import PackedSequence

LENGTHS = [3, 7, 1, 4, 7, 2]
WIDTHS = pytest.mark.parametrize("width", [None, 7, 9])
ROWS = [np.random.default_rng(n).normal(size=(n, 2)).astype(np.float32) for n in LENGTHS]
# Padding that would show in the results if it were read.
PADDED = np.full((len(ROWS), 9, 2), 99.0, np.float32)
for row, padded in zip(ROWS, PADDED, strict=True):
    padded[: len(row)] = row


def packed_rows(width):
    packed = PackedSequence(tf.constant(LENGTHS), width)
    return packed, packed.pack(PADDED)


def real_rows(packed, values):
    """The result of `unpack`, each row without its padding."""
    unpacked = packed.unpack(values).numpy()
    return [each[:length] for each, length in zip(unpacked, LENGTHS, strict=True)]


def assert_rows(found, expected):
    for row, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(row, other, atol=1e-6)


def test_the_longest_rows_come_first_at_each_position_and_padding_is_left_out():
    packed, values = packed_rows(None)
    order = [1, 4, 3, 0, 5, 2]
    expected = [ROWS[i][t] for t in range(max(LENGTHS)) for i in order if t < LENGTHS[i]]
    np.testing.assert_array_equal(values, expected)
    assert packed.counts.numpy().tolist() == [6, 5, 4, 3, 2, 2, 2]
    np.testing.assert_array_equal(
        packed.repeat(tf.range(6)), [i for t in range(7) for i in order if t < LENGTHS[i]]
    )


def test_the_order_is_that_of_pytorch():
    import torch  # not above: every test process imports this module

    lengths = [3, 7, 1, 4, 6, 2]  # all different: for equal ones PyTorch promises no order
    theirs = torch.nn.utils.rnn.pack_padded_sequence(
        torch.from_numpy(PADDED), torch.tensor(lengths), True, enforce_sorted=False
    )
    packed = PackedSequence(tf.constant(lengths))
    np.testing.assert_array_equal(packed.counts, theirs.batch_sizes.numpy())
    np.testing.assert_array_equal(packed.pack(PADDED), theirs.data.numpy())


def test_with_a_width_every_row_is_extended_to_it():
    packed, values = packed_rows(9)
    assert packed.counts.numpy().tolist() == [6] * 9
    np.testing.assert_array_equal(values, PADDED.transpose(1, 0, 2).reshape(54, 2))


def test_unpacked_rows_are_the_padded_ones_with_zeros_after_their_end():
    packed, values = packed_rows(None)
    unpacked = packed.unpack(values).numpy()
    assert unpacked.shape == (6, 7, 2)
    assert_rows(real_rows(packed, values), ROWS)
    assert all(np.abs(unpacked[i, n:]).sum() == 0.0 for i, n in enumerate(LENGTHS))


@WIDTHS
def test_each_row_is_reversed_within_its_own_length(width):
    packed, values = packed_rows(width)
    turned = packed.reverse(values)
    assert_rows(real_rows(packed, turned), [row[::-1] for row in ROWS])
    np.testing.assert_array_equal(packed.reverse(turned), values)


@WIDTHS
@pytest.mark.parametrize(
    ("name", "of_row"),
    [
        ("last_states", lambda row: row[-1]),
        ("sum_pool", lambda row: row.sum(axis=0)),
        ("max_pool", lambda row: row.max(axis=0)),
    ],
)
def test_a_pooled_row_is_made_of_its_real_positions(name, of_row, width):
    packed, values = packed_rows(width)
    assert_rows(getattr(packed, name)(values), [of_row(row) for row in ROWS])


@WIDTHS
@pytest.mark.parametrize(
    "name", ["reverse", "last_states", "sum_pool", "max_pool", "pack", "unpack"]
)
def test_gradients_are_slopes(name, width):
    packed, values = packed_rows(width)
    values = tf.constant(PADDED) if name == "pack" else values
    rng = np.random.default_rng(0)

    def weighed(values):
        found = getattr(packed, name)(values)
        weights = np.random.default_rng(1).normal(size=found.shape)
        return tf.reduce_sum(found * tf.cast(weights, found.dtype))

    with tf.GradientTape() as tape:
        tape.watch(values)
        total = weighed(values)
    gradient = tf.convert_to_tensor(tape.gradient(total, values))
    direction = tf.constant(rng.normal(size=values.shape) * (np.abs(values) < 99.0), tf.float32)
    slope = (weighed(values + 1e-2 * direction) - weighed(values - 1e-2 * direction)) / 2e-2
    assert abs(float(slope)) > 1e-2
    assert float(tf.reduce_sum(gradient * direction)) == pytest.approx(float(slope), rel=1e-2)


def test_no_rows_pack_to_no_values():
    packed = PackedSequence(tf.zeros((0,), tf.int32))
    assert packed.counts.numpy().tolist() == [0]
    assert packed.pack(tf.zeros((0, 5, 2))).shape == (0, 2)
    assert packed.sum_pool(tf.zeros((0, 2))).shape == (0, 2)
