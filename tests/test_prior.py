import numpy as np
from tiny import MAX_LENGTH, TOKENIZER, VOCAB_SIZE, writer

from textvae.data.tokenizer import BOS_ID, EOS_ID, UNK_ID
from textvae.decoding.prior import CaptionPrior

PRIOR = CaptionPrior(writer(), VOCAB_SIZE, MAX_LENGTH)
TEMPERATURE = 1.01


def shares_of_the_next_word(before):
    """p(word | words before) at the prior's temperature, in plain numpy."""
    decoder = PRIOR.language_model.decoder
    state = decoder.initial_state(np.zeros((1, 0), np.float32))
    for token_id in before:
        features, state = decoder.step(decoder.word_inputs(np.array([token_id])), state)
    logits = decoder.logits(features).numpy()[0].astype(float)
    logits[: UNK_ID + 1] = -np.inf  # what no caption holds
    if len(before) > 1:
        logits[EOS_ID] = decoder.logits(features).numpy()[0, EOS_ID]
    weights = np.exp((logits - logits.max()) / TEMPERATURE)
    return weights / weights.sum()


def test_captions_are_written_as_often_as_the_language_model_has_it():
    rows = PRIOR.generate(20_000, seed=1)
    first = np.bincount([row[1] for row in rows], minlength=VOCAB_SIZE) / len(rows)
    expected = shares_of_the_next_word([BOS_ID])
    np.testing.assert_allclose(first, expected, atol=0.015)
    common = int(expected.argmax())
    after = [row[2] for row in rows if row[1] == common]
    second = np.bincount(after, minlength=VOCAB_SIZE) / len(after)
    np.testing.assert_allclose(
        second, shares_of_the_next_word([BOS_ID, common]), atol=2.5 / len(after) ** 0.5
    )


def test_each_beginning_is_written_almost_exactly_as_often_as_it_should_be():
    """Independent draws would be off by 60 here, and by 15 in the pairs."""
    rows = PRIOR.generate(20_000, seed=3)
    expected = shares_of_the_next_word([BOS_ID])
    first = np.bincount([row[1] for row in rows], minlength=VOCAB_SIZE)
    assert np.abs(first - 20_000 * expected).max() < 5
    for word in np.argsort(-expected)[:5]:
        second = np.bincount([row[2] for row in rows if row[1] == word], minlength=VOCAB_SIZE)
        shares = expected[word] * shares_of_the_next_word([BOS_ID, int(word)])
        assert np.abs(second - 20_000 * shares).max() < 5


def test_what_is_written_is_a_caption_that_the_model_can_read():
    rows = PRIOR.generate(500, seed=2)
    lengths = [len(row) - 2 for row in rows]
    assert min(lengths) >= 1
    assert max(lengths) == MAX_LENGTH  # some would have gone on
    for row in rows:
        words = row[1:-1]
        assert (row[0], row[-1]) == (BOS_ID, EOS_ID)
        assert min(words) > UNK_ID
        assert TOKENIZER.encode(TOKENIZER.decode(row)) == row


def test_more_begin_with_the_same_ones():
    rows, noise = PRIOR.generate(700, seed=5), PRIOR.noise(700, 4, seed=5)
    for count in (1, 8, 513):
        assert PRIOR.generate(count, seed=5) == rows[:count]
        np.testing.assert_array_equal(PRIOR.noise(count, 4, seed=5), noise[:count])
        assert PRIOR.generate(150, seed=5, first=count) == rows[count : count + 150]
        later = PRIOR.noise(150, 4, seed=5, first=count)
        np.testing.assert_array_equal(later, noise[count : count + 150])
    assert PRIOR.generate(8, seed=6) != rows[:8]
    assert len({tuple(row) for row in rows}) > 600
