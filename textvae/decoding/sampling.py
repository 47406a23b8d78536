"""Choosing words from logits: the most probable, or a draw, with top-p or min-p.

Each draw takes a separate seed, and there is no random state, so the words of a caption do not
depend on other captions.

Integers are int64 throughout: for a GPU, TensorFlow computes int32 on the host, and would wait
for the GPU at every word.
"""

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import tensorflow as tf

from textvae.errors import BadInput
from textvae.types import Array, Tensor

IMPOSSIBLE = -1e9  # a logit whose probability is 0
GROUP = 64  # words; first a group is chosen by its maximum or sum, then a word within it
# SplitMix64's increment of the state and mixing of its bits, as signed integers.
GOLDEN_GAMMA = 0x9E3779B97F4A7C15 - 2**64
MIXING = ((30, 0xBF58476D1CE4E5B9 - 2**64), (27, 0x94D049BB133111EB - 2**64), (31, 1))


def argmax(logits: Tensor) -> Tensor:
    """The most probable word, the first in case of ties: `[B, W]` -> `[B]` int64.

    W is a multiple of `GROUP`. `tf.argmax` compares one number at a time, but a maximum is
    vectorised, so the maximum of each group is taken first.

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
    """`logits` restricted to the most probable words with a total probability of `top_p`.

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


def min_p_filter(logits: Tensor, depth: Tensor) -> Tensor:
    """`logits` restricted to the words within `depth` nats of the most likely one.

    `[B, V]` -> `[B, V]`, each row by itself. Many words remain if the model is uncertain, few
    if it is certain.

    Example:
        >>> logits = tf.math.log([[0.5, 0.3, 0.2]])
        >>> (min_p_filter(logits, np.log(2.0)) > IMPOSSIBLE).numpy().tolist()
        [[True, True, False]]

    Source: min-p sampling, Nguyen et al. 2024 (arXiv 2407.01082); `depth` is -log p_base.
    """
    threshold = tf.reduce_max(logits, axis=-1, keepdims=True) - depth
    return tf.where(logits < threshold, IMPOSSIBLE, logits)


def sample(logits: Tensor, seeds: Tensor) -> Tensor:
    """A word, drawn with its probability: `[B, W]`, `[B]` int64 -> `[B]` int64.

    Words run an exponential race: each takes an exponential time divided by its probability,
    and the first wins, as in the Gumbel-max trick. W is a multiple of `GROUP`: groups of words
    race first, then the words of the winning group, so a draw takes few random numbers.

    A rounding difference, such as between processors, changes the word only if the two fastest
    are equal to within rounding. Sampling from cumulative sums is sensitive at every boundary
    between two words.

    Example:
        >>> logits = np.full((2, GROUP), IMPOSSIBLE, np.float32)
        >>> logits[:, 7:9] = 0.0  # two words, equally likely
        >>> set(sample(logits, np.array([1, 2])).numpy().tolist()) <= {7, 8}
        True

    Source: Maddison et al. 2014 (arXiv 1411.0030), section 2.
    """
    groups = _grouped(tf.nn.softmax(logits))
    masses = tf.reduce_sum(groups, axis=-1)
    times = exponentials(seeds, masses.shape[1] + GROUP)
    group = tf.argmax(masses / times[:, :-GROUP], axis=-1)
    words = tf.gather(groups, group, batch_dims=1)
    return group * GROUP + tf.argmax(words / times[:, -GROUP:], axis=-1)


def exponentials(seeds: Tensor, count: int) -> Tensor:
    """`count` draws from the standard exponential for each seed: `[B]` int64 -> `[B, count]`.

    The bits are those of SplitMix64. Uniform numbers are in double precision: the smallest
    times, which win, come from numbers close to 1, of which single precision has few.

    Example:
        >>> exponentials(np.array([1, 2]), 3).shape.as_list()
        [2, 3]

    Source: Steele et al. 2014, Fast splittable pseudorandom number generators, figure 16.
    """
    bits = tf.cast(seeds, tf.int64)[:, None] + GOLDEN_GAMMA * tf.range(
        1, count + 1, 1, tf.int64
    )
    for shift, factor in MIXING:
        bits = tf.bitwise.bitwise_xor(bits, _shifted(bits, shift)) * factor
    uniform = (tf.cast(_shifted(bits, 11), tf.float64) + 0.5) * 2.0**-53
    return tf.cast(-tf.math.log(uniform), tf.float32)


def word_seeds(count: int, num_steps: int, seed: int, first: int | Sequence[int] = 0) -> Array:
    """The seeds of the words of `count` captions, one for each position: `[N, T]` int64.

    They are those of captions `first`, `first + 1`, ..., or of the captions numbered in
    `first`, and do not depend on `count`.

    Example:
        >>> word_seeds(2, 3, seed=0).shape
        (2, 3)
    """
    if not isinstance(first, int):
        rows = [word_seeds(1, num_steps, seed, number) for number in first]
        return np.concatenate([np.empty((0, num_steps), np.int64), *rows])
    # Codes are drawn from `default_rng(seed)`; the words must not repeat its stream.
    bits = np.random.PCG64([seed, 2])
    bits.advance(first * num_steps)  # drawing a number of 63 bits is one step
    return np.random.Generator(bits).integers(2**63, size=(count, num_steps))


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
    for name, value in (("temperature", temperature), ("top_p", top_p)):
        if not isinstance(value, Real) or isinstance(value, bool):
            raise BadInput(f"{name} must be a number, got {value!r}")
    if not 0.0 <= temperature <= 10.0:
        raise BadInput(f"temperature must be from 0 (greedy) to 10, got {temperature!r}")
    if not 0.0 < top_p <= 1.0:
        raise BadInput(f"top_p must be above 0 and at most 1, got {top_p!r}")


def _grouped(rows: Tensor) -> Any:
    return tf.reshape(rows, (-1, rows.shape[1] // GROUP, GROUP))


def _shifted(bits: Tensor, places: int) -> Tensor:
    """The bits of int64 numbers shifted to the right, with zeros on the left."""
    return tf.bitwise.right_shift(bits, np.int64(places)) & ((1 << (64 - places)) - 1)
