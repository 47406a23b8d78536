"""The probabilities of the words of given captions."""

from typing import Any

import tensorflow as tf

from textvae.nn.gaussian import DiagonalGaussian, standard_log_prob
from textvae.nn.packed_sequence import pack_tokens
from textvae.types import Tensor


def token_probabilities(model: Any, token_ids: Tensor, z: Tensor) -> Tensor:
    """p(token | z, the tokens before it): `[B, T]`, `[B, D]` -> `[B, T - 1]`.

    The first column belongs to the token after `<bos>`. Values at padding are meaningless; they
    are computed anyway, since otherwise the shapes of the tensors would vary between calls.

    Args:
        model: a `TextVAE`.
        token_ids: `<bos> ... <eos> <pad>` rows.
        z: the code of each caption.

    Example:
        >>> from textvae.config.settings import ModelConfig
        >>> from textvae.nn.model import TextVAE
        >>> sizes = ModelConfig(latent_dim=3, embed_dim=4, encoder_dim=4, hidden_dim=5)
        >>> model = TextVAE(sizes, vocab_size=8, initializer="zeros")  # equally likely words
        >>> token_probabilities(model, tf.constant([[1, 5, 2]]), tf.zeros((1, 3))).numpy()
        array([[0.125, 0.125]], dtype=float32)
    """
    packed = pack_tokens(token_ids)
    features = model.decoder.hidden(packed.pack(token_ids[:, :-1]), z, packed)
    token_nll = model.decoder.token_nll(features, packed.pack(token_ids[:, 1:]))
    return packed.unpack(tf.exp(-token_nll))


def nll_and_log_weight(
    model: Any, token_ids: Tensor, posterior: DiagonalGaussian, epsilon: Tensor
) -> tuple[Tensor, Tensor]:
    """nll `[B]` and log p(x|z) p(z) / q(z|x) `[B]` at z = mu + sigma * epsilon.

    Args:
        model: a `TextVAE`, or any object with its method `nll`.
        token_ids: `<bos> ... <eos> <pad>` rows, `[B, T]`.
        posterior: of these captions.
        epsilon: standard normal noise, `[B, D]`.

    Example:
        >>> from textvae.config.settings import ModelConfig
        >>> from textvae.nn.model import TextVAE
        >>> sizes = ModelConfig(latent_dim=3, embed_dim=4, encoder_dim=4, hidden_dim=5)
        >>> model = TextVAE(sizes, vocab_size=8, initializer="zeros")  # equally likely words
        >>> posterior = DiagonalGaussian(tf.zeros((1, 3)), tf.zeros((1, 3)))  # the prior
        >>> token_ids, epsilon = tf.constant([[1, 5, 2]]), tf.ones((1, 3))
        >>> nll, log_weight = nll_and_log_weight(model, token_ids, posterior, epsilon)
        >>> round(float(nll[0]), 4), round(float(log_weight[0]), 4)  # 2 log 8
        (4.1589, -4.1589)

    Source: Burda et al. 2016, section 3 (arXiv 1509.00519).
    """
    z = posterior.mu + posterior.sigma * epsilon
    nll = model.nll(token_ids, z)
    return nll, standard_log_prob(z) - nll - posterior.log_prob(z)
