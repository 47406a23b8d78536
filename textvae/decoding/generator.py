"""z -> token ids, one position at a time, in one compiled loop."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from textvae.data.batching import BUCKETS, bucket_of
from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from textvae.decoding.sampling import (
    GROUP,
    IMPOSSIBLE,
    argmax,
    check_sampling,
    sample,
    top_p_filter,
    word_seeds,
)
from textvae.decoding.slots import DecodingSlots, drop_idle, refill, start
from textvae.nn.compiling import Compiled
from textvae.runtime import devices
from textvae.types import Array, Tensor

GREEDY_BELOW = 1e-3  # temperature; far below it, logits would overflow

Pick = Callable[[Tensor, DecodingSlots], Tensor]
Advance = Callable[[DecodingSlots, Tensor], tuple[DecodingSlots, Tensor]]


class DecodingWeights(NamedTuple):
    """What each step reads of the decoder's weights, computed once.

    Attributes:
        inputs: `[V, I]`, the decoder's input for each word.
        output: `[F + 2, W]`, features -> logits, with V padded to W, a multiple of `GROUP`. The
            last two rows are added to the logits: the bias, with tokens that no caption
            contains made impossible; and, at the first position, `<eos>` made impossible.

    Example: see `decoding_weights`.
    """

    inputs: Tensor
    output: Tensor


def decoding_weights(decoder: Any, vocab_size: int) -> DecodingWeights:
    """The weights of `decoder` as they are now, laid out for generating.

    Example:
        >>> from textvae.nn.decoders import build_decoder
        >>> from textvae.nn.embedding import WordEmbedding
        >>> decoder = build_decoder("lstm", WordEmbedding(11, 4), latent_dim=3, hidden_dim=5)
        >>> weights = decoding_weights(decoder, vocab_size=11)
        >>> weights.inputs.shape.as_list(), weights.output.shape.as_list()
        ([11, 20], [6, 64])
    """
    matrix, bias = decoder.output_weights()
    padding = -vocab_size % GROUP
    bias = np.pad(bias, (0, padding), constant_values=IMPOSSIBLE)
    bias[[PAD_ID, BOS_ID, UNK_ID]] = IMPOSSIBLE
    first = np.zeros_like(bias)
    first[EOS_ID] = IMPOSSIBLE
    output = tf.concat([tf.pad(matrix, [(0, 0), (0, padding)]), [bias, first]], axis=0)
    return DecodingWeights(decoder.word_inputs(tf.range(vocab_size)), output)


class Generator:
    """Generates captions with one decoder.

    It keeps the compiled loops, and the decoder's weights as they are at its first use.

    Args:
        decoder: see `textvae.nn.decoders` for its methods.
        vocab_size: V.
        max_length: words of the longest caption.

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

    def decode(
        self,
        z: Array,
        temperature: float,
        top_p: float,
        seed: int,
        first: int = 0,
    ) -> list[list[int]]:
        """Token ids of the caption of each code, up to its `<eos>`: `[N, D]` -> N rows.

        Temperature 0 takes the most probable word. Otherwise the words of caption i, counted
        from `first`, are drawn with the i-th row of numbers that `seed` gives, whatever N is.

        Raises:
            BadInput: temperature or top_p is out of range.
        """
        check_sampling(temperature, top_p)
        if not len(z):
            return []
        numbers = None
        if temperature >= GREEDY_BELOW:
            numbers = word_seeds(len(z), self.num_steps, seed, first)
        ids: list[list[int]] = []
        # On a CPU, rows beyond the largest bucket wait for a free slot.
        size = BUCKETS[-1] if devices.is_gpu(self.device) else len(z)
        for begin in range(0, len(z), size):
            part = slice(begin, begin + size)
            given = None if numbers is None else numbers[part]
            ids += self._decode(z[part], given, temperature, top_p)
        return ids

    def _decode(
        self, z: Array, seeds: Array | None, temperature: float, top_p: float
    ) -> list[list[int]]:
        # Filled up with copies of real rows, which end when those do.
        rows = np.resize(np.arange(len(z)), bucket_of(len(z)))
        codes = z[rows].astype(np.float32)
        if seeds is None:
            ids = self._greedy_loop(codes, self._weights)
        else:
            ids = self._sampling_loop(
                codes,
                self._weights,
                seeds[rows],
                np.float32(temperature),
                np.float32(top_p),
                np.int32(top_p < 1.0),
            )
        kept: list[list[int]] = ids.numpy()[: len(z)].tolist()
        return kept

    def loops(self) -> dict[str, Compiled]:
        """The compiled loops, `greedy` and `sampled`."""
        return {"greedy": self._greedy_loop, "sampled": self._sampling_loop}

    @functools.cached_property
    def _weights(self) -> DecodingWeights:
        """Computed at the first use, so that a model that only encodes does without."""
        with tf.device(self.device):
            return decoding_weights(self.decoder, self.vocab_size)

    @functools.cached_property
    def _greedy_loop(self) -> Compiled:
        signature = tf.TensorSpec((None, None)), self._weights_spec()
        return Compiled(self._greedy, *signature, device=self.device)

    @functools.cached_property
    def _sampling_loop(self) -> Compiled:
        return Compiled(
            self._sampled,
            tf.TensorSpec((None, None)),
            self._weights_spec(),
            tf.TensorSpec((None, self.num_steps), tf.int64),
            tf.TensorSpec(()),
            tf.TensorSpec(()),
            tf.TensorSpec((), tf.int32),
            device=self.device,
        )

    def _weights_spec(self) -> Any:
        return tf.nest.map_structure(tf.TensorSpec.from_tensor, self._weights)

    def _greedy(self, z: Tensor, weights: DecodingWeights) -> Tensor:
        def pick(features: Tensor, slots: DecodingSlots) -> Tensor:
            del slots
            return argmax(tf.matmul(features, weights.output))

        return self._loop(z, weights, pick)

    def _sampled(
        self,
        z: Tensor,
        weights: DecodingWeights,
        seeds: Tensor,
        temperature: Tensor,
        top_p: Tensor,
        filters: Tensor,
    ) -> Tensor:
        """Each word is drawn with the number that `seeds` has for its row and position.

        `filters` says whether `top_p` is below 1. It is int32, which a GPU keeps in the memory
        of the host, where the branch is chosen.
        """

        def pick(features: Tensor, slots: DecodingSlots) -> Tensor:
            scaled = tf.matmul(features / temperature, weights.output)
            logits = tf.cond(filters > 0, lambda: top_p_filter(scaled, top_p), lambda: scaled)
            last = self.num_steps - 1  # idle slots are beyond it
            places = tf.stack([slots.rows, tf.minimum(slots.positions, last)], axis=1)
            return sample(logits, tf.gather_nd(seeds, places))

        return self._loop(z, weights, pick)

    def _loop(self, z: Tensor, weights: DecodingWeights, pick: Pick) -> Tensor:
        """`[N, D]` -> `[N, T]`, in as many slots as a batch has on this device."""
        loop = self._fixed_loop if devices.is_gpu(self.device) else self._refilled_loop
        return loop(z, functools.partial(self._advance, weights, pick))[:, :-1]

    def _advance(
        self, weights: DecodingWeights, pick: Pick, slots: DecodingSlots, written: Tensor
    ) -> tuple[DecodingSlots, Tensor]:
        """One more word in each slot, also written to its place in `[N, T + 1]`."""
        rows, positions, ids, state = slots
        features, state = self.decoder.step(tf.gather(weights.inputs, ids), state)
        added = tf.stack([tf.ones_like(positions), tf.cast(positions == 0, tf.int64)], axis=1)
        features = tf.concat([features, tf.cast(added, features.dtype)], axis=1)
        ids = tf.where(ids == EOS_ID, ids, pick(features, slots))
        written = tf.tensor_scatter_nd_update(written, tf.stack([rows, positions], 1), ids)
        positions = tf.minimum(positions + 1, self.num_steps)
        ids = tf.where(positions == self.num_steps, tf.constant(EOS_ID, ids.dtype), ids)
        return DecodingSlots(rows, positions, ids, state), written

    def _blank(self, num_codes: Tensor) -> Tensor:
        # One column more than is returned, for idle slots to write to.
        return tf.fill([num_codes, self.num_steps + 1], tf.constant(EOS_ID, tf.int64))

    def _fixed_loop(self, z: Tensor, advance: Advance) -> Tensor:
        """All codes at once, for as many steps as the longest caption can have.

        The host counts the steps and never asks the GPU which captions have ended, so it does
        not wait for it: on a GPU that would take longer than the words that are not needed.
        """
        num_codes = tf.shape(z)[0]
        first = start(self.decoder, z, tf.range(num_codes)), self._blank(num_codes)
        *_, written = tf.while_loop(
            lambda step, *_: step < self.num_steps,
            lambda step, slots, written: (step + 1, *advance(slots, written)),
            (0, *first),
        )
        return written

    def _refilled_loop(self, z: Tensor, advance: Advance) -> Tensor:
        """In at most `BUCKETS[-1]` slots; ends when every caption has its `<eos>`."""
        num_codes = tf.shape(z)[0]

        def is_busy(slots: DecodingSlots, *_: Any) -> Tensor:
            return tf.reduce_any(slots.ids != EOS_ID)

        def step(slots: DecodingSlots, num_taken: Tensor, written: Tensor) -> Any:
            slots, written = advance(slots, written)
            slots, num_taken = tf.cond(
                num_taken < num_codes,
                lambda: refill(slots, self.decoder, z, num_taken),
                lambda: (drop_idle(slots), num_taken),
            )
            return slots, num_taken, written

        num_slots = tf.minimum(num_codes, BUCKETS[-1])
        slots = start(self.decoder, z, tf.range(num_slots))
        first = slots, num_slots, self._blank(num_codes)
        shapes = tf.nest.map_structure(
            lambda part: tf.TensorShape([None, *part.shape[1:]]), slots
        )
        *_, written = tf.while_loop(
            is_busy, step, first, (shapes, *(each.shape for each in first[1:]))
        )
        return written
