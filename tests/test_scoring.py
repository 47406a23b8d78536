import numpy as np
import pytest
import tensorflow as tf
from tiny import TOKEN_IDS, shaken_model, teacher_forced

from textvae.decoding.scoring import token_probabilities

Z = np.random.default_rng(5).normal(size=(4, 5)).astype(np.float32)


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_probabilities_are_the_softmax_of_the_teacher_forced_logits(decoder):
    model = shaken_model(decoder=decoder)
    found = token_probabilities(model, tf.constant(TOKEN_IDS), tf.constant(Z)).numpy()
    assert found.shape == (4, TOKEN_IDS.shape[1] - 1)
    for row, z, probabilities in zip(TOKEN_IDS, Z, found, strict=True):
        words = row[row != 0]
        logits = model.decoder.logits(teacher_forced(model.decoder, words[:-1], z)).numpy()
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        expected = shares[np.arange(len(words) - 1), words[1:]]
        np.testing.assert_allclose(probabilities[: len(words) - 1], expected, rtol=1e-4)


def test_their_logarithms_add_up_to_the_likelihood():
    model = shaken_model()
    found = token_probabilities(model, tf.constant(TOKEN_IDS), tf.constant(Z)).numpy()
    is_real = TOKEN_IDS[:, 1:] != 0
    nll = -np.where(is_real, np.log(found), 0.0).sum(axis=1)
    np.testing.assert_allclose(nll, model.nll(TOKEN_IDS, Z), rtol=1e-5)
