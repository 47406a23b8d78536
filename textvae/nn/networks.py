"""The two halves of a network as separate Keras models that share its weights."""

from typing import Any, Self

import keras

from textvae.nn.decoders import State
from textvae.nn.exporting import ExportableModel
from textvae.nn.model import TextVAE
from textvae.nn.packed_sequence import pack_tokens
from textvae.types import Tensor


class _Half(ExportableModel):
    """A part of a network, with the network's own weights."""

    def __init__(self, network: TextVAE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.built = True  # the network has built its weights

    def build(self, input_shape: Any) -> None:
        """Keras hook; the network is already built."""
        del input_shape
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The settings of the network, for `from_config`."""
        return {
            "name": self.name,
            "network": keras.saving.serialize_keras_object(self.network),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """This part of an untrained network with these settings."""
        network = keras.saving.deserialize_keras_object(config["network"], custom_objects)
        return cls(network, name=config["name"])


@keras.saving.register_keras_serializable("textvae")
class Encoder(_Half):
    """Token ids -> the posterior q(z|x): `[B, T]` -> `mu` and `log_var`, `[B, D]` each.

    A row is `<bos> ... <eos> <pad>`.

    Args:
        network: a VAE.

    Example:
        >>> import tensorflow as tf
        >>> from textvae.config.settings import ModelConfig
        >>> sizes = ModelConfig(latent_dim=3, embed_dim=4, encoder_dim=4, hidden_dim=5)
        >>> encoder = Encoder(TextVAE(sizes, vocab_size=11))
        >>> posterior = encoder(tf.constant([[1, 5, 6, 2], [1, 7, 2, 0]]))
        >>> posterior["mu"].shape.as_list(), posterior["log_var"].shape.as_list()
        ([2, 3], [2, 3])
    """

    def call(self, token_ids: Tensor) -> dict[str, Tensor]:
        """`[B, T]` -> the parameters, `[B, D]` each."""
        return dict(self.network.posterior(token_ids)._asdict())


@keras.saving.register_keras_serializable("textvae")
class Decoder(_Half):
    """Codes and the previous tokens -> logits of the next token.

    A call reads whole captions: `{"token_ids": [B, T], "z": [B, D]}` -> `[B, T - 1, V]`, where
    position t has the logits of token t + 1; after the end of a row they are meaningless.
    `start` and `step` generate a caption token by token.

    Args:
        network: a VAE, or a language model, whose D is 0.

    Example:
        >>> import tensorflow as tf
        >>> from textvae.config.settings import ModelConfig
        >>> sizes = ModelConfig(latent_dim=3, embed_dim=4, encoder_dim=4, hidden_dim=5)
        >>> decoder, z = Decoder(TextVAE(sizes, vocab_size=11)), tf.zeros((2, 3))
        >>> token_ids = tf.constant([[1, 5, 6, 2], [1, 7, 2, 0]])
        >>> decoder({"token_ids": token_ids, "z": z}).shape.as_list()
        [2, 3, 11]
        >>> logits, state = decoder.step(token_ids[:, 0], decoder.start(z))
        >>> logits.shape.as_list()
        [2, 11]
    """

    def call(self, inputs: dict[str, Tensor]) -> Tensor:
        """`[B, T]`, `[B, D]` -> `[B, T - 1, V]`."""
        token_ids, decoder = inputs["token_ids"], self.network.decoder
        packed = pack_tokens(token_ids)
        read = packed.pack(token_ids[:, :-1])
        return packed.unpack(decoder.logits(decoder.hidden(read, inputs["z"], packed)))

    def served_inputs(self) -> dict[str, Any]:
        """The inputs of `call`, for `export`."""
        codes = (None, self.network.config.latent_dim)
        return {
            "token_ids": super().served_inputs(),
            "z": keras.InputSpec(shape=codes, dtype="float32"),
        }

    def start(self, z: Tensor) -> State:
        """The state before the first token: `[B, D]` -> a tuple of `[B, ...]`."""
        state: State = self.network.decoder.initial_state(z)
        return state

    def step(self, token_ids: Tensor, state: State) -> tuple[Tensor, State]:
        """The last tokens `[B]` and the state -> logits `[B, V]` and the next state."""
        decoder = self.network.decoder
        features, state = decoder.step(decoder.word_inputs(token_ids), state)
        return decoder.logits(features), state
