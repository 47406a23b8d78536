"""The prior over captions: scenes drawn from N(0, I), and the words of each."""

import dataclasses
import functools
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
from runs import recipe_with
from tiny import (
    CAPTIONS,
    PARTS,
    SCENE_DIM,
    SIZES,
    TOKENIZER,
    VOCAB_SIZE,
    beside,
    bundle_of,
    compiled,
    former_prior,
    make_model,
    random_vae,
    scene_prior,
)

from textvae.config.recipe import find_recipe
from textvae.config.settings import ModelConfig
from textvae.data.batching import CaptionBatches
from textvae.data.caption_set import Caption, Captions
from textvae.data.pairing import Pairing
from textvae.data.tokenizer import BOS_ID, EOS_ID, UNK_ID
from textvae.errors import BadInput, TrainingFailed
from textvae.inference.codec import CaptionCodec
from textvae.metrics.line_faults import is_repetitive, repeated_share
from textvae.nn.model import Objective
from textvae.pipeline import Pipeline
from textvae.runtime.replicas import ALONE
from textvae.saving.variables import named_variables
from textvae.training import prior_run
from textvae.training.stopping import check_loss

TEMPERATURE = 0.8


def shares_of_the_next_word(model, before, z):
    """p(word | z, words before) at `TEMPERATURE`, in plain numpy."""
    state = model.decoder.initial_state(z[None].astype(np.float32))
    for token_id in before:
        features, state = model.decoder.step(
            model.decoder.word_inputs(np.array([token_id])), state
        )
    logits = model.decoder.logits(features).numpy()[0].astype(float)
    impossible = [0, BOS_ID, UNK_ID] + [EOS_ID] * (len(before) == 1)
    logits[impossible] = -np.inf  # what no caption holds
    weights = np.exp((logits - logits.max()) / TEMPERATURE)
    return weights / weights.sum()


@functools.cache
def former_vae():
    """A pipeline as weights of before have it."""
    return Pipeline(bundle_of(make_model(), former_prior()))


@pytest.mark.parametrize("make", [random_vae, former_vae], ids=["scenes", "language model"])
def test_captions_of_one_scene_are_worded_as_often_as_the_prior_has_it(make):
    """A prior without units is a language model, and has one scene only."""
    vae, count = make(), 20_000
    codec = CaptionCodec(dataclasses.replace(vae.bundle, model=vae.bundle.prior))
    z = np.random.default_rng(0).normal(size=codec.latent_dim)
    drawn = codec.decode(np.repeat(z[None], count, axis=0), temperature=TEMPERATURE, seed=1)
    rows = [TOKENIZER.encode(text) for text in drawn]
    first = np.bincount([row[1] for row in rows], minlength=VOCAB_SIZE) / count
    expected = shares_of_the_next_word(vae.scene.model, [BOS_ID], z)
    np.testing.assert_allclose(first, expected, atol=0.02)  # 5 s.e. of a half
    common = int(expected.argmax())
    after = [row[2] for row in rows if row[1] == common]
    second = np.bincount(after, minlength=VOCAB_SIZE) / len(after)
    np.testing.assert_allclose(
        second,
        shares_of_the_next_word(vae.scene.model, [BOS_ID, common], z),
        atol=2.5 / len(after) ** 0.5,
    )


def test_what_is_generated_are_the_words_of_scenes_from_the_standard_normal():
    vae = random_vae()
    z = vae.prior_codes(20_000, 3)
    assert z.shape == (20_000, SCENE_DIM)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=0.03)
    np.testing.assert_allclose(np.cov(z.T), np.eye(SCENE_DIM), atol=0.04)
    worded = vae.scene.wordings(z[:30], temperature=0.6, top_p=0.9, seed=3)
    best = [captions[0] for captions in worded]
    assert vae.generate(30, temperature=0.6, top_p=0.9, seed=3) == best
    assert vae.decode(vae.prior_codes(30, 3, "standard"), temperature=0.6, seed=3) == (
        vae.generate(30, temperature=0.6, seed=3, prior="standard")
    )


def test_a_line_of_a_language_model_that_repeats_itself_is_drawn_anew():
    vae, drawing = former_vae(), {"temperature": TEMPERATURE, "seed": 1}
    codec = CaptionCodec(dataclasses.replace(vae.bundle, model=vae.bundle.prior))
    plain = codec.decode(np.zeros((400, 0)), **drawing)
    found, is_bad = vae.generate(400, **drawing), list(map(is_repetitive, plain))
    assert sum(is_bad) > 10
    for before, after, bad in zip(plain, found, is_bad, strict=True):
        assert before == after or bad
    assert repeated_share(found) < repeated_share(plain) / 2
    assert vae.generate(100, first=300, **drawing) == found[300:]


def test_scenes_are_used_where_there_are_some():
    vae, former = random_vae(), former_vae()
    bare = beside(former, bundle_of(former.model))
    assert [each.has_prior for each in (vae, bare, former)] == [True, False, True]
    assert vae.space is vae.scene
    assert bare.space is bare
    assert former.space is former  # its codes of scenes would have no units
    for each, prior in ((vae, "scene"), (bare, "standard"), (former, "scene")):
        assert each.generate(9, seed=2) == each.generate(9, seed=2, prior=prior)
    assert vae.generate(9, seed=2) != vae.generate(9, seed=2, prior="standard")
    with pytest.raises(BadInput, match="'tiny' have no scenes; use prior standard"):
        bare.generate(1, prior="scene")


@pytest.mark.parametrize("make", [random_vae, former_vae], ids=["scenes", "language model"])
def test_more_captions_begin_with_the_same_ones(make):
    vae = make()
    many = vae.generate(700, seed=5, temperature=1.0)
    for count in (1, 8, 513):
        assert vae.generate(count, seed=5, temperature=1.0) == many[:count]
        later = vae.generate(150, seed=5, temperature=1.0, first=count)
        assert later == many[count : count + 150]
    assert vae.generate(8, seed=6, temperature=1.0) != many[:8]
    assert len(set(many)) > 300


def test_a_prior_reads_and_writes_by_itself():
    """Its words are those of the model that it belongs to, its codes are its own."""
    vae, prior = random_vae(), scene_prior()
    texts = ["a small dog runs", "a cat sits"]
    expected = np.concatenate(
        [prior.posterior(np.array([TOKENIZER.encode(text)], np.int32)).mu for text in texts]
    )
    np.testing.assert_allclose(vae.scene.encode(texts), expected, atol=1e-5)
    assert vae.encode(texts).shape != vae.scene.encode(texts).shape


# What a scene is


def siblings_among_the_nearest(codes, groups):
    """The share of the three nearest codes that are of the same group."""
    distances = np.linalg.norm(codes[:, None] - codes, axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :3]
    return (groups[nearest] == groups[:, None]).mean()


def test_scenes_are_what_the_captions_of_an_image_have_in_common():
    """Captions of one animal each, in the same words otherwise: only the animal counts."""
    groups = np.array([next(i for i, each in enumerate(PARTS[1]) if each in text)
                       for text in CAPTIONS])  # fmt: skip
    objective = Objective(final_beta=0.1, beta=lambda step: 0.1)
    model = make_model(objective, latent_dim=4, embed_dim=16, encoder_dim=24, hidden_dim=48)
    compiled(model, 0.01)
    rows = [TOKENIZER.encode(text) for text in CAPTIONS]
    batches = CaptionBatches(rows, 60, 0, pairing=Pairing(groups.tolist(), 0))
    for epoch in range(5):  # each with other pairs, five times over
        model.fit(batches.dataset(epoch).repeat(5), verbose=0, shuffle=False)
    scenes = Pipeline(bundle_of(model)).encode(CAPTIONS)
    assert siblings_among_the_nearest(scenes, groups) > 0.5  # by chance .2


def test_facts_of_a_prior_are_of_the_epoch_whose_weights_it_keeps(monkeypatch, tmp_path):
    """The objective changed after epoch 1, which therefore does not count."""
    history = [
        {"epoch": n, "val_loss": loss, "val_kl": 10.0 * n, "val_nll": 1.0}
        for n, loss in ((1, 5.0), (2, 6.0), (3, 7.0))
    ]
    trained = mock.MagicMock()
    trained.run = SimpleNamespace(history=history, first=2, epoch=3, seconds=1.0)
    monkeypatch.setattr(prior_run, "Trainer", lambda *_: trained)
    monkeypatch.setattr(prior_run.weights_folder, "load", mock.MagicMock())
    run = mock.MagicMock(
        recipe=find_recipe("coco"), output=tmp_path, source=None, replicas=ALONE
    )
    run.data.max_length = 20
    assert prior_run.train_prior(run).facts["validation_kl"] == 20.0


def captions_of(*texts):
    return Captions(tuple(Caption(text, text) for text in texts), len(texts), {})


def test_lines_that_a_prior_cannot_read_do_not_keep_a_run_from_starting_with_it():
    source, known = bundle_of(scene_prior()), ["a dog runs", "a cat sits", "a man"]
    first, second = (
        named_variables(prior_run._standardized(source, captions_of(*texts)).model)
        for texts in (known, [*known[:2], "qqq", known[2]])
    )
    for name, variable in first.items():
        np.testing.assert_array_equal(variable.numpy(), second[name].numpy(), name)
    assert prior_run._standardized(source, captions_of("qqq", "zzz")) is source


def test_a_prior_that_fails_names_its_own_settings(monkeypatch, tmp_path):
    history = [{"epoch": 1, "val_loss": float("nan")}]
    fake = mock.MagicMock()
    fake.fit = lambda resume: check_loss(history, find_recipe("coco").for_prior().train)
    monkeypatch.setattr(prior_run, "Trainer", lambda *_: fake)
    run = mock.MagicMock(
        recipe=find_recipe("coco"), output=tmp_path, source=None, replicas=ALONE
    )
    run.data.max_length = 20
    with pytest.raises(TrainingFailed, match="lower prior.learning_rate") as caught:
        prior_run.train_prior(run)
    assert "clip_norm" not in str(caught.value)  # a run that is resumed keeps its own


@pytest.mark.parametrize("other", [{"vector_dim": 4}, {"freeze_embeddings": True}])
def test_a_prior_begins_anew_where_a_size_could_not_be_taken_over(other):
    wanted = ModelConfig(**SIZES)
    lm = dataclasses.replace(wanted, latent_dim=0, encoder_dim=99)
    assert prior_run._fits(lm, wanted)
    assert not prior_run._fits(dataclasses.replace(lm, **other), wanted)


@pytest.mark.parametrize(("units", "hidden"), [(SCENE_DIM, 9), (0, SIZES["hidden_dim"])])
def test_a_prior_that_begins_anew_is_as_large_as_the_decoder(units, hidden):
    recipe = recipe_with(model=SIZES, prior={"latent_dim": units})
    run = SimpleNamespace(recipe=recipe, source=bundle_of(make_model(), scene_prior()))
    assert prior_run._recipe(run).model.hidden_dim == hidden


@pytest.mark.parametrize(
    "text",
    [
        "training has diverged; train again in another --output with a lower learning rate",
        "resume with the same, or train from scratch in another --output",
    ],
)
def test_a_prior_that_cannot_go_on_does_not_cost_the_network(text):
    with (
        pytest.raises(TrainingFailed, match="delete the folder prior in it and --resume"),
        prior_run.naming_settings(),
    ):
        raise TrainingFailed(text)


@pytest.mark.parametrize("make", [random_vae, former_vae], ids=["scenes", "language model"])
def test_the_first_caption_may_be_an_integer_of_numpy(make):
    vae, drawing = make(), {"temperature": TEMPERATURE, "seed": 1}
    assert vae.generate(400, first=np.int64(0), **drawing) == vae.generate(400, **drawing)
    assert vae.generate(5, first=np.int32(7), **drawing) == vae.generate(12, **drawing)[7:]
