import math

import numpy as np
import pytest
import tensorflow as tf

from textvae.decoding.sampling import (
    GROUP,
    argmax,
    check_sampling,
    exponentials,
    min_p_filter,
    sample,
    top_p_filter,
    word_seeds,
)
from textvae.errors import BadInput


def grouped(logits):
    """Padded to whole groups with impossible words."""
    fill = -logits.shape[1] % GROUP
    return tf.constant(np.pad(logits, ((0, 0), (0, fill)), constant_values=-1e9))


@pytest.mark.parametrize("width", [3, GROUP, 500])
def test_the_most_probable_word_is_the_first_of_the_largest(width):
    rng = np.random.default_rng(0)
    for logits in (rng.normal(size=(300, width)), rng.integers(0, 4, (300, width))):
        logits = logits.astype(np.float32)  # the second kind is full of ties
        assert argmax(grouped(logits)).numpy().tolist() == logits.argmax(axis=1).tolist()
    assert argmax(tf.zeros((2, 3 * GROUP))).numpy().tolist() == [0, 0]


def plain_nucleus(logits, top_p):
    """The smallest set of most probable words with at least this mass, by addition."""
    shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    kept, mass = set(), 0.0
    for word in np.argsort(-shares):
        if mass >= top_p:
            break
        kept.add(int(word))
        mass += shares[word]
    return kept


@pytest.mark.parametrize("depth", [0.0, 0.5, 2.0, 50.0])
def test_words_stay_possible_down_to_a_share_of_the_largest_probability(depth):
    logits = np.random.default_rng(0).normal(0.0, 2.0, (40, 12)).astype(np.float32)
    kept = min_p_filter(tf.constant(logits), depth).numpy()
    shares = np.exp(logits.astype(float))
    shares /= shares.sum(axis=1, keepdims=True)
    likely = shares >= shares.max(axis=1, keepdims=True) * np.exp(-depth)
    assert np.array_equal(kept, np.where(likely, logits, np.float32(-1e9)))
    assert likely.sum() == {0.0: 40, 50.0: 480}.get(depth, likely.sum())


@pytest.mark.parametrize("top_p", [0.01, 0.3, 0.5, 0.9, 0.999])
def test_the_nucleus_is_the_smallest_set_of_that_mass_row_by_row(top_p):
    logits = np.random.default_rng(0).normal(0.0, 2.0, (40, 12)).astype(np.float32)
    kept = top_p_filter(tf.constant(logits), tf.constant(top_p)).numpy()
    sets = [plain_nucleus(row.astype(np.float64), top_p) for row in logits]
    assert [set(np.flatnonzero(row > -1e8).tolist()) for row in kept] == sets
    assert len(set(map(frozenset, sets))) > 5  # each row has a set of its own
    np.testing.assert_array_equal(kept[kept > -1e8], logits[kept > -1e8])


def test_the_nucleus_of_two_rows_is_not_that_of_one():
    logits = tf.math.log([[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])
    kept = top_p_filter(logits, tf.constant(0.7)).numpy() > -1e8
    assert kept.tolist() == [[True, True, False], [False, True, True]]


def split_mix_64(seed, count):
    """The generator of Steele et al. 2014, in Python's own integers."""
    out, below = [], 2**64
    for number in range(1, count + 1):
        z = (seed + number * 0x9E3779B97F4A7C15) % below
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % below
        z = (z ^ z >> 27) * 0x94D049BB133111EB % below
        out.append(z ^ z >> 31)
    return out


def test_exponential_times_are_those_of_splitmix64():
    # The first numbers that the authors' own program gives for this seed.
    assert split_mix_64(1234567, 2) == [6457827717110365317, 3203168211198807973]
    seeds = [0, 1234567, 2**63 - 1]
    by_hand = [[-math.log((z >> 11) / 2**53) for z in split_mix_64(s, 254)] for s in seeds]
    np.testing.assert_allclose(exponentials(np.array(seeds), 254), by_hand, rtol=1e-6)


def test_exponential_times_are_exponential_and_independent():
    times = exponentials(word_seeds(4000, 1, 5)[:, 0], 8).numpy().astype(float)
    for quantile in (0.001, 0.1, 0.5, 0.9):
        share = (times < -math.log(1 - quantile)).mean()
        assert share == pytest.approx(quantile, abs=5 * (quantile / times.size) ** 0.5)
    np.testing.assert_allclose(np.corrcoef(times.T), np.eye(8), atol=0.08)  # 5 s.e.


@pytest.mark.parametrize("width", [3, 2 * GROUP + 5])
def test_words_are_drawn_as_often_as_they_are_probable(width):
    count, rng = 40_000, np.random.default_rng(0)
    logits = rng.normal(0.0, 2.0, width).astype(np.float32)
    shares = np.exp(logits.astype(float)) / np.exp(logits.astype(float)).sum()
    seeds = word_seeds(count, 1, 7)[:, 0]
    drawn = sample(grouped(np.repeat(logits[None], count, axis=0)), seeds).numpy()
    found = np.bincount(drawn, minlength=width)
    often = shares * count > 5
    expected = shares[often] * count
    chi_square = ((found[often] - expected) ** 2 / expected).sum()
    degrees = often.sum() - 1
    assert chi_square < degrees + 3.5 * (2 * degrees) ** 0.5 + 4
    assert len(found) == width


def test_a_word_that_is_impossible_is_never_drawn():
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 3.0, (3000, 500)).astype(np.float32)
    logits[:, [0, 1, 3]] = -1e9
    logits[:, 400:] = -1e9
    logits[:, ::GROUP] = -1e9  # the index that a race without a winner returns
    drawn = sample(grouped(logits), word_seeds(3000, 1, 1)[:, 0]).numpy()
    assert (logits[np.arange(3000), drawn] > -1e8).all()


def test_rounding_changes_no_word():
    """Not even ten times worse than processors do; running sums would change one in 4,000."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 3.0, (20_000, 500)).astype(np.float32)
    rounded = (logits * (1.0 + rng.normal(0.0, 1e-6, logits.shape))).astype(np.float32)
    seeds = word_seeds(len(logits), 1, 2)[:, 0]
    words, others = (sample(grouped(each), seeds).numpy() for each in (logits, rounded))
    assert (words != others).sum() <= 2


def test_the_words_of_a_caption_are_drawn_with_the_same_numbers_whatever_the_count():
    many = word_seeds(40, 7, 11)
    assert (many.dtype, many.shape) == (np.int64, (40, 7))
    np.testing.assert_array_equal(word_seeds(3, 7, 11), many[:3])
    np.testing.assert_array_equal(word_seeds(30, 7, 11, first=10), many[10:])
    assert (word_seeds(40, 7, 12) != many).all()
    assert len(np.unique(many)) == many.size  # every word has a number of its own


@pytest.mark.parametrize(("temperature", "top_p"), [
    (-0.1, 1.0), (float("nan"), 1.0), (10.1, 1.0), (float("inf"), 1.0),
    (1.0, 0.0), (1.0, 1.01), (1.0, float("nan")), (1.0, -1.0),
])  # fmt: skip
def test_settings_out_of_range_are_refused(temperature, top_p):
    with pytest.raises(BadInput, match=r"(temperature|top_p) must be .* got"):
        check_sampling(temperature, top_p)
