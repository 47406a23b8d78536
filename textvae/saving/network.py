"""Reading a network from its weights file, if that matches the network of the settings.

External settings may require more memory than there is, so no kernel larger than every array in
the file is made, and no kernel at all before the shapes of a file with a large array are found
to match the network.
"""

import math
from pathlib import Path
from typing import Any

import tensorflow as tf

from textvae.config.settings import ModelConfig
from textvae.errors import BadInput
from textvae.nn.model import TextVAE
from textvae.saving.variables import (
    assign_arrays,
    check_shapes,
    named_variables,
    read_arrays,
    read_header,
)

SMALL = 2**22  # numbers: 17 MB
FLOATS = {"F16", "F32"}  # the types that weights may be stored in


class _TooLarge(BadInput):
    """A weight would be larger than every array in the file."""


def read_network(path: Path, config: ModelConfig, vocab_size: int) -> TextVAE:
    """The network of these settings with the weights in a file.

    Raises:
        BadInput: the file is missing, damaged, or of another network.

    Example:
        >>> from textvae import loading
        >>> bundle = loading.load("article").bundle
        >>> path = loading.locate("article") / "model.safetensors"
        >>> network = read_network(path, bundle.model.config, len(bundle.tokenizer))
        >>> network.count_params() == bundle.model.count_params()
        True
    """
    stored = read_header(path)
    found = {name: each.shape for name, each in stored.items()}
    most = max((math.prod(each) for each in found.values()), default=0)
    if most > SMALL:  # a dozen kernels of that size would fill the memory
        check_shapes(shapes_of(config, vocab_size), found, str(path))
    zeros = _zeros_up_to(most)
    try:
        model = TextVAE(config, vocab_size, initializer=zeros)
    except _TooLarge:
        check_shapes(shapes_of(config, vocab_size), found, str(path))  # reports the first
        raise
    variables = named_variables(model)
    wanted = {name: tuple(each.shape) for name, each in variables.items()}
    check_shapes(wanted, found, str(path))
    if kinds := {each.kind for each in stored.values()} - FLOATS:
        raise BadInput(f"{path} has weights of the type {min(kinds)}; it must be F16 or F32")
    assign_arrays(variables, read_arrays(path)[0], str(path))
    return model


def _zeros_up_to(most: int) -> Any:
    """An initializer of zeros, for weights of limited size."""

    def zeros(shape: Any, dtype: Any = None) -> Any:
        if math.prod(shape) > most:
            raise _TooLarge(f"the settings ask for a weight of {math.prod(shape):,} numbers")
        return tf.zeros(shape, dtype)

    return zeros


def shapes_of(config: ModelConfig, vocab_size: int) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights of a network by name, without allocating them.

    Example:
        >>> shapes_of(ModelConfig(embed_dim=4096, encoder_dim=16384), 9)["embedding.table"]
        (9, 4096)
    """
    with tf.Graph().as_default():  # in a graph, variables are symbolic
        network = TextVAE(config, vocab_size, initializer="zeros")
        return {name: tuple(each.shape) for name, each in named_variables(network).items()}
