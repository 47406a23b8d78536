"""The endpoints of a network as ONNX files."""

from textvae.export.encoder_graph import encoder_nodes
from textvae.export.endpoints import Endpoint, endpoints
from textvae.export.graphs import Graph
from textvae.export.tracing import inline
from textvae.nn.model import TextVAE


def onnx_files(network: TextVAE, prefix: str = "") -> dict[str, bytes]:
    """Each endpoint of `network` as the content of an `.onnx` file, by file name.

    `endpoints` describes their inputs and outputs.

    Args:
        network: a VAE or a language model.
        prefix: put before the name of each endpoint.

    Example:
        >>> from textvae.config.settings import ModelConfig
        >>> sizes = ModelConfig(latent_dim=2, embed_dim=4, encoder_dim=4, hidden_dim=4)
        >>> list(onnx_files(TextVAE(sizes, vocab_size=9), "prior_"))
        ['prior_encoder.onnx', 'prior_start.onnx', 'prior_step.onnx']
    """
    return {
        f"{prefix}{endpoint.name}.onnx": _graph(endpoint, network).to_bytes()
        for endpoint in endpoints(network)
    }


def _graph(endpoint: Endpoint, network: TextVAE) -> Graph:
    graph = Graph(endpoint.name)
    inputs = [
        (graph.input(name, spec.dtype, spec.shape), spec.tensor(name))
        for name, spec in endpoint.inputs.items()
    ]
    if endpoint.name == "encoder":
        values = encoder_nodes(graph, network, inputs[0][0])
    else:
        values = inline(graph, endpoint.function, inputs)
    for value, (name, spec) in zip(values, endpoint.outputs.items(), strict=True):
        graph.output(name, value, spec.dtype, spec.shape)
    return graph
