import numpy as np
import tensorflow as tf
from tiny import TOKEN_IDS, make_model, plain_dense, plain_lstm, shaken_model

MODEL = shaken_model()


def plain_posterior(words):
    """mu and log_var of one row of word ids without padding, in numpy."""
    encoder = MODEL.encoder
    vectors = MODEL.embedding.table.numpy()[words]
    ahead = plain_lstm(encoder.forward, vectors)
    back = plain_lstm(encoder.backward, vectors[::-1])
    states = np.concatenate([ahead, back[::-1]], axis=1)
    pooled = np.concatenate([states.mean(axis=0), states.max(axis=0), ahead[-1], back[-1]])
    return plain_dense(encoder.to_mu, pooled), plain_dense(encoder.to_log_var, pooled)


def test_the_posterior_is_that_of_two_plain_lstms_over_the_words_alone():
    posterior = MODEL.posterior(tf.constant(TOKEN_IDS))
    for i, row in enumerate(TOKEN_IDS):
        mu, log_var = plain_posterior(row[row != 0][1:])  # without <bos>, with <eos>
        np.testing.assert_allclose(posterior.mu[i], mu, atol=1e-5)
        np.testing.assert_allclose(posterior.log_var[i], log_var, atol=1e-5)


def test_more_padding_changes_nothing():
    wide = np.pad(TOKEN_IDS, ((0, 0), (0, 9)))
    for few, many in zip(MODEL.posterior(TOKEN_IDS), MODEL.posterior(wide), strict=True):
        np.testing.assert_allclose(few, many, atol=1e-6)


def test_a_caption_is_read_the_same_whatever_stands_beside_it():
    together = MODEL.posterior(TOKEN_IDS).mu.numpy()
    upside_down = MODEL.posterior(TOKEN_IDS[::-1]).mu.numpy()
    np.testing.assert_allclose(together, upside_down[::-1], atol=1e-6)
    for i in range(len(TOKEN_IDS)):
        alone = MODEL.posterior(TOKEN_IDS[i : i + 1]).mu.numpy()
        np.testing.assert_allclose(together[i], alone[0], atol=1e-6)


def test_the_order_of_the_words_matters():
    swapped = TOKEN_IDS[:1].copy()
    swapped[0, [1, 2]] = swapped[0, [2, 1]]
    before, after = (MODEL.posterior(ids).mu.numpy() for ids in (TOKEN_IDS[:1], swapped))
    assert np.abs(before - after).max() > 1e-3


def test_the_standard_deviations_of_an_untrained_encoder_are_one_by_e():
    sigma = make_model().posterior(TOKEN_IDS).sigma.numpy()
    np.testing.assert_allclose(sigma, np.exp(-1.0), rtol=1e-5)
