import collections
import functools
import types

import numpy as np
import pytest
import tensorflow as tf
from tiny import (
    SIZES,
    TOKEN_IDS,
    TOKENIZER,
    VOCAB_SIZE,
    compiled,
    learned_vae,
    make_model,
    shaken_model,
    some_captions,
    sure_model,
    teacher_forced,
)

from textvae.config.settings import ModelConfig
from textvae.data.batching import CaptionBatches, padded
from textvae.nn.model import Objective, TextVAE
from textvae.nn.schedules import constant, linear

Z = np.random.default_rng(5).normal(size=(4, 5)).astype(np.float32)


def logs_of(model, dataset=None):
    """The metrics that Keras's own `evaluate` reports."""
    dataset = dataset or tf.data.Dataset.from_tensors(tf.constant(TOKEN_IDS))
    return model.evaluate(dataset, verbose=0, return_dict=True)


def training_loss(seed, step):
    """The loss of one noisy batch at this optimiser step."""
    objective = Objective(word_dropout=0.3, dropout=0.3, seed=seed)
    model = compiled(shaken_model(objective))
    model.optimizer.iterations.assign(step)
    out = model(tf.constant(TOKEN_IDS), training=True)
    return float(model.compute_loss(y_pred=out, training=True))


def words_read(word_dropout, token_ids):
    """What the decoder reads in training instead of the caption."""
    model = compiled(make_model(Objective(word_dropout=word_dropout)))
    given, hidden = [], model.decoder.hidden

    def spy(input_ids, z, packed, *rest):
        given.append(packed.unpack(input_ids).numpy())
        return hidden(input_ids, z, packed, *rest)

    model.decoder.hidden = spy
    model(tf.constant(token_ids), training=True)
    order = np.argsort(-(token_ids[:, 1:] != 0).sum(axis=1), kind="stable")
    return given[0][np.argsort(order)]  # training sorts the rows by length


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_nll_is_the_cross_entropy_of_the_real_words(decoder):
    model = shaken_model(decoder=decoder)
    nll = model.nll(tf.constant(TOKEN_IDS), tf.constant(Z)).numpy()
    for i, row in enumerate(TOKEN_IDS):
        words = row[row != 0]
        features = teacher_forced(model.decoder, words[:-1], Z[i])
        logits = model.decoder.logits(features).numpy().astype(np.float64)
        log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        by_hand = -sum(log_probs[t, word] for t, word in enumerate(words[1:]))
        assert nll[i] == pytest.approx(by_hand, rel=1e-5)


def test_more_padding_changes_no_nll():
    model, wide = shaken_model(), np.pad(TOKEN_IDS, ((0, 0), (0, 6)))
    np.testing.assert_allclose(model.nll(TOKEN_IDS, Z), model.nll(wide, Z), rtol=1e-6)


def test_uniform_logits_cost_log_v_a_token():
    model = make_model(decoder="repeat")
    model.decoder.to_logits.kernel.assign(np.zeros((7, VOCAB_SIZE)))
    num_tokens = (TOKEN_IDS[:, 1:] != 0).sum(axis=1)
    nll = model.nll(TOKEN_IDS, Z).numpy()
    np.testing.assert_allclose(nll, num_tokens * np.log(VOCAB_SIZE), rtol=1e-6)


def test_word_dropout_hides_the_stated_share_of_the_words_and_nothing_else():
    words = np.random.default_rng(0).integers(4, VOCAB_SIZE, (200, 40))
    token_ids = np.pad(words, ((0, 0), (1, 0)), constant_values=1)
    token_ids = np.pad(token_ids, ((0, 0), (0, 1)), constant_values=2)
    token_ids[:50, -10] = 2  # shorter captions
    token_ids[:50, -9:] = 0
    given, inputs = words_read(0.3, token_ids), token_ids[:, :-1]
    is_read = token_ids[:, 1:] != 0  # something is predicted from it
    is_word = is_read & (inputs > 3)
    assert (given[is_read & ~is_word] == 1).all()
    is_hidden = given[is_word] == 3
    assert is_hidden.mean() == pytest.approx(0.3, abs=0.02)  # s.e. 0.005
    assert (given[is_word][~is_hidden] == inputs[is_word][~is_hidden]).all()


def test_without_word_dropout_the_decoder_reads_the_caption():
    read = TOKEN_IDS[:, :-1] * (TOKEN_IDS[:, 1:] != 0)  # nothing is predicted from <eos>
    np.testing.assert_array_equal(words_read(0.0, TOKEN_IDS), read)


def shards_in(model, token_ids):
    """The rows of each shard of a batch."""
    rows, bounds = model._shards(tf.constant(token_ids))
    return np.split(rows, bounds[1:-1])


@pytest.mark.parametrize("shards", [2, 5])  # of four rows
def test_a_batch_in_shards_is_the_batch(shards):
    """Without noise: the same rows in the same order, even where a shard has no row."""
    whole, parts = (compiled(sure_model(Objective(shards=n))) for n in (1, shards))
    expected, found = (model(tf.constant(TOKEN_IDS), training=True) for model in (whole, parts))
    assert len(shards_in(parts, TOKEN_IDS)) == shards
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("shards", [2, 3])
def test_shards_hold_every_row_once_and_as_many_words_each(shards):
    rng = np.random.default_rng(0)
    rows = [[1, 20 + i, *[5] * int(rng.integers(0, 15)), 2] for i in range(64)]
    parts = shards_in(make_model(Objective(shards=shards)), padded(rows))
    dealt = [[[t for t in row if t] for row in part.tolist()] for part in parts]
    assert sorted(row for part in dealt for row in part) == sorted(rows)
    words = [sum(len(row) - 1 for row in part) for part in dealt]
    assert max(words) - min(words) <= max(map(len, rows))
    assert min(map(len, dealt[0])) >= max(map(len, dealt[-1]))  # sorted by length


# One caption written from another: `[B, 2, T]`
PAIRS = np.stack([TOKEN_IDS[[1, 3, 0, 2]], TOKEN_IDS], axis=1)


@functools.cache
def pairs_by_hand():
    """Of `sure_model`: mu of what is read, its KL, and the nll of what is written, in turn."""
    model, found = sure_model(), []
    for read, written in PAIRS:
        posterior = model.posterior(tf.constant(read[read != 0][None]))
        nll = model.nll(tf.constant(written[written != 0][None]), posterior.mu)
        found.append((nll[0], posterior.kl_per_unit()[0], posterior.mu[0]))
    return dict(
        zip(("nll", "kl_per_unit", "mu"), map(np.array, zip(*found, strict=True)), strict=True)
    )


@pytest.mark.parametrize("width", [8, 14])
def test_a_pair_is_the_posterior_of_what_is_read_and_the_nll_of_what_is_written(width):
    model = sure_model()
    wide = np.pad(PAIRS, ((0, 0), (0, 0), (0, width - 8)))
    found, expected = model(tf.constant(wide)), pairs_by_hand()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-5, err_msg=name)
    swapped = model(tf.constant(wide[:, ::-1]))
    assert np.abs(swapped["nll"] - found["nll"]).max() > 0.1


@pytest.mark.parametrize("shards", [1, 3])  # three are a pair and a single one
def test_training_on_pairs_in_shards_is_the_same(shards):
    """Rows come back sorted by the length of what is written, however wide the batch is."""
    model = compiled(sure_model(Objective(shards=shards)))
    train = tf.function(
        functools.partial(model, training=True), [tf.TensorSpec((None, 2, None), tf.int32)]
    )
    order = np.argsort(-(PAIRS[:, 1] != 0).sum(axis=1), kind="stable")
    expected = pairs_by_hand()
    for width in (8, 14):
        found = train(tf.constant(np.pad(PAIRS, ((0, 0), (0, 0), (0, width - 8)))))
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value[order], rtol=1e-4, atol=1e-4)


def test_a_caption_written_from_itself_is_a_caption():
    model = compiled(shaken_model(Objective(dropout=0.2, word_dropout=0.2, shards=2)))
    for training in (False, True):
        twice = np.stack([TOKEN_IDS, TOKEN_IDS], axis=1)
        found, expected = (
            model(tf.constant(ids), training=training) for ids in (twice, TOKEN_IDS)
        )
        if not training:  # its noise depends on the sum of the ids, which are twice as many
            found.pop("nll"), expected.pop("nll")
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)


def test_of_a_pair_words_are_dropped_from_what_is_written_alone():
    plain, dropping = (compiled(sure_model(Objective(word_dropout=p))) for p in (0.0, 0.9))
    found, expected = (model(tf.constant(PAIRS), training=True) for model in (dropping, plain))
    np.testing.assert_array_equal(found["mu"], expected["mu"])
    assert np.abs(found["nll"] - expected["nll"]).max() > 1e-3


def test_dropout_reaches_the_encoder_and_the_decoder_and_word_dropout_the_decoder_alone():
    def terms(**noise):
        model = compiled(sure_model(Objective(**noise)))
        return {k: v.numpy() for k, v in model(tf.constant(TOKEN_IDS), training=True).items()}

    plain, dropout, word_dropout = terms(), terms(dropout=0.4), terms(word_dropout=0.9)
    assert (np.abs(dropout["mu"] - plain["mu"]).max(axis=1) > 1e-3).all()
    assert (np.abs(dropout["nll"] - plain["nll"]) > 1e-3).all()
    np.testing.assert_array_equal(word_dropout["mu"], plain["mu"])
    assert np.abs(word_dropout["nll"] - plain["nll"]).max() > 1e-3


def test_shards_of_a_batch_have_their_own_noise():
    model = compiled(shaken_model(Objective(shards=2)))
    twice = np.concatenate([TOKEN_IDS[:1], TOKEN_IDS[:1]])
    nll = model(tf.constant(twice), training=True)["nll"].numpy()
    assert abs(nll[0] - nll[1]) > 1e-3


def test_noise_is_a_function_of_seed_and_step():
    first = training_loss(seed=1, step=7)
    assert first == training_loss(seed=1, step=7)
    assert first != training_loss(seed=1, step=8)
    assert first != training_loss(seed=2, step=7)


def test_training_draws_z_from_the_posterior():
    model = compiled(shaken_model(Objective(seed=3)))
    drawn, nll = [], model.nll

    def spy(token_ids, z, *rest):
        drawn.append(z.numpy())
        return nll(token_ids, z, *rest)

    model.nll = spy
    token_ids = tf.constant(np.repeat(TOKEN_IDS[:1], 4000, axis=0))
    model(token_ids, training=True)
    posterior = model.posterior(token_ids[:1])
    sigma = posterior.sigma.numpy()[0]
    np.testing.assert_allclose(drawn[0].std(axis=0), sigma, rtol=0.06)
    error = np.abs(drawn[0].mean(axis=0) - posterior.mu.numpy()[0]) / sigma
    assert (error < 5 / np.sqrt(4000)).all()


def test_the_loss_is_the_mean_nll_and_beta_times_the_penalty():
    objective = Objective(beta=linear(10, 0.5), final_beta=0.5, free_bits=0.3)
    model = compiled(make_model(objective))
    model.optimizer.iterations.assign(4)  # beta is 0.2
    y_pred = {
        "nll": tf.constant([3.0, 5.0]),
        "kl_per_unit": tf.constant([[0.0, 1.0], [0.2, 3.0]]),  # means 0.1 and 2
        "mu": tf.zeros((2, 5)),
    }
    loss = float(model.compute_loss(y_pred=y_pred, training=True))
    assert loss == pytest.approx(4.0 + 0.2 * (0.3 + 2.0))
    loss = float(model.compute_loss(y_pred=y_pred, training=False))
    assert loss == pytest.approx(4.0 + 0.5 * 2.1)


def test_validation_loss_is_nll_plus_the_final_beta_times_the_true_kl():
    objective = Objective(beta=constant(0.0), final_beta=0.7, free_bits=50.0)
    logs = logs_of(compiled(shaken_model(objective), eagerly=True))
    kl = shaken_model().posterior(TOKEN_IDS).kl_per_unit().numpy().sum(axis=1).mean()
    assert logs["kl"] == pytest.approx(kl, rel=1e-5)
    assert logs["loss"] == pytest.approx(logs["nll"] + 0.7 * logs["kl"], rel=1e-5)


def test_the_kl_reported_in_training_is_the_true_one():
    objective = Objective(beta=constant(0.3), free_bits=50.0)
    model = compiled(shaken_model(objective), 1e-9, eagerly=True)
    kl = model.posterior(TOKEN_IDS).kl_per_unit().numpy().sum(axis=1).mean()
    dataset = tf.data.Dataset.from_tensors(tf.constant(TOKEN_IDS))
    history = model.fit(dataset, verbose=0, shuffle=False).history
    assert history["kl"][0] == pytest.approx(kl, rel=1e-4)
    assert history["loss"][0] == pytest.approx(history["nll"][0] + 0.3 * 5 * 50.0, rel=1e-4)


def test_validation_does_not_notice_dropout_or_the_step():
    plain, noisy = (
        compiled(shaken_model(Objective(word_dropout=rate, dropout=rate)), eagerly=True)
        for rate in (0, 0.5)
    )
    noisy.optimizer.iterations.assign(9)
    assert logs_of(noisy) == logs_of(plain)


def test_captions_count_alike_whatever_batch_they_are_in():
    model = compiled(shaken_model(), eagerly=True)
    logs = logs_of(model, tf.data.Dataset.from_tensor_slices(TOKEN_IDS).batch(3))
    kl = model.posterior(TOKEN_IDS).kl_per_unit().numpy().sum(axis=1).mean()
    assert logs["kl"] == pytest.approx(kl, rel=1e-5)  # not the mean of the batches' means


def test_all_weights_exist_before_the_first_batch():
    model = make_model()
    before = types.SimpleNamespace(count=len(model.weights), params=model.count_params())
    model(tf.constant(TOKEN_IDS))
    assert (len(model.weights), model.count_params()) == (before.count, before.params)


def test_ninety_captions_can_be_memorised():
    vae, texts = learned_vae(), some_captions(90)
    rows = [TOKENIZER.encode(text) for text in texts]
    logs = logs_of(vae.model, CaptionBatches(rows, 90).dataset())
    untrained = np.mean([len(row) - 1 for row in rows]) * np.log(VOCAB_SIZE)  # about 21
    assert logs["nll"] < 2.0 < untrained


@pytest.mark.parametrize("settings", [{}, {"decoder": "repeat"}, {"latent_dim": 0}])
def test_every_weight_is_there_before_anything_has_run(settings):
    model = make_model(**settings)
    before = {id(variable): tuple(variable.shape) for variable in model.weights}
    model(TOKEN_IDS)
    assert {id(variable): tuple(variable.shape) for variable in model.weights} == before


@pytest.mark.parametrize("settings", [{}, {"decoder": "repeat"}, {"vector_dim": 9}])
def test_with_zeros_for_initializer_no_weight_is_drawn(settings):
    """The weights of a file follow, and drawing others first takes time."""
    config = ModelConfig(**{**SIZES, **settings})
    model = TextVAE(config, VOCAB_SIZE, initializer="zeros")
    assert not [each.path for each in matrices(model) if each.numpy().any()]
    fresh = matrices(make_model(**settings))
    assert len([each for each in fresh if not each.numpy().any()]) == 1  # that of log_var


def matrices(model):
    return [each for each in model.weights if len(each.shape) > 1]


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_an_untrained_network_can_start_from_the_frequency_of_words(decoder):
    """With features that are all zero, the nll of a word is that of its frequency."""
    rows = [TOKENIZER.encode(text) for text in some_captions(60)]
    model = make_model(decoder=decoder)
    silent = model.decoder.to_features if decoder == "lstm" else model.decoder.to_logits
    silent.kernel.assign(np.zeros(silent.kernel.shape))
    model.init_output_bias(CaptionBatches(rows, 16).counts(VOCAB_SIZE))
    counted = collections.Counter(token for row in rows for token in row[1:])
    total = counted.total() + VOCAB_SIZE  # each word once more, so that none is impossible
    token_ids = padded(rows[:4])
    by_hand = [-sum(np.log((counted[t] + 1) / total) for t in row[1:]) for row in rows[:4]]
    nll = model.nll(tf.constant(token_ids), tf.zeros((4, SIZES["latent_dim"])))
    np.testing.assert_allclose(nll, by_hand, rtol=1e-5)
