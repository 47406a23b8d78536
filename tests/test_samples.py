import itertools
import json
import math

import numpy as np
import pytest
from oracles import SlowWittenBell, grams
from tiny import as_random, random_vae, some_captions, write_coco, write_lines
from verbs import assert_refused, lines, tiny

from textvae.errors import BadInput
from textvae.evaluation import likelihood
from textvae.evaluation.evaluate import evaluate
from textvae.evaluation.samples import (
    Sampling,
    against_training,
    sample_metrics,
    text_metrics,
)
from textvae.metrics.bleu import bleu, self_bleu
from textvae.metrics.definitions import DEFINITIONS
from textvae.metrics.importance_weighting import noise
from textvae.metrics.ngram_lm import WittenBell

HELD_OUT = some_captions(180)[:30]
TRAIN = some_captions(180)[30:120]
SAMPLING = Sampling(num_samples=12, temperature=1.0, num_sets=2)
NEEDS_TRAIN = {"novel", "forward_ppl", "reverse_ppl"}


def rows(vae=None, captions=HELD_OUT, **arguments):
    arguments = {"train": TRAIN, "lm": WittenBell(TRAIN), **arguments}
    return sample_metrics(vae or random_vae(), captions, SAMPLING, **arguments)


ENDLESS = [["a"], ["on"], ["the"], ["near"], ["in"], ["very"]]  # of the words that they have


def repeats(text):
    """Whether some n-gram of 1 word follows itself, or one of 3 words is not the only one."""
    words, triples = grams(text, 1), grams(text, 3)
    return any(a == b for a, b in itertools.pairwise(words)) or len(triples) > len(set(triples))


def words_of(captions):
    return {word for text in captions for word in text.split()}


def test_each_metric_is_its_definition_on_what_generate_gives():
    vae, found = random_vae(), rows(seed=5)["standard"]
    assert found["seeds"] == [10, 11]
    sets = [vae.generate(12, temperature=1.0, seed=s, prior="standard") for s in (10, 11)]
    expected = [by_definition(texts) for texts in sets]
    for name in expected[0]:
        first, second = (metrics[name] for metrics in expected)
        assert found[name] == pytest.approx((first + second) / 2), name
        assert found[f"{name}_std"] == pytest.approx(
            abs(first - second) / math.sqrt(2), abs=1e-9
        ), name
    assert len(found) == 2 * len(expected[0]) + 2  # and nothing else but num_samples, seeds


def by_definition(texts):
    """Every metric of a set of samples, from the slow definitions or from `metrics.bleu`."""
    vocabulary = words_of(TRAIN)
    out = {"novel": np.mean([text not in TRAIN for text in texts])}
    out["unique"] = len(set(texts)) / len(texts)
    out["repeated"] = np.mean([repeats(text) for text in texts])
    out["dangling"] = np.mean([text.split()[-1:] in ENDLESS for text in texts])
    for n in (1, 2):
        found = [gram for text in texts for gram in grams(text, n)]
        out[f"distinct_{n}"] = len(set(found)) / len(found)
    for n in range(2, 6):
        out[f"bleu_{n}"] = bleu(texts, HELD_OUT)[:, n - 1].mean()
        out[f"self_bleu_{n}"] = self_bleu(texts)[:, n - 1].mean()
    out["forward_ppl"] = SlowWittenBell(TRAIN, vocabulary, 4).perplexity(texts)
    out["reverse_ppl"] = SlowWittenBell(texts, vocabulary, 4).perplexity(HELD_OUT)
    return out


def test_repeated_captions_and_those_of_training_by_hand():
    texts = ["a dog runs", "a dog runs", "a cat", "a cat runs"]
    assert text_metrics(texts, HELD_OUT)["unique"] == 3 / 4
    assert against_training(texts, frozenset(["a dog runs"]), None) == {"novel": 2 / 4}


def test_the_prior_over_captions_is_measured_beside_the_standard_one():
    found = rows()
    assert found.keys() == {"scene", "standard", "real"}
    assert found["scene"]["bleu_2"] != found["standard"]["bleu_2"]


def test_a_model_without_a_prior_over_captions_has_no_row_for_it():
    vae = as_random(prior=False)
    assert rows(vae).keys() == {"standard", "real"}


def test_without_training_captions_what_needs_them_is_left_out():
    found = rows(train=(), lm=None)
    assert found.keys() == {"scene", "standard"}
    assert not NEEDS_TRAIN & found["scene"].keys()
    assert {"bleu_5", "self_bleu_5", "distinct_2", "unique"} <= found["scene"].keys()


def test_the_real_row_is_that_of_all_training_captions_where_they_are_few():
    lm = WittenBell(TRAIN)
    found = sample_metrics(random_vae(), HELD_OUT, Sampling(90, num_sets=2), train=TRAIN, lm=lm)
    expected = text_metrics(TRAIN, HELD_OUT, lm)
    assert found["real"].pop("num_samples") == 90
    assert found["real"].pop("seeds") == [0]
    assert found["real"] == pytest.approx(expected)


def test_the_real_row_has_as_many_captions_as_the_samples():
    found = rows()["real"]
    assert found["num_samples"] == 12
    assert not {"novel", "forward_ppl"} & found.keys()  # they would be of what was learned
    assert found["reverse_ppl_std"] > 0.0  # different ones for different seeds


def test_another_seed_draws_other_samples_and_the_same_seed_the_same():
    assert rows(seed=1) == rows(seed=1)
    assert rows(seed=1)["standard"]["bleu_2"] != rows(seed=2)["standard"]["bleu_2"]


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"num_samples": 1}, "2 or more, got 1"),
        ({"num_samples": 100_001}, "at most 100,000, got 100,001"),
        ({"num_sets": 0}, "1 or more, got 0"),
        ({"temperature": -1.0}, "temperature must be"),
        ({"top_p": 0.0}, "top_p must be"),
    ],
)
def test_settings_out_of_range_are_refused_before_anything_is_drawn(settings, match):
    with pytest.raises(BadInput, match=match):
        Sampling(**settings)


# All metrics together ---------------------------------------------------------------------


def measure(captions, train):
    return evaluate(
        random_vae(), captions, iw_samples=4, num_pairs=5, sampling=SAMPLING, train=train
    )


def flat(metrics, prefix=""):
    """Every number under the path that leads to it."""
    for name, value in metrics.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def assert_same(found, expected):
    found, expected = dict(flat(found)), dict(flat(expected))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-4, abs=1e-6), name


def test_neither_the_order_of_captions_nor_the_batch_size_changes_a_metric(monkeypatch):
    once = measure(HELD_OUT, TRAIN)
    monkeypatch.setattr(likelihood, "BATCH", 7)
    assert_same(measure(HELD_OUT[::-1], TRAIN[::-1]), once)


def test_a_negative_number_of_pairs_is_refused():
    with pytest.raises(BadInput, match="num_pairs must be a whole number from 0 to .*, got -1"):
        evaluate(random_vae(), HELD_OUT, num_pairs=-1)


def test_mutual_information_is_its_definition_on_the_draws_of_the_likelihood():
    vae, found = random_vae(), evaluate(random_vae(), HELD_OUT, seed=2)
    posteriors = [vae.posterior(text) for text in HELD_OUT]
    mu = np.array([each.mu for each in posteriors], np.float64)
    sigma = np.array([each.sigma for each in posteriors], np.float64)
    nats = []
    for draw in range(3):
        z = mu + sigma * [noise(text, draw, vae.latent_dim, 2) for text in HELD_OUT]
        distances = ((z[:, None] - mu) / sigma) ** 2
        log_q = -0.5 * (distances + 2 * np.log(sigma)).sum(axis=2)
        mixture = np.log(np.exp(log_q).mean(axis=1))
        nats.append((np.diag(log_q) - mixture).mean())
    assert found["mutual_information"] == pytest.approx(np.mean(nats), rel=1e-4)
    assert found["mutual_information_std"] == pytest.approx(np.std(nats, ddof=1), rel=1e-2)


def test_mutual_information_is_bounded_by_the_kl_and_the_number_of_captions():
    found = evaluate(random_vae(), HELD_OUT)
    bound = min(found["kl"], math.log(len(HELD_OUT)))
    assert 0.0 < found["mutual_information"] < bound + 4 * found["mutual_information_std"]
    assert "samples" not in found
    assert "interpolations" not in found


# The command ------------------------------------------------------------------------------


def run(tmp_path, *arguments):
    captions = write_coco(tmp_path / "held_out.json", HELD_OUT)
    return tiny("evaluate", "--captions", captions, *arguments)


def test_the_command_gives_every_metric_that_the_definitions_name(tmp_path):
    train = write_lines(tmp_path / "train.txt", TRAIN)
    asked = ["--train", train, "--quick", "--num-samples", 9, "--iw-samples", 2]
    out = run(tmp_path, *asked, "--json").out
    found = json.loads(out)
    named = {path.split(".")[-1] for path, _ in flat(found)}
    of_the_map = {"trustworthiness", "map_neighbours"}  # which these weights do not have
    assert DEFINITIONS.keys() - of_the_map <= named
    assert found["samples"]["scene"]["num_samples"] == 9
    assert found["interpolations"]["num_pairs"] == 15  # of 30 captions, though 20 were asked
    assert found["settings"]["num_train_captions"] == len(TRAIN)


def test_the_command_says_what_it_leaves_out_and_prints_a_metric_per_line(tmp_path):
    printed = run(tmp_path, "--num-samples", 4, "--num-pairs", 0)
    metrics = dict(line.split("\t") for line in lines(printed))
    assert float(metrics["samples.scene.unique"]) <= 1.0
    assert not any(path.split(".")[-1] in NEEDS_TRAIN for path in metrics)
    assert "name them with --train" in printed.err


def test_the_command_can_leave_samples_and_interpolations_out(tmp_path):
    asked = ["--num-samples", 0, "--num-pairs", 0, "--limit", 6, "--json"]
    first, drawn = (json.loads(run(tmp_path, *asked, *more).out) for more in ([], ["--quick"]))
    assert not {"samples", "interpolations"} & first.keys()
    assert first["num_captions"] == drawn["num_captions"] == 6
    assert first["nll"] != drawn["nll"]  # the first ones, and some at random


def test_a_wrong_number_is_one_line(tmp_path):
    assert_refused(run(tmp_path, "--num-samples", 1), "number of samples must be 2 or more")


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"seed": 2**62}, "seed must be a whole number from 0 to"),
        ({"iw_samples": 2.5}, "iw_samples must be a whole number"),
        ({"num_pairs": 2.5}, "num_pairs must be a whole number"),
    ],
)
def test_numbers_that_cannot_be_used_are_refused_before_anything_is_measured(settings, match):
    steps = []
    with pytest.raises(BadInput, match=match):
        evaluate(random_vae(), HELD_OUT, sampling=SAMPLING, progress=steps.append, **settings)
    assert not steps


def test_arrays_of_captions_and_groups_are_measured_as_lists_are():
    groups = [i // 2 for i in range(len(HELD_OUT))]
    arrays = [np.array(each) for each in (HELD_OUT, TRAIN, groups)]
    found, expected = (
        evaluate(random_vae(), a, sampling=SAMPLING, train=b, groups=c)
        for a, b, c in (arrays, (HELD_OUT, TRAIN, groups))
    )
    assert_same(found, expected)


def test_a_single_training_caption_has_no_row_of_real_captions():
    found = evaluate(random_vae(), HELD_OUT, sampling=SAMPLING, train=TRAIN[:1])
    assert found["samples"].keys() == {"scene", "standard"}


def test_integers_of_numpy_are_settings_of_a_report():
    found = evaluate(random_vae(), HELD_OUT, seed=np.int64(1), iw_samples=np.int32(2))
    assert json.loads(json.dumps(found))["settings"]["seed"] == 1
