"""z -> token ids, one position at a time, in one compiled loop."""

import functools
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from textvae.data.batching import BUCKETS, bucket_of
from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from textvae.errors import BadInput
from textvae.types import Tensor

IMPOSSIBLE = -1e9  # a logit that no softmax lets through
# Captions written side by side are begun and dropped by as many, so that few shapes occur.
LANES = 64
LARGEST_BELOW_1 = 1.0 - 2.0**-24  # in single precision
# Its multiples, less whole numbers, lie evenly however many there are.
GOLDEN = (5**0.5 - 1) / 2
LOW_DISCREPANCY_WORDS = 5  # that one number draws; its 24 bits are used up about there
GROUP = 64  # words whose largest logit, or whose mass, is found before any of theirs


class DecodingSlots(NamedTuple):
    """Captions being written, one a lane; a lane whose last word is `<eos>` is idle.

    Attributes:
        rows: `[L]`, which caption.
        positions: `[L]`, how many words it has.
        ids: `[L]`, its last word.
        inside: `[L]`, where in that word's share the number lay that drew it, in [0, 1).
        state: the decoder's, a tuple of `[L, ...]`.
    """

    rows: Tensor
    positions: Tensor
    ids: Tensor
    inside: Tensor
    state: Any


class DecodingWeights(NamedTuple):
    """What each step reads of the weights, laid out for it once.

    Attributes:
        inputs: `[V, I]`, what the decoder takes of each word.
        output: `[F + 2, W]`, features -> logits, with V filled up to W, a multiple of `GROUP`.
            The row behind the features' is added to every caption: the bias, in which what no
            caption holds is impossible; the last one to captions without a word: no `<eos>`.
    """

    inputs: Tensor
    output: Tensor


def make_tables(decoder: Any, vocab_size: int) -> DecodingWeights:
    """Of the decoder's weights as they are now."""
    matrix, bias = decoder.output_weights()
    fill = -vocab_size % GROUP
    bias = np.pad(bias, (0, fill), constant_values=IMPOSSIBLE)
    bias[[PAD_ID, BOS_ID, UNK_ID]] = IMPOSSIBLE
    first = np.zeros_like(bias)
    first[EOS_ID] = IMPOSSIBLE
    output = tf.concat([tf.pad(matrix, [(0, 0), (0, fill)]), [bias, first]], axis=0)
    return DecodingWeights(decoder.word_inputs(tf.range(vocab_size)), output)


def argmax(logits: Tensor) -> Tensor:
    """`[B, W]`, W a multiple of `GROUP` -> `[B]` int32; of equal ones the first.

    `tf.argmax` looks at one number at a time, a maximum at as many as the processor can.
    """
    groups = _grouped(logits)
    group = tf.argmax(tf.reduce_max(groups, axis=-1), axis=-1, output_type=tf.int32)
    inside = tf.gather(groups, group, batch_dims=1)
    return group * GROUP + tf.argmax(inside, axis=-1, output_type=tf.int32)


def _grouped(rows: Tensor) -> Tensor:
    return tf.reshape(rows, (-1, rows.shape[1] // GROUP, GROUP))


def top_p_filter(logits: Tensor, top_p: Tensor) -> Tensor:
    """`[B, V]` with all but the likeliest words of mass `top_p` made impossible, row by row.

    Source: Holtzman et al. 2020 (arXiv 1904.09751).
    """
    ordered = tf.sort(logits, direction="DESCENDING")
    mass_before = tf.cumsum(tf.nn.softmax(ordered), axis=-1, exclusive=True)
    num_kept = tf.reduce_sum(tf.cast(mass_before < top_p, tf.int32), axis=-1)
    threshold = tf.gather(ordered, tf.maximum(num_kept - 1, 0), batch_dims=1)
    return tf.where(logits < threshold[:, None], IMPOSSIBLE, logits)


def draw(logits: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """The word whose share of [0, 1) holds `uniform`: `[B, W]`, `[B]` -> `[B]` int32.

    And where in that share it lies, `[B]`, which is a uniform number again.

    One number a row decides, so a row's words depend on its own numbers alone. It finds a group
    of words (W is a multiple of `GROUP`) and then, by where in the group's share it lies, the
    word: so running sums are made over a few groups, not over all words.
    """
    groups = _grouped(tf.nn.softmax(logits))
    group, inside = _holder(tf.reduce_sum(groups, axis=-1), uniform)
    word, inside = _holder(tf.gather(groups, group, batch_dims=1), inside)
    return group * GROUP + word, inside


def _holder(masses: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """Whose share of the masses `[B, K]` holds `uniform` `[B]`, and where in it, in [0, 1)."""
    cumulative = tf.cumsum(masses, axis=-1)
    below = uniform * cumulative[:, -1]
    holder = tf.argmax(cumulative > below[:, None], axis=-1, output_type=tf.int32)
    mass, end = (tf.gather(each, holder, batch_dims=1) for each in (masses, cumulative))
    # Rounded sums can lie a little beyond either end.
    return holder, tf.clip_by_value(1.0 - (end - below) / mass, 0.0, LARGEST_BELOW_1)


class Generator:
    """Decodes with one decoder; keeps what was compiled, and the weights of its first use.

    Args:
        decoder: see `textvae.nn.decoders` for its contract.
        vocab_size: V.
        max_length: words in the longest caption made.
    """

    def __init__(self, decoder: Any, vocab_size: int, max_length: int) -> None:
        self.decoder, self.vocab_size = decoder, vocab_size
        self.num_steps = max_length + 1  # one more for <eos>

    @functools.cached_property
    def tables(self) -> DecodingWeights:
        """Made when first asked for, so that a page that writes nothing does without."""
        return make_tables(self.decoder, self.vocab_size)

    @functools.cached_property
    def greedy(self) -> Any:
        """`_greedy`, compiled once for any number of codes."""
        return self._compiled(self._greedy)

    @functools.cached_property
    def sampled(self) -> Any:
        """`_sampled`, compiled once for any number of codes."""
        number = tf.TensorSpec(())
        uniforms = tf.TensorSpec((None, self.num_steps))
        return self._compiled(
            self._sampled, uniforms, number, number, tf.TensorSpec((), tf.int32)
        )

    def _compiled(self, function: Any, *specs: tf.TensorSpec) -> Any:
        tables = tf.nest.map_structure(tf.TensorSpec.from_tensor, self.tables)
        codes = tf.TensorSpec((None, None))
        return tf.function(function, [codes, tables, *specs], autograph=False)

    def decode(
        self,
        z: np.ndarray[Any, Any],
        temperature: float,
        top_p: float,
        seed: int,
        low_discrepancy: bool = False,
    ) -> list[list[int]]:
        """`[N, D]` -> token ids of each caption, up to its `<eos>`.

        Temperature 0 takes the likeliest word. Otherwise caption i is drawn with the i-th row
        of numbers that `seed` gives, so neither N nor the lanes change it.

        With `low_discrepancy` the first words of caption i are drawn by one number, the i-th of a
        sequence that fills [0, 1) evenly: each caption is still a draw of what the decoder
        believes, but a set of them has each beginning about as often as it should, where
        independent draws have it by chance more often or less.

        Source: Vilnis et al. 2023 (arithmetic sampling, arXiv 2210.15458), with the multiples
        of the golden ratio for their lattice, which would need N.
        """
        check_sampling(temperature, top_p)
        if not len(z):
            return []
        # Copies of real rows end when those do; what is beyond the largest bucket waits for a
        # lane that is done.
        rows = np.resize(np.arange(len(z)), bucket_of(len(z)))
        z_full = tf.constant(z[rows], tf.float32)
        # As good as greedy from there on; far below, the logits would overflow.
        if temperature < 1e-3:
            ids = self.greedy(z_full, self.tables)
        else:
            uniforms = np.random.default_rng([seed, 2]).random(
                (len(z), self.num_steps), np.float32
            )
            if low_discrepancy:
                uniforms[:, 0] = golden_ratio_sequence(len(z), seed)
            settings = (tf.constant(value, tf.float32) for value in (temperature, top_p))
            ids = self.sampled(
                z_full,
                self.tables,
                tf.constant(uniforms[rows]),
                *settings,
                tf.constant(LOW_DISCREPANCY_WORDS if low_discrepancy else 1),
            )
        kept: list[list[int]] = ids.numpy()[: len(z)].tolist()
        return kept

    def _greedy(self, z: Tensor, tables: DecodingWeights) -> Tensor:
        def pick(features: Tensor, lanes: DecodingSlots) -> tuple[Tensor, Tensor]:
            return argmax(tf.matmul(features, tables.output)), lanes.inside

        return self._loop(z, tables, pick)

    def _sampled(
        self,
        z: Tensor,
        tables: DecodingWeights,
        uniforms: Tensor,
        temperature: Tensor,
        top_p: Tensor,
        words_of_first: Tensor,
    ) -> Tensor:
        def pick(features: Tensor, lanes: DecodingSlots) -> tuple[Tensor, Tensor]:
            scaled = tf.matmul(features / temperature, tables.output)
            kept = tf.cond(top_p < 1.0, lambda: top_p_filter(scaled, top_p), lambda: scaled)
            last = self.num_steps - 1  # idle lanes go beyond
            places = tf.stack([lanes.rows, tf.minimum(lanes.positions, last)], axis=1)
            goes_on = (lanes.positions > 0) & (lanes.positions < words_of_first)
            return draw(kept, tf.where(goes_on, lanes.inside, tf.gather_nd(uniforms, places)))

        return self._loop(z, tables, pick)

    def _loop(self, z: Tensor, tables: DecodingWeights, pick: Any) -> Tensor:
        """`[N, D]` -> `[N, T]`; ends when every caption has said `<eos>`.

        A lane that is done takes the next code, so that no time goes into what is finished;
        when no codes are left, lanes are dropped.
        """
        num_codes = tf.shape(z)[0]

        def is_open(lanes: DecodingSlots, *_: Any) -> Tensor:
            return tf.reduce_any(lanes.ids != EOS_ID)

        def advance(lanes: DecodingSlots, num_taken: Tensor, written: Tensor) -> Any:
            rows, positions, ids, _, state = lanes
            features, state = self.decoder.step(tf.gather(tables.inputs, ids), state)
            added = tf.stack([tf.ones_like(positions), tf.cast(positions == 0, tf.int32)], 1)
            features = tf.concat([features, tf.cast(added, features.dtype)], axis=1)
            picked, inside = pick(features, lanes)
            ids = tf.where(ids == EOS_ID, EOS_ID, picked)
            places = tf.stack([rows, positions], axis=1)
            written = tf.tensor_scatter_nd_update(written, places, ids)
            positions = tf.minimum(positions + 1, self.num_steps)
            ids = tf.where(positions == self.num_steps, EOS_ID, ids)
            lanes = DecodingSlots(rows, positions, ids, inside, state)
            lanes, num_taken = tf.cond(
                num_taken < num_codes,
                lambda: self._refilled(lanes, z, num_taken),
                lambda: (_open_lanes(lanes), num_taken),
            )
            return lanes, num_taken, written

        num_lanes = tf.minimum(num_codes, BUCKETS[-1])
        start = (
            self._begun(z, tf.range(num_lanes)),
            num_lanes,
            # A column more than is returned, where lanes that are idle write.
            tf.fill([num_codes, self.num_steps + 1], EOS_ID),
        )
        shapes = tf.nest.map_structure(
            lambda part: tf.TensorShape([None, *part.shape[1:]]), start[0]
        )
        *_, written = tf.while_loop(
            is_open,
            advance,
            start,
            shape_invariants=(shapes, *(each.shape for each in start[1:])),
        )
        return written[:, :-1]

    def _begun(self, z: Tensor, rows: Tensor) -> DecodingSlots:
        """Lanes about to write the first words of these captions."""
        state = self.decoder.initial_state(tf.gather(z, rows))
        zeros = tf.zeros_like(rows)
        return DecodingSlots(rows, zeros, zeros + BOS_ID, tf.cast(zeros, tf.float32), state)

    def _refilled(
        self, lanes: DecodingSlots, z: Tensor, num_taken: Tensor
    ) -> tuple[DecodingSlots, Tensor]:
        """Idle lanes begin with the next codes, as far as there are any."""
        num_idle, idle_first = _idle_first(lanes)
        places = idle_first[: _whole(num_idle, idle_first)]
        rows = num_taken + tf.range(tf.size(places))
        is_new = (rows < num_taken + num_idle) & (rows < tf.shape(z)[0])
        begun = self._begun(z, tf.minimum(rows, tf.shape(z)[0] - 1))

        def put(old: Tensor, new: Tensor) -> Tensor:
            is_put = tf.reshape(is_new, [-1] + [1] * (len(old.shape) - 1))
            new = tf.where(is_put, new, tf.gather(old, places))
            return tf.tensor_scatter_nd_update(old, places[:, None], new)

        lanes = tf.nest.map_structure(put, lanes, begun)
        return lanes, num_taken + tf.math.count_nonzero(is_new, dtype=tf.int32)


def _open_lanes(lanes: DecodingSlots) -> DecodingSlots:
    """The lanes that go on, filled up to a multiple of `LANES` with idle ones."""
    num_idle, idle_first = _idle_first(lanes)
    num_lanes = tf.size(idle_first)
    num_kept = _whole(num_lanes - num_idle, idle_first)
    kept = idle_first[num_lanes - num_kept :]
    remaining: DecodingSlots = tf.cond(
        num_kept < num_lanes,
        lambda: tf.nest.map_structure(lambda part: tf.gather(part, kept), lanes),
        lambda: lanes,
    )
    return remaining


def _idle_first(lanes: DecodingSlots) -> tuple[Tensor, Tensor]:
    """How many lanes are idle, and the places `[L]` of all, those of idle ones first."""
    is_busy = tf.cast(lanes.ids != EOS_ID, tf.int32)
    return tf.size(is_busy) - tf.reduce_sum(is_busy), tf.argsort(is_busy, stable=True)


def _whole(count: Tensor, lanes: Tensor) -> Tensor:
    """`count` rounded up to a multiple of `LANES`, or all there are."""
    return tf.minimum(-(-count // LANES) * LANES, tf.size(lanes))


def golden_ratio_sequence(
    count: int, seed: int
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """`count` numbers that fill [0, 1) evenly from a start that `seed` gives: `[N]` float32."""
    start = np.random.default_rng([seed, 3]).random()
    numbers = ((start + GOLDEN * np.arange(count)) % 1.0).astype(np.float32)
    return np.minimum(numbers, np.float32(LARGEST_BELOW_1))


def check_sampling(temperature: float, top_p: float) -> None:
    """Refuse a temperature below 0 and a top_p outside (0, 1]."""
    if not 0.0 <= temperature <= 10.0:
        raise BadInput(f"temperature must be from 0 (greedy) to 10, got {temperature!r}")
    if not 0.0 < top_p <= 1.0:
        raise BadInput(f"top_p must be above 0 and at most 1, got {top_p!r}")
