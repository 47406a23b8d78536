"""Token ids -> padded `[B, T]` batches.

Arrays need NumPy alone; TensorFlow is imported when a dataset is made.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from textvae.data.pairing import Pairing
from textvae.data.tokenizer import PAD_ID
from textvae.types import Ints

if TYPE_CHECKING:
    import tensorflow as tf

TokenIds = np.ndarray[tuple[int, ...], np.dtype[np.int32]]
BUCKETS = (1, 8, 32, 128, 512)  # numbers of rows in a batch; other numbers are filled up
WIDTH_MULTIPLE = 4  # of positions; other widths are filled up
LONGEST_FRAGMENT = 6  # words; captions that people write are hardly shorter
FRAGMENT_STREAM = 1  # keeps its random numbers apart from the shuffling's of the same epoch


def padded(rows: Sequence[Sequence[int]]) -> TokenIds:
    """The rows as one array, `<pad>` after the words, as wide as the longest: `[B, T]` int32.

    Example:
        >>> padded([[1, 5, 2], [1, 2]]).tolist()
        [[1, 5, 2], [1, 2, 0]]
    """
    lengths = np.array([len(row) for row in rows])
    out = np.full((len(rows), lengths.max()), PAD_ID, np.int32)
    out[np.arange(out.shape[1]) < lengths[:, None]] = np.concatenate([*rows])
    return out


def bucket_of(count: int) -> int:
    """The smallest of `BUCKETS` that holds `count` rows; beyond the largest, `count` itself.

    Example:
        >>> bucket_of(5), bucket_of(1000)
        (8, 1000)
    """
    return next((bucket for bucket in BUCKETS if bucket >= count), count)


def bucketed(rows: Sequence[Sequence[int]]) -> TokenIds:
    """As `padded`, filled up to one of a few shapes: rows repeated below, `<pad>` on the right.

    TensorFlow makes kernels for every shape it meets and keeps them, so without this the memory
    of a server would grow with each new shape that visitors ask for.

    Example:
        >>> bucketed([[1, 5, 2], [1, 2]]).shape
        (8, 4)
    """
    filled = padded([rows[i % len(rows)] for i in range(bucket_of(len(rows)))])
    return np.pad(
        filled, ((0, 0), (0, -filled.shape[1] % WIDTH_MULTIPLE)), constant_values=PAD_ID
    )


class CaptionBatches:
    """Batches whose order is a function of (seed, epoch), so that a resumed run needs no state.

    Training batches mix captions of all lengths: batches of similar length would pull the
    network one way for short captions and another way for long ones. Their padding is not
    computed (see `nn.packed_sequence`).

    Args:
        rows: token ids of each caption, `<bos> ... <eos>`.
        batch_size: captions in a batch, B; the last batch of an epoch may be smaller.
        seed: of the shuffling; None sorts captions by length, for evaluation, where padding is
            computed (see `bucketed`).
        fragments: share of captions that are replaced by a fragment of 1 to `LONGEST_FRAGMENT`
            words of them; each epoch has different captions and fragments. Needs a seed.
        pairing: which caption is read to write each caption; None means that it is read itself.

    Example:
        >>> batches = CaptionBatches([[1, 5, 2], [1, 5, 6, 2], [1, 2]], batch_size=2)
        >>> len(batches), [batch.tolist() for batch in batches.plan()]
        (2, [[2, 0], [1]])
    """

    def __init__(
        self,
        rows: Sequence[Sequence[int]],
        batch_size: int,
        seed: int | None = None,
        fragments: float = 0.0,
        pairing: Pairing | None = None,
    ) -> None:
        self.rows, self.batch_size, self.seed = list(rows), batch_size, seed
        self.fragments, self.pairing = fragments, pairing
        self.lengths = np.array([len(row) for row in rows])
        # In uncut captions; <bos> is given, not predicted, so it is not counted.
        self.num_tokens = int(self.lengths.sum() - len(self.rows))

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.rows) // self.batch_size)

    def plan(self, epoch: int = 0) -> list[Ints]:
        """The indices of the captions in each batch of `epoch`."""
        if self.seed is None:
            order = np.argsort(self.lengths, kind="stable")
        else:
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.rows))
        return [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]

    def rows_of(self, epoch: int) -> Sequence[Sequence[int]]:
        """The captions of `epoch`, some of them cut to a fragment."""
        if self.seed is None or not self.fragments:
            return self.rows
        rng = np.random.default_rng([self.seed, epoch, FRAGMENT_STREAM])
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
        """The number of predicted tokens (words and `<eos>`) in each batch of `epoch`."""
        lengths = np.array([len(row) for row in self.rows_of(epoch)])
        return [int(lengths[batch].sum() - len(batch)) for batch in self.plan(epoch)]

    def counts(self, vocab_size: int) -> Ints:
        """How often each token is predicted in an epoch of uncut captions, `[V]`."""
        predicted = np.concatenate([row[1:] for row in self.rows])
        return np.bincount(predicted, minlength=vocab_size)

    def dataset(self, epoch: int = 0, skip: int = 0) -> "tf.data.Dataset":
        """The batches of `epoch` from number `skip` on, made ahead of the steps that use them.

        Each is `[B, T]` int32, or `[B, 2, T]` with a pairing: the captions that are read, and
        those that are written.
        """
        import tensorflow as tf

        rows, batches = self.rows_of(epoch), self.plan(epoch)[skip:]
        order = [i for batch in batches for i in batch.tolist()]
        sizes: list[Iterable[int]] = [map(len, batches)]
        if self.pairing:
            read = self.pairing.rows_read(rows, epoch)
            chosen = [each[i] for i in order for each in (read, rows)]
            sizes.append([2] * len(order))
        else:
            chosen = [rows[i] for i in order]
        ids = np.fromiter(chain.from_iterable(chosen), np.int32)
        ragged = tf.RaggedTensor.from_nested_row_lengths(
            ids, [np.fromiter(each, np.int64) for each in (*sizes, map(len, chosen))]
        )
        options = tf.data.Options()
        # Its thread sleeps up to a minute at a time, and the end of an epoch waits for it.
        options.autotune.enabled = False
        return (
            # All in TensorFlow: Python code would wait until a training step releases the GIL.
            tf.data.Dataset.from_tensor_slices(ragged)
            .map(lambda rows: rows.to_tensor(default_value=PAD_ID))
            .prefetch(4)
            .with_options(options)
        )
