"""The functions of an exported network: posterior, initial state, and decoding step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf

from textvae.nn.model import TextVAE
from textvae.nn.networks import Decoder, Encoder
from textvae.types import Tensor


class Spec(NamedTuple):
    """The type and the shape of an array; a letter is a size that varies between calls.

    Example:
        >>> Spec("int64", ("B", "T")).tensor("token_ids")
        TensorSpec(shape=(None, None), dtype=tf.int64, name='token_ids')
    """

    dtype: str
    shape: tuple[int | str, ...]

    def tensor(self, name: str) -> tf.TensorSpec:
        """The same as a `tf.TensorSpec` called `name`."""
        sizes = [None if isinstance(size, str) else size for size in self.shape]
        return tf.TensorSpec(sizes, self.dtype, name)


Specs = dict[str, Spec]


@dataclass(frozen=True)
class Endpoint:
    """A function of tensors with names for its arguments and results.

    Attributes:
        name: `encoder`, `start` or `step`.
        function: takes the inputs and returns the outputs, in this order.
        inputs: its arguments, by name.
        outputs: its results, by name.
    """

    name: str
    function: Callable[..., list[Tensor]]
    inputs: Specs
    outputs: Specs

    def describe(self) -> dict[str, Any]:
        """Its inputs and outputs, for JSON.

        Example:
            >>> x = {"x": Spec("float32", ("B",))}
            >>> Endpoint("negative", lambda x: [-x], x, {}).describe()
            {'inputs': {'x': {'dtype': 'float32', 'shape': ['B']}}, 'outputs': {}}
        """
        return {
            kind: {
                name: {"dtype": s.dtype, "shape": list(s.shape)} for name, s in specs.items()
            }
            for kind, specs in (("inputs", self.inputs), ("outputs", self.outputs))
        }


def endpoints(network: TextVAE) -> list[Endpoint]:
    """The endpoints of a network, from the methods of its layers.

    `encoder` is `token_ids` `[B, T]` -> `mu` and `log_var` `[B, D]`; a language model has none.
    `start` is `z` `[B, D]` -> the state before the first token, `state_0` and so on, `[B, ...]`
    each. `step` takes the last token of each caption, `token_ids` `[B]`, and the state; it
    returns `logits` `[B, V]` and the next state, `next_state_0` and so on.

    Example:
        >>> from textvae.config.settings import ModelConfig
        >>> sizes = ModelConfig(latent_dim=2, embed_dim=4, encoder_dim=4, hidden_dim=4)
        >>> encoder, start, step = endpoints(TextVAE(sizes, vocab_size=9))
        >>> list(step.inputs), list(step.outputs)[:2], step.outputs["logits"].shape
        (['token_ids', 'state_0', 'state_1', 'state_2'], ['logits', 'next_state_0'], ('B', 9))
    """
    latent_dim, decoder = network.config.latent_dim, Decoder(network)
    z = Spec("float32", ("B", latent_dim))
    state = {
        f"state_{k}": Spec("float32", ("B", *part.shape[1:]))
        for k, part in enumerate(decoder.start(tf.zeros((1, latent_dim))))
    }
    found = [
        Endpoint("start", lambda z: list(decoder.start(z)), {"z": z}, state),
        Endpoint(
            "step",
            lambda token_ids, *state: _flat(*decoder.step(token_ids, state)),
            {"token_ids": Spec("int64", ("B",)), **state},
            {
                "logits": Spec("float32", ("B", network.embedding.vocab_size)),
                **{f"next_{name}": spec for name, spec in state.items()},
            },
        ),
    ]
    if network.encoder is None:
        return found
    encoder = Encoder(network)
    encode = Endpoint(
        "encoder",
        lambda token_ids: [encoder(token_ids)[name] for name in ("mu", "log_var")],
        {"token_ids": Spec("int64", ("B", "T"))},
        {"mu": z, "log_var": z},
    )
    return [encode, *found]


def _flat(logits: Tensor, state: tuple[Tensor, ...]) -> list[Tensor]:
    return [logits, *state]
