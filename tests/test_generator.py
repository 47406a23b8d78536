import numpy as np
import pytest
import tensorflow as tf
from tiny import MAX_LENGTH, VOCAB_SIZE, random_vae, teacher_forced

from textvae.decoding.generator import (
    BUCKETS,
    GROUP,
    LANES,
    Generator,
    argmax,
    check_sampling,
    draw,
    golden_ratio_sequence,
    top_p_filter,
)
from textvae.errors import BadInput

EOS_ID = 2


class TableDecoder:
    """A decoder without a network: logits of (the last word, its z, the position)."""

    def __init__(self, table):
        self.table = np.asarray(table, np.float32)  # [V, V]
        self.steps = tf.Variable(0)

    def initial_state(self, z):
        return (z, tf.zeros(tf.shape(z)[:1]))

    def word_inputs(self, token_ids):
        return tf.gather(tf.constant(self.table), token_ids)

    def step(self, word_inputs, state):
        self.steps.assign_add(1)
        z, position = state
        turned = tf.sin(
            z[:, :1] * (position[:, None] + 1.0) * tf.range(len(self.table), dtype=tf.float32)
        )
        return word_inputs + turned, (z, position + 1.0)

    def output_weights(self):
        return tf.eye(len(self.table)), tf.zeros(len(self.table))

    def plain_logits(self, last, z, position):
        return self.table[last] + np.sin(z[0] * (position + 1.0) * np.arange(len(self.table)))


def generator(vocab_size=9, max_length=6, seed=0, favour=(), by=0.0):
    """A generator over a random table in which some words are favoured."""
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


# Fewer codes than lanes, or as many, or so many more that lanes take several one after another.
@pytest.mark.parametrize("count", [70, BUCKETS[-1], BUCKETS[-1] + 1, 3 * BUCKETS[-1] + 100])
@pytest.mark.parametrize("vocab_size", [9, GROUP, GROUP + 1])
def test_greedy_equals_a_plain_loop(count, vocab_size):
    made, z = generator(vocab_size, favour=[EOS_ID], by=0.3), codes(count)
    rows = [words_of(row) for row in made.decode(z, 0.0, 1.0, 0)]
    assert rows == [plain_greedy(made.decoder, each, 7) for each in z]
    assert len({len(row) for row in rows}) > 3  # of many lengths, or it shows little


def test_lanes_that_are_done_take_the_next_code():
    made, count = generator(max_length=30, favour=[EOS_ID], by=1.0), 4 * BUCKETS[-1]
    rows = made.decode(codes(count), 1.0, 1.0, seed=3)
    longest = max(len(words_of(row)) for row in rows) + 1
    needed = sum(len(words_of(row)) + 1 for row in rows) / BUCKETS[-1]
    assert 4 * longest > 1.5 * (needed + longest)  # what a batch after another would take
    assert made.decoder.steps.numpy() < needed + longest + 1


def test_lanes_without_a_code_are_dropped():
    made, lanes = generator(max_length=30, favour=[EOS_ID], by=1.0), []
    step = made.decoder.step

    def spy(word_inputs, state):
        tf.py_function(lambda size: lanes.append(int(size)), [tf.shape(word_inputs)[0]], [])
        return step(word_inputs, state)

    made.decoder.step = spy
    rows = made.decode(codes(BUCKETS[-1]), 1.0, 1.0, seed=3)
    lengths = np.array([len(words_of(row)) + 1 for row in rows])
    open_lanes = [int((lengths > step).sum()) for step in range(len(lanes))]
    assert lanes == [-(-count // LANES) * LANES for count in open_lanes]
    assert lanes[-1] == LANES


def grouped(logits):
    """Filled up to whole groups with words that cannot be."""
    fill = -logits.shape[1] % GROUP
    return tf.constant(np.pad(logits, ((0, 0), (0, fill)), constant_values=-1e9))


@pytest.mark.parametrize("width", [3, GROUP, 500])
def test_the_likeliest_word_is_the_first_of_the_largest(width):
    rng = np.random.default_rng(0)
    for logits in (rng.normal(size=(300, width)), rng.integers(0, 4, (300, width))):
        logits = logits.astype(np.float32)  # the second kind is full of ties
        assert argmax(grouped(logits)).numpy().tolist() == logits.argmax(axis=1).tolist()
    assert argmax(tf.zeros((2, 3 * GROUP))).numpy().tolist() == [0, 0]


@pytest.mark.parametrize("temperature", [0.0, 1.0, 10.0, 1e-3, 1e-30])
def test_special_tokens_are_never_spoken_even_when_they_are_likeliest(temperature):
    made = generator(favour=[0, 1, 2, 3], by=30.0)
    for row in made.decode(codes(300), temperature, 0.9, seed=1):
        words = words_of(row)
        assert words  # never an empty caption
        assert not {0, 1, 3} & set(words)


def test_a_row_ends_with_its_eos():
    for row in generator().decode(codes(70), 1.0, 1.0, seed=1):
        assert set(row[len(words_of(row)) :]) <= {EOS_ID}


def test_captions_have_at_most_max_length_words_and_can_have_all_of_them():
    rows = generator(favour=[EOS_ID], by=-9.0).decode(codes(30), 1.0, 1.0, seed=1)
    assert {len(words_of(row)) for row in rows} == {7}


def plain_nucleus(logits, top_p):
    """The smallest set of likeliest words with at least this mass, by adding up."""
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


def test_a_draw_takes_the_word_whose_share_holds_the_number():
    logits = grouped(np.log(np.array([[0.2, 0.5, 0.3]] * 7, np.float32)))
    uniform = tf.constant([0.0, 0.19, 0.21, 0.5, 0.69, 0.71, 0.999])
    word, inside = draw(logits, uniform)
    assert word.numpy().tolist() == [0, 0, 1, 1, 1, 2, 2]
    expected = [0.0, 0.95, 0.02, 0.6, 0.98, 1 / 30, 299 / 300]  # of the way through its share
    np.testing.assert_allclose(inside, expected, atol=1e-5)


def test_the_ends_of_the_range_still_draw_a_word_that_can_be():
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 3.0, (3000, 500)).astype(np.float32)
    logits[:, [0, 1, 3]] = -1e9
    logits[:, 400:] = -1e9
    logits[:, ::GROUP] = -1e9  # the first of a group, which a search without a result names
    largest = np.float32(1.0 - 2.0**-24)
    for number in (0.0, largest):
        drawn = draw(grouped(logits), tf.fill([3000], number))[0].numpy()
        assert (logits[np.arange(3000), drawn] > -1e8).all()


def test_draws_are_those_of_one_running_sum_over_all_words():
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 3.0, (4000, 500)).astype(np.float32)
    uniform = rng.random(4000, np.float32)
    shares = np.exp(logits.astype(np.float64))
    ends = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    drawn = draw(grouped(logits), tf.constant(uniform))[0].numpy()
    rows = np.arange(4000)
    assert (uniform < ends[rows, drawn] + 1e-6).all()
    assert (uniform > np.where(drawn > 0, ends[rows, drawn - 1], 0.0) - 1e-6).all()
    assert (drawn == (ends > uniform[:, None]).argmax(axis=1)).mean() > 0.999


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
    # And the second word, given the commonest first one; now <eos> may be drawn too.
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
        spoken = {row[0] for row in made.decode(z, temperature, 0.6, seed=2)}
        assert spoken == plain_nucleus(logits / temperature, 0.6)
        sizes.append(len(spoken))
    assert sizes[0] < sizes[1]


def test_a_tiny_nucleus_and_a_tiny_temperature_are_greedy():
    made, z = generator(), codes(70)
    greedy = made.decode(z, 0.0, 1.0, 0)
    assert [words_of(r) for r in made.decode(z, 1.0, 1e-6, 3)] == [words_of(r) for r in greedy]
    assert [words_of(r) for r in made.decode(z, 1e-4, 1.0, 3)] == [words_of(r) for r in greedy]


def test_the_seed_decides_whatever_the_number_of_captions():
    made, z = generator(), codes(300)
    many = [words_of(row) for row in made.decode(z, 1.0, 1.0, seed=4)]
    for count in (1, 5, 8, 9, 70, 257):  # within, at and across the sizes of batches
        few = made.decode(z[:count], 1.0, 1.0, seed=4)
        assert [words_of(row) for row in few] == many[:count]
    assert [words_of(row) for row in made.decode(z, 1.0, 1.0, seed=5)] != many


@pytest.mark.parametrize("count", [10, 300, 20_000])
def test_even_numbers_fill_the_range_whatever_their_number(count):
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


def test_a_spread_caption_is_a_draw_like_any_other():
    """Over seeds: the words of caption 0, which one number draws, and those behind them."""
    made, z = generator(max_length=8), codes(1)
    z = np.repeat(z, 3, axis=0)
    rows = [made.decode(z, 1.0, 1.0, seed, low_discrepancy=True)[2] for seed in range(1500)]
    plain = made.decode(np.repeat(codes(1), 20_000, axis=0), 1.0, 1.0, seed=9)
    for position in range(7):
        counts, shares = (
            np.bincount([row[position] for row in each], minlength=9) for each in (rows, plain)
        )
        often = shares > 100
        assert (
            chi_square(counts[often], shares[often] / shares[often].sum()) < 26.1
        )  # of 8: .001


def test_spread_captions_are_the_same_whatever_their_number():
    made, z = generator(), codes(700)
    many = [words_of(row) for row in made.decode(z, 1.0, 1.0, 4, low_discrepancy=True)]
    for count in (1, 8, 257, 513):
        few = made.decode(z[:count], 1.0, 1.0, 4, low_discrepancy=True)
        assert [words_of(row) for row in few] == many[:count]
    assert many != [words_of(row) for row in made.decode(z, 1.0, 1.0, 4)]


def test_equal_codes_get_different_words_when_sampled():
    rows = generator().decode(np.repeat(codes(1), 50, axis=0), 1.0, 1.0, seed=4)
    assert len(set(map(tuple, rows))) > 20


def test_words_are_drawn_with_other_numbers_than_codes_are():
    """The codes of a seed come from `default_rng(seed)`: words must not repeat its stream."""
    used = []

    made = generator()
    sampled = made.sampled

    def spy(z, tables, uniforms, *settings):
        used.append(uniforms.numpy())
        return sampled(z, tables, uniforms, *settings)

    made.sampled = spy
    made.decode(codes(40), 1.0, 1.0, seed=11)
    for other in (11, [11, 0], [11, 1]):
        theirs = np.random.default_rng(other).random(used[0].size, np.float32)
        assert np.abs(used[0].ravel() - theirs).max() > 0.1


def test_decoding_is_compiled_once_for_all_numbers_of_codes():
    made = generator()
    for count in (1, 2, 3, 7, 8, 30, 64, 65, 200, 256, 300, 520, 521, 1500):
        made.decode(codes(count), 0.0, 1.0, 0)
        made.decode(codes(count), 0.5 + count / 1000, 1.0 - count / 2000, count)
    for function in (made.greedy, made.sampled):
        assert function.experimental_get_tracing_count() == 1


def test_the_loop_ends_when_every_row_has_ended():
    made = generator(max_length=50, favour=[EOS_ID], by=50.0)
    made.decode(codes(8), 0.0, 1.0, 0)
    assert made.decoder.steps.numpy() == 2  # a word and <eos>
    mixed = generator(max_length=50, favour=[EOS_ID], by=2.0)
    rows = mixed.decode(codes(8), 0.0, 1.0, 0)
    assert mixed.decoder.steps.numpy() == max(len(words_of(row)) for row in rows) + 1


def test_nothing_to_decode_is_nothing():
    assert generator().decode(np.empty((0, 3), np.float32), 1.0, 1.0, 0) == []


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_a_real_decoder_speaks_as_its_teacher_forced_logits_say(decoder):
    vae = random_vae(decoder)
    z = np.random.default_rng(3).normal(size=(12, vae.latent_dim)).astype(np.float32)
    rows = vae.generator.decode(z, 0.0, 1.0, 0)
    for code, row in zip(z, rows, strict=True):
        words = words_of(row)
        features = teacher_forced(vae.model.decoder, [1, *words], code)
        logits = vae.model.decoder.logits(features).numpy()
        logits[:, [0, 1, 3]] = -np.inf
        logits[0, EOS_ID] = -np.inf
        said = [*words, EOS_ID][: MAX_LENGTH + 1]
        assert logits.argmax(axis=1)[: len(said)].tolist() == said
        assert max(words) < VOCAB_SIZE


@pytest.mark.parametrize(("temperature", "top_p"), [
    (-0.1, 1.0), (float("nan"), 1.0), (10.1, 1.0), (float("inf"), 1.0),
    (1.0, 0.0), (1.0, 1.01), (1.0, float("nan")), (1.0, -1.0),
])  # fmt: skip
def test_settings_out_of_range_are_refused(temperature, top_p):
    with pytest.raises(BadInput, match=r"(temperature|top_p) must be .* got"):
        check_sampling(temperature, top_p)
