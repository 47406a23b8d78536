"""The part of a batch that one replica computes, and the places of its rows in the batch.

Every replica has all ids of a batch and sorts them in the same way, so no communication is
needed to find its own rows.
"""

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from textvae.nn.noise import Place
from textvae.nn.packed_sequence import PackedSequence, num_predicted, pack_tokens
from textvae.types import Tensor


def read_and_written(token_ids: Tensor) -> tuple[Tensor, Tensor]:
    """The captions to read and those to write: `[B, 2, T]` -> two `[B, T]`; `[B, T]` is both.

    Example:
        >>> pair = tf.constant([[[1, 5, 2], [1, 6, 2]]])
        >>> [each.numpy().tolist() for each in read_and_written(pair)]
        [[[1, 5, 2]], [[1, 6, 2]]]
    """
    if token_ids.shape.rank == 3:
        return token_ids[:, 0], token_ids[:, 1]
    return token_ids, token_ids


def cuts(lengths: Tensor, count: int) -> Tensor:
    """The bounds of `count` parts of rows with equal numbers of words: `[B]` -> `[count + 1]`.

    Example:
        >>> cuts(tf.constant([6, 3, 2, 1]), 2).numpy().tolist()
        [0, 1, 4]
        >>> cuts(tf.constant([6]), 2).numpy().tolist()  # fewer rows than parts
        [0, 0, 1]
    """
    words = tf.cumsum(lengths)
    targets = tf.range(count + 1) * tf.reduce_sum(lengths) // count
    return tf.searchsorted(words, targets, side="right")


def shards_of(pair: int | Tensor, count: int) -> Sequence[int | Tensor]:
    """The numbers of the shards in a pair: two, or one at the end of an odd `count`.

    Example:
        >>> [list(shards_of(pair, 3)) for pair in (0, 1)]
        [[0, 1], [2]]
    """
    if isinstance(pair, int):
        return range(2 * pair, min(2 * pair + 2, count))
    return 2 * pair, 2 * pair + 1


class Places:
    """The places of rows in the shards of a pair; here None, since all rows are included."""

    rows: Place | None = None

    def of_read(self, packed: PackedSequence) -> Place | None:
        """The place of the packed input values, for all shards together."""
        del packed
        return None

    def of_written(self, shard: int, packed: PackedSequence) -> Place | None:
        """The place of the packed target values, for one shard."""
        del shard, packed
        return None


class Part:
    """All of a batch, as one process computes it.

    Example:
        >>> rows, place = WHOLE.of_rows(tf.constant([[1, 5, 2], [1, 6, 2]]))
        >>> rows.numpy().tolist(), place, list(WHOLE.pairs(3))
        ([[1, 5, 2], [1, 6, 2]], None, [0, 1])
    """

    def of_rows(self, token_ids: Tensor) -> tuple[Tensor, Place | None]:
        """The rows of this part, and their place."""
        return token_ids, None

    def pairs(self, count: int) -> Sequence[int | Tensor]:
        """The pairs in which this part has rows, of `count` shards taken two at a time."""
        return range((count + 1) // 2)

    def of_shards(self, shards: list[Tensor], count: int) -> tuple[list[Tensor], Places]:
        """The rows of this part in each of the shards of a pair, and their places."""
        del count
        return shards, Places()


WHOLE = Part()


class Share(Part):
    """The part of one replica.

    If the pairs of shards divide evenly among the replicas, it takes whole pairs: it computes
    them like a single process, and draws no other noise. Otherwise it takes, from every shard,
    adjacent rows with its share of the words.

    Args:
        number: of the replica, scalar int32.
        count: of all replicas.

    Example:
        >>> token_ids = tf.constant([[1, 5, 2], [1, 6, 2], [1, 7, 2]])
        >>> rows, place = Share(tf.constant(1), 2).of_rows(token_ids)
        >>> rows.numpy().tolist(), place.indices.numpy().tolist()
        ([[1, 6, 2], [1, 7, 2]], [1, 2])
    """

    def __init__(self, number: Tensor, count: int) -> None:
        self.number, self.count = number, count

    def of_rows(self, token_ids: Tensor) -> tuple[Tensor, Place]:
        """Rows in the order of the batch, as many as for the other replicas."""
        rows = tf.shape(token_ids)[0]
        first = self.number * rows // self.count
        last = (self.number + 1) * rows // self.count
        return token_ids[first:last], Place(tf.range(first, last), rows)

    def pairs(self, count: int) -> Sequence[int | Tensor]:
        """The pairs of this replica, or all of them if it takes rows from each."""
        if not self._has_pairs(count):
            return super().pairs(count)
        own = count // 2 // self.count
        return [self.number * own + k for k in range(own)]

    def _has_pairs(self, count: int) -> bool:
        return count % (2 * self.count) == 0

    def of_shards(self, shards: list[Tensor], count: int) -> tuple[list[Tensor], Places]:
        """The whole shards, or the share of each; the rows of a shard are sorted by length."""
        if self._has_pairs(count):
            return shards, Places()
        pieces = [self._of_shard(shard) for shard in shards]
        own = [
            shard[piece.first : piece.last] for shard, piece in zip(shards, pieces, strict=True)
        ]
        return own, _SomePlaces(shards, pieces)

    def _of_shard(self, shard: Tensor) -> "_Piece":
        bounds = cuts(num_predicted(read_and_written(shard)[1]), self.count)
        return _Piece(bounds[self.number], bounds[self.number + 1])


class _Piece(NamedTuple):
    first: Tensor
    last: Tensor

    @property
    def rows(self) -> Tensor:
        return tf.range(self.first, self.last)


class _SomePlaces(Places):
    """The places of a replica's rows in shards that are divided among replicas."""

    def __init__(self, shards: list[Tensor], pieces: list[_Piece]) -> None:
        self.shards, self.pieces = shards, pieces
        sizes = [tf.shape(shard)[0] for shard in shards]
        starts = [sum(sizes[:k], start=tf.constant(0)) for k in range(len(sizes))]
        numbers = [piece.rows + start for piece, start in zip(pieces, starts, strict=True)]
        self.rows: Place = Place(tf.concat(numbers, axis=0), tf.add_n(sizes))

    def of_read(self, packed: PackedSequence) -> Place:
        read = read_and_written(tf.concat(self.shards, axis=0))[0]
        return _place(read, packed, self.rows.indices)

    def of_written(self, shard: int, packed: PackedSequence) -> Place:
        written = read_and_written(self.shards[shard])[1]
        return _place(written, packed, self.pieces[shard].rows)


def _place(token_ids: Tensor, packed: PackedSequence, rows: Tensor) -> Place:
    whole = pack_tokens(token_ids, skip_padding=True)
    return Place(whole.indices_of(packed, rows), tf.shape(whole.rows)[0])
