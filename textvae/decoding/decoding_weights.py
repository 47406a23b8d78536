"""The weights of a decoder, laid out for generation."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from textvae.decoding.sampling import GROUP, IMPOSSIBLE
from textvae.types import Tensor


class DecodingWeights(NamedTuple):
    """The decoder's weights in the form read by each step, computed once.

    Attributes:
        inputs: `[V, I]`, the decoder's input for each word.
        output: `[F + 2, W]`, features -> logits, with V padded to W, a multiple of `GROUP`. The
            last two rows are added to the logits: the bias, which excludes tokens that no
            caption contains; and, at the first position, a row that excludes `<eos>`.

        recurrent: of a step of the decoder, as it lays it out.

    Example: see `decoding_weights`.
    """

    inputs: Tensor
    output: Tensor
    recurrent: Tensor


def decoding_weights(decoder: Any, vocab_size: int) -> DecodingWeights:
    """The current weights of `decoder`, laid out for generation.

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
    inputs = decoder.word_inputs(tf.range(vocab_size))
    return DecodingWeights(inputs, output, decoder.recurrent())


def with_bias(features: Tensor, positions: Tensor) -> Tensor:
    """Features with two columns for the last rows of the output weights.

    `[B, F]`, and the position of each word `[B]` -> `[B, F + 2]`.

    Example:
        >>> with_bias(tf.zeros((2, 1)), tf.constant([0, 3])).numpy().tolist()
        [[0.0, 1.0, 1.0], [0.0, 1.0, 0.0]]
    """
    is_first = tf.cast(positions == 0, features.dtype)
    return tf.concat([features, tf.stack([tf.ones_like(is_first), is_first], 1)], axis=1)
