"""Codes to token ids, one position at a time, in a single compiled loop."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from textvae.data.batching import BUCKETS, bucket_of
from textvae.data.tokenizer import EOS_ID
from textvae.decoding.contrast import DecoderPair, log_probability
from textvae.decoding.decoding_weights import DecodingWeights, decoding_weights, with_bias
from textvae.decoding.sampling import (
    argmax,
    check_sampling,
    min_p_filter,
    sample,
    top_p_filter,
    word_seeds,
)
from textvae.decoding.slots import DecodingSlots, drop_idle, refill, start
from textvae.nn.compiling import Compiled
from textvae.runtime import devices
from textvae.types import Array, Floats, Tensor

GREEDY_BELOW = 1e-3  # temperature; far below it, logits would overflow
MIN_P_DEPTH = 3.7  # nats at temperature 1, where captions of `coco` are as varied as human ones
MIN_P_TEMPERATURE = 2.0  # of its draws from the remaining words

# From features and slots to the records of each slot's next word, its id first.
Pick = Callable[[Tensor, DecodingSlots], tuple[Tensor, ...]]
Advance = Callable[[DecodingSlots, Any], tuple[DecodingSlots, Any]]


class Generator:
    """Generates captions with one decoder, and keeps its compiled loops.

    Args:
        decoder: see `textvae.nn.decoders` for its methods.
        vocab_size: V.
        max_length: the maximum number of tokens in a caption, without `<eos>`.

    Example:
        >>> from textvae.nn.decoders import build_decoder
        >>> from textvae.nn.embedding import WordEmbedding
        >>> decoder = build_decoder("lstm", WordEmbedding(11, 4), latent_dim=3, hidden_dim=5)
        >>> generator = Generator(decoder, vocab_size=11, max_length=6)
        >>> rows = generator.decode(np.zeros((2, 3), np.float32), 1.0, top_p=0.9, seed=0)
        >>> [len(row) for row in rows]
        [7, 7]
    """

    def __init__(self, decoder: Any, vocab_size: int, max_length: int) -> None:
        self.decoder, self.vocab_size = decoder, vocab_size
        self.device = decoder.bias.value.device
        self.num_steps = max_length + 1  # one more for <eos>
        self._laid_out: tuple[Array, DecodingWeights] | None = None

    def decode(
        self,
        z: Array,
        temperature: float,
        top_p: float,
        seed: int,
        first: int | Sequence[int] = 0,
    ) -> list[list[int]]:
        """Token ids of the caption of each code, up to its `<eos>`: `[N, D]` -> N rows.

        Temperature 0 takes the most probable word. Otherwise words are drawn with the random
        numbers of the caption's own number (`first + i`, or `first[i]`), independent of N.

        Raises:
            BadInput: temperature or top_p is out of range.
        """
        check_sampling(temperature, top_p)
        if temperature < GREEDY_BELOW:
            ids, *_ = self._in_batches(self._greedy_loop, z)
        else:
            numbers = word_seeds(len(z), self.num_steps, seed, first)
            ids, *_ = self._in_batches(self._sampling_loop, z, temperature, top_p, numbers)
        rows: list[list[int]] = ids.tolist()
        return rows

    def decode_informed(
        self, z: Array, temperature: float, top_p: float, seed: int, first: int = 0
    ) -> tuple[list[list[int]], Floats]:
        """Token ids drawn from the likely words, and the information of each code, `[N]`.

        A word is drawn with the square root of its probability from those within `MIN_P_DEPTH`
        times `temperature` nats of the most likely; `docs/experiments.md` explains why.

        The information is log p(x|z) - log p(x|0) in nats per token, including `<eos>`.
        Excluded tokens and captions, such as `<unk>` or an empty caption, get no probability.

        Raises:
            BadInput: temperature or top_p is out of range.
        """
        check_sampling(temperature, top_p)
        drawing = temperature, top_p, word_seeds(len(z), self.num_steps, seed, first)
        ids, information = self._in_batches(self._informed_loop, z, *drawing)
        counts = np.minimum((ids != EOS_ID).sum(axis=1) + 1, self.num_steps)
        return ids.tolist(), information.sum(axis=1) / counts

    def _in_batches(
        self,
        loop: Compiled,
        z: Array,
        temperature: float = 0.0,
        top_p: float = 1.0,
        numbers: Array | None = None,
    ) -> list[Array]:
        """The outputs of a loop for all codes, `[N, T]` each."""
        # On a CPU, rows beyond the largest bucket wait for a free slot.
        size = BUCKETS[-1] if devices.is_gpu(self.device) else max(len(z), 1)
        # The result without codes, since the loops do not accept an empty batch.
        parts = [[np.empty((0, self.num_steps), dtype) for dtype in (np.int64, np.float32)]]
        weights = self._weights
        for begin in range(0, len(z), size):
            part = np.arange(begin, min(begin + size, len(z)))
            # Padded to the bucket with copies of real rows, which end when the originals do.
            rows = np.resize(part, bucket_of(len(part)))
            drawing = (
                () if numbers is None else self._drawing(temperature, top_p, numbers[rows])
            )
            written = loop(z[rows].astype(np.float32), weights, *drawing)
            parts.append([each.numpy()[: len(part)] for each in written])
        return [np.concatenate(each) for each in zip(*parts, strict=False)]

    def _drawing(self, temperature: float, top_p: float, seeds: Array) -> tuple[Any, ...]:
        """The arguments of a loop that draws words; see `_drawing_specs`."""
        return np.float32(temperature), np.float32(top_p), np.int32(top_p < 1.0), seeds

    def loops(self) -> dict[str, Compiled]:
        """The compiled loops, `greedy`, `sampled` and `informed`."""
        return {
            "greedy": self._greedy_loop,
            "sampled": self._sampling_loop,
            "informed": self._informed_loop,
        }

    @property
    def _weights(self) -> DecodingWeights:
        """Computed at first use, and again after training, whose steps change the bias."""
        bias, held = np.array(self.decoder.bias.numpy()), self._laid_out
        if held is None or not np.array_equal(bias, held[0]):
            with tf.device(self.device):
                held = bias, decoding_weights(self.decoder, self.vocab_size)
            self._laid_out = held
        return held[1]

    @functools.cached_property
    def _greedy_loop(self) -> Compiled:
        return self._compiled(self._greedy)

    @functools.cached_property
    def _sampling_loop(self) -> Compiled:
        return self._compiled(self._sampled, *self._drawing_specs())

    @functools.cached_property
    def _informed_loop(self) -> Compiled:
        return self._compiled(self._informed, *self._drawing_specs())

    def _compiled(self, loop: Callable[..., Any], *specs: tf.TensorSpec) -> Compiled:
        weights = tf.nest.map_structure(tf.TensorSpec.from_tensor, self._weights)
        codes = tf.TensorSpec((None, None))
        return Compiled(loop, codes, weights, *specs, device=self.device)

    def _drawing_specs(self) -> tuple[tf.TensorSpec, ...]:
        """The specs of temperature, top_p, whether that is below 1, and the seeds of the words.

        The third is int32, which TensorFlow keeps in host memory even with a GPU, and the host
        chooses the branch.
        """
        scalar = tf.TensorSpec(())
        seeds = tf.TensorSpec((None, self.num_steps), tf.int64)
        return scalar, scalar, tf.TensorSpec((), tf.int32), seeds

    def _greedy(self, z: Tensor, weights: DecodingWeights) -> Any:
        def pick(features: Tensor, slots: DecodingSlots) -> tuple[Tensor, ...]:
            return (argmax(tf.matmul(with_bias(features, slots.positions), weights.output)),)

        return self._loop(z, weights, self.decoder, pick)

    def _sampled(self, z: Tensor, weights: DecodingWeights, *drawing: Tensor) -> Any:
        """Each word is drawn with the seed of its row and position."""
        temperature, *rest = drawing

        def pick(features: Tensor, slots: DecodingSlots) -> tuple[Tensor, ...]:
            features = with_bias(features, slots.positions) / temperature
            return (self._drawn(tf.matmul(features, weights.output), slots, *rest),)

        return self._loop(z, weights, self.decoder, pick)

    def _informed(self, z: Tensor, weights: DecodingWeights, *drawing: Tensor) -> Any:
        """As in `decode_informed`, with log p(word|z) - log p(word|0) of each word."""
        temperature, *rest = drawing

        def pick(features: Tensor, slots: DecodingSlots) -> tuple[Tensor, ...]:
            both = tf.concat([with_bias(each, slots.positions) for each in features], axis=0)
            given_z, given_0 = tf.split(tf.matmul(both, weights.output), 2)
            kept = min_p_filter(given_z, MIN_P_DEPTH * temperature)
            ids = self._drawn(kept / MIN_P_TEMPERATURE, slots, *rest)
            information = log_probability(given_z, ids) - log_probability(given_0, ids)
            return ids, tf.where(slots.ids == EOS_ID, 0.0, information)

        pair = DecoderPair(self.decoder)
        return self._loop(z, weights, pair, pick, (np.int64(EOS_ID), np.float32(0)))

    def _drawn(
        self,
        scaled: Tensor,
        slots: DecodingSlots,
        top_p: Tensor,
        filters: Tensor,
        seeds: Tensor,
    ) -> Tensor:
        logits = tf.cond(filters > 0, lambda: top_p_filter(scaled, top_p), lambda: scaled)
        last = self.num_steps - 1  # idle slots are past it
        places = tf.stack([slots.rows, tf.minimum(slots.positions, last)], axis=1)
        return sample(logits, tf.gather_nd(seeds, places))

    def _loop(
        self,
        z: Tensor,
        weights: DecodingWeights,
        decoder: Any,
        pick: Pick,
        unwritten: tuple[Any, ...] = (np.int64(EOS_ID),),
    ) -> list[Tensor]:
        """The results of `pick` for every position, `[N, T]` each."""
        advance = functools.partial(self._advance, weights, decoder, pick)
        # One column more than is returned, for idle slots to write to.
        shape = tf.shape(z)[0], self.num_steps + 1
        blank = [tf.fill(shape, value) for value in unwritten]
        loop = self._fixed_loop if devices.is_gpu(self.device) else self._refilled_loop
        return [each[:, :-1] for each in loop(z, decoder, advance, blank)]

    def _advance(
        self,
        weights: DecodingWeights,
        decoder: Any,
        pick: Pick,
        slots: DecodingSlots,
        written: Any,
    ) -> tuple[DecodingSlots, Any]:
        """One more word in each slot, also written to its row and position in `[N, T + 1]`."""
        rows, positions, ids, state = slots
        inputs = tf.gather(weights.inputs, ids)
        features, state = decoder.step(inputs, state, weights.recurrent)
        picked, *more = pick(features, slots)
        ids = tf.where(ids == EOS_ID, ids, picked)
        places = tf.stack([rows, positions], 1)
        written = [
            tf.tensor_scatter_nd_update(old, places, new)
            for old, new in zip(written, [ids, *more], strict=True)
        ]
        positions = tf.minimum(positions + 1, self.num_steps)
        ids = tf.where(positions == self.num_steps, tf.constant(EOS_ID, ids.dtype), ids)
        return DecodingSlots(rows, positions, ids, state), written

    def _fixed_loop(self, z: Tensor, decoder: Any, advance: Advance, blank: Any) -> Any:
        """All codes at once, for as many steps as the longest caption can have.

        The host counts the steps and never queries the GPU about finished captions: waiting for
        the answer would take longer than computing unneeded words.
        """
        *_, written = tf.while_loop(
            lambda step, *_: step < self.num_steps,
            lambda step, slots, written: (step + 1, *advance(slots, written)),
            (0, start(decoder, z, tf.range(tf.shape(z)[0])), blank),
        )
        return written

    def _refilled_loop(self, z: Tensor, decoder: Any, advance: Advance, blank: Any) -> Any:
        """In at most `BUCKETS[-1]` slots; ends when every caption has its `<eos>`."""
        num_codes = tf.shape(z)[0]

        def is_busy(slots: DecodingSlots, *_: Any) -> Tensor:
            return tf.reduce_any(slots.ids != EOS_ID)

        def step(slots: DecodingSlots, num_taken: Tensor, written: Any) -> Any:
            slots, written = advance(slots, written)
            slots, num_taken = tf.cond(
                num_taken < num_codes,
                lambda: refill(slots, decoder, z, num_taken),
                lambda: (drop_idle(slots), num_taken),
            )
            return slots, num_taken, written

        num_slots = tf.minimum(num_codes, BUCKETS[-1])
        first = start(decoder, z, tf.range(num_slots)), num_slots, blank
        shapes = tf.nest.map_structure(lambda part: part.shape, first)
        # The first axis is the number of slots, which changes.
        slots = tf.nest.map_structure(
            lambda part: tf.TensorShape([None, *part.shape[1:]]), first[0]
        )
        *_, written = tf.while_loop(is_busy, step, first, (slots, *shapes[1:]))
        return written
