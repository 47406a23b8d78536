"""The network's floating point operations, and the machine's peak rate.

Only matrix products are counted: a multiplication and an addition for each entry of a matrix
and each row. Sums, activations, the softmax and all work on padding are left out. A share of
the limit is therefore net of all overhead, including the network's own.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from textvae.config.settings import ModelConfig
from textvae.runtime.imports import import_tensorflow

BACKWARD = 2  # products for each one forward: gradients of its input and of its matrix
MATRIX = 3072  # rows and columns; far larger than any cache, small enough for a second or so


def caption_flops(config: ModelConfig, vocab_size: int, length: int) -> int:
    """Operations of a forward pass over a caption of `length` tokens, including `<eos>`."""
    return encoder_flops(config, length) + decoder_flops(config, vocab_size, length)


def encoder_flops(config: ModelConfig, length: int) -> int:
    """Operations of reading `length` tokens both ways and computing the posterior."""
    embed, units = config.embed_dim, config.encoder_dim
    one_way = lstm_flops(embed, units) * length
    pooled = 6 * units  # mean and maximum of both directions, the last state of each
    return 2 * one_way + 2 * (2 * pooled * config.latent_dim)


def decoder_flops(config: ModelConfig, vocab_size: int, length: int) -> int:
    """Operations of computing the logits of `length` tokens from z."""
    embed, hidden = config.embed_dim, config.hidden_dim
    start = 2 * config.latent_dim * (2 * hidden + embed)
    step = lstm_flops(embed, hidden) + 2 * hidden * embed + 2 * embed * vocab_size
    return start + step * length


def lstm_flops(inputs: int, units: int) -> int:
    """Operations of one step of one row: four gates, from the input and the last state."""
    return 2 * 4 * units * (inputs + units)


def training_flops_per_token(
    config: ModelConfig, vocab_size: int, lengths: Iterable[int]
) -> float:
    """Operations of both passes per token, averaged over captions of these lengths."""
    lengths = list(lengths)
    total = sum(caption_flops(config, vocab_size, length) for length in lengths)
    return (1 + BACKWARD) * total / sum(lengths)


def matrix_gflops(multiply: Callable[[], Any], size: int, repeats: int) -> float:
    """GFLOP per second of the fastest of `repeats` products of two `size` × `size` matrices."""
    fastest = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        multiply()
        fastest = min(fastest, time.perf_counter() - start)
    return 2 * size**3 / fastest / 1e9


def limit_gflops(
    precisions: Iterable[str], size: int = MATRIX, repeats: int = 5
) -> dict[str, dict[str, float]]:
    """Peak GFLOP per second in each precision: in TensorFlow, in PyTorch, and the larger.

    They are the fastest of several products, since a limit should be free of disturbances.
    """
    import_tensorflow()
    import tensorflow as tf
    import torch

    array = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    limits = {}
    for precision in precisions:
        in_tf = tf.cast(tf.constant(array), precision)
        in_torch = torch.from_numpy(array).to(getattr(torch, precision))
        # The result is not read, which would take as long as computing it.
        found = {
            "tensorflow": matrix_gflops(partial(_finished, tf.matmul, in_tf), size, repeats),
            "pytorch": matrix_gflops(partial(torch.matmul, in_torch, in_torch), size, repeats),
        }
        limits[precision] = {**found, "limit": max(found.values())}
    return limits


def _finished(multiply: Callable[[Any, Any], Any], matrix: Any) -> None:
    multiply(matrix, matrix)[0, 0].numpy()
