import functools
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from test_sampling import plain_nucleus
from tiny import MAX_LENGTH, VOCAB_SIZE, random_vae, teacher_forced

from textvae.data.batching import BUCKETS
from textvae.decoding.generator import Generator
from textvae.decoding.sampling import GROUP

EOS_ID = 2


class TableDecoder:
    """A decoder without a network: logits of (the last word, its z, the position)."""

    def __init__(self, table):
        self.table = np.asarray(table, np.float32)  # [V, V]
        self.bias = keras.Variable(np.zeros(len(table)))

    def initial_state(self, z):
        return (z, tf.zeros(tf.shape(z)[:1]))

    def word_inputs(self, token_ids):
        return tf.gather(tf.constant(self.table), token_ids)

    def recurrent(self):
        return tf.zeros((0, 0))

    def step(self, word_inputs, state, recurrent=None):
        z, position = state
        turned = tf.sin(
            z[:, :1] * (position[:, None] + 1.0) * tf.range(len(self.table), dtype=tf.float32)
        )
        return word_inputs + turned, (z, position + 1.0)

    def output_weights(self):
        return tf.eye(len(self.table)), tf.zeros(len(self.table))

    def plain_logits(self, last, z, position):
        return self.table[last] + np.sin(z[0] * (position + 1.0) * np.arange(len(self.table)))


@functools.cache
def generator(vocab_size=9, max_length=6, seed=0, favour=(), by=0.0):
    """A generator over a random table in which some words are favoured; compiled once."""
    table = np.random.default_rng(seed).normal(0.0, 1.0, (vocab_size, vocab_size))
    table[:, list(favour)] += by
    return Generator(TableDecoder(table), vocab_size, max_length)


def codes(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)


def words_of(row):
    return row[: row.index(EOS_ID)] if EOS_ID in row else row


def plain_greedy(decoder, z, num_steps):
    """One caption by the definition, in a Python loop."""
    row, last = [], 1
    for position in range(num_steps):
        logits = decoder.plain_logits(last, z, position).copy()
        logits[[0, 1, 3] if position else [0, 1, 2, 3]] = -np.inf
        last = int(logits.argmax())
        row.append(last)
        if last == EOS_ID:
            break
    return words_of(row)


# Fewer codes than slots, as many, and so many more that each slot takes several in turn.
@pytest.mark.parametrize("count", [70, BUCKETS[-1], BUCKETS[-1] + 1, 3 * BUCKETS[-1] + 100])
@pytest.mark.parametrize("vocab_size", [9, GROUP, GROUP + 1])
def test_greedy_equals_a_plain_loop(count, vocab_size):
    made, z = generator(vocab_size, favour=(EOS_ID,), by=0.3), codes(count)
    rows = [words_of(row) for row in made.decode(z, 0.0, 1.0, 0)]
    assert rows == [plain_greedy(made.decoder, each, 7) for each in z]
    assert len({len(row) for row in rows}) > 3  # the test needs captions of many lengths


@pytest.mark.parametrize("temperature", [0.0, 1.0, 10.0, 1e-3, 1e-30])
def test_special_tokens_are_never_generated_even_when_they_are_most_probable(temperature):
    made = generator(favour=(0, 1, 2, 3), by=30.0)
    for row in made.decode(codes(300), temperature, 0.9, seed=1):
        words = words_of(row)
        assert words  # never an empty caption
        assert not {0, 1, 3} & set(words)


def test_a_row_ends_with_its_eos():
    for row in generator().decode(codes(70), 1.0, 1.0, seed=1):
        assert set(row[len(words_of(row)) :]) <= {EOS_ID}


def test_captions_have_at_most_max_length_words_and_can_have_all_of_them():
    rows = generator(favour=(EOS_ID,), by=-9.0).decode(codes(30), 1.0, 1.0, seed=1)
    assert {len(words_of(row)) for row in rows} == {7}


def chi_square(counts, shares):
    expected = shares * counts.sum()
    return ((counts - expected) ** 2 / expected).sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_words_are_drawn_as_the_softmax_says(temperature):
    made, count = generator(), 4000
    rows = made.decode(np.repeat(codes(1), count, axis=0), temperature, 1.0, seed=5)
    firsts = np.bincount([row[0] for row in rows], minlength=9)
    scaled = made.decoder.plain_logits(1, codes(1)[0], 0)[4:] / temperature
    shares = np.exp(scaled) / np.exp(scaled).sum()
    assert firsts[:4].sum() == 0
    assert chi_square(firsts[4:], shares) < 18.5  # 4 degrees of freedom: one in a thousand
    # And the second word, given the most frequent first one; here <eos> is possible.
    first = int(firsts.argmax())
    seconds = np.bincount([row[1] for row in rows if row[0] == first], minlength=9)
    scaled = made.decoder.plain_logits(first, codes(1)[0], 1)[[2, 4, 5, 6, 7, 8]] / temperature
    shares = np.exp(scaled) / np.exp(scaled).sum()
    assert chi_square(seconds[[2, 4, 5, 6, 7, 8]], shares) < 20.6  # 5 degrees


def test_the_nucleus_is_cut_after_the_temperature():
    made = generator()
    z = np.repeat(codes(1), 500, axis=0)
    logits = made.decoder.plain_logits(1, codes(1)[0], 0)
    logits[:4] = -np.inf
    sizes = []
    for temperature in (0.5, 3.0):
        found = {row[0] for row in made.decode(z, temperature, 0.6, seed=2)}
        assert found == plain_nucleus(logits / temperature, 0.6)
        sizes.append(len(found))
    assert sizes[0] < sizes[1]


def test_a_tiny_nucleus_and_a_tiny_temperature_are_greedy():
    made, z = generator(), codes(70)
    greedy = made.decode(z, 0.0, 1.0, 0)
    assert [words_of(r) for r in made.decode(z, 1.0, 1e-6, 3)] == [words_of(r) for r in greedy]
    assert [words_of(r) for r in made.decode(z, 1e-4, 1.0, 3)] == [words_of(r) for r in greedy]


def test_the_seed_decides_whatever_the_number_of_captions():
    made, z = generator(), codes(300)
    many = [words_of(row) for row in made.decode(z, 1.0, 1.0, seed=4)]
    for count in (1, 5, 8, 9, 70, 257):  # within, at and across the buckets
        few = made.decode(z[:count], 1.0, 1.0, seed=4)
        assert [words_of(row) for row in few] == many[:count]
    assert [words_of(row) for row in made.decode(z, 1.0, 1.0, seed=5)] != many


def test_equal_codes_get_different_words_when_sampled():
    rows = generator().decode(np.repeat(codes(1), 50, axis=0), 1.0, 1.0, seed=4)
    assert len(set(map(tuple, rows))) > 20


def seconds(function):
    """The time of the second call; the first one compiles."""
    function()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def test_short_captions_do_not_take_the_time_of_the_longest_possible():
    z = codes(8)
    short, long = (generator(max_length=2000, favour=(EOS_ID,), by=by) for by in (50.0, -50.0))
    spent_short, spent_long = (
        seconds(lambda made=made: made.decode(z, 0.0, 1.0, 0)) for made in (short, long)
    )
    assert spent_short < spent_long / 4


def test_nothing_to_decode_is_nothing():
    assert generator().decode(np.empty((0, 3), np.float32), 1.0, 1.0, 0) == []


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_greedy_words_are_the_largest_teacher_forced_logits(decoder):
    vae = random_vae(decoder)
    z = np.random.default_rng(3).normal(size=(12, vae.latent_dim)).astype(np.float32)
    rows = vae.compiled.generator.decode(z, 0.0, 1.0, 0)
    for code, row in zip(z, rows, strict=True):
        words = words_of(row)
        features = teacher_forced(vae.model.decoder, [1, *words], code)
        logits = vae.model.decoder.logits(features).numpy()
        logits[:, [0, 1, 3]] = -np.inf
        logits[0, EOS_ID] = -np.inf
        expected = [*words, EOS_ID][: MAX_LENGTH + 1]
        assert logits.argmax(axis=1)[: len(expected)].tolist() == expected
        assert max(words) < VOCAB_SIZE
