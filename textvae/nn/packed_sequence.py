"""Rows of different lengths laid out position by position, so that no padding is computed."""

from typing import Any

import tensorflow as tf

from textvae.types import Tensor


class PackedSequence:
    """How `[B, T, ...]` rows that end at different positions become packed ones, `[M, ...]`.

    Packed stand all first positions, then all second ones, and so on, the longest row first in
    each: what goes on at position t are the first `counts[t]` of the rows at position t - 1.
    It is the order of PyTorch's `PackedSequence`.

    Args:
        lengths: real positions of each row, `[B]` int32, at least 1.
        width: let every row go on so far, which is more to compute and means nothing, but M and
            the counts are then the same for all rows of one shape.
    """

    def __init__(self, lengths: Tensor, width: Tensor | None = None) -> None:
        self.lengths, self.num_rows = lengths, tf.shape(lengths)[0]
        self.is_tight = width is None
        ends = lengths if width is None else tf.fill(tf.shape(lengths), width)
        self.order = tf.argsort(ends, direction="DESCENDING", stable=True)
        self.width = tf.reduce_max(tf.concat([ends, [1]], axis=0))  # 1 without rows
        goes_on = tf.sequence_mask(tf.gather(ends, self.order), self.width)
        goes_on = tf.transpose(goes_on)  # [T, B]
        self.counts = tf.math.count_nonzero(goes_on, axis=1, dtype=tf.int32)
        self._starts = tf.cumsum(self.counts, exclusive=True)
        self.positions, ranks = tf.unstack(tf.cast(tf.where(goes_on), tf.int32), axis=1)
        self.rows = tf.gather(self.order, ranks)
        self._places = tf.stack([self.rows, self.positions], axis=1)  # (row, position)
        self._rank_of = tf.math.invert_permutation(self.order)
        self._length_of = tf.gather(lengths, self.rows)

    def pack(self, padded: Tensor) -> Tensor:
        """`[B, T, ...]` -> `[M, ...]`."""
        return tf.gather_nd(padded, self._places)

    def unpack(self, packed: Tensor) -> Tensor:
        """`[M, ...]` -> `[B, T, ...]`, with zeros where a row has ended."""
        shape = tf.concat([[self.num_rows, self.width], tf.shape(packed)[1:]], axis=0)
        padded = tf.scatter_nd(self._places, packed, shape)
        padded.set_shape([None, None, *packed.shape[1:]])
        return padded

    def repeat(self, rows: Tensor) -> Tensor:
        """`[B, ...]` -> `[M, ...]`: each row's at each of its positions."""
        return tf.gather(rows, self.rows)

    def reverse(self, packed: Tensor) -> Tensor:
        """`[M, ...]` with the real positions of each row the other way round."""
        mirrored = self._length_of - 1 - self.positions
        mirrored = tf.where(mirrored >= 0, mirrored, self.positions)  # padding stays
        places = self._place_of(self.rows, mirrored)

        @tf.custom_gradient
        def turn(packed: Tensor) -> Any:
            # Turned twice it is what it was, so the way back is another gather, no scatter.
            return tf.gather(packed, places), lambda upstream: tf.gather(upstream, places)

        return turn(packed)

    def last(self, packed: Tensor) -> Tensor:
        """`[M, ...]` -> `[B, ...]`, the last real position of each row."""
        return tf.gather(packed, self._place_of(tf.range(self.num_rows), self.lengths - 1))

    def total(self, packed: Tensor) -> Tensor:
        """`[M, ...]` -> `[B, ...]`, the sum over the real positions of each row."""
        return tf.math.unsorted_segment_sum(
            self._where_real(packed, 0.0), self.rows, self.num_rows
        )

    def peak(self, packed: Tensor) -> Tensor:
        """`[M, ...]` -> `[B, ...]`, the largest over the real positions of each row."""

        @tf.custom_gradient
        def largest(packed: Tensor) -> Any:
            peak = tf.math.unsorted_segment_max(packed, self.rows, self.num_rows)

            def gradient(upstream: Tensor) -> Tensor:
                # TensorFlow's shares it among equals, which takes twice the passes.
                return tf.where(packed == self.repeat(peak), self.repeat(upstream), 0.0)

            return peak, gradient

        return largest(self._where_real(packed, packed.dtype.min))

    def _where_real(self, packed: Tensor, otherwise: float) -> Tensor:
        if self.is_tight:
            return packed
        is_real = self.positions < self._length_of
        is_real = tf.reshape(is_real, [-1, *[1] * (len(packed.shape) - 1)])
        return tf.where(is_real, packed, tf.cast(otherwise, packed.dtype))

    def _place_of(self, rows: Tensor, positions: Tensor) -> Tensor:
        return tf.gather(self._starts, positions) + tf.gather(self._rank_of, rows)
