"""The codec of the prior over captions: wordings of scenes, and the choice among them."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from tiny import TOKENIZER, bundle_of, scene_prior, shaken_model, some_captions

from textvae.codec import CaptionCodec
from textvae.data.text_modes import TextSettings
from textvae.scene_codec import NUM_WORDINGS, SceneCodec
from textvae.space import said_apart

MODEL = scene_prior()
SCENE = SceneCodec(bundle_of(MODEL))
CODES = np.random.default_rng(3).normal(size=(3, SCENE.latent_dim)).astype(np.float32)


def likelihood(caption, code):
    """log p(x|s), from the logits of one caption at a time."""
    ids = tf.constant([TOKENIZER.encode(caption)])
    return -float(MODEL.nll(ids, tf.constant(code[None]))[0])


def test_information_is_the_gain_in_likelihood_of_a_word():
    captions = some_captions(3)
    expected = [
        (likelihood(caption, code) - likelihood(caption, 0 * code)) / (len(caption.split()) + 1)
        for caption, code in zip(captions, CODES, strict=True)
    ]
    np.testing.assert_allclose(SCENE.information(captions, CODES), expected, rtol=1e-4)


def test_the_wordings_of_a_scene_are_draws_sorted_by_what_they_say_of_it():
    plain = CaptionCodec(bundle_of(MODEL))
    drawn = plain.decode(
        np.repeat(CODES, NUM_WORDINGS, axis=0), temperature=0.8, seed=5, first=2 * NUM_WORDINGS
    )
    picky = SceneCodec(bundle_of(MODEL))
    picky.says_twice = lambda caption: len(caption) % 2 == 1
    worded = picky.wordings(CODES, temperature=0.8, seed=5, first=2)
    for i, (code, captions) in enumerate(zip(CODES, worded, strict=True)):
        mine = drawn[i * NUM_WORDINGS : (i + 1) * NUM_WORDINGS]
        told = SCENE.information(mine, np.repeat(code[None], NUM_WORDINGS, axis=0))
        best_first = [mine[place] for place in np.argsort(-told, kind="stable")]
        # Those that say a thing twice come last.
        assert captions == sorted(best_first, key=picky.says_twice)


def test_a_drawn_caption_is_the_first_wording_and_a_greedy_one_is_that_of_any_codec():
    worded = SCENE.wordings(CODES, temperature=0.8, seed=5)
    assert SCENE.decode(CODES, temperature=0.8, seed=5) == [each[0] for each in worded]
    assert SCENE.decode(CODES) == CaptionCodec(bundle_of(MODEL)).decode(CODES)


def test_a_scene_is_worded_alike_alone_and_among_others():
    several = SCENE.decode(CODES, temperature=0.8, seed=5)
    assert SCENE.decode(CODES[:1], temperature=0.8, seed=5) == several[:1]
    assert SCENE.decode(CODES[1:], temperature=0.8, seed=5, first=1) == several[1:]


def test_a_language_model_has_no_scene_to_choose_by():
    model = shaken_model(latent_dim=0)
    nothing = np.zeros((4, 0), np.float32)
    drawn = CaptionCodec(bundle_of(model)).decode(nothing, temperature=0.8, seed=5)
    assert SceneCodec(bundle_of(model)).decode(nothing, temperature=0.8, seed=5) == drawn


def test_no_step_of_a_path_repeats_another_where_it_can_be_worded_otherwise():
    path, fine = ["a", "b", "b", "e", "e"], str.isupper  # none is bad
    assert said_apart(path, [["x"], ["b", "y"], ["e", "b"]], fine) == ["a", "b", "y", "e", "e"]
    assert said_apart(["a", "a"], [], fine) == ["a", "a"]
    path, bad = ["a", "b", "b", "e"], {"b", "x"}.__contains__
    assert said_apart(path, [["x", "y"], ["b", "x"]], bad) == ["a", "y", "b", "e"]


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a man in a hat", False),  # function words may come twice
        ("a man in a hat and a man", True),
        ("a man and a woman", False),
    ],
)
def test_an_english_caption_says_a_thing_twice_if_a_word_that_means_one_comes_twice(
    caption, expected
):
    assert SCENE.says_twice(caption) is expected
    plain = SceneCodec(
        dataclasses.replace(bundle_of(MODEL), text=TextSettings(9, mode="plain"))
    )
    assert not plain.says_twice(caption)
