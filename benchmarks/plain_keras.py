"""The same network written in plain Keras: a reference for speed and for results.

`keras.layers.LSTM` with the embedding's mask, padded batches of random captions, a softmax over
all positions and a vocabulary-sized output, a Python loop that decodes word by word. Layers,
first state, tied output, noise and optimiser are those of `textvae.nn.model`, and with its
weights it gives its losses, its gradients and its captions, which
tests/test_engine.py checks.
"""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.clock import Clock
from textvae.config.settings import ModelConfig, TrainConfig
from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID

IMPOSSIBLE = -1e9
Rows = list[list[int]]


class PlainKeras(keras.Model):
    """Encoder and decoder; sizes from a `ModelConfig` with the `lstm` decoder."""

    def __init__(self, config: ModelConfig, vocab_size: int, settings: TrainConfig) -> None:
        super().__init__(name="plain_keras")
        embed, hidden = config.embed_dim, config.hidden_dim
        self.settings = settings
        self.embedding = keras.layers.Embedding(
            vocab_size,
            embed,
            keras.initializers.RandomNormal(stddev=embed**-0.5),
            mask_zero=True,
        )
        self.bias = self.add_weight(shape=(vocab_size,), initializer="zeros", name="bias")
        self.encoder = keras.layers.Bidirectional(
            keras.layers.LSTM(config.encoder_dim, return_sequences=True, return_state=True)
        )
        self.to_mu = keras.layers.Dense(config.latent_dim)
        self.to_log_var = keras.layers.Dense(
            config.latent_dim,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(-2),
        )
        self.to_state = keras.layers.Dense(2 * hidden, activation="tanh")
        self.to_input = keras.layers.Dense(embed)
        self.decoder = keras.layers.LSTM(hidden, return_sequences=True, return_state=True)
        self.to_features = keras.layers.Dense(embed)
        self.drops = [keras.layers.Dropout(settings.dropout, seed=i) for i in range(4)]
        self.noise = keras.random.SeedGenerator(settings.seed)

    def posterior(self, words: Any, training: bool = False) -> tuple[Any, Any]:
        """mu and log sigma^2 of `words ... <eos> <pad>` rows: `[B, T]` -> `[B, D]` each."""
        embedded = self.drops[0](self.embedding(words), training=training)
        is_word = words != PAD_ID
        states, ahead, _, back, _ = self.encoder(embedded, mask=is_word)
        mask = tf.cast(is_word, states.dtype)[..., None]
        mean = tf.reduce_sum(states * mask, axis=1) / tf.reduce_sum(mask, axis=1)
        peak = tf.reduce_max(states - 2.0 * (1.0 - mask), axis=1)
        pooled = tf.concat([mean, peak, ahead, back], axis=-1)
        # Keras's advice for mixed precision: the inputs of the loss are float32.
        parameters = (self.to_mu(pooled), self.to_log_var(pooled))
        mu, log_var = (tf.cast(each, tf.float32) for each in parameters)
        return mu, log_var

    def first_state(self, z: Any) -> list[Any]:
        """h and c `[B, H]`."""
        return list(tf.split(self.to_state(z), 2, axis=-1))

    def logits(self, states: Any, training: bool = False) -> Any:
        """`[..., H]` -> `[..., V]`, through the projection and the embedding."""
        features = self.to_features(self.drops[1](states, training=training))
        features = self.drops[2](features, training=training)
        table = keras.ops.transpose(self.embedding.embeddings)
        return keras.ops.matmul(features, table) + keras.ops.convert_to_tensor(self.bias)

    def nll(self, inputs: Any, targets: Any, z: Any, training: bool = False) -> Any:
        """-log p(x|z) in nats: `[B, T]`, `[B, T]`, `[B, D]` -> `[B]`."""
        embedded = self.drops[3](self.embedding(inputs), training=training)
        states, *_ = self.decoder(
            embedded + self.to_input(z)[:, None],
            mask=inputs != PAD_ID,
            initial_state=self.first_state(z),
        )
        token_nll = keras.losses.sparse_categorical_crossentropy(
            targets, tf.cast(self.logits(states, training), tf.float32), from_logits=True
        )
        return tf.reduce_sum(token_nll * tf.cast(targets != PAD_ID, tf.float32), axis=1)

    def call(self, token_ids: Any, training: bool = False) -> tuple[Any, Any]:
        """`[B, T]` -> nll and KL `[B]`, for one draw of z."""
        mu, log_var = self.posterior(token_ids[:, 1:], training)
        noise = keras.random.normal(tf.shape(mu), seed=self.noise)
        z = mu + tf.exp(0.5 * log_var) * noise
        inputs, targets = token_ids[:, :-1], token_ids[:, 1:]
        if training:
            drawn = keras.random.uniform(tf.shape(inputs), seed=self.noise)
            is_lost = (drawn < self.settings.word_dropout) & (inputs > UNK_ID)
            inputs = tf.where(is_lost, UNK_ID, inputs)
        kl = 0.5 * tf.reduce_sum(mu**2 + tf.exp(log_var) - log_var - 1.0, axis=-1)
        return self.nll(inputs, targets, z, training), kl

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The mean nll with the weighted KL; validation weights it with 1."""
        del x, y, sample_weight
        nll, kl = y_pred
        return tf.reduce_mean(nll + (self.settings.beta if training else 1.0) * kl)

    def decode(self, z: Any, max_length: int, temperature: float = 0.0) -> Rows:
        """Token ids of each caption up to its `<eos>`: the most probable, or drawn ones."""
        state, z_input = self.first_state(z), self.to_input(z)[:, None]
        ids = tf.fill([len(z)], BOS_ID)
        later = np.zeros(self.embedding.input_dim, np.float32)
        later[[PAD_ID, BOS_ID, UNK_ID]] = IMPOSSIBLE
        first = later.copy()
        first[EOS_ID] = IMPOSSIBLE
        is_done, words = tf.zeros([len(z)], tf.bool), []
        for position in range(max_length + 1):
            states, *state = self.decoder(
                self.embedding(ids[:, None]) + z_input, initial_state=state
            )
            logits = self.logits(states[:, 0]) + (later if position else first)
            if temperature:
                ids = tf.random.categorical(logits / temperature, 1, tf.int32)[:, 0]
            else:
                ids = tf.argmax(logits, axis=-1, output_type=tf.int32)
            words.append(ids)
            is_done |= ids == EOS_ID
            if bool(tf.reduce_all(is_done)):
                break
        rows: Rows = tf.stack(words, axis=1).numpy().tolist()
        return rows

    def take(self, arrays: Mapping[str, Any]) -> None:
        """Take the weights of a `TextVAE`, by their names in its file."""
        for name, variable in self.named_variables().items():
            variable.assign(arrays[name])

    def named_variables(self) -> dict[str, Any]:
        """The weights by their names in the file of a `TextVAE`."""
        self(tf.constant([[BOS_ID, UNK_ID, EOS_ID]]))  # creates them
        found = {"embedding.table": self.embedding.embeddings, "embedding.bias": self.bias}
        cells = {
            "encoder.forward.cell": self.encoder.forward_layer.cell,
            "encoder.backward.cell": self.encoder.backward_layer.cell,
            "decoder.lstm.cell": self.decoder.cell,
        }
        for name, cell in cells.items():
            for kind in ("kernel", "recurrent_kernel", "bias"):
                found[f"{name}.{kind}"] = getattr(cell, kind)
        for owner, names in (
            ("encoder", ("to_mu", "to_log_var")),
            ("decoder", ("to_state", "to_input", "to_features")),
        ):
            for name in names:
                layer = getattr(self, name)
                found[f"{owner}.{name}.kernel"] = layer.kernel
                found[f"{owner}.{name}.bias"] = layer.bias
        return found


class KerasTraining:
    """The network with its optimiser: forward, backward and update, batch after batch."""

    def __init__(
        self,
        config: ModelConfig,
        vocab_size: int,
        settings: TrainConfig,
        policy: str = "float32",
    ) -> None:
        keras.utils.set_random_seed(settings.seed)
        keras.config.set_dtype_policy(policy)
        self.settings = settings
        self.network = PlainKeras(config, vocab_size, settings)
        self.network.named_variables()
        optimizer = keras.optimizers.Adam(
            settings.learning_rate, global_clipnorm=settings.clip_norm
        )
        # Without XLA, which Keras would choose itself and which makes LSTMs slower on a CPU.
        self.network.compile(optimizer, jit_compile=False)

    def run(self, batches: Iterable[Any]) -> float:
        """One step on each padded batch of token ids, `[B, T]`; the seconds they took."""
        clock = Clock()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras expects equally many batches each time
            self.network.fit(_dataset(batches), callbacks=[clock], verbose=0, shuffle=False)
        return clock.seconds

    def elbo(self, batches: Iterable[Any]) -> float:
        """The mean over captions of -(nll + kl), nats, one draw of z."""
        total, count = 0.0, 0
        for batch in batches:
            total += float(self.network.test_on_batch(batch)) * len(batch)
            count += len(batch)
        return -total / count


def _dataset(batches: Iterable[Any]) -> tf.data.Dataset:
    spec = tf.TensorSpec((None, None), tf.int32)
    made = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=spec)
    options = tf.data.Options()
    options.autotune.enabled = False  # else the end of each `fit` waits for its thread
    return made.prefetch(4).with_options(options)


class KerasDecoding:
    """Decoding with the network, whose weights `take` sets."""

    def __init__(self, config: ModelConfig, vocab_size: int, max_length: int) -> None:
        self.network = PlainKeras(config, vocab_size, TrainConfig())
        self.take, self.max_length = self.network.take, max_length

    def decode(self, z: Any, temperature: float, batch_size: int) -> Rows:
        """Captions of `z` `[N, D]`, `batch_size` at a time."""
        rows: Rows = []
        for start in range(0, len(z), batch_size):
            part = tf.constant(z[start : start + batch_size])
            rows += self.network.decode(part, self.max_length, temperature)
        return rows
