"""The noise of training: dropout, word dropout, and noise on latent codes.

All of it is a function of one seed, so a resumed run needs no random state.
"""

from collections.abc import Callable

import tensorflow as tf

from textvae.data.tokenizer import UNK_ID
from textvae.types import Seed, Tensor

Dropout = Callable[[Tensor], Tensor]  # features -> features, some of them zero


def dropout(features: Tensor, rate: float, seed: Seed) -> Tensor:
    """`features` with a fraction `rate`, rounded to 1/256, set to 0 and the rest scaled up.

    One random byte decides about each feature, a quarter of the random bits that TensorFlow's
    own dropout draws, and of the time it takes to draw them.

    Example:
        >>> sorted(set(dropout(tf.ones(1000), 0.5, (0, 1)).numpy().tolist()))
        [0.0, 2.0]

    Source: Srivastava et al. 2014 (JMLR 15).
    """
    num_dropped = min(round(256 * rate), 255)  # of the 256 values of a byte
    size = tf.size(features)
    words = tf.random.stateless_uniform(
        [(size + 3) // 4], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    random_bytes = tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:size]
    is_kept = tf.reshape(random_bytes, tf.shape(features)) >= num_dropped
    return features * tf.cast(is_kept, features.dtype) * (256.0 / (256 - num_dropped))


class TrainingNoise:
    """The noise of one training step; each draw has a seed of its own, derived from one.

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
        """A seed that no other draw of this step has."""
        self.num_draws += 1
        return tf.random.experimental.stateless_fold_in(self.seed, self.num_draws)

    def dropout(self, rate: float) -> Dropout:
        """A function that drops a fraction `rate` of its argument, differently each time."""
        return lambda features: dropout(features, rate, self.next_seed()) if rate else features

    def word_dropout(self, input_ids: Tensor, rate: float) -> Tensor:
        """A fraction `rate` of the words becomes `<unk>`, so that z must say what they were.

        Source: Bowman et al. 2016, section 3.1 (arXiv 1511.06349).
        """
        uniform = tf.random.stateless_uniform(tf.shape(input_ids), self.next_seed())
        return tf.where((uniform < rate) & (input_ids > UNK_ID), UNK_ID, input_ids)

    def latent_noise(self, z: Tensor, rate: float) -> Tensor:
        """A fraction `rate` of the codes `[B, D]` moves towards a draw of N(0, I).

        Each of these codes moves by a random amount, at most half the distance. The decoder
        thus learns to write captions between codes, where interpolation leads; its target
        there is the caption whose code is nearer.
        """
        if rate == 0.0:
            return z
        uniform = tf.random.stateless_uniform((2, tf.shape(z)[0], 1), self.next_seed())
        fraction = tf.where(uniform[0] < rate, 0.5 * uniform[1], 0.0)
        return z + fraction * (tf.random.stateless_normal(tf.shape(z), self.next_seed()) - z)
