"""The network and its loops against a plain one: the same results, compiled once."""

import functools
import time

import numpy as np
import pytest
import tensorflow as tf
from tiny import (
    TOKEN_IDS,
    VOCAB_SIZE,
    bundle_of,
    compiled,
    learned_vae,
    make_model,
    random_vae,
    scene_prior,
    shaken_model,
    some_captions,
    sure_model,
)

from benchmarks.plain_keras import PlainKeras
from textvae.config.settings import TrainConfig
from textvae.data.batching import BUCKETS, CaptionBatches
from textvae.data.tokenizer import EOS_ID
from textvae.nn.compiling import Compiled
from textvae.nn.model import Objective
from textvae.nn.packed_sequence import PackedSequence
from textvae.nn.schedules import constant
from textvae.pipeline import Pipeline
from textvae.runtime import devices
from textvae.saving.variables import named_variables

BETA = 0.3


def plain_twin(model):
    """The same weights in plain Keras layers, with a mask and logits at every position."""
    vocab_size = model.embedding.vocab_size
    twin = PlainKeras(
        model.config, vocab_size, TrainConfig(dropout=0.0, word_dropout=0.0, beta=BETA)
    )
    twin.take({name: each.numpy() for name, each in named_variables(model).items()})
    return twin


def loss_and_gradients(model, variables, is_compiled):
    """The loss and gradients of one training step as `fit` takes it."""

    def step(token_ids):
        with tf.GradientTape() as tape:
            out = model(token_ids, training=True)
            loss = model.compute_loss(y_pred=out, training=True)
        values = [variable.value for variable in variables.values()]
        return loss, [tf.convert_to_tensor(each) for each in tape.gradient(loss, values)]

    run = tf.function(step, autograph=False) if is_compiled else step
    loss, gradients = run(tf.constant(TOKEN_IDS))
    return float(loss), {
        name: each.numpy() for name, each in zip(variables, gradients, strict=True)
    }


@functools.cache
def of_the_plain_network():
    """The loss and the gradients of the plain network with the weights of `sure_model`."""
    twin = plain_twin(sure_model())
    return loss_and_gradients(twin, twin.named_variables(), is_compiled=False)


@pytest.mark.parametrize("shards", [1, 3])  # three are a pair and a single one
def test_losses_and_gradients_are_those_of_the_plain_network(shards):
    model = compiled(sure_model(Objective(beta=constant(BETA), shards=shards)))
    loss, gradients = loss_and_gradients(model, named_variables(model), is_compiled=True)
    plain_loss, plain_gradients = of_the_plain_network()
    assert set(gradients) == set(plain_gradients)
    assert loss == pytest.approx(plain_loss, rel=1e-5)
    for name, gradient in gradients.items():
        size = np.abs(plain_gradients[name]).max()
        assert size > 1e-4, name  # it does depend on this weight
        difference = np.abs(gradient - plain_gradients[name]).max()
        assert difference < 1e-5 * max(size, 1.0), name


def up_to_end(rows):
    return [row[: row.index(EOS_ID)] if EOS_ID in row else row for row in rows]


@functools.cache
def learned_twin():
    return plain_twin(learned_vae().model)


@pytest.mark.parametrize("count", [1, 5, 130, 600])
def test_greedy_captions_are_exactly_those_of_the_plain_loop(count):
    vae = learned_vae()
    z = vae.prior_codes(count, count, "standard")
    ours = up_to_end(vae.compiled.generator.decode(z, 0.0, 1.0, 0))
    plain = up_to_end(learned_twin().decode(tf.constant(z), vae.max_length))
    assert ours == plain
    assert count == 1 or len({len(row) for row in ours}) > 1  # some end before others


def traces(vae):
    """How often each compiled function of a pipeline has been traced so far."""
    owners = [
        part
        for codec in (vae, vae.scene)
        for part in (codec.compiled, codec.compiled.generator)
    ]
    parts = [part for owner in owners for part in vars(owner).values()]
    functions = [part for part in parts if isinstance(part, Compiled)]
    assert len(functions) >= 8  # of both models: encoder, scoring, likelihood, loops
    return [each.num_traces for each in functions]


def test_whatever_number_or_length_is_asked_for_nothing_is_traced_again():
    """Every trace stays in memory, so a page that traced for requests would grow with them."""
    vae, rng = random_vae(), np.random.default_rng(0)

    def ask(count, words, seed):
        z = rng.normal(size=(count, vae.latent_dim)).astype(np.float32)
        vae.decode(z)
        vae.decode(z, temperature=0.2 + seed / 10, top_p=1.0 - seed / 20, seed=seed)
        vae.encode([" ".join(text.split()[:words]) for text in some_captions(count)])
        vae.generate(min(count, 20), seed=seed)
        vae.interpolate(*some_captions(2), count + 2)

    for count in BUCKETS:  # each size once, and both kinds of widths
        ask(min(count, 170), 3, 0)
        ask(min(count, 170), 9, 0)
    before = traces(vae)
    for seed, (count, words) in enumerate(
        [(2, 1), (3, 5), (9, 7), (17, 2), (100, 6), (140, 4)]
    ):
        ask(count, words, seed)
    assert traces(vae) == before


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def new_pipeline():
    return Pipeline(bundle_of(shaken_model(), scene_prior()))


def test_after_a_warm_up_the_first_captions_take_a_fraction_of_the_time():
    warm, cold = new_pipeline(), new_pipeline()
    warm.warm_up()
    found = []
    spent = [seconds(lambda vae=vae: found.append(vae.generate(5))) for vae in (warm, cold)]
    assert found[0] == found[1]
    assert spent[0] < spent[1] / 4


def test_a_pipeline_that_cannot_warm_up_says_so(monkeypatch):
    vae = random_vae()

    def fail(*_):
        raise RuntimeError("no memory")

    monkeypatch.setattr(vae.scene.compiled, "posteriors", fail)
    with pytest.raises(RuntimeError, match="no memory"):
        vae.warm_up()


def test_batches_of_other_widths_are_not_compiled_again():
    model = compiled(make_model())
    rng = np.random.default_rng(0)

    def epoch_of(lengths):
        rows = [[1, *rng.integers(4, VOCAB_SIZE, n).tolist(), 2] for n in lengths]
        return CaptionBatches(rows, 6, 0).dataset()

    first, later = (
        seconds(lambda epoch=epoch: model.fit(epoch, verbose=0, shuffle=False))
        for epoch in (epoch_of([4] * 6 + [7] * 6), epoch_of([2, 3, 5, 8, 13, 21] * 7))
    )
    assert later < first / 3


def operations(function, *arguments):
    """The names of all operations of its graph, those inside loops and calls too."""
    graph = tf.function(function).get_concrete_function(*arguments).graph.as_graph_def()
    bodies = [graph.node, *(each.node_def for each in graph.library.function)]
    return [node.op for nodes in bodies for node in nodes]


@pytest.fixture
def as_on_gpu(monkeypatch):
    """The code for a GPU, on the CPU, where Keras's LSTM has a loop in place of cuDNN."""
    monkeypatch.setattr(devices, "is_gpu", lambda device: True)


def training_operations(model):
    ids = tf.TensorSpec((None, None), tf.int32)
    return operations(lambda token_ids: model(token_ids, training=True), ids)


def see_gpu(monkeypatch):
    """TensorFlow, and Keras with it, now see a GPU."""
    real = tf.config.list_logical_devices
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind=None: [kind] if kind == "GPU" else real()
    )


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_on_a_gpu_every_lstm_is_cudnns_kernel(monkeypatch, decoder):
    """Keras uses it only with default activations, a bias, and no recurrent dropout."""
    model = compiled(make_model(Objective(dropout=0.1, word_dropout=0.1), decoder=decoder))
    see_gpu(monkeypatch)
    monkeypatch.setattr(devices, "is_gpu", lambda device: True)
    found = training_operations(model)
    assert found.count("CudnnRNNV3") == 3  # the encoder's two directions, the decoder
    assert "While" not in found
    assert "StatelessWhile" not in found


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_on_a_gpu_rows_are_unpacked_once_for_the_encoder_and_once_for_the_decoder(
    as_on_gpu, monkeypatch, decoder
):
    moved = {"pack": 0, "unpack": 0}

    def count(name):
        move = getattr(PackedSequence, name)

        def counting(self, values):
            moved[name] += values.dtype.is_floating
            return move(self, values)

        monkeypatch.setattr(PackedSequence, name, counting)

    for name in moved:
        count(name)
    training_operations(compiled(make_model(Objective(dropout=0.1), decoder=decoder)))
    assert moved == {"pack": 2, "unpack": 2}


def test_on_the_cpu_no_lstm_is_cudnns_kernel_though_a_gpu_is_visible(monkeypatch):
    model = compiled(make_model())
    see_gpu(monkeypatch)
    assert "CudnnRNNV3" not in training_operations(model)


def test_losses_and_gradients_on_a_gpu_are_those_of_the_plain_network(as_on_gpu):
    """Where a batch stays whole, however many shards are asked for."""
    test_losses_and_gradients_are_those_of_the_plain_network(3)


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_results_on_a_gpu_are_those_of_the_cpu(monkeypatch, decoder):
    ours = random_vae(decoder)
    other = Pipeline(bundle_of(shaken_model(decoder=decoder), scene_prior()))
    captions = some_captions(9)

    def results(vae):
        z = vae.prior_codes(600, 3, "standard")  # more than are decoded side by side
        return (
            vae.decode(z),
            vae.decode(z, temperature=0.7, seed=3),
            vae.decode(z[:9], temperature=0.7, top_p=0.8, seed=3),
            vae.generate(20, seed=5),
            [np.round(each, 4).tolist() for each in vae.word_probabilities(captions, z[:9])],
        ), vae.encode(captions)

    expected, codes = results(ours)
    monkeypatch.setattr(devices, "is_gpu", lambda device: True)
    found, found_codes = results(other)
    assert found == expected
    np.testing.assert_allclose(found_codes, codes, atol=1e-5)
