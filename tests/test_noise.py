import numpy as np
import pytest
import tensorflow as tf
from tiny import TOKEN_IDS

from textvae.nn.noise import TrainingNoise, dropout


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (64, 11, 3)])
def test_a_feature_is_kept_and_scaled_or_zero_whatever_the_shape(shape):
    out = dropout(tf.ones(shape), 0.25, tf.constant([1, 2])).numpy()
    assert out.shape == shape
    assert set(np.unique(out)) <= {np.float32(0.0), np.float32(4 / 3)}


def test_dropout_keeps_the_mean():
    features = tf.constant(np.linspace(1.0, 3.0, 1_000_000, dtype=np.float32))
    out = dropout(features, 0.3, tf.constant([3, 4])).numpy()
    assert out.mean() == pytest.approx(
        2.0, abs=0.005
    )  # s.e. 0.0014; with one byte value more dropped, 0.011
    # Neighbours come from one random word, but each from a byte of its own.
    lost = (out == 0.0).astype(float)
    for distance in (1, 2, 3, 4):
        assert np.corrcoef(lost[:-distance], lost[distance:])[0, 1] == pytest.approx(
            0.0, abs=0.01
        )


def test_every_rate_below_1_keeps_something():
    kept = dropout(tf.ones(100_000), 0.9999, tf.constant([5, 6])).numpy()
    assert 0.0 < (kept > 0.0).mean() < 0.01


def test_dropout_drops_the_stated_fraction_anew_at_every_call():
    drop = TrainingNoise(tf.constant([1, 2])).dropout(0.4)
    first, second = (drop(tf.ones((100, 100))).numpy() for _ in range(2))
    for features in (first, second):
        assert (features == 0).mean() == pytest.approx(0.4, abs=0.02)
        np.testing.assert_allclose(features[features != 0], 256 / 154, rtol=1e-6)  # 102 lost
    # Independent masks agree on 0.4 x 0.4 + 0.6 x 0.6 of the places.
    assert ((first == 0) == (second == 0)).mean() == pytest.approx(0.52, abs=0.03)


def test_word_dropout_replaces_words_by_the_unknown_word_and_keeps_other_tokens():
    token_ids = np.random.default_rng(0).integers(0, 20, (200, 50))
    out = TrainingNoise(tf.constant([1, 2])).word_dropout(tf.constant(token_ids), 0.3).numpy()
    is_word = token_ids > 3
    np.testing.assert_array_equal(out[~is_word], token_ids[~is_word])
    is_hidden = out[is_word] != token_ids[is_word]
    assert (out[is_word][is_hidden] == 3).all()
    assert is_hidden.mean() == pytest.approx(0.3, abs=0.02)  # s.e. 0.005


def test_latent_noise_moves_the_stated_share_of_codes_up_to_half_the_way():
    far, rate = 1000.0, 0.3
    noise = TrainingNoise(tf.constant([1, 2]))
    moved = noise.latent_noise(tf.fill((4000, 50), far), rate).numpy().astype(np.float64)
    share = 1.0 - moved.mean(axis=1) / far  # a normal's mean of 50 shifts it by 1e-4 at most
    is_moved = share > 1e-3
    assert is_moved.mean() == pytest.approx(rate, abs=0.03)  # s.e. 0.007
    assert (moved[share == 0.0] == far).all()
    deciles = np.quantile(share[is_moved], [0.1, 0.5, 0.9])
    np.testing.assert_allclose(deciles, [0.05, 0.25, 0.45], atol=0.03)
    of_noise = moved[is_moved].var(axis=1, ddof=1) / share[is_moved] ** 2
    assert of_noise.mean() == pytest.approx(1.0, abs=0.03)  # s.e. 0.006
    assert noise.latent_noise(TOKEN_IDS, 0.0) is TOKEN_IDS
