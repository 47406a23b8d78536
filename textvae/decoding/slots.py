"""The slots in which captions are generated in parallel.

A caption that has ended frees its slot for the next code, so no time goes into finished
captions. When no codes are left, idle slots are dropped.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from textvae.data.tokenizer import BOS_ID, EOS_ID
from textvae.types import Tensor

BLOCK = 64  # slots are refilled and dropped in multiples of this, so few shapes occur


class DecodingSlots(NamedTuple):
    """Captions being generated in B slots; a slot is idle after its `<eos>`.

    Integers are int64; see `sampling`.

    Attributes:
        rows: `[B]`, the index of the caption.
        positions: `[B]`, its number of words.
        ids: `[B]`, its last word.
        state: the state of the decoder, a tuple of `[B, ...]`.

    Example:
        >>> rows, positions, ids = tf.constant([[0, 1], [3, 5], [7, EOS_ID]], tf.int64)
        >>> slots = DecodingSlots(rows, positions, ids, state=())
        >>> (slots.ids == EOS_ID).numpy().tolist()  # which are idle
        [False, True]
    """

    rows: Tensor
    positions: Tensor
    ids: Tensor
    state: Any


def start(decoder: Any, z: Tensor, rows: Tensor) -> DecodingSlots:
    """A slot for each of the captions `rows` of the codes `z`, before its first word.

    Example:
        >>> from textvae.nn.decoders import build_decoder
        >>> from textvae.nn.embedding import WordEmbedding
        >>> decoder = build_decoder("lstm", WordEmbedding(11, 4), latent_dim=3, hidden_dim=5)
        >>> start(decoder, tf.zeros((70, 3)), tf.range(2)).ids.numpy().tolist()  # <bos>
        [1, 1]
    """
    state, rows = decoder.initial_state(tf.gather(z, rows)), tf.cast(rows, tf.int64)
    zeros = tf.zeros_like(rows)
    return DecodingSlots(rows, zeros, zeros + BOS_ID, state)


def refill(
    slots: DecodingSlots, decoder: Any, z: Tensor, num_taken: Tensor
) -> tuple[DecodingSlots, Tensor]:
    """Start the codes from number `num_taken` on in idle slots.

    Returns:
        The slots, and the number of codes taken so far.

    Example:
        >>> from textvae.nn.decoders import build_decoder
        >>> from textvae.nn.embedding import WordEmbedding
        >>> decoder = build_decoder("lstm", WordEmbedding(11, 4), latent_dim=3, hidden_dim=5)
        >>> z = tf.zeros((70, 3))
        >>> ended = tf.fill(65, tf.constant(EOS_ID, tf.int64))
        >>> idle = start(decoder, z, tf.range(65))._replace(ids=ended)
        >>> slots, num_taken = refill(idle, decoder, z, 65)
        >>> slots.rows.numpy()[:6].tolist(), int(num_taken)
        ([65, 66, 67, 68, 69, 5], 70)
    """
    num_idle, idle_first = _idle_first(slots)
    places = idle_first[: _whole_blocks(num_idle, idle_first)]
    rows = num_taken + tf.range(tf.size(places))
    is_new = (rows < num_taken + num_idle) & (rows < tf.shape(z)[0])
    started = start(decoder, z, tf.minimum(rows, tf.shape(z)[0] - 1))

    def put(old: Tensor, new: Tensor) -> Tensor:
        is_put = tf.reshape(is_new, [-1] + [1] * (len(old.shape) - 1))
        new = tf.where(is_put, new, tf.gather(old, places))
        return tf.tensor_scatter_nd_update(old, places[:, None], new)

    slots = tf.nest.map_structure(put, slots, started)
    return slots, num_taken + tf.math.count_nonzero(is_new, dtype=tf.int32)


def drop_idle(slots: DecodingSlots) -> DecodingSlots:
    """The busy slots, padded with idle ones to a multiple of `BLOCK`.

    Example:
        >>> ids = tf.constant([7] * 30 + [EOS_ID] * 100, tf.int64)
        >>> slots = DecodingSlots(tf.range(130), ids, ids, state=())
        >>> drop_idle(slots).rows.shape.as_list()
        [64]
    """
    num_idle, idle_first = _idle_first(slots)
    num_slots = tf.size(idle_first)
    num_kept = _whole_blocks(num_slots - num_idle, idle_first)
    kept = idle_first[num_slots - num_kept :]
    remaining: DecodingSlots = tf.cond(
        num_kept < num_slots,
        lambda: tf.nest.map_structure(lambda part: tf.gather(part, kept), slots),
        lambda: slots,
    )
    return remaining


def _idle_first(slots: DecodingSlots) -> tuple[Tensor, Tensor]:
    """The number of idle slots, and the indices `[B]` of all slots, the idle ones first."""
    is_busy = tf.cast(slots.ids != EOS_ID, tf.int32)
    return tf.size(is_busy) - tf.reduce_sum(is_busy), tf.argsort(is_busy, stable=True)


def _whole_blocks(count: Tensor, indices: Tensor) -> Tensor:
    """`count` rounded up to a multiple of `BLOCK`, at most the number of slots."""
    return tf.minimum(-(-count // BLOCK) * BLOCK, tf.size(indices))
