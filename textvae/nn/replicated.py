"""A training step computed jointly by the replicas of a TensorFlow strategy."""

from typing import Any, NamedTuple

import tensorflow as tf

from textvae.config.settings import ModelConfig
from textvae.nn.model import Objective, TextVAE
from textvae.nn.parts import Part, Share
from textvae.types import Tensor


class Sums(NamedTuple):
    """Sums over the captions of a batch, from which losses and metrics are computed.

    `nll` and `votes` are scalars; `kl`, `mu` and `squares` (of mu) are `[D]`.
    """

    nll: Tensor
    votes: Tensor
    kl: Tensor
    mu: Tensor
    squares: Tensor


class ReplicatedTextVAE(TextVAE):
    """A `TextVAE` whose batches are divided among replicas, with the same result.

    Every process gets the same whole batches. Keras's own loop runs as usual: the model is made
    outside the scope of the strategy, only its weights are made inside it, and a step is one
    `Strategy.run`. Gradients are reduced before they are clipped, together with the sums for
    losses and metrics. Metrics are therefore ordinary variables, equal in every process.

    Attributes:
        vote: a process sets it to 1 to request a stop.
        stop_requested: above 0 after a step in which a process requested a stop.

    Args:
        config: the sizes.
        vocab_size: V, including special tokens.
        objective: for training.
        strategy: of the replicas.

    Source: synchronous data parallel training, Chen et al. 2016 (arXiv 1604.00981).
    """

    def __init__(
        self,
        config: ModelConfig,
        vocab_size: int,
        objective: Objective,
        strategy: tf.distribute.Strategy,
    ) -> None:
        self.strategy = strategy
        self.vote = tf.Variable(0.0, trainable=False)
        self.stop_requested = tf.Variable(0.0, trainable=False)
        super().__init__(config, vocab_size, objective)

    def _make_layers(self, vocab_size: int, initializer: str | None) -> None:
        with self.strategy.scope():
            super()._make_layers(vocab_size, initializer)

    def train_step(self, data: Any) -> dict[str, Tensor]:
        """Keras hook: a step on a batch of ids `[B, T]` or `[B, 2, T]`."""
        sums, beta = self._first(self.strategy.run(self._replica_train_step, args=(data,)))
        rows = _rows(data)
        kl = tf.maximum(self.objective.free_bits, sums.kl / rows)
        return self._count(sums, rows, sums.nll / rows + beta * tf.reduce_sum(kl))

    def test_step(self, data: Any) -> dict[str, Tensor]:
        """Keras hook: the metrics of a batch of ids."""
        sums = self._first(self.strategy.run(self._replica_test_step, args=(data,)))
        rows = _rows(data)
        kl = self.objective.final_beta * tf.reduce_sum(sums.kl)
        return self._count(sums, rows, (sums.nll + kl) / rows)

    def _first(self, results: Any) -> Any:
        # All replicas have the same results.
        return tf.nest.map_structure(
            lambda each: self.strategy.experimental_local_results(each)[0], results
        )

    def _replica_train_step(self, token_ids: Tensor) -> tuple[Sums, Tensor]:
        objective, weights = self.objective, self.trainable_weights
        beta = objective.beta(self.optimizer.iterations.value)
        with tf.GradientTape() as tape:
            sums = self._sums(self._training_terms(token_ids, self._part()))
            kl = tf.reduce_sum(sums.kl * self._penalised(sums.kl, _rows(token_ids)))
            loss = (sums.nll + beta * kl) / _rows(token_ids)
        gradients = [tf.convert_to_tensor(each) for each in tape.gradient(loss, weights)]
        *gradients, together = _reduced([*gradients, _flat(sums)])
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return self._unflat(together), beta

    def _replica_test_step(self, token_ids: Tensor) -> Sums:
        sums = self._sums(self._plain_terms(token_ids, self._part()))
        return self._unflat(_reduced([_flat(sums)])[0])

    def _part(self) -> Part:
        context = tf.distribute.get_replica_context()
        number = tf.cast(context.replica_id_in_sync_group, tf.int32)
        return Share(number, context.num_replicas_in_sync)

    def _penalised(self, kl: Tensor, rows: Tensor) -> Tensor:
        """1 for each unit whose mean KL over the whole batch is above the free bits, else 0."""
        if not self.objective.free_bits:
            return tf.ones_like(kl)
        (whole,) = _reduced([tf.stop_gradient(kl)])
        return tf.cast(whole / rows > self.objective.free_bits, kl.dtype)

    def _sums(self, terms: dict[str, Tensor]) -> Sums:
        mu = tf.stop_gradient(terms["mu"])
        return Sums(
            tf.reduce_sum(terms["nll"]),
            tf.identity(self.vote),
            tf.reduce_sum(terms["kl_per_unit"], axis=0),
            tf.reduce_sum(mu, axis=0),
            tf.reduce_sum(tf.square(mu), axis=0),
        )

    def _unflat(self, values: Tensor) -> Sums:
        nll, votes = values[0], values[1]
        return Sums(nll, votes, *tf.split(values[2:], 3))

    def _count(self, sums: Sums, rows: Tensor, loss: Tensor) -> dict[str, Tensor]:
        self._loss_tracker.update_state(loss, sample_weight=rows)
        self.nll_tracker.update_state(sums.nll / rows, sample_weight=rows)
        self.kl_tracker.update_state(tf.reduce_sum(sums.kl) / rows, sample_weight=rows)
        self.active_units.add(sums.mu, sums.squares, rows)
        self.stop_requested.assign_add(sums.votes)
        results: dict[str, Tensor] = self.get_metrics_result()
        return results


def untrained(
    config: ModelConfig,
    vocab_size: int,
    objective: Objective,
    strategy: tf.distribute.Strategy | None = None,
) -> TextVAE:
    """An untrained network, for only this process or for all replicas of a strategy.

    Example:
        >>> sizes = ModelConfig(latent_dim=3, embed_dim=4, encoder_dim=4, hidden_dim=5)
        >>> type(untrained(sizes, 11, Objective())).__name__
        'TextVAE'
    """
    if strategy is None:
        return TextVAE(config, vocab_size, objective)
    return ReplicatedTextVAE(config, vocab_size, objective, strategy)


def _rows(token_ids: Tensor) -> Tensor:
    return tf.cast(tf.shape(token_ids)[0], tf.float32)


def _flat(sums: Sums) -> Tensor:
    return tf.concat([tf.stack([sums.nll, sums.votes]), sums.kl, sums.mu, sums.squares], axis=0)


def _reduced(values: list[Tensor]) -> list[Tensor]:
    """Each of the tensors summed over all replicas, in one exchange."""
    context = tf.distribute.get_replica_context()
    reduced: list[Tensor] = context.all_reduce(tf.distribute.ReduceOp.SUM, values)
    return reduced
