"""Encoder, decoder and objective wired into one `keras.Model`."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from textvae.config.recipe import ModelConfig
from textvae.data.batching import IndexArray
from textvae.data.tokenizer import PAD_ID, UNK_ID
from textvae.nn.decoders import build_decoder
from textvae.nn.embedding import WordEmbedding
from textvae.nn.encoder import BiLSTMEncoder
from textvae.nn.gaussian import DiagonalGaussian
from textvae.nn.losses import constant, kl_penalty
from textvae.nn.packed_sequence import PackedSequence
from textvae.types import Schedule, Seed, Tensor

ACTIVE_VARIANCE = 0.01  # the threshold of Burda et al. 2016 (arXiv 1509.00519)


@dataclasses.dataclass(frozen=True)
class Objective:
    """What training does beyond the plain bound; see `TrainConfig` for each field."""

    beta: Schedule = constant(1.0)
    final_beta: float = 1.0
    free_bits: float = 0.0
    word_dropout: float = 0.0
    dropout: float = 0.0
    latent_noise: float = 0.0
    shards: int = 1
    seed: int = 0


def lengths_of(token_ids: Tensor) -> Tensor:
    """How many tokens are predicted in each row, words and `<eos>`: `[B, T]` -> `[B]`."""
    return tf.math.count_nonzero(token_ids[:, 1:] != PAD_ID, axis=1, dtype=tf.int32)


def packing_of(token_ids: Tensor, is_tight: bool = False) -> PackedSequence:
    """The packing of the predicted tokens of `[B, T]`.

    A tight one leaves the padding out. It is for training, where rows are many and of every
    length; elsewhere few shapes are worth more than a little less to compute (see `bucketed`).
    """
    return PackedSequence(
        lengths_of(token_ids), None if is_tight else tf.shape(token_ids)[1] - 1
    )


class ActiveUnits(keras.metrics.Metric):
    """Latent units with Var_x[mu_d] above 0.01, over all captions seen since the reset.

    Source: Burda et al. 2016, section 5 (arXiv 1509.00519).
    """

    def __init__(self, latent_dim: int, name: str = "active_units") -> None:
        super().__init__(name=name)
        self.total = self.add_weight(shape=(latent_dim,), initializer="zeros", name="total")
        self.squares = self.add_weight(shape=(latent_dim,), initializer="zeros", name="squares")
        self.count = self.add_weight(shape=(), initializer="zeros", name="count")

    def update_state(self, mu: Tensor) -> None:
        """Take in `[B, D]` posterior means."""
        self.total.assign_add(tf.reduce_sum(mu, axis=0))
        self.squares.assign_add(tf.reduce_sum(tf.square(mu), axis=0))
        self.count.assign_add(tf.cast(tf.shape(mu)[0], tf.float32))

    def result(self) -> Tensor:
        """The count, a scalar."""
        count = tf.maximum(self.count.value, 1.0)
        variance = self.squares.value / count - tf.square(self.total.value / count)
        return tf.reduce_sum(tf.cast(variance > ACTIVE_VARIANCE, tf.float32))


class TextVAE(keras.Model):
    """Trained with `fit` on batches of `token_ids`; a caption is its own target.

    All noise is a function of (seed, optimiser step), so a resumed run needs no random state.

    Args:
        config: the sizes.
        vocab_size: V, special tokens included.
        objective: how to train; the plain bound when left out.
    """

    def __init__(
        self, config: ModelConfig, vocab_size: int, objective: Objective | None = None
    ) -> None:
        super().__init__(name="textvae")
        self.config, self.objective = config, objective or Objective()
        self.embedding = WordEmbedding(
            vocab_size, config.embed_dim, config.vector_dim, config.freeze_embeddings
        )
        self.encoder = (
            None
            if config.is_language_model
            else BiLSTMEncoder(config.embed_dim, config.encoder_dim, config.latent_dim)
        )
        self.decoder = build_decoder(
            config.decoder, self.embedding, config.latent_dim, config.hidden_dim
        )
        self.nll_tracker = keras.metrics.Mean("nll")
        self.kl_tracker = keras.metrics.Mean("kl")
        self.active_units = ActiveUnits(config.latent_dim)
        self.built = True  # the parts made their weights: shapes are known, nothing need run

    def init_output_bias(self, counts: IndexArray) -> None:
        """Let an untrained network start from how often each word was counted, `[V]`.

        Else the first hundreds of steps go to learning that some words are frequent.
        """
        share = (counts + 1.0) / (counts + 1.0).sum()
        self.decoder.bias.assign(np.log(share))

    def build(self, input_shape: Any) -> None:
        """Keras hook: the parts have built themselves when they were made."""
        del input_shape
        self.built = True

    def posterior(
        self, token_ids: Tensor, packing: PackedSequence | None = None, drop: Any = tf.identity
    ) -> DiagonalGaussian:
        """q(z|x) of `<bos> ... <eos> <pad>` rows: `[B, T]` -> parameters `[B, D]`.

        A language model has codes of no units, `[B, 0]`: its KL is 0, and all else holds.
        """
        if self.encoder is None:
            nothing = tf.zeros((tf.shape(token_ids)[0], 0))
            return DiagonalGaussian(nothing, nothing)
        packing = packing or packing_of(token_ids)
        words = packing.pack(token_ids[:, 1:])  # <bos> says nothing
        posterior: DiagonalGaussian = self.encoder(drop(self.embedding(words)), packing=packing)
        return posterior

    def nll(
        self,
        token_ids: Tensor,
        z: Tensor,
        input_ids: Tensor = None,
        packing: PackedSequence | None = None,
        drop: Any = tf.identity,
    ) -> Tensor:
        """-log p(x|z) in nats, summed over words and `<eos>`: `[B, T]`, `[B, D]` -> `[B]`.

        `input_ids` are what the decoder reads instead of the caption itself (word dropout).
        """
        packing = packing or packing_of(token_ids)
        inputs = packing.pack((token_ids if input_ids is None else input_ids)[:, :-1])
        features = self.decoder.hidden(inputs, z, packing, drop)
        targets = packing.pack(token_ids[:, 1:])
        return packing.total(self.decoder.token_nll(features, targets))

    def call(self, token_ids: Tensor, training: bool = False) -> dict[str, Tensor]:
        """`[B, T]` -> `nll` `[B]`, `kl_per_unit` and `mu` `[B, D]`, for one draw of z.

        In training, shards of the batch are computed side by side: on a processor the cores
        spend less time waiting for each other than if they shared every product. Rows then come
        out in another order, the longest first.
        """
        if not training:
            # The same captions are given the same draw in every epoch's validation.
            seed = tf.stack([tf.reduce_sum(token_ids), self.objective.seed])
            posterior = self.posterior(token_ids)
            return _bound(self.nll(token_ids, posterior.sample(seed)), posterior)
        noise = _Noise(tf.stack([self._step(), self.objective.seed]))
        shards = self._shards(token_ids)
        # The encoder's two directions run side by side: it is given two shards at once.
        pairs = [shards[k : k + 2] for k in range(0, len(shards), 2)]
        parts = [self._noisy_bound(pair, noise) for pair in pairs]
        return {name: tf.concat([each[name] for each in parts], axis=0) for name in parts[0]}

    def _noisy_bound(self, shards: list[Tensor], noise: "_Noise") -> dict[str, Tensor]:
        rows, sizes = tf.concat(shards, axis=0), [tf.shape(shard)[0] for shard in shards]
        drop = noise.dropout(self.objective.dropout)
        posterior = self.posterior(rows, packing_of(rows, is_tight=True), drop)
        z = noise.latent_noise(posterior.sample(noise.next()), self.objective.latent_noise)
        inputs = noise.word_dropout(rows, self.objective.word_dropout)
        given = zip(shards, tf.split(z, sizes), tf.split(inputs, sizes), strict=True)
        nll = [self.nll(*each, packing_of(each[0], is_tight=True), drop) for each in given]
        return _bound(tf.concat(nll, axis=0), posterior)

    def _shards(self, token_ids: Tensor) -> list[Tensor]:
        """Shards of as many words each, one of long rows, the next of shorter ones, and so on.

        So only one of them goes on to the last positions, where few rows are left.
        """
        count = 1 if tf.config.list_logical_devices("GPU") else self.objective.shards
        lengths = lengths_of(token_ids)
        order = tf.argsort(lengths, direction="DESCENDING", stable=True)
        words = tf.cumsum(tf.gather(lengths, order))
        shares = tf.range(count + 1) * words[-1] // count
        bounds = tf.searchsorted(words, shares, side="right")
        rows = tf.gather(token_ids, order)
        return [rows[bounds[k] : bounds[k + 1]] for k in range(count)]

    def _step(self) -> Tensor:
        return tf.cast(self.optimizer.iterations.value, tf.int32)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Scalar nats. Trackers hold the true nll and KL.

        Validation uses the beta that training ends with, so that epochs compare.
        """
        del x, y, sample_weight
        nll, kl_per_unit = y_pred["nll"], y_pred["kl_per_unit"]
        kl = tf.reduce_sum(kl_per_unit, axis=-1)
        self.nll_tracker.update_state(nll)
        self.kl_tracker.update_state(kl)
        self.active_units.update_state(y_pred["mu"])
        if not training:
            return tf.reduce_mean(nll + self.objective.final_beta * kl)
        beta = self.objective.beta(self.optimizer.iterations.value)
        return tf.reduce_mean(nll) + beta * kl_penalty(kl_per_unit, self.objective.free_bits)


def _bound(nll: Tensor, posterior: DiagonalGaussian) -> dict[str, Tensor]:
    return {"nll": nll, "kl_per_unit": posterior.kl_per_unit(), "mu": posterior.mu}


def dropped(features: Tensor, rate: float, seed: Seed) -> Tensor:
    """`features` with a share `rate`, to the nearest 1/256, made 0 and the rest scaled up.

    One random byte decides about each, which is a quarter of the random bits that TensorFlow's
    own dropout draws, and of their time.

    Source: Srivastava et al. 2014 (JMLR 15).
    """
    lost = round(256 * rate)
    count = tf.size(features)
    words = tf.random.stateless_uniform(
        [(count + 3) // 4], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    drawn = tf.reshape(
        tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:count], tf.shape(features)
    )
    kept = tf.cast(drawn >= lost, features.dtype)
    return features * kept * (256.0 / (256 - lost))


class _Noise:
    """A row of different seeds grown from one: each draw of a step has its own."""

    def __init__(self, seed: Seed) -> None:
        self.seed, self.num_drawn = seed, 0

    def next(self) -> Seed:
        self.num_drawn += 1
        return tf.random.experimental.stateless_fold_in(self.seed, self.num_drawn)

    def dropout(self, rate: float) -> Any:
        """A function that drops a share `rate` of its argument, anew at every call."""
        if rate == 0.0:
            return tf.identity
        return lambda features: dropped(features, rate, self.next())

    def word_dropout(self, input_ids: Tensor, rate: float) -> Tensor:
        """A share `rate` of the words becomes `<unk>`, so that z must tell them.

        Source: Bowman et al. 2016, section 3.1 (arXiv 1511.06349).
        """
        drawn = tf.random.stateless_uniform(tf.shape(input_ids), self.next())
        return tf.where((drawn < rate) & (input_ids > UNK_ID), UNK_ID, input_ids)

    def latent_noise(self, z: Tensor, rate: float) -> Tensor:
        """A share `rate` of the codes `[B, D]` goes up to half the way to a draw of N(0, 1).

        So the decoder learns to write captions between codes, where interpolation leads; what
        it is taught there is the caption that is nearer.
        """
        if rate == 0.0:
            return z
        drawn = tf.random.stateless_uniform((2, tf.shape(z)[0], 1), self.next())
        share = tf.where(drawn[0] < rate, 0.5 * drawn[1], 0.0)
        return z + share * (tf.random.stateless_normal(tf.shape(z), self.next()) - z)
