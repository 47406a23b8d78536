"""Changing the coordinates of a trained network's latent space."""

from typing import Any

import numpy as np

from textvae.nn.model import TextVAE
from textvae.types import Array


def standardize_codes(model: TextVAE, mean: Array, deviation: Array) -> None:
    """Replace every code z of a network by (z - mean) / deviation, unit by unit.

    The last layers of the encoder and the first layers of the decoder absorb the change, so the
    network behaves as before; only the coordinates of its codes differ.

    Args:
        model: a VAE with the decoder `lstm`, changed in place.
        mean: `[D]`, of the former codes; it becomes the origin.
        deviation: `[D]`, above 0, of the former codes; it becomes 1.

    Example:
        >>> from textvae.config.settings import ModelConfig
        >>> sizes = ModelConfig(latent_dim=2, embed_dim=4, encoder_dim=4, hidden_dim=5)
        >>> model, token_ids = TextVAE(sizes, vocab_size=9), np.array([[1, 5, 6, 2]])
        >>> before = model.posterior(token_ids).mu.numpy()
        >>> standardize_codes(model, np.array([1.0, 0.0]), np.array([1.0, 2.0]))
        >>> after = model.posterior(token_ids).mu.numpy()
        >>> bool(np.allclose(after, (before - [1, 0]) / [1, 2], atol=1e-5))
        True
    """
    encoder: Any = model.encoder
    to_mu, to_log_var = encoder.to_mu, encoder.to_log_var
    to_mu.kernel.assign(to_mu.kernel.numpy() / deviation)
    to_mu.bias.assign((to_mu.bias.numpy() - mean) / deviation)
    to_log_var.bias.assign(to_log_var.bias.numpy() - 2 * np.log(deviation))
    for layer in (model.decoder.to_state, model.decoder.to_input):
        kernel = layer.kernel.numpy()
        layer.bias.assign(layer.bias.numpy() + mean @ kernel)
        layer.kernel.assign(deviation[:, None] * kernel)
