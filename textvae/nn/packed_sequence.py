"""Rows of different lengths, laid out by position so that padding is not computed."""

from typing import Any

import tensorflow as tf

from textvae.data.tokenizer import PAD_ID
from textvae.types import Tensor


class PackedSequence:
    """The layout that turns `[B, T, ...]` rows of different lengths into packed `[M, ...]`.

    The first positions of all rows come first, then all second positions, and so on, with the
    longest row first: the rows that reach position t are the first `counts[t]` of those that
    reach position t - 1. PyTorch's `PackedSequence` has the same order.

    Args:
        lengths: real positions of each row, `[B]` int32, at least 1.
        width: extend every row to this many positions. The added values are meaningless and
            cost time, but M and `counts` then depend only on the shape of the batch.

    Example:
        >>> packed = PackedSequence(tf.constant([1, 3]))
        >>> values = packed.pack(tf.constant([[10, 0, 0], [20, 21, 22]]))
        >>> values.numpy().tolist()
        [20, 10, 21, 22]
        >>> packed.last_states(values).numpy().tolist()
        [10, 22]
    """

    def __init__(self, lengths: Tensor, width: Tensor | None = None) -> None:
        self.lengths, self.num_rows = lengths, tf.shape(lengths)[0]
        self.has_padding = width is not None
        ends = lengths if width is None else tf.fill(tf.shape(lengths), width)
        self.order = tf.argsort(ends, direction="DESCENDING", stable=True)
        self.width = tf.reduce_max(tf.concat([ends, [1]], axis=0))  # 1 without rows
        is_reached = tf.sequence_mask(tf.gather(ends, self.order), self.width)
        is_reached = tf.transpose(is_reached)  # [T, B]
        self.counts = tf.math.count_nonzero(is_reached, axis=1, dtype=tf.int32)
        self._starts = tf.cumsum(self.counts, exclusive=True)
        self.positions, ranks = tf.unstack(tf.cast(tf.where(is_reached), tf.int32), axis=1)
        self.rows = tf.gather(self.order, ranks)
        self._places = tf.stack([self.rows, self.positions], axis=1)  # (row, position)
        self._rank_of = tf.math.invert_permutation(self.order)
        self._length_of = tf.gather(lengths, self.rows)

    def pack(self, padded: Tensor) -> Tensor:
        """`[B, T, ...]` -> `[M, ...]`."""
        return tf.gather_nd(padded, self._places)

    def unpack(self, values: Tensor) -> Tensor:
        """`[M, ...]` -> `[B, T, ...]`, with zeros after the end of a row."""
        shape = tf.concat([[self.num_rows, self.width], tf.shape(values)[1:]], axis=0)
        padded = tf.scatter_nd(self._places, values, shape)
        padded.set_shape([None, None, *values.shape[1:]])
        return padded

    def repeat(self, rows: Tensor) -> Tensor:
        """`[B, ...]` -> `[M, ...]`: the value of each row at each of its positions."""
        return tf.gather(rows, self.rows)

    def reverse(self, values: Tensor) -> Tensor:
        """`[M, ...]` with the real positions of each row in reverse order."""
        mirrored = self._length_of - 1 - self.positions
        mirrored = tf.where(mirrored >= 0, mirrored, self.positions)  # padding stays
        indices = self._indices(self.rows, mirrored)

        @tf.custom_gradient
        def reversed_rows(values: Tensor) -> Any:
            # A reversal is its own inverse, so its gradient is a gather, not a scatter.
            return tf.gather(values, indices), lambda upstream: tf.gather(upstream, indices)

        return reversed_rows(values)

    def last_states(self, values: Tensor) -> Tensor:
        """`[M, ...]` -> `[B, ...]`: the last real position of each row."""
        return tf.gather(values, self._indices(tf.range(self.num_rows), self.lengths - 1))

    def indices_of(self, part: "PackedSequence", rows: Tensor) -> Tensor:
        """The indices in this layout of the values of `part`, whose row i is `rows[i]` here.

        Example:
            >>> whole = PackedSequence(tf.constant([3, 1]))
            >>> part = PackedSequence(tf.constant([1]))
            >>> whole.indices_of(part, tf.constant([1])).numpy().tolist()
            [1]
        """
        return self._indices(tf.gather(rows, part.rows), part.positions)

    def sum_pool(self, values: Tensor) -> Tensor:
        """`[M, ...]` -> `[B, ...]`: the sum over the real positions of each row."""
        return tf.math.unsorted_segment_sum(
            self._fill_padding(values, 0.0), self.rows, self.num_rows
        )

    def max_pool(self, values: Tensor) -> Tensor:
        """`[M, ...]` -> `[B, ...]`: the maximum over the real positions of each row."""

        @tf.custom_gradient
        def maximum(values: Tensor) -> Any:
            largest = tf.math.unsorted_segment_max(values, self.rows, self.num_rows)

            def gradient(upstream: Tensor) -> Tensor:
                # Each of several equal maxima gets the gradient. TensorFlow divides it among
                # them, which requires twice as many reads.
                return tf.where(values == self.repeat(largest), self.repeat(upstream), 0.0)

            return largest, gradient

        return maximum(self._fill_padding(values, values.dtype.min))

    def _fill_padding(self, values: Tensor, filler: float) -> Tensor:
        if not self.has_padding:
            return values
        is_real = self.positions < self._length_of
        is_real = tf.reshape(is_real, [-1, *[1] * (len(values.shape) - 1)])
        return tf.where(is_real, values, tf.cast(filler, values.dtype))

    def _indices(self, rows: Tensor, positions: Tensor) -> Tensor:
        return tf.gather(self._starts, positions) + tf.gather(self._rank_of, rows)


def num_predicted(token_ids: Tensor) -> Tensor:
    """The number of predicted tokens of each row, words and `<eos>`: `[B, T]` -> `[B]` int32.

    Example:
        >>> num_predicted(tf.constant([[1, 5, 2, 0], [1, 5, 6, 2]])).numpy().tolist()
        [2, 3]
    """
    return tf.math.count_nonzero(token_ids[:, 1:] != PAD_ID, axis=1, dtype=tf.int32)


def pack_tokens(token_ids: Tensor, skip_padding: bool = False) -> PackedSequence:
    """The layout of the predicted tokens of `<bos> ... <eos> <pad>` rows `[B, T]`.

    If padding is skipped, M depends on the lengths of the rows. That pays off in training,
    where batches are large. Otherwise padding is computed, so that few different shapes occur
    (see `data.batching.bucketed`).

    Example:
        >>> token_ids = tf.constant([[1, 5, 2, 0], [1, 5, 6, 2]])
        >>> pack_tokens(token_ids, skip_padding=True).pack(token_ids[:, 1:]).numpy().tolist()
        [5, 5, 6, 2, 2]
    """
    width = None if skip_padding else tf.shape(token_ids)[1] - 1
    return PackedSequence(num_predicted(token_ids), width)
