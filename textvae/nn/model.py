"""Encoder, decoder and objective combined in one `keras.Model`."""

import dataclasses
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from textvae.config.settings import ModelConfig
from textvae.nn.active_units import ActiveUnits
from textvae.nn.decoders import build_decoder
from textvae.nn.embedding import WordEmbedding
from textvae.nn.encoder import BiLSTMEncoder
from textvae.nn.exporting import ExportableModel
from textvae.nn.gaussian import DiagonalGaussian
from textvae.nn.losses import kl_penalty
from textvae.nn.noise import Dropout, TrainingNoise
from textvae.nn.packed_sequence import PackedSequence, num_predicted, pack_tokens
from textvae.nn.parts import (
    WHOLE,
    Part,
    Places,
    cuts,
    read_and_written,
    shards_of,
)
from textvae.nn.schedules import constant
from textvae.runtime import devices
from textvae.types import Ints, Schedule, Tensor


@dataclasses.dataclass(frozen=True)
class Objective:
    """How training deviates from the plain ELBO; see `TrainConfig` for each field.

    Example:
        >>> float(Objective().beta(0))
        1.0
    """

    beta: Schedule = constant(1.0)
    final_beta: float = 1.0
    free_bits: float = 0.0
    word_dropout: float = 0.0
    dropout: float = 0.0
    latent_noise: float = 0.0
    shards: int = 1
    precision: str = "float32"
    seed: int = 0


@keras.saving.register_keras_serializable("textvae")
class TextVAE(ExportableModel):
    """The network, trained with `fit` on batches of `token_ids`; a caption is its own target.

    All noise is a function of (seed, optimiser step), so a resumed run needs no random state.

    Args:
        config: the sizes.
        vocab_size: V, including special tokens.
        objective: for training; None means the plain ELBO.
        initializer: of all weights; None means each layer's default. `"zeros"` saves the random
            draws if the weights are then read from a file.

    Example:
        >>> sizes = ModelConfig(latent_dim=3, embed_dim=4, encoder_dim=4, hidden_dim=5)
        >>> model = TextVAE(sizes, vocab_size=11)
        >>> token_ids = tf.constant([[1, 5, 6, 2], [1, 7, 2, 0]])  # <bos> ... <eos> <pad>
        >>> posterior = model.posterior(token_ids)
        >>> posterior.mu.shape.as_list(), model.nll(token_ids, posterior.mu).shape.as_list()
        ([2, 3], [2])
    """

    def __init__(
        self,
        config: ModelConfig,
        vocab_size: int,
        objective: Objective | None = None,
        initializer: str | None = None,
    ) -> None:
        super().__init__(name="textvae")
        self.config, self.objective = config, objective or Objective()
        self._make_layers(vocab_size, initializer)
        self.nll_tracker = keras.metrics.Mean("nll")
        self.kl_tracker = keras.metrics.Mean("kl")
        self.active_units = ActiveUnits(config.latent_dim)
        for layer in (self.embedding, self.encoder, self.decoder, self):
            if layer is not None:
                layer.built = True  # all weights exist; this is for `summary`

    def _make_layers(self, vocab_size: int, initializer: str | None) -> None:
        config = self.config
        self.embedding = WordEmbedding(
            vocab_size,
            config.embed_dim,
            config.vector_dim,
            config.freeze_embeddings,
            initializer,
        )
        self.encoder = (
            None
            if config.is_language_model
            else BiLSTMEncoder(
                config.embed_dim, config.encoder_dim, config.latent_dim, initializer
            )
        )
        self.decoder = build_decoder(
            config.decoder, self.embedding, config.latent_dim, config.hidden_dim, initializer
        )

    @property
    def device(self) -> str:
        """TensorFlow's name of the device that the weights are on."""
        name: str = self.embedding.table.value.device
        return name

    def init_output_bias(self, counts: Ints) -> None:
        """Set the bias of an untrained network to the log frequency of each word.

        Otherwise training spends its first few hundred steps on learning word frequencies.

        Args:
            counts: occurrences of each word in the training captions, `[V]`.
        """
        frequency = (counts + 1.0) / (counts + 1.0).sum()
        self.decoder.bias.assign(np.log(frequency))

    def build(self, input_shape: Any) -> None:
        """Keras hook; the layers are built in `__init__`."""
        del input_shape
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The sizes, for Keras's files; the objective belongs to training."""
        sizes = dataclasses.asdict(self.config)
        return {"config": sizes, "vocab_size": self.embedding.vocab_size}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """An untrained network of these sizes. Raises `BadInput`."""
        del custom_objects
        return cls(ModelConfig.from_dict(config["config"]), config["vocab_size"])

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Like Keras, through a file, but keeping the objective, which the file lacks.
        reduced: Any = self.__reduce__()
        make, arguments = reduced
        copied: Self = make(*arguments)
        copied.objective = self.objective
        memo[id(self)] = copied
        return copied

    def posterior(
        self,
        token_ids: Tensor,
        packed: PackedSequence | None = None,
        dropout: Dropout = tf.identity,
        products: tf.DType = tf.float32,
    ) -> DiagonalGaussian:
        """q(z|x) of `<bos> ... <eos> <pad>` rows: `[B, T]` -> parameters `[B, D]`.

        The posterior of a language model has no units, `[B, 0]`, so its KL is 0.
        """
        if self.encoder is None:
            no_units = tf.zeros((tf.shape(token_ids)[0], 0))
            return DiagonalGaussian(no_units, no_units)
        packed = packed or pack_tokens(token_ids)
        words = packed.pack(token_ids[:, 1:])  # <bos> is the same in every caption
        posterior: DiagonalGaussian = self.encoder(
            dropout(self.embedding(words)), packed=packed, products=products
        )
        return posterior

    def nll(
        self,
        token_ids: Tensor,
        z: Tensor,
        input_ids: Tensor = None,
        packed: PackedSequence | None = None,
        dropout: Dropout = tf.identity,
        products: tf.DType = tf.float32,
    ) -> Tensor:
        """-log p(x|z) in nats, summed over words and `<eos>`: `[B, T]`, `[B, D]` -> `[B]`.

        With `input_ids` the decoder reads those instead of the caption (word dropout).
        """
        packed = packed or pack_tokens(token_ids)
        inputs = packed.pack((token_ids if input_ids is None else input_ids)[:, :-1])
        features = self.decoder.hidden(inputs, z, packed, dropout, products)
        targets = packed.pack(token_ids[:, 1:])
        return packed.sum_pool(self.decoder.token_nll(features, targets, products))

    def call(self, token_ids: Tensor, training: bool = False) -> dict[str, Tensor]:
        """`[B, T]` -> `nll` `[B]`, `kl_per_unit` and `mu` `[B, D]`, for one draw of z.

        In pairs, `[B, 2, T]`, the first caption is the input and the second the target.

        In training the batch is split into shards that are computed in parallel: the cores of a
        CPU wait less for each other than if they shared every matrix product. The rows of the
        results are then sorted by length, the longest first.
        """
        return self._training_terms(token_ids) if training else self._plain_terms(token_ids)

    def _plain_terms(self, token_ids: Tensor, part: Part = WHOLE) -> dict[str, Tensor]:
        # A validation batch gets the same draws in every epoch.
        seed = tf.stack([tf.reduce_sum(token_ids), self.objective.seed])
        rows, place = part.of_rows(token_ids)
        read, written = read_and_written(rows)
        posterior = self.posterior(read)
        return _terms(self.nll(written, posterior.sample(seed, place)), posterior)

    def _training_terms(self, token_ids: Tensor, part: Part = WHOLE) -> dict[str, Tensor]:
        rows, bounds = self._shards(token_ids)
        noise = TrainingNoise(tf.stack([self._step(), self.objective.seed]))
        count = bounds.shape[0] - 1
        terms = []
        # The encoder's two directions run in parallel, so it gets two shards at a time.
        for pair in part.pairs(count):
            shards = [rows[bounds[k] : bounds[k + 1]] for k in shards_of(pair, count)]
            given = part.of_shards(shards, count)
            terms.append(self._terms_of_shards(*given, noise.of_pair(pair)))
        return {name: tf.concat([each[name] for each in terms], axis=0) for name in terms[0]}

    def _terms_of_shards(
        self, shards: list[Tensor], places: Places, noise: TrainingNoise
    ) -> dict[str, Tensor]:
        read, rows = read_and_written(tf.concat(shards, axis=0))
        sizes = [tf.shape(shard)[0] for shard in shards]
        rate, products = self.objective.dropout, tf.as_dtype(self.objective.precision)
        packed = pack_tokens(read, skip_padding=True)
        dropout = noise.dropout(rate, places.of_read(packed))
        posterior = self.posterior(read, packed, dropout, products)
        z = posterior.sample(noise.next_seed(), places.rows)
        z = noise.latent_noise(z, self.objective.latent_noise, places.rows)
        inputs = noise.word_dropout(rows, self.objective.word_dropout, places.rows)
        shards = tf.split(rows, sizes)
        each_packed = [pack_tokens(shard, skip_padding=True) for shard in shards]
        given = zip(
            shards, tf.split(z, sizes), tf.split(inputs, sizes), each_packed, strict=True
        )
        nll = []
        for k, (shard, z, inputs, packed) in enumerate(given):
            dropout = noise.dropout(rate, places.of_written(k, packed))
            nll.append(self.nll(shard, z, inputs, packed, dropout, products))
        return _terms(tf.concat(nll, axis=0), posterior)

    def _shards(self, token_ids: Tensor) -> tuple[Tensor, Tensor]:
        """The rows sorted by length, and the bounds of shards with equal numbers of words.

        So only the first shard reaches the last positions, where few rows are left.
        """
        count = 1 if devices.is_gpu(self.device) else self.objective.shards
        lengths = num_predicted(read_and_written(token_ids)[1])
        order = tf.argsort(lengths, direction="DESCENDING", stable=True)
        return tf.gather(token_ids, order), cuts(tf.gather(lengths, order), count)

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
        """The loss, scalar nats; also updates the trackers, which hold the true nll and KL.

        Validation uses the final beta of training, so that its losses are comparable across
        epochs.
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


def _terms(nll: Tensor, posterior: DiagonalGaussian) -> dict[str, Tensor]:
    return {"nll": nll, "kl_per_unit": posterior.kl_per_unit(), "mu": posterior.mu}
