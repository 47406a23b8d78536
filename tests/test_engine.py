"""The engine against a plain network: the same results, and nothing compiled twice."""

import numpy as np
import pytest
import tensorflow as tf
from tiny import (
    TOKEN_IDS,
    VOCAB_SIZE,
    compiled,
    learned_vae,
    make_model,
    random_vae,
    saved_weights,
    some_captions,
    sure_model,
)

from benchmarks.plain_keras import PlainKeras
from textvae import pipeline
from textvae.config.settings import TrainConfig
from textvae.data.batching import CaptionBatches
from textvae.data.tokenizer import EOS_ID
from textvae.decoding.generator import BUCKETS
from textvae.nn.losses import constant
from textvae.nn.model import Objective
from textvae.saving import weights_folder
from textvae.saving.variables import named_variables

BETA = 0.3


def plain_twin(model):
    """The same weights in layers of Keras, with a mask and logits at every position."""
    vocab_size = model.embedding.vocab_size
    twin = PlainKeras(
        model.config, vocab_size, TrainConfig(dropout=0.0, word_dropout=0.0, beta=BETA)
    )
    twin.take(
        {name: each.numpy() for name, each in named_variables(model).items()}
    )
    return twin


def loss_and_gradients(model, variables):
    """Of one training step as `fit` takes it, compiled."""

    @tf.function
    def step(token_ids):
        with tf.GradientTape() as tape:
            out = model(token_ids, training=True)
            loss = model.compute_loss(y_pred=out, training=True)
        values = [variable.value for variable in variables.values()]
        return loss, [tf.convert_to_tensor(each) for each in tape.gradient(loss, values)]

    loss, gradients = step(tf.constant(TOKEN_IDS))
    return float(loss), {
        name: each.numpy() for name, each in zip(variables, gradients, strict=True)
    }


@pytest.mark.parametrize("shards", [1, 2, 3])
def test_losses_and_gradients_are_those_of_the_plain_network(shards):
    model = compiled(sure_model(Objective(beta=constant(BETA), shards=shards)))
    twin = plain_twin(model)
    ours, plain = named_variables(model), twin.named_variables()
    assert set(ours) == set(plain)
    loss, gradients = loss_and_gradients(model, ours)
    plain_loss, plain_gradients = loss_and_gradients(twin, plain)
    assert loss == pytest.approx(plain_loss, rel=1e-5)
    for name, gradient in gradients.items():
        size = np.abs(plain_gradients[name]).max()
        assert size > 1e-4, name  # it does depend on this weight
        difference = np.abs(gradient - plain_gradients[name]).max()
        assert difference < 1e-5 * max(size, 1.0), name


def up_to_end(rows):
    return [row[: row.index(EOS_ID)] if EOS_ID in row else row for row in rows]


@pytest.mark.parametrize("count", [1, 5, 130, 600])
def test_greedy_captions_are_exactly_those_of_the_plain_loop(count):
    vae = learned_vae()
    z = vae.prior_codes(count, count)
    ours = up_to_end(vae.generator.decode(z, 0.0, 1.0, 0))
    plain = up_to_end(plain_twin(vae.model).decode(tf.constant(z), vae.max_length))
    assert ours == plain
    assert count == 1 or len({len(row) for row in ours}) > 1  # some end before others


def traces(vae):
    """How often anything that a pipeline runs has been traced so far."""
    owners = (vars(vae), vars(vae.generator), vars(vae.prior.generator), vars(pipeline))
    parts = [part for owner in owners for part in owner.values()]
    functions = [part for part in parts if hasattr(part, "experimental_get_tracing_count")]
    assert len(functions) >= 5  # to draw words, of both; the encoder, the likelihood
    return [each.experimental_get_tracing_count() for each in functions]


def test_whatever_number_or_length_is_asked_for_nothing_is_traced_again():
    vae, rng = random_vae(), np.random.default_rng(0)

    def ask(count, words, seed):
        z = rng.normal(size=(count, vae.latent_dim)).astype(np.float32)
        vae.decode(z)
        vae.decode(z, temperature=0.2 + seed / 10, top_p=1.0 - seed / 20, seed=seed)
        vae.encode([" ".join(text.split()[:words]) for text in some_captions(count)])
        vae.generate(min(count, 20), seed=seed)

    for count in BUCKETS:  # each size once, and both kinds of widths
        ask(min(count, 170), 3, 0)
        ask(min(count, 170), 9, 0)
    before = traces(vae)
    for seed, (count, words) in enumerate(
        [(2, 1), (3, 5), (9, 7), (17, 2), (100, 6), (140, 4)]
    ):
        ask(count, words, seed)
    assert traces(vae) == before


def test_a_warm_pipeline_traces_nothing_more_to_generate():
    vae, plain = random_vae(), random_vae()
    vae.warm_up()
    before = traces(vae)
    for count in (1, 5, 20):
        assert vae.generate(count, seed=count) == plain.generate(count, seed=count)
    assert traces(vae) == before
    assert sum(before) == sum(traces(plain))  # and it was no other trace


def test_a_pipeline_that_cannot_warm_up_says_so(monkeypatch):
    vae = random_vae()

    def fail(*_):
        raise RuntimeError("no memory")

    monkeypatch.setattr(vae.prior, "write", fail)
    with pytest.raises(RuntimeError, match="no memory"):
        vae.warm_up()


def test_a_pass_over_batches_of_all_widths_traces_one_step():
    model = compiled(make_model())
    traced, nll = [], model.nll

    def spy(token_ids, *arguments):
        traced.append(token_ids.shape)
        return nll(token_ids, *arguments)

    model.nll = spy
    rng = np.random.default_rng(0)
    rows = [[1, *rng.integers(4, VOCAB_SIZE, n).tolist(), 2] for n in (2, 3, 5, 8, 13) * 7]
    batches = CaptionBatches(rows, 6, 0)
    assert len({len(batch) for batch in batches.plan()}) == 2  # the last one is smaller
    model.fit(batches.dataset(0), verbose=0, shuffle=False)
    model.fit(batches.dataset(1), verbose=0, shuffle=False)
    assert len(traced) == 1


def operations(function, *arguments):
    """The names of all operations of its graph, those inside loops and calls too."""
    graph = tf.function(function).get_concrete_function(*arguments).graph.as_graph_def()
    bodies = [graph.node, *(each.node_def for each in graph.library.function)]
    return [node.op for nodes in bodies for node in nodes]


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_on_a_gpu_every_lstm_is_cudnns_kernel(monkeypatch, decoder):
    """Keras takes it only for the default activations, a bias, and no recurrent dropout."""
    model = compiled(make_model(Objective(dropout=0.1, word_dropout=0.1), decoder=decoder))
    real = tf.config.list_logical_devices
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind=None: [kind] if kind == "GPU" else real()
    )
    ids = tf.TensorSpec((None, None), tf.int32)
    found = operations(lambda token_ids: model(token_ids, training=True), ids)
    assert found.count("CudnnRNNV3") == 3  # the encoder's two directions, the decoder
    assert "While" not in found
    assert "StatelessWhile" not in found


def test_loading_draws_no_random_weights_and_leaves_drawing_as_it_was(monkeypatch):
    folder, drawn = saved_weights(), []
    for kind in weights_folder.DRAWN:
        draw = kind.__call__

        def spy(self, *arguments, draw=draw, **options):
            drawn.append(type(self).__name__)
            return draw(self, *arguments, **options)

        monkeypatch.setattr(kind, "__call__", spy)
    loaded = weights_folder.load(folder).model
    assert drawn == []
    assert np.abs(loaded.decoder.lstm.cell.recurrent_kernel.numpy()).max() > 0.0
    fresh = make_model()
    assert set(drawn) == {kind.__name__ for kind in weights_folder.DRAWN}
    for name, variable in named_variables(fresh).items():
        if "kernel" in name and "log_var" not in name:
            assert np.abs(variable.numpy()).max() > 0.0, name
