"""z -> token ids, one position at a time, in one compiled loop."""

from typing import Any

import numpy as np
import tensorflow as tf

from textvae.errors import BadInput
from textvae.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from textvae.types import Tensor

IMPOSSIBLE = -1e9  # a logit that no softmax lets through
# Rows are padded up to one of these, so that five shapes are compiled and no more.
BUCKETS = (1, 8, 32, 128, 512)
CLEARED_EVERY = 3  # steps between looks for rows that have ended
ROWS = 64  # rows are dropped by as many


def _allowed(vocab_size: int) -> tuple[Tensor, Tensor]:
    """What is added to the logits: at the first position (no `<eos>` there), and later."""
    later = np.zeros(vocab_size, np.float32)
    later[[PAD_ID, BOS_ID, UNK_ID]] = IMPOSSIBLE
    first = later.copy()
    first[EOS_ID] = IMPOSSIBLE
    return tf.constant(first), tf.constant(later)


def nucleus(logits: Tensor, top_p: Tensor) -> Tensor:
    """`[B, V]` with all but the likeliest words of mass `top_p` made impossible, row by row.

    Source: Holtzman et al. 2020 (arXiv 1904.09751).
    """
    ordered = tf.sort(logits, direction="DESCENDING")
    mass_before = tf.cumsum(tf.nn.softmax(ordered), axis=-1, exclusive=True)
    num_kept = tf.reduce_sum(tf.cast(mass_before < top_p, tf.int32), axis=-1)
    threshold = tf.gather(ordered, tf.maximum(num_kept - 1, 0), batch_dims=1)
    return tf.where(logits < threshold[:, None], IMPOSSIBLE, logits)


def draw(logits: Tensor, uniform: Tensor) -> Tensor:
    """The word whose share of [0, 1) holds `uniform`: `[B, V]`, `[B]` -> `[B]` int32.

    One number a row decides, so a row's words depend on its own numbers alone.
    """
    cumulative = tf.cumsum(tf.nn.softmax(logits), axis=-1)
    below = uniform[:, None] * cumulative[:, -1:]
    return tf.argmax(cumulative > below, axis=-1, output_type=tf.int32)


class Generator:
    """Decodes with one decoder; keeps what was compiled.

    Args:
        decoder: see `textvae.decoders` for its contract.
        vocab_size: V.
        max_length: words in the longest caption made.
    """

    def __init__(self, decoder: Any, vocab_size: int, max_length: int) -> None:
        self.decoder, self.num_steps = decoder, max_length + 1  # one more for <eos>
        self.allowed = _allowed(vocab_size)
        self.greedy = tf.function(self._greedy, autograph=False, reduce_retracing=True)
        self.sampled = tf.function(self._sampled, autograph=False, reduce_retracing=True)

    def decode(
        self, z: np.ndarray[Any, Any], temperature: float, top_p: float, seed: int
    ) -> list[list[int]]:
        """`[N, D]` -> token ids of each caption, up to its `<eos>`.

        Temperature 0 takes the likeliest word. Otherwise caption i is drawn with the i-th row
        of numbers that `seed` gives, so neither N nor the batches change it.
        """
        check_sampling(temperature, top_p)
        # As good as greedy from there on; far below, the logits would overflow.
        is_greedy = temperature < 1e-3
        shape = (0 if is_greedy else len(z), self.num_steps)
        uniforms = np.random.default_rng([seed, 2]).random(shape, np.float32)
        rows: list[list[int]] = []
        while len(rows) < len(z):
            part = slice(len(rows), len(rows) + BUCKETS[-1])
            rows += self._decode_bucket(z[part], uniforms[part], temperature, top_p)
        return rows

    def _decode_bucket(
        self, z: Any, uniforms: Any, temperature: float, top_p: float
    ) -> list[list[int]]:
        size = next(bucket for bucket in BUCKETS if bucket >= len(z))
        rows = np.resize(np.arange(len(z)), size)  # copies of real rows end when those do
        z_full = tf.constant(z[rows], tf.float32)
        if not len(uniforms):
            ids = self.greedy(z_full)
        else:
            settings = (tf.constant(value, tf.float32) for value in (temperature, top_p))
            ids = self.sampled(z_full, tf.constant(uniforms[rows]), *settings)
        kept: list[list[int]] = ids.numpy()[: len(z)].tolist()
        return kept

    def _greedy(self, z: Tensor) -> Tensor:
        return self._loop(
            z, lambda logits, *_: tf.argmax(logits, axis=-1, output_type=tf.int32)
        )

    def _sampled(
        self, z: Tensor, uniforms: Tensor, temperature: Tensor, top_p: Tensor
    ) -> Tensor:
        def pick(logits: Tensor, rows: Tensor, step: Tensor) -> Tensor:
            scaled = logits / temperature
            kept = tf.cond(top_p < 1.0, lambda: nucleus(scaled, top_p), lambda: scaled)
            return draw(kept, tf.gather(uniforms[:, step], rows))

        return self._loop(z, pick)

    def _loop(self, z: Tensor, pick: Any) -> Tensor:
        """`[B, D]` -> `[B, T]`; ends when every row has said `<eos>`.

        Rows that have are dropped on the way, so that no time goes into what is finished.
        """
        batch = tf.shape(z)[0]
        first, later = self.allowed

        def is_open(step: Tensor, _rows: Tensor, ids: Tensor, *_: Any) -> Tensor:
            return (step < self.num_steps) & tf.reduce_any(ids != EOS_ID)

        def advance(step: Tensor, rows: Tensor, ids: Tensor, state: Any, written: Any) -> Any:
            features, state = self.decoder.step(ids, state)
            logits = self.decoder.logits(features) + tf.where(step == 0, first, later)
            next_ids = tf.where(ids == EOS_ID, EOS_ID, pick(logits, rows, step))
            places = tf.stack([tf.broadcast_to(step, tf.shape(rows)), rows], axis=1)
            written = tf.tensor_scatter_nd_update(written, places, next_ids)
            rows, next_ids, state = tf.cond(
                step % CLEARED_EVERY == CLEARED_EVERY - 1,
                lambda: _open_rows(rows, next_ids, state),
                lambda: (rows, next_ids, state),
            )
            return step + 1, rows, next_ids, state, written

        start = (
            tf.constant(0),
            tf.range(batch),
            tf.fill([batch], BOS_ID),
            self.decoder.initial_state(z),
            tf.fill([self.num_steps, batch], EOS_ID),
        )
        fewer = tf.nest.map_structure(
            lambda part: tf.TensorShape([None, *part.shape[1:]]), start[1:-1]
        )
        shapes = (start[0].shape, *fewer, start[-1].shape)
        length, *_, written = tf.while_loop(is_open, advance, start, shape_invariants=shapes)
        return tf.transpose(written[:length])


def _open_rows(rows: Tensor, ids: Tensor, state: Any) -> Any:
    """The rows that go on, filled up to a multiple of `ROWS` with ones that have ended.

    So a handful of sizes occur, whose kernels are kept.
    """
    is_done = tf.cast(ids == EOS_ID, tf.int32)
    num_open = tf.shape(ids)[0] - tf.reduce_sum(is_done)
    num_kept = tf.minimum(-(-num_open // ROWS) * ROWS, tf.shape(ids)[0])
    kept = tf.argsort(is_done, stable=True)[:num_kept]
    return tf.nest.map_structure(lambda part: tf.gather(part, kept), (rows, ids, state))


def check_sampling(temperature: float, top_p: float) -> None:
    """Refuse a temperature below 0 and a top_p outside (0, 1]."""
    if not 0.0 <= temperature <= 10.0:
        raise BadInput(f"temperature must be from 0 (greedy) to 10, got {temperature!r}")
    if not 0.0 < top_p <= 1.0:
        raise BadInput(f"top_p must be above 0 and at most 1, got {top_p!r}")
