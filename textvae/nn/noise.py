"""The noise of training: dropout, word dropout, and noise on latent codes.

It is a function of a seed, so a resumed run needs no random state.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from textvae.data.tokenizer import UNK_ID
from textvae.types import Seed, Tensor

Dropout = Callable[[Tensor], Tensor]  # features -> features, some of them zero


class Place(NamedTuple):
    """The indices of rows in a larger batch, the rest of which other replicas have.

    Noise is drawn for the whole batch, and each replica takes that of its own rows: the noise
    of a caption depends on its place in the batch, not on the replica that computes it. If a
    place is None, the rows are the whole batch.

    Attributes:
        indices: of the rows, `[N]` int32.
        count: rows of the whole batch, a scalar.

    Example:
        >>> Place(tf.constant([2, 3]), tf.constant(4)).indices.numpy().tolist()
        [2, 3]
    """

    indices: Tensor
    count: Tensor


def draw_at(
    draw: Callable[..., Tensor], shape: Tensor, seed: Seed, place: Place | None, axis: int = 0
) -> Tensor:
    """The result of `draw` for `shape`; with a `place`, that part of a larger draw.

    Args:
        draw: a stateless random function of TensorFlow, called with a shape and a seed.
        shape: of the result, an int32 vector.
        seed: int32 `[2]`.
        place: the indices of the result in the whole batch, along `axis`.
        axis: the axis of rows.

    Example:
        >>> normal, place = tf.random.stateless_normal, Place(tf.constant([3]), tf.constant(4))
        >>> whole, part = normal([4, 2], (0, 1)), draw_at(normal, [1, 2], (0, 1), place)
        >>> bool(tf.reduce_all(whole[3:] == part))
        True
    """
    if place is None:
        return draw(shape, seed)
    whole = tf.tensor_scatter_nd_update(shape, [[axis]], [place.count])
    return tf.gather(draw(whole, seed), place.indices, axis=axis)


def dropout(features: Tensor, rate: float, seed: Seed, place: Place | None = None) -> Tensor:
    """`features` with a fraction `rate`, rounded to 1/256, set to 0 and the rest scaled up.

    One random byte decides each feature: a quarter of the random bits that TensorFlow's own
    dropout draws, in a quarter of the time. With a `place`, `features` are `[N, F]`.

    Example:
        >>> sorted(set(dropout(tf.ones(1000), 0.5, (0, 1)).numpy().tolist()))
        [0.0, 2.0]

    Source: Srivastava et al. 2014 (JMLR 15).
    """
    num_dropped = min(round(256 * rate), 255)  # of the 256 values of a byte
    is_kept = draw_at(_random_bytes, tf.shape(features), seed, place) >= num_dropped
    return features * tf.cast(is_kept, features.dtype) * (256.0 / (256 - num_dropped))


def _random_bytes(shape: Tensor, seed: Seed) -> Tensor:
    size = tf.reduce_prod(shape)
    words = tf.random.stateless_uniform(
        [(size + 3) // 4], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    return tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:size], shape)


class TrainingNoise:
    """The noise of one training step; each draw has a separate seed, derived from one.

    Args:
        seed: int32 `[2]`.

    Example:
        >>> noise = TrainingNoise(tf.constant([0, 1]))
        >>> words = tf.fill([1, 1000], 7)
        >>> hidden = noise.word_dropout(words, 0.25) == UNK_ID
        >>> 200 < int(tf.math.count_nonzero(hidden)) < 300
        True
    """

    def __init__(self, seed: Seed) -> None:
        self.seed, self.num_draws = seed, 0

    def next_seed(self) -> Seed:
        """A seed that no other draw of this step gets."""
        self.num_draws += 1
        return tf.random.experimental.stateless_fold_in(self.seed, self.num_draws)

    def of_pair(self, number: int | Tensor) -> "TrainingNoise":
        """The noise of a pair of shards, independent of the draws of earlier pairs.

        Example:
            >>> noise = TrainingNoise(tf.constant([0, 1]))
            >>> pairs = [noise.of_pair(each) for each in (0, 1, tf.constant(1))]
            >>> first, second, third = (pair.next_seed().numpy().tolist() for pair in pairs)
            >>> first == second, second == third
            (False, True)
        """
        if isinstance(number, int) and number == 0:
            return TrainingNoise(self.seed)
        # Negative, because the draws themselves are numbered from 1 up.
        seed = tf.random.experimental.stateless_fold_in(self.seed, -number)
        if not isinstance(number, int):
            seed = tf.where(number == 0, self.seed, seed)
        return TrainingNoise(seed)

    def dropout(self, rate: float, place: Place | None = None) -> Dropout:
        """A function that drops a fraction `rate` of its argument, at random in each call."""
        if not rate:
            return lambda features: features
        return lambda features: dropout(features, rate, self.next_seed(), place)

    def word_dropout(
        self, input_ids: Tensor, rate: float, place: Place | None = None
    ) -> Tensor:
        """A fraction `rate` of the words becomes `<unk>`, so that z must encode them.

        Source: Bowman et al. 2016, section 3.1 (arXiv 1511.06349).
        """
        uniform = draw_at(
            tf.random.stateless_uniform, tf.shape(input_ids), self.next_seed(), place
        )
        return tf.where((uniform < rate) & (input_ids > UNK_ID), UNK_ID, input_ids)

    def latent_noise(self, z: Tensor, rate: float, place: Place | None = None) -> Tensor:
        """A fraction `rate` of the codes `[B, D]` moves towards a draw of N(0, I).

        Each of these codes moves by a random amount, at most half the distance, and the target
        remains its caption. So the decoder also learns to write captions between codes, as for
        interpolations.
        """
        if rate == 0.0:
            return z
        uniform = draw_at(
            tf.random.stateless_uniform, (2, tf.shape(z)[0], 1), self.next_seed(), place, axis=1
        )
        fraction = tf.where(uniform[0] < rate, 0.5 * uniform[1], 0.0)
        normal = draw_at(tf.random.stateless_normal, tf.shape(z), self.next_seed(), place)
        return z + fraction * (normal - z)
