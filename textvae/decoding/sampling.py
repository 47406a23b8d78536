"""Choosing words from logits: the most probable, or a draw at a temperature and top-p.

The functions take one uniform number in [0, 1) for each draw and no random state, so the words
of a caption depend on its own numbers only.

Integers are int64 throughout: on a GPU, TensorFlow computes with int32 in the memory of the
host, and would wait for the GPU at every word.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from textvae.errors import BadInput
from textvae.types import Array, Tensor

IMPOSSIBLE = -1e9  # a logit whose probability is 0
GROUP = 64  # words whose maximum, or whose sum, is computed before a word among them is chosen
LARGEST_BELOW_1 = 1.0 - 2.0**-24  # in single precision


def argmax(logits: Tensor) -> Tensor:
    """The most probable word, the first if several are equal: `[B, W]` -> `[B]` int64.

    W is a multiple of `GROUP`. `tf.argmax` compares one number at a time, a maximum as many as
    the processor can, so the maximum of each group comes first.

    Example:
        >>> logits = np.zeros((2, 2 * GROUP), np.float32)
        >>> logits[0, 3] = logits[1, 100] = 1.0
        >>> argmax(logits).numpy().tolist()
        [3, 100]
    """
    groups = _grouped(logits)
    group = tf.argmax(tf.reduce_max(groups, axis=-1), axis=-1)
    members = tf.gather(groups, group, batch_dims=1)
    return group * GROUP + tf.argmax(members, axis=-1)


def top_p_filter(logits: Tensor, top_p: Tensor) -> Tensor:
    """`logits` with only the most probable words possible, those that together reach `top_p`.

    `[B, V]` -> `[B, V]`, each row by itself.

    Example:
        >>> logits = tf.math.log([[0.5, 0.3, 0.2]])
        >>> (top_p_filter(logits, 0.6) > IMPOSSIBLE).numpy().tolist()
        [[True, True, False]]

    Source: Holtzman et al. 2020 (arXiv 1904.09751).
    """
    ordered = tf.sort(logits, direction="DESCENDING")
    mass_before = tf.cumsum(tf.nn.softmax(ordered), axis=-1, exclusive=True)
    num_kept = tf.reduce_sum(tf.cast(mass_before < top_p, tf.int64), axis=-1)
    threshold = tf.gather(ordered, tf.maximum(num_kept - 1, 0), batch_dims=1)
    return tf.where(logits < threshold[:, None], IMPOSSIBLE, logits)


def sample(logits: Tensor, uniform: Tensor) -> Tensor:
    """The word whose part of [0, 1) contains `uniform`: `[B, W]`, `[B]` -> `[B]` int64.

    Each word takes a part of [0, 1) as long as its probability. W is a multiple of `GROUP`: the
    number selects a group of words first and then a word in it, so cumulative sums run over a
    few groups and not over all words.

    Every word has a number of its own, so that what another processor rounds differently
    changes a word only where its number lies within rounding of a border.

    Example:
        >>> logits = np.full((2, GROUP), IMPOSSIBLE, np.float32)
        >>> logits[:, 7:9] = 0.0  # two words, equally likely
        >>> sample(logits, np.array([0.25, 0.75], np.float32)).numpy().tolist()
        [7, 8]
    """
    groups = _grouped(tf.nn.softmax(logits))
    group, remainder = _select(tf.reduce_sum(groups, axis=-1), uniform)
    word, _ = _select(tf.gather(groups, group, batch_dims=1), remainder)
    return group * GROUP + word


def word_uniforms(count: int, num_steps: int, seed: int, first: int = 0) -> Array:
    """The numbers that draw the words of `count` captions, one for each position: `[N, T]`.

    They are those of captions `first`, `first + 1` and so on; what a caption has does not
    depend on `count`.

    Example:
        >>> word_uniforms(2, 3, seed=0).shape
        (2, 3)
    """
    # Codes are drawn from `default_rng(seed)`; the words must not repeat its stream.
    rng = np.random.default_rng([seed, 2])
    return rng.random((first + count, num_steps), np.float32)[first:]


def check_sampling(temperature: float, top_p: float) -> None:
    """Check that the temperature is from 0 to 10 and top_p in (0, 1].

    Raises:
        BadInput: one of them is out of range.

    Example:
        >>> check_sampling(temperature=0.3, top_p=0.9)
        >>> check_sampling(temperature=-1.0, top_p=0.9)
        Traceback (most recent call last):
        textvae.errors.BadInput: temperature must be from 0 (greedy) to 10, got -1.0
    """
    if not 0.0 <= temperature <= 10.0:
        raise BadInput(f"temperature must be from 0 (greedy) to 10, got {temperature!r}")
    if not 0.0 < top_p <= 1.0:
        raise BadInput(f"top_p must be above 0 and at most 1, got {top_p!r}")


def _grouped(rows: Tensor) -> Any:
    return tf.reshape(rows, (-1, rows.shape[1] // GROUP, GROUP))


def _select(masses: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """The index whose part of the masses `[B, K]` contains `uniform`, and the remainder."""
    cumulative = tf.cumsum(masses, axis=-1)
    below = uniform * cumulative[:, -1]
    index = tf.argmax(cumulative > below[:, None], axis=-1)
    mass, end = (tf.gather(each, index, batch_dims=1) for each in (masses, cumulative))
    # Rounded sums can be slightly outside [0, 1).
    return index, tf.clip_by_value(1.0 - (end - below) / mass, 0.0, LARGEST_BELOW_1)
