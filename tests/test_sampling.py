import numpy as np
import pytest
import tensorflow as tf

from textvae.decoding.sampling import (
    GROUP,
    argmax,
    check_sampling,
    golden_ratio_sequence,
    sample,
    top_p_filter,
    word_uniforms,
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


def test_a_draw_takes_the_word_whose_part_contains_the_number():
    logits = grouped(np.log(np.array([[0.2, 0.5, 0.3]] * 7, np.float32)))
    uniform = tf.constant([0.0, 0.19, 0.21, 0.5, 0.69, 0.71, 0.999])
    word, remainder = sample(logits, uniform)
    assert word.numpy().tolist() == [0, 0, 1, 1, 1, 2, 2]
    expected = [0.0, 0.95, 0.02, 0.6, 0.98, 1 / 30, 299 / 300]  # of the way through its part
    np.testing.assert_allclose(remainder, expected, atol=1e-5)


def test_the_ends_of_the_range_still_draw_a_possible_word():
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 3.0, (3000, 500)).astype(np.float32)
    logits[:, [0, 1, 3]] = -1e9
    logits[:, 400:] = -1e9
    logits[:, ::GROUP] = -1e9  # the index that a search without a result returns
    largest = np.float32(1.0 - 2.0**-24)
    for number in (0.0, largest):
        drawn = sample(grouped(logits), tf.fill([3000], number))[0].numpy()
        assert (logits[np.arange(3000), drawn] > -1e8).all()


def test_draws_are_those_of_one_running_sum_over_all_words():
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 3.0, (4000, 500)).astype(np.float32)
    uniform = rng.random(4000, np.float32)
    shares = np.exp(logits.astype(np.float64))
    ends = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    drawn = sample(grouped(logits), tf.constant(uniform))[0].numpy()
    rows = np.arange(4000)
    assert (uniform < ends[rows, drawn] + 1e-6).all()
    assert (uniform > np.where(drawn > 0, ends[rows, drawn - 1], 0.0) - 1e-6).all()
    assert (drawn == (ends > uniform[:, None]).argmax(axis=1)).mean() > 0.999


@pytest.mark.parametrize("count", [10, 300, 20_000])
def test_golden_ratio_numbers_fill_the_range_whatever_their_count(count):
    for seed in (0, 1):
        numbers = np.sort(golden_ratio_sequence(count, seed))
        assert numbers.dtype == np.float32
        assert 0.0 <= numbers[0] <= numbers[-1] < 1.0
        excess = np.arange(1, count + 1) - count * numbers
        assert np.abs(excess).max() < 4  # by chance it would be about the root of the count
    assert (golden_ratio_sequence(count, 0) != golden_ratio_sequence(count, 1)).all()
    np.testing.assert_array_equal(
        golden_ratio_sequence(count + 50, 0)[:count], golden_ratio_sequence(count, 0)
    )


def test_the_words_of_a_caption_are_drawn_with_the_same_numbers_whatever_the_count():
    for low_discrepancy in (False, True):
        many = word_uniforms(40, 7, 11, low_discrepancy)
        np.testing.assert_array_equal(word_uniforms(3, 7, 11, low_discrepancy), many[:3])
        later = word_uniforms(30, 7, 11, low_discrepancy, first=10)
        np.testing.assert_array_equal(later, many[10:])
        assert (word_uniforms(40, 7, 12, low_discrepancy) != many).all()


def test_words_are_drawn_with_other_numbers_than_codes_are():
    """The codes of a seed come from `default_rng(seed)` and from streams 0 and 1 of it."""
    uniforms = word_uniforms(40, 7, 11, low_discrepancy=False).ravel()
    for other in (11, [11, 0], [11, 1]):
        theirs = np.random.default_rng(other).random(uniforms.size, np.float32)
        assert np.abs(uniforms - theirs).max() > 0.1


@pytest.mark.parametrize(("temperature", "top_p"), [
    (-0.1, 1.0), (float("nan"), 1.0), (10.1, 1.0), (float("inf"), 1.0),
    (1.0, 0.0), (1.0, 1.01), (1.0, float("nan")), (1.0, -1.0),
])  # fmt: skip
def test_settings_out_of_range_are_refused(temperature, top_p):
    with pytest.raises(BadInput, match=r"(temperature|top_p) must be .* got"):
        check_sampling(temperature, top_p)
