import numpy as np
import pytest
import tensorflow as tf
from tiny import (
    TOKEN_IDS,
    TOKENIZER,
    VOCAB_SIZE,
    compiled,
    make_model,
    plain_dense,
    plain_lstm,
    shaken_model,
    some_captions,
)

from textvae.data.batching import padded
from textvae.errors import BadInput
from textvae.nn.decoders import DECODERS, build_decoder, register_decoder
from textvae.nn.embedding import WordEmbedding
from textvae.nn.packed_sequence import PackedSequence

EVERY_DECODER = pytest.mark.parametrize("name", sorted(DECODERS))
INPUTS = TOKEN_IDS[:, :-1]
Z = np.random.default_rng(5).normal(size=(4, 5)).astype(np.float32)


def all_logits(model, input_ids=INPUTS, z=Z):
    """`[B, T, V]` by teacher forcing."""
    packed = PackedSequence(tf.fill(input_ids.shape[:1], input_ids.shape[1]))
    features = model.decoder.hidden(packed.pack(input_ids), tf.constant(z), packed)
    return packed.unpack(model.decoder.logits(features)).numpy()


def plain_logits(model, name, input_ids, z):
    """One row in numpy: `[T]`, `[D]` -> `[T, V]`."""
    decoder, table = model.decoder, model.embedding.table.numpy()
    if name == "repeat":
        states = plain_lstm(decoder.lstm, np.repeat(z[None], len(input_ids), axis=0))
        return plain_dense(decoder.to_logits, states)
    h, c = np.split(np.tanh(plain_dense(decoder.to_state, z)), 2)
    inputs = table[input_ids] + plain_dense(decoder.to_input, z)
    features = plain_dense(decoder.to_features, plain_lstm(decoder.lstm, inputs, h, c))
    return features @ table.T + model.embedding.bias.numpy()


@EVERY_DECODER
def test_every_decoder_has_a_plain_twin(name):
    model = shaken_model(decoder=name)
    logits = all_logits(model)
    for i in range(len(INPUTS)):
        expected = plain_logits(model, name, INPUTS[i], Z[i])
        np.testing.assert_allclose(logits[i], expected, atol=1e-4)


@EVERY_DECODER
@pytest.mark.parametrize("vector_dim", [None, 9])
@pytest.mark.parametrize("is_laid_out", [False, True])
def test_stepping_and_the_readout_equal_teacher_forcing(name, vector_dim, is_laid_out):
    model = shaken_model(decoder=name, vector_dim=vector_dim)
    at_once, state = all_logits(model), model.decoder.initial_state(tf.constant(Z))
    recurrent = model.decoder.recurrent() if is_laid_out else None
    for t in range(INPUTS.shape[1]):
        words = model.decoder.word_inputs(tf.constant(INPUTS[:, t]))
        features, state = model.decoder.step(words, state, recurrent)
        np.testing.assert_allclose(model.decoder.logits(features), at_once[:, t], atol=1e-5)
        matrix, bias = (np.asarray(each) for each in model.decoder.output_weights())
        np.testing.assert_allclose(features @ matrix + bias, at_once[:, t], atol=1e-5)


@EVERY_DECODER
def test_z_matters_at_every_position(name):
    model = shaken_model(decoder=name)
    change = np.abs(all_logits(model) - all_logits(model, z=Z + 1)).max(axis=-1)
    assert (change > 1e-3).all()


@EVERY_DECODER
def test_a_word_changes_nothing_before_it(name):
    model, changed = shaken_model(decoder=name), INPUTS.copy()
    changed[:, 3] = 17
    before, after = all_logits(model), all_logits(model, changed)
    np.testing.assert_allclose(before[:, :3], after[:, :3], atol=1e-6)
    is_heard = np.abs(before[:, 3:] - after[:, 3:]).max() > 1e-3
    assert is_heard == (name != "repeat")


def test_the_lstm_decoder_reads_z_in_its_first_state_and_at_every_step():
    model = shaken_model()
    for deaf in (model.decoder.to_input, model.decoder.to_state):
        kernel = deaf.kernel.numpy()
        deaf.kernel.assign(np.zeros_like(kernel))
        change = np.abs(all_logits(model) - all_logits(model, z=Z + 1)).max(axis=-1)
        assert (change > 1e-4).all()  # the other way is still open
        deaf.kernel.assign(kernel)
    model.decoder.to_input.kernel.assign(np.zeros((5, 6)))
    model.decoder.to_state.kernel.assign(np.zeros((5, 14)))
    np.testing.assert_array_equal(all_logits(model), all_logits(model, z=Z + 1))


@EVERY_DECODER
def test_only_the_lstm_decoder_shares_its_input_and_output_word_vectors(name):
    model = shaken_model(decoder=name)
    before, table = all_logits(model), model.embedding.table.numpy()
    table[20] += 1.0  # a word that the inputs do not hold
    model.embedding.table.assign(table)
    change = np.abs(all_logits(model) - before).max(axis=(0, 1))
    assert np.flatnonzero(change > 1e-6).tolist() == ([20] if name == "lstm" else [])


def test_a_projection_serves_both_directions():
    embedding = WordEmbedding(11, embed_dim=4, vector_dim=7)
    table, projection = embedding.table.numpy(), embedding.projection.numpy()
    assert table.shape == (11, 7)
    np.testing.assert_allclose(
        embedding(np.array([[3, 8]])), (table @ projection)[[[3, 8]]], atol=1e-6
    )
    features = np.ones((2, 4), np.float32)
    np.testing.assert_allclose(
        embedding.logits(features), features @ (table @ projection).T, atol=1e-5
    )


@EVERY_DECODER
def test_a_frozen_table_stays_while_all_else_learns(name):
    model = make_model(decoder=name, vector_dim=9, freeze_embeddings=True)
    before = {id(v): v.numpy() for v in model.weights}
    batch = tf.constant(padded([TOKENIZER.encode(text) for text in some_captions(8)]))
    dataset = tf.data.Dataset.from_tensors(batch).repeat(2)
    compiled(model, eagerly=True).fit(dataset, verbose=0, shuffle=False)
    same = [v.name for v in model.trainable_variables if (v.numpy() == before[id(v)]).all()]
    assert same == []
    table = model.embedding.table
    np.testing.assert_array_equal(table.numpy(), before[id(table)])
    assert not any(v is table for v in model.trainable_variables)


def test_a_word_vector_starts_with_length_1():
    table = make_model(embed_dim=300).embedding.table.numpy()
    np.testing.assert_allclose(np.linalg.norm(table, axis=1), 1.0, atol=0.2)


def test_an_unknown_decoder_is_refused_with_the_known_ones():
    with pytest.raises(BadInput, match="'gru'; choose one of lstm, repeat"):
        build_decoder("gru", WordEmbedding(VOCAB_SIZE, 6), 5, 7)


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="'lstm' is already LSTMDecoder"):
        register_decoder("lstm")(object)
