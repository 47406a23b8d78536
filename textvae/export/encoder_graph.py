"""The encoder as an ONNX graph, with ONNX's LSTM instead of loops over packed rows."""

from typing import Any

import numpy as np

from textvae.data.tokenizer import PAD_ID
from textvae.export.graphs import FLOAT, INT32, Graph
from textvae.nn.embedding import WordEmbedding
from textvae.nn.encoder import BiLSTMEncoder
from textvae.nn.lstm import LSTM
from textvae.nn.model import TextVAE
from textvae.types import Array


def encoder_nodes(graph: Graph, model: TextVAE, token_ids: str) -> list[str]:
    """`token_ids` `[B, T]`, `<bos> ... <eos> <pad>` -> mu and log_var `[B, D]`.

    Args:
        graph: the graph to add nodes to.
        model: a VAE.
        token_ids: the name of an int64 value of the graph.

    Example:
        >>> from textvae.config.settings import ModelConfig
        >>> sizes = ModelConfig(latent_dim=2, embed_dim=4, encoder_dim=4, hidden_dim=4)
        >>> graph = Graph("encoder")
        >>> token_ids = graph.input("token_ids", "int64", ["B", "T"])
        >>> len(encoder_nodes(graph, TextVAE(sizes, vocab_size=9), token_ids))
        2
    """
    encoder: Any = model.encoder  # not None, since the model is a VAE
    words = _words(graph, token_ids)
    is_word = graph.node("Not", graph.node("Equal", words, graph.constant(np.int64(PAD_ID))))
    pooled = _pooled(graph, encoder, _embedded(graph, model.embedding, words), is_word)
    return [
        graph.node(
            "Gemm", pooled, *map(graph.constant, (layer.kernel.numpy(), layer.bias.numpy()))
        )
        for layer in (encoder.to_mu, encoder.to_log_var)
    ]


def _words(graph: Graph, token_ids: str) -> str:
    """The ids without `<bos>`, time-major: `[T, B]`."""
    begin, end, axis = (graph.constant(np.array([n])) for n in (1, np.iinfo(np.int64).max, 1))
    return graph.node(
        "Transpose", graph.node("Slice", token_ids, begin, end, axis), perm=[1, 0]
    )


def _embedded(graph: Graph, embedding: WordEmbedding, words: str) -> str:
    vectors = graph.node("Gather", graph.constant(embedding.table.numpy()), words)
    if embedding.projection is None:
        return vectors
    return graph.node("MatMul", vectors, graph.constant(embedding.projection.numpy()))


def _pooled(graph: Graph, encoder: BiLSTMEncoder, embedded: str, is_word: str) -> str:
    """Mean, maximum and last state of both directions: `[T, B, E]`, `[T, B]` -> `[B, 6H]`."""
    layers = (encoder.forward, encoder.backward)
    weights = (
        graph.constant(np.stack(each)) for each in zip(*map(_weights, layers), strict=True)
    )
    first = graph.constant(np.array([0]))
    counts = graph.node("Cast", is_word, to=INT32)
    lengths = graph.node("ReduceSum", counts, first, keepdims=0)
    states, last = graph.nodes(
        "LSTM",
        2,
        embedded,
        *weights,
        lengths,
        hidden_size=layers[0].units,
        direction="bidirectional",
    )  # [T, 2, B, H] and [2, B, H]
    reached = graph.node("Unsqueeze", is_word, graph.constant(np.array([1, 3])))
    zero, lowest = (graph.constant(np.float32(n)) for n in (0.0, np.finfo(np.float32).min))
    total = graph.node(
        "ReduceSum", graph.node("Where", reached, states, zero), first, keepdims=0
    )
    divisor = graph.node(
        "Unsqueeze", graph.node("Cast", lengths, to=FLOAT), graph.constant(np.array([1]))
    )
    mean = graph.node("Div", total, divisor)
    largest = graph.node(
        "ReduceMax", graph.node("Where", reached, states, lowest), axes=[0], keepdims=0
    )
    return graph.node(
        "Concat", *(_side_by_side(graph, each) for each in (mean, largest, last)), axis=1
    )


def _side_by_side(graph: Graph, directions: str) -> str:
    """`[2, B, H]` -> `[B, 2H]`."""
    rows = graph.node("Transpose", directions, perm=[1, 0, 2])
    return graph.node("Flatten", rows, axis=1)


def _weights(lstm: LSTM) -> tuple[Array, Array, Array]:
    """The weights of one direction in ONNX's layout: `[4H, E]`, `[4H, H]`, `[8H]`.

    Keras orders the gates input, forget, candidate, output; ONNX orders them input, output,
    forget, candidate, and has a second bias, which is zero here.
    """
    cell: Any = lstm.cell

    def reordered(array: Array) -> Array:
        i, f, g, o = np.split(array, 4, axis=-1)
        return np.concatenate([i, o, f, g], axis=-1)

    kernel, recurrent, bias = (
        reordered(each.numpy()) for each in (cell.kernel, cell.recurrent_kernel, cell.bias)
    )
    return kernel.T, recurrent.T, np.concatenate([bias, np.zeros_like(bias)])
