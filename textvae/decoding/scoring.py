"""How probable the words of given captions are."""

from typing import Any

import tensorflow as tf

from textvae.nn.packed_sequence import pack_tokens
from textvae.types import Tensor


def token_probabilities(model: Any, token_ids: Tensor, z: Tensor) -> Tensor:
    """p(token | z, the tokens before it): `[B, T]`, `[B, D]` -> `[B, T - 1]`.

    The first column belongs to the token after `<bos>`. Values at padding mean nothing, but
    they are computed: without them the number of positions, and so the shape of the tensors,
    would differ from call to call.

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
