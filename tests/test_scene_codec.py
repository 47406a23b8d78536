"""The codec of the prior over captions: wordings of scenes, and the choice among them."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import chisquare
from tiny import TOKENIZER, bundle_of, scene_prior, shaken_model

from textvae.data.batching import padded
from textvae.data.text_modes import TextSettings
from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from textvae.errors import BadInput
from textvae.inference.codec import CaptionCodec
from textvae.inference.scene_codec import NUM_WORDINGS, SceneCodec
from textvae.latent.interpolation import repeating, without_repeats
from textvae.metrics.line_faults import is_repetitive
from textvae.nn.packed_sequence import pack_tokens

MODEL = scene_prior()
SCENE = SceneCodec(bundle_of(MODEL))
CODES = np.random.default_rng(3).normal(size=(3, SCENE.latent_dim)).astype(np.float32)


def log_probs(rows, codes):
    """log p of every word that can be written at each place of captions, `[B, T, V]`."""
    ids = tf.constant(padded([[BOS_ID, *row] for row in rows]))
    packed = pack_tokens(ids)
    features = MODEL.decoder.hidden(packed.pack(ids[:, :-1]), tf.constant(codes), packed)
    logits = packed.unpack(MODEL.decoder.logits(features)).numpy().astype(float)
    logits[:, :, [PAD_ID, BOS_ID, UNK_ID]] = -np.inf
    logits[:, 0, EOS_ID] = -np.inf
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def likelihoods(rows, codes):
    """log p(x|s) of words that can be written, of each caption."""
    found = zip(rows, log_probs(rows, codes), strict=True)
    return np.array([logs[np.arange(len(row)), row].sum() for row, logs in found])


def information(rows, codes):
    """What scenes tell of each word; of a caption that was cut, no end was drawn."""
    rows = [row[: row.index(EOS_ID) + 1] if EOS_ID in row else row for row in rows]
    gains = likelihoods(rows, codes) - likelihoods(rows, 0 * codes)
    return gains / np.array([len(row) for row in rows])


@pytest.fixture
def all_words(monkeypatch):
    """Every word is drawn with its probability, as `CaptionCodec` draws it at temperature 1."""
    monkeypatch.setattr("textvae.decoding.generator.MIN_P_DEPTH", 1e6)
    monkeypatch.setattr("textvae.decoding.generator.MIN_P_TEMPERATURE", 1.0)


@pytest.mark.usefixtures("all_words")
def test_what_a_scene_tells_of_a_drawn_caption_is_the_gain_in_likelihood_of_a_word():
    codes = np.repeat(CODES, 12, axis=0)
    generator = SceneCodec(bundle_of(MODEL)).compiled.generator
    rows, told = generator.decode_informed(codes, 1.0, 1.0, seed=4)
    assert rows == generator.decode(codes, 1.0, 1.0, seed=4)
    assert 0 < sum(EOS_ID in row for row in rows) < len(rows)
    np.testing.assert_allclose(told, information(rows, codes), atol=1e-5)


@pytest.mark.usefixtures("all_words")
def test_the_wordings_of_a_scene_are_draws_sorted_by_what_they_say_of_it():
    plain = CaptionCodec(bundle_of(MODEL))
    picky = SceneCodec(bundle_of(MODEL))
    picky.repeats_a_word = lambda caption: len(caption) % 2 == 1
    worded = picky.wordings(CODES, temperature=0.8, seed=5, first=2)
    drawn = plain.compiled.generator.decode(
        np.repeat(CODES, NUM_WORDINGS, axis=0), 1.0, 1.0, seed=5, first=2 * NUM_WORDINGS
    )
    for i, (code, captions) in enumerate(zip(CODES, worded, strict=True)):
        mine = drawn[i * NUM_WORDINGS : (i + 1) * NUM_WORDINGS]
        told = information(mine, np.repeat(code[None], NUM_WORDINGS, axis=0))
        mine = [mine[k] for k in np.argsort(-told, kind="stable")]
        # Those that say a thing twice come last.
        assert captions == sorted(map(TOKENIZER.decode, mine), key=picky.repeats_a_word)


@pytest.mark.parametrize("temperature", [0.25, 0.5])
def test_first_words_are_drawn_by_the_root_of_their_probability_from_the_likeliest(temperature):
    code = CODES[:1]
    rows, _ = SCENE.compiled.generator.decode_informed(
        np.repeat(code, 4000, axis=0), temperature, 1.0, seed=4
    )
    [[logs]] = log_probs([[EOS_ID]], code)
    expected = np.where(logs >= logs.max() - 3.7 * temperature, np.exp(logs / 2), 0)
    expected /= expected.sum()
    counts = np.bincount([row[0] for row in rows], minlength=len(logs))
    assert 1 < np.count_nonzero(expected) < np.isfinite(logs).sum()
    assert counts[expected == 0].sum() == 0
    possible = expected > 0
    assert chisquare(counts[possible], 4000 * expected[possible]).pvalue > 1e-4


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
    nothing = np.zeros((40, 0), np.float32)
    drawn = CaptionCodec(bundle_of(model)).decode(nothing, temperature=0.8, seed=5)
    found = SceneCodec(bundle_of(model)).decode(nothing, temperature=0.8, seed=5)
    for ours, theirs in zip(found, drawn, strict=True):
        assert ours == theirs or is_repetitive(theirs)  # which is drawn anew


def test_no_step_of_a_path_repeats_another_where_it_can_be_worded_otherwise():
    path, fine = ["a", "b", "b", "e", "e"], str.isupper  # none is bad
    assert without_repeats(path, {1: ["x"], 2: ["b", "y"], 3: ["e", "b"]}, fine) == [
        "a",
        "b",
        "y",
        "e",
        "e",
    ]
    assert without_repeats(["a", "a"], {}, fine) == ["a", "a"]
    path, bad = ["a", "b", "b", "e"], {"b", "x"}.__contains__
    assert without_repeats(path, {1: ["x", "y"], 2: ["b", "x"]}, bad) == ["a", "y", "b", "e"]
    # What stays is not said by another, even before it.
    assert without_repeats(["a", "a", "b"], {1: ["b", "c"]}, fine) == ["a", "c", "b"]
    assert repeating(["b", "a", "a", "b", "x"], (0,), bad) == [2, 3, 4]


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
    assert SCENE.repeats_a_word(caption) is expected
    plain = SceneCodec(
        dataclasses.replace(bundle_of(MODEL), text=TextSettings(9, mode="plain"))
    )
    assert not plain.repeats_a_word(caption)


def test_one_scene_is_worded_as_in_a_list_and_a_wrong_one_is_named_by_its_row():
    codes = np.random.default_rng(4).normal(size=(20, SCENE.latent_dim)).astype(np.float32)
    for code in codes:
        [wording] = SCENE.decode(code[None], temperature=0.8, seed=5)
        assert SCENE.decode(code, temperature=0.8, seed=5) == wording
    codes[2, 0] = np.nan
    with pytest.raises(BadInput, match="those of row 2 are not"):
        SCENE.decode(codes, temperature=0.8)
    with pytest.raises(BadInput, match="rows of different lengths"):
        SCENE.decode([[0.0], [0.0, 1.0]], temperature=0.8)


def test_captions_in_another_language_repeat_no_word_that_is_known():
    french = SceneCodec(dataclasses.replace(bundle_of(MODEL), report={"language": ["fr"]}))
    assert not french.repeats_a_word("un chien et un chat")
    assert SCENE.repeats_a_word("a man in a hat and a man")


@pytest.mark.parametrize("first", [-1, 1.5, "a", 10**12 + 1])
def test_the_number_of_the_first_scene_is_checked(first):
    with pytest.raises(BadInput, match=rf"first must be a whole number .* got '?{first}'?"):
        SCENE.decode(CODES, temperature=0.8, first=first)
