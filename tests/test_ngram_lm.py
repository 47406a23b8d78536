import math

import numpy as np
import pytest
from oracles import SlowWittenBell, real_looking

from textvae.errors import BadInput
from textvae.metrics.ngram_lm import WittenBell

TRAIN = real_looking(80, seed=0)
HELD_OUT = [*real_looking(30, seed=1), "a zebra on the beach", "zebra giraffe"]


def vocabulary_of(captions):
    return {word for text in captions for word in text.split()}


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_perplexity_is_that_of_the_slow_definition(order):
    vocabulary = vocabulary_of(TRAIN)
    slow = SlowWittenBell(TRAIN, vocabulary, order).perplexity(HELD_OUT)
    assert WittenBell(TRAIN, order=order).perplexity(HELD_OUT) == pytest.approx(slow, rel=1e-12)


def test_a_foreign_vocabulary_turns_other_words_into_one_unknown_word():
    vocabulary = {"a", "dog", "giraffe", "on"}
    slow = SlowWittenBell(TRAIN, vocabulary, 4).perplexity(HELD_OUT)
    lm = WittenBell(TRAIN, vocabulary)
    assert lm.perplexity(HELD_OUT) == pytest.approx(slow, rel=1e-12)
    assert lm.perplexity(["a quokka"]) == lm.perplexity(["a wombat"])
    assert lm.perplexity(["a quokka"]) != lm.perplexity(["a giraffe"])


def test_one_word_by_hand():
    lm = WittenBell(["dog"], order=1)
    # c(dog) = 1 of 2 tokens of 2 kinds, from 1/3: dog, the end, the unknown word.
    assert lm.perplexity(["dog"]) == pytest.approx(1 / ((1 + 2 / 3) / (2 + 2)))


@pytest.mark.parametrize("history", ["", "a", "a man", "the red bus", "zebra on"])
def test_what_may_follow_a_history_has_probability_1(history):
    lm = WittenBell(TRAIN)
    place = len(history.split())
    words = [*lm.vocabulary, "zebra"]
    total = sum(math.exp(lm.log_prob([f"{history} {word}"])[place]) for word in words)
    total += math.exp(lm.log_prob([history])[place])  # the end
    assert total == pytest.approx(1.0)


def test_the_order_of_captions_changes_no_perplexity():
    one, other = WittenBell(TRAIN), WittenBell(TRAIN[::-1])
    assert other.perplexity(HELD_OUT[::-1]) == pytest.approx(
        one.perplexity(HELD_OUT), rel=1e-12
    )


def test_log_prob_has_one_number_for_each_word_and_end():
    assert WittenBell(TRAIN).log_prob(["a man", "", "dog"]).shape == (3 + 1 + 2,)


def test_a_real_caption_is_likelier_than_its_words_shuffled():
    captions = [f"a {size} dog runs on the {place}" for size in "ABCD" for place in "EFGH"]
    lm = WittenBell(captions[::2])
    shuffled = [" ".join(np.random.default_rng(0).permutation(c.split())) for c in captions]
    assert lm.perplexity(captions[1::2]) < lm.perplexity(shuffled[1::2])


def test_no_captions_are_refused():
    with pytest.raises(BadInput, match="needs captions"):
        WittenBell([])
