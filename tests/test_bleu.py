import math

import numpy as np
import pytest
from oracles import real_looking

from textvae.errors import BadInput
from textvae.metrics.bleu import bleu, self_bleu

WEIGHTS = [[1.0 / n] * n for n in range(1, 6)]
REFERENCES = real_looking(120, seed=3)
# Also: no word in common, a word twice as often as in any reference, longer than all, empty.
ODD = ["zebra quokka", "beach beach beach beach", "a man " * 15, "zebra a", "bus", ""]
CAPTIONS = [*real_looking(40, seed=4), *REFERENCES[:3], *ODD]


def by_nltk(caption, references):
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    words = [text.split() for text in references]
    method1 = SmoothingFunction().method1
    return sentence_bleu(words, caption.split(), WEIGHTS, smoothing_function=method1)


def others(captions, place):
    return captions[:place] + captions[place + 1 :]


def test_bleu_is_that_of_nltk_for_each_caption():
    expected = [by_nltk(caption, REFERENCES) for caption in CAPTIONS]
    np.testing.assert_allclose(bleu(CAPTIONS, REFERENCES), expected, rtol=1e-12)


def test_self_bleu_is_that_of_nltk_with_one_caption_left_out():
    expected = [by_nltk(text, others(CAPTIONS, i)) for i, text in enumerate(CAPTIONS)]
    np.testing.assert_allclose(self_bleu(CAPTIONS), expected, rtol=1e-12)


def test_lengths_between_and_beyond_those_of_the_references_are_as_in_nltk():
    references = ["a man", "a man on the beach", "a dog on the beach with a man near the bus"]
    captions = [" ".join(["a man on the red beach"] * 3).split()[:n] for n in range(1, 19)]
    captions = [" ".join(words) for words in captions]
    expected = [by_nltk(caption, references) for caption in captions]
    np.testing.assert_allclose(bleu(captions, references), expected, rtol=1e-12)


def test_the_only_caption_of_its_length_is_no_reference_for_itself():
    captions = ["a dog on", "a dog on the beach", "a cat on the beach", "a dog"]
    expected = [by_nltk(text, others(captions, i)) for i, text in enumerate(captions)]
    np.testing.assert_allclose(self_bleu(captions), expected, rtol=1e-12)


def test_bleu_by_hand():
    # 3 of 4 words, 1 of 3 pairs, no triple of 2 and so 0.1; the reference is 5 words long.
    scores = bleu(["a dog sits on"], ["a dog runs on grass"])[0]
    penalty = math.exp(1 - 5 / 4)
    assert scores[0] == pytest.approx(penalty * 3 / 4)
    assert scores[1] == pytest.approx(penalty * (3 / 4 * 1 / 3) ** (1 / 2))
    assert scores[2] == pytest.approx(penalty * (3 / 4 * 1 / 3 * 0.1 / 2) ** (1 / 3))


def test_a_caption_among_the_references_scores_1():
    caption = "a man on the beach with a dog"
    np.testing.assert_allclose(bleu([caption], [*REFERENCES, caption]), 1.0)
    np.testing.assert_allclose(self_bleu([*REFERENCES, caption, caption])[-2:], 1.0)


def test_the_order_of_captions_and_references_changes_no_score():
    order = np.random.default_rng(0).permutation(len(CAPTIONS))
    shuffled = [CAPTIONS[i] for i in order]
    assert (bleu(shuffled, REFERENCES[::-1]) == bleu(CAPTIONS, REFERENCES)[order]).all()
    assert (self_bleu(shuffled) == self_bleu(CAPTIONS)[order]).all()


def test_nothing_to_compare_with_is_refused():
    with pytest.raises(BadInput, match="at least 1 reference"):
        bleu(["a dog"], [])
    with pytest.raises(BadInput, match="at least 2 captions, got 1"):
        self_bleu(["a dog"])
