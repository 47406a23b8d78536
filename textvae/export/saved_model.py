"""The endpoints of networks as a SavedModel, which TensorFlow loads without this package."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from textvae.data.block_files import disk_errors
from textvae.export.endpoints import Endpoint, endpoints
from textvae.nn.model import TextVAE
from textvae.types import Tensor


def write_saved_model(networks: Mapping[str, TextVAE], folder: Path) -> None:
    """Write the endpoints of all networks as signatures of one SavedModel.

    Args:
        networks: by the prefix of their endpoints' names.
        folder: where to write it.

    Raises:
        OSError: the disk is full or not writable.

    Example:
        >>> from textvae.config.settings import ModelConfig
        >>> sizes = ModelConfig(latent_dim=2, embed_dim=4, encoder_dim=4, hidden_dim=4)
        >>> write_saved_model({"": TextVAE(sizes, vocab_size=9)}, Path("exported"))
        >>> sorted(tf.saved_model.load("exported").signatures)
        ['encoder', 'start', 'step']
    """
    module = tf.Module()
    # TensorFlow saves only variables that belong to the object.
    module.weights = [each.value for network in networks.values() for each in network.variables]
    signatures = {
        f"{prefix}{endpoint.name}": _signature(endpoint)
        for prefix, network in networks.items()
        for endpoint in endpoints(network)
    }
    # Custom gradients, such as that of the recurrence, are for training and cannot be saved.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    with disk_errors(folder):
        tf.saved_model.save(module, str(folder), signatures, options)


def _signature(endpoint: Endpoint) -> Any:
    def answer(**inputs: Tensor) -> dict[str, Tensor]:
        outputs = endpoint.function(*(inputs[name] for name in endpoint.inputs))
        return dict(zip(endpoint.outputs, outputs, strict=True))

    specs = {name: spec.tensor(name) for name, spec in endpoint.inputs.items()}
    return tf.function(answer, autograph=False).get_concrete_function(**specs)
