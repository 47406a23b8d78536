"""Token ids -> padded `[B, T]` batches."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import tensorflow as tf

from textvae.data.tokenizer import PAD_ID

IntArray = np.ndarray[tuple[int, ...], np.dtype[np.int32]]
IndexArray = np.ndarray[tuple[int], np.dtype[np.int64]]
BUCKETS = (1, 8, 32, 128, 512)  # rows that are computed side by side; fewer are filled up
WIDTH = 4  # positions are filled up to a multiple
LONGEST_FRAGMENT = 6  # words; captions as people write them begin about there
CUTTING = 1  # told from the shuffling, which draws with the same seed and epoch


def padded(rows: Sequence[Sequence[int]]) -> IntArray:
    """`rows` side by side, `<pad>` after the words, as wide as the longest: `[B, T]` int32."""
    lengths = np.array([len(row) for row in rows])
    out = np.full((len(rows), lengths.max()), PAD_ID, np.int32)
    out[np.arange(out.shape[1]) < lengths[:, None]] = np.concatenate([*rows])
    return out


def bucket_of(count: int) -> int:
    """The smallest of `BUCKETS` that holds `count` rows; beyond the largest, `count` itself."""
    return next((bucket for bucket in BUCKETS if bucket >= count), count)


def bucketed(rows: Sequence[Sequence[int]]) -> IntArray:
    """As `padded`, filled up to one of a few shapes: rows again below, `<pad>` to the right.

    For each shape that it meets tensorflow makes kernels and keeps them, so that a page whose
    every request has another would grow with its visitors.
    """
    filled = padded([rows[i % len(rows)] for i in range(bucket_of(len(rows)))])
    return np.pad(filled, ((0, 0), (0, -filled.shape[1] % WIDTH)), constant_values=PAD_ID)


class CaptionBatches:
    """Batches whose order is a function of (seed, epoch), so that a resumed run needs no state.

    Training batches are random ones, whose padding is not computed. (Batches of like length
    pull the network one way for short captions and another for long ones.)

    Args:
        rows: token ids of each caption, `<bos> ... <eos>`.
        batch_size: captions in a batch, B; the last of an epoch may be smaller.
        seed: of the shuffling; None sorts captions by length, for evaluation, where padding is
            computed (see `bucketed`).
        fragments: share of the captions that stand in an epoch for a piece of them, of 1 to
            `LONGEST_FRAGMENT` words; other captions and other pieces in each. Needs a seed.
    """

    def __init__(
        self,
        rows: Sequence[Sequence[int]],
        batch_size: int,
        seed: int | None = None,
        fragments: float = 0.0,
    ) -> None:
        self.rows, self.batch_size, self.seed = list(rows), batch_size, seed
        self.fragments = fragments
        self.lengths = np.array([len(row) for row in rows])
        # Of whole captions; <bos> is given, not predicted, so it is not counted.
        self.num_tokens = int(self.lengths.sum() - len(self.rows))

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.rows) // self.batch_size)

    def plan(self, epoch: int = 0) -> list[IndexArray]:
        """Which captions make each batch of `epoch`."""
        if self.seed is None:
            order = np.argsort(self.lengths, kind="stable")
        else:
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.rows))
        return [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]

    def rows_of(self, epoch: int) -> Sequence[Sequence[int]]:
        """The captions as `epoch` has them: some are cut to a piece."""
        if self.seed is None or not self.fragments:
            return self.rows
        rng = np.random.default_rng([self.seed, epoch, CUTTING])
        is_cut = rng.random(len(self.rows)) < self.fragments
        rows = list(self.rows)
        for i in np.flatnonzero(is_cut).tolist():
            first, *words, last = self.rows[i]
            if words:
                length = int(rng.integers(1, min(LONGEST_FRAGMENT, len(words)) + 1))
                start = int(rng.integers(len(words) - length + 1))
                rows[i] = [first, *words[start : start + length], last]
        return rows

    def tokens_of(self, epoch: int) -> list[int]:
        """Predicted tokens (words and `<eos>`) of each batch of `epoch`."""
        lengths = np.array([len(row) for row in self.rows_of(epoch)])
        return [int(lengths[batch].sum() - len(batch)) for batch in self.plan(epoch)]

    def counts(self, vocab_size: int) -> IndexArray:
        """How often each token is predicted in an epoch of whole captions, `[V]`."""
        predicted = np.concatenate([row[1:] for row in self.rows])
        return np.bincount(predicted, minlength=vocab_size)

    def dataset(self, epoch: int = 0, skip: int = 0) -> tf.data.Dataset:
        """The batches of `epoch` from number `skip` on, made ahead of the steps."""
        rows, batches = self.rows_of(epoch), self.plan(epoch)[skip:]
        chosen = [rows[i] for batch in batches for i in batch.tolist()]
        ids = np.fromiter(chain.from_iterable(chosen), np.int32)
        sizes = (map(len, batches), map(len, chosen))
        ragged = tf.RaggedTensor.from_nested_row_lengths(
            ids, [np.fromiter(each, np.int64) for each in sizes]
        )
        options = tf.data.Options()
        # Its thread sleeps up to a minute at a time, and the end of a pass waits for it.
        options.autotune.enabled = False
        return (
            # Nothing of it runs in Python, which would begin only when a step has let go of it.
            tf.data.Dataset.from_tensor_slices(ragged)
            .map(lambda rows: rows.to_tensor(default_value=PAD_ID))
            .prefetch(4)
            .with_options(options)
        )
