import collections
import types
from functools import partial

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

from textvae.data.batching import CaptionBatches, padded
from textvae.nn.losses import constant, linear
from textvae.nn.model import ActiveUnits, Objective, _Noise, dropped

Z = np.random.default_rng(5).normal(size=(4, 5)).astype(np.float32)


def logs_of(model, dataset=None):
    """The figures that Keras's own `evaluate` reports."""
    dataset = dataset or tf.data.Dataset.from_tensors(tf.constant(TOKEN_IDS))
    return model.evaluate(dataset, verbose=0, return_dict=True)


def training_loss(seed, step):
    """Of one noisy batch at this optimiser step."""
    objective = Objective(word_dropout=0.3, dropout=0.3, seed=seed)
    model = compiled(shaken_model(objective))
    model.optimizer.iterations.assign(step)
    out = model(tf.constant(TOKEN_IDS), training=True)
    return float(model.compute_loss(y_pred=out, training=True))


def words_read(word_dropout, token_ids):
    """What the decoder is given in training instead of the caption."""
    model = compiled(make_model(Objective(word_dropout=word_dropout)))
    given, hidden = [], model.decoder.hidden

    def spy(input_ids, z, packing, drop):
        given.append(packing.unpack(input_ids).numpy())
        return hidden(input_ids, z, packing, drop)

    model.decoder.hidden = spy
    model(tf.constant(token_ids), training=True)
    order = np.argsort(-(token_ids[:, 1:] != 0).sum(axis=1), kind="stable")
    return given[0][np.argsort(order)]  # rows are taken in order of length


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


def test_dropout_drops_the_stated_share_anew_at_every_call():
    model = compiled(make_model(Objective(dropout=0.4)))
    dropped, posterior = [], model.posterior

    def spy(token_ids, packing, drop):
        dropped.extend(drop(tf.ones((100, 100))).numpy() for _ in range(2))
        return posterior(token_ids, packing, drop)

    model.posterior = spy
    model(tf.constant(TOKEN_IDS), training=True)
    for features in dropped:
        assert (features == 0).mean() == pytest.approx(0.4, abs=0.02)
        np.testing.assert_allclose(features[features != 0], 256 / 154, rtol=1e-6)  # 102 lost
    # Independent masks agree on 0.4 x 0.4 + 0.6 x 0.6 of the places.
    assert ((dropped[0] == 0) == (dropped[1] == 0)).mean() == pytest.approx(0.52, abs=0.03)


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (64, 11, 3)])
def test_a_dropped_feature_is_kept_and_scaled_or_nothing_whatever_the_shape(shape):
    out = dropped(tf.ones(shape), 0.25, tf.constant([1, 2])).numpy()
    assert out.shape == shape
    assert set(np.unique(out)) <= {np.float32(0.0), np.float32(4 / 3)}


def test_what_is_dropped_has_the_mean_of_what_went_in():
    features = tf.constant(np.linspace(1.0, 3.0, 1_000_000, dtype=np.float32))
    out = dropped(features, 0.3, tf.constant([3, 4])).numpy()
    assert out.mean() == pytest.approx(2.0, abs=0.005)  # s.e. 0.0014; a byte too many, 0.011
    # Neighbours come of one random word, but each of a byte of its own.
    lost = (out == 0.0).astype(float)
    for apart in (1, 2, 3, 4):
        assert np.corrcoef(lost[:-apart], lost[apart:])[0, 1] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("shards", [2, 3, 7])
def test_a_batch_in_shards_is_the_batch(shards):
    """Without noise: the same rows in the same order, also where a shard has no row."""
    whole, parts = (compiled(sure_model(Objective(shards=n))) for n in (1, shards))
    expected, found = (
        tf.function(partial(model, training=True))(tf.constant(TOKEN_IDS))
        for model in (whole, parts)
    )
    assert len(parts._shards(tf.constant(TOKEN_IDS))) == shards
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("shards", [2, 3])
def test_shards_hold_every_row_once_and_as_many_words_each(shards):
    rng = np.random.default_rng(0)
    rows = [[1, 20 + i, *[5] * int(rng.integers(0, 15)), 2] for i in range(64)]
    parts = make_model(Objective(shards=shards))._shards(tf.constant(padded(rows)))
    dealt = [[[t for t in row if t] for row in part.numpy().tolist()] for part in parts]
    assert sorted(row for part in dealt for row in part) == sorted(rows)
    words = [sum(len(row) - 1 for row in part) for part in dealt]
    assert max(words) - min(words) <= max(map(len, rows))
    assert min(map(len, dealt[0])) >= max(map(len, dealt[-1]))  # the long ones apart


def test_shards_of_a_batch_have_their_own_noise():
    model = compiled(shaken_model(Objective(shards=2)))
    twice = np.concatenate([TOKEN_IDS[:1], TOKEN_IDS[:1]])
    nll = model(tf.constant(twice), training=True)["nll"].numpy()
    assert abs(nll[0] - nll[1]) > 1e-3


def test_latent_noise_moves_the_stated_share_of_codes_up_to_half_the_way():
    far, rate = 1000.0, 0.3
    noise = _Noise(tf.constant([1, 2]))
    moved = noise.latent_noise(tf.fill((4000, 50), far), rate).numpy().astype(np.float64)
    share = 1.0 - moved.mean(axis=1) / far  # a normal's mean of 50 shifts it by 1e-4 at most
    is_moved = share > 1e-3
    assert is_moved.mean() == pytest.approx(rate, abs=0.03)  # s.e. 0.007
    assert (moved[share == 0.0] == far).all()
    deciles = np.quantile(share[is_moved], [0.1, 0.5, 0.9])
    np.testing.assert_allclose(deciles, [0.05, 0.25, 0.45], atol=0.03)
    of_noise = moved[is_moved].var(axis=1, ddof=1) / share[is_moved] ** 2
    assert of_noise.mean() == pytest.approx(1.0, abs=0.03)  # s.e. 0.006
    assert noise.latent_noise(TOKEN_IDS, 0.0) is TOKEN_IDS


def test_noise_is_a_function_of_seed_and_step():
    assert training_loss(seed=1, step=7) == training_loss(seed=1, step=7)
    assert training_loss(seed=1, step=7) != training_loss(seed=1, step=8)
    assert training_loss(seed=1, step=7) != training_loss(seed=2, step=7)


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
    logs = logs_of(compiled(shaken_model(objective)))
    kl = shaken_model().posterior(TOKEN_IDS).kl_per_unit().numpy().sum(axis=1).mean()
    assert logs["kl"] == pytest.approx(kl, rel=1e-5)
    assert logs["loss"] == pytest.approx(logs["nll"] + 0.7 * logs["kl"], rel=1e-5)


def test_the_kl_reported_in_training_is_the_true_one():
    model = compiled(shaken_model(Objective(beta=constant(0.3), free_bits=50.0)), 1e-9)
    kl = model.posterior(TOKEN_IDS).kl_per_unit().numpy().sum(axis=1).mean()
    dataset = tf.data.Dataset.from_tensors(tf.constant(TOKEN_IDS))
    history = model.fit(dataset, verbose=0, shuffle=False).history
    assert history["kl"][0] == pytest.approx(kl, rel=1e-4)
    assert history["loss"][0] == pytest.approx(history["nll"][0] + 0.3 * 5 * 50.0, rel=1e-4)


def test_validation_does_not_notice_dropout_or_the_step():
    plain, noisy = (
        compiled(shaken_model(Objective(word_dropout=rate, dropout=rate))) for rate in (0, 0.5)
    )
    noisy.optimizer.iterations.assign(9)
    assert logs_of(noisy) == logs_of(plain)


def test_captions_count_alike_whatever_batch_they_are_in():
    model = compiled(shaken_model())
    logs = logs_of(model, tf.data.Dataset.from_tensor_slices(TOKEN_IDS).batch(3))
    kl = model.posterior(TOKEN_IDS).kl_per_unit().numpy().sum(axis=1).mean()
    assert logs["kl"] == pytest.approx(kl, rel=1e-5)  # not the mean of the batches' means


def test_active_units_are_those_whose_mean_varies_by_more_than_a_hundredth():
    spread = np.sqrt(np.array([0.0, 0.005, 0.0099, 0.0101, 0.02, 4.0]))
    mu = np.tile([[1.0], [-1.0]], (50, 1)) * spread + 0.7
    metric = ActiveUnits(6)
    for part in np.array_split(mu.astype(np.float32), 7):
        metric.update_state(tf.constant(part))
    assert float(metric.result()) == 3 == (mu.var(axis=0) > 0.01).sum()
    metric.reset_state()
    metric.update_state(tf.constant(mu[:1], tf.float32))
    assert float(metric.result()) == 0


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


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_an_untrained_network_can_start_from_how_often_words_come(decoder):
    """With features that say nothing each word costs what it costs without context."""
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
