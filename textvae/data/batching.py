"""Token ids to padded `[B, T]` batches.

Arrays need only NumPy; TensorFlow is imported when a dataset is made.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from textvae.data.pairing import Pairing
from textvae.data.ragged import Ragged
from textvae.data.shuffling import DrawnRows, Window, windows
from textvae.data.token_rows import HeldRows, TokenRows
from textvae.data.tokenizer import BOS_ID, PAD_ID
from textvae.types import Array, Ints, Tensor

if TYPE_CHECKING:
    import tensorflow as tf

TokenIds = np.ndarray[tuple[int, ...], np.dtype[np.int32]]
BUCKETS = (1, 8, 32, 128, 512)  # rows in a batch; other numbers are padded to the next
WIDTH_MULTIPLE = 4  # positions; other widths are padded to the next multiple
PART = 2**13  # captions batched at once


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
    """As `padded`, in one of a few shapes, with repeated rows below and `<pad>` on the right.

    TensorFlow makes and keeps kernels for every shape, so without this the memory of a server
    would grow with each new shape that visitors request.

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
    network one way for short captions and another way for long ones. Padding is not computed
    (see `nn.packed_sequence`).

    Up to `WINDOW` captions are shuffled together. For more, the blocks in which they are stored
    are shuffled, and then the captions of as many blocks as a window holds, which are read when
    they are needed.

    Args:
        rows: token ids of each caption, `<bos> ... <eos>`, as lists or as stored rows.
        batch_size: captions in a batch, B; the last batch of an epoch may be smaller.
        seed: of the shuffling; None sorts captions by length, for evaluation, where padding is
            computed (see `bucketed`).
        fragments: share of captions that are cut to a fragment of 1 to `LONGEST_FRAGMENT` of
            their words; each epoch cuts others, and differently. Needs a seed.
        pairing: the input caption for each output caption; None means the caption itself.

    Example:
        >>> batches = CaptionBatches([[1, 5, 2], [1, 5, 6, 2], [1, 2]], batch_size=2)
        >>> len(batches), [batch.tolist() for batch in batches.plan()]
        (2, [[2, 0], [1]])
    """

    def __init__(
        self,
        rows: Sequence[Sequence[int]] | TokenRows,
        batch_size: int,
        seed: int | None = None,
        fragments: float = 0.0,
        pairing: Pairing | None = None,
    ) -> None:
        self.rows, self.batch_size, self.seed = rows, batch_size, seed
        self.fragments, self.pairing = fragments, pairing
        self.stored = rows if isinstance(rows, TokenRows) else HeldRows(rows)
        # In uncut captions; <bos> is given, not predicted, so it is not counted.
        self.num_tokens = self.stored.num_tokens - len(rows)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.rows) // self.batch_size)

    def plan(self, epoch: int = 0) -> list[Ints]:
        """The indices of the captions in each batch of `epoch`."""
        order = np.concatenate([each.places()[each.order()] for each in self._windows(epoch)])
        return [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]

    def rows_of(self, epoch: int) -> list[list[int]]:
        """The captions of `epoch`, some of them cut to a fragment."""
        found: list[list[int]] = [[]] * len(self.rows)
        for window in self._windows(epoch):
            for place, row in zip(window.places(), window.rows().tolist(), strict=True):
                found[place] = row
        return found

    def tokens_of(self, epoch: int) -> list[int]:
        """The number of predicted tokens (words and `<eos>`) in each batch of `epoch`."""
        found: list[int] = []
        rest = np.empty(0, np.int64)
        for window in self._windows(epoch):
            lengths = np.concatenate([rest, window.lengths()[window.order()] - 1])
            num_whole = len(lengths) // self.batch_size * self.batch_size
            whole, rest = lengths[:num_whole], lengths[num_whole:]
            found += whole.reshape(-1, self.batch_size).sum(axis=1).tolist()
        return [*found, int(rest.sum())] if len(rest) else found

    def counts(self, vocab_size: int) -> Ints:
        """How often each token is predicted in an epoch of uncut captions, `[V]`."""
        found = np.zeros(vocab_size, np.int64)
        for block in range(len(self.stored.sizes)):
            found += np.bincount(self.stored.read([block]).ids, minlength=vocab_size)
        found[BOS_ID] -= len(self.rows)
        return found

    def dataset(self, epoch: int = 0, skip: int = 0) -> "tf.data.Dataset":
        """The batches of `epoch` from number `skip` on, prepared ahead of their steps.

        Each is `[B, T]` int32, or `[B, 2, T]` with a pairing: the captions that are read, and
        those that are written.
        """
        import tensorflow as tf

        num_batches = len(self)
        at_once = -(-PART // self.batch_size)
        drawn = DrawnRows(self._windows(epoch), partial(self._prepared, epoch))

        def rows_of(first: Tensor) -> list[Tensor]:
            types = (tf.int32, tf.int64, tf.int64)
            found = tf.numpy_function(partial(self._part, drawn, at_once), [first], types)
            return [tf.ensure_shape(each, [None]) for each in found]

        # AutoGraph would write the code of each function to the temporary folder, and a killed
        # process would leave it there.
        as_it_is = tf.autograph.experimental.do_not_convert
        options = tf.data.Options()
        # Its thread sleeps up to a minute at a time, and the end of an epoch waits for it.
        options.autotune.enabled = False
        return (
            # Python code waits until a training step releases the GIL, so it makes many batches
            # at once, ahead of time, and TensorFlow splits them. `from_generator` would do the
            # same, but makes the C library return memory after each step.
            tf.data.Dataset.range(skip, num_batches, at_once)
            .map(as_it_is(rows_of))
            .prefetch(1)
            .flat_map(as_it_is(self._batches_of))
            .map(as_it_is(lambda rows: rows.to_tensor(default_value=PAD_ID)))
            .prefetch(4)
            .apply(tf.data.experimental.assert_cardinality(max(num_batches - skip, 0)))
            .with_options(options)
        )

    def _batches_of(self, ids: Tensor, lengths: Tensor, sizes: Tensor) -> "tf.data.Dataset":
        """The batches of a part, as ragged tensors."""
        import tensorflow as tf

        nested = [sizes, lengths]
        if self.pairing:
            nested.insert(1, tf.fill([tf.reduce_sum(sizes)], tf.constant(2, tf.int64)))
        ragged = tf.RaggedTensor.from_nested_row_lengths(ids, nested, validate=False)
        return tf.data.Dataset.from_tensor_slices(ragged)

    def _part(self, drawn: DrawnRows, count: int, first: int) -> tuple[Array, Ints, Ints]:
        """Ids and lengths of the rows of some batches, and the batch sizes."""
        start, size = int(first) * self.batch_size, self.batch_size
        stop = min(start + count * size, len(self.rows))
        sizes = np.minimum(size, stop - np.arange(start, stop, size))
        return *drawn.between(start, stop), sizes

    def _prepared(self, epoch: int, window: Window) -> tuple[Ints, Ragged]:
        """The rows of a window, and their order: `[N, 1]`, or `[N, 2]` with a pairing."""
        order, rows = window.order(), window.rows()
        if not self.pairing:
            return order[:, None], rows
        groups = self.stored.groups(window.blocks)
        if not len(groups):  # rows in memory have no groups; the pairing has them
            groups = self.pairing.groups[window.places()]
        read = self.pairing.within(groups, window.number).read(rows, epoch)
        return np.stack([order, order + len(order)], axis=1), Ragged.joined([read, rows])

    def _windows(self, epoch: int) -> Iterator[Window]:
        return windows(self.stored, self.seed, epoch, self.fragments)
