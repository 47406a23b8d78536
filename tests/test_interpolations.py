import numpy as np
import pytest
from oracles import SlowWittenBell
from tiny import learned_vae, some_captions

from textvae.errors import BadInput
from textvae.evaluation.artifacts import EvaluationArtifacts
from textvae.evaluation.evaluate import evaluate
from textvae.evaluation.interpolations import (
    caption_embedding,
    held_out_pairs,
    interpolation_metrics,
    is_monotone,
    path_metrics,
    short_captions,
)
from textvae.metrics.ngram_lm import WittenBell

CAPTIONS = some_captions(40)
LINE = {"a": 0.0, "b": 1.0, "c": 2.0, "d": 3.0}  # captions at points on a line


def embed(text):
    return np.array([LINE[text]])


def test_pairs_are_of_different_captions_and_use_none_twice():
    pairs = held_out_pairs([*CAPTIONS, *CAPTIONS[:10]], 15, seed=0)
    used = [([*CAPTIONS, *CAPTIONS[:10]])[place] for pair in pairs for place in pair]
    assert len(pairs) == 15
    assert len(set(used)) == 30


def test_pairs_are_fixed_by_the_captions_and_the_seed_not_by_their_order():
    def texts(captions, seed):
        return [(captions[a], captions[b]) for a, b in held_out_pairs(captions, 8, seed)]

    assert texts(CAPTIONS[::-1], 3) == texts(CAPTIONS, 3)
    assert texts(CAPTIONS, 4) != texts(CAPTIONS, 3)


def test_more_pairs_begin_with_the_same_ones():
    assert held_out_pairs(CAPTIONS, 12, 0)[:5] == held_out_pairs(CAPTIONS, 5, 0)


def test_there_are_no_more_pairs_than_captions_allow():
    assert len(held_out_pairs(["a", "b", "c", "a"], 10, 0)) == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [("abcd", True), ("abbd", True), ("abc", True), ("abac", False), ("aaaa", False)],
)
def test_a_path_is_monotone_if_it_comes_nearer_and_never_leads_away(path, expected):
    assert is_monotone(path, "d", embed) is expected


def test_path_metrics_by_hand():
    paths = ["abbbccd", "daaaaab"]
    found = path_metrics(paths, [("a", "d"), ("d", "a")], embed)
    assert found == {
        "distinct_captions": 3.5,
        "distinct_5_of_7": 0.0,
        "monotone": 0.5,
        "endpoints_exact": 0.75,
        "inner_repeated": 0.0,
        "inner_dangling": 0.5,  # an article
    }


def test_the_inner_captions_that_break_off_or_repeat_themselves_are_counted():
    inner = ["a dog on the", "a dog dog runs", "a dog runs", "a dog and a dog and a dog"]
    paths = [["on", *inner, "a cat", "the"], ["a cat of", *["a cat"] * 5, "the the"]]
    found = path_metrics(paths, [("x", "y")] * 2, lambda text: np.zeros(2))
    assert found["inner_dangling"] == pytest.approx(1 / 10)
    assert found["inner_repeated"] == pytest.approx(2 / 10)


@pytest.mark.parametrize(("paths", "share"), [
    (["1123455", "1112344", "1234567"], 2 / 3), (["1112223"], 0.0), (["1111234"], 0.0),
    (["1112345"], 1.0),
])  # fmt: skip
def test_paths_with_five_different_captions_are_counted(paths, share):
    found = path_metrics(paths, [("1", "7")] * len(paths), lambda text: np.array([float(text)]))
    assert found["distinct_5_of_7"] == pytest.approx(share)


def test_the_inner_captions_alone_have_a_perplexity():
    train = ["a dog runs", "a cat sits", "a dog sits"]
    inner = ["a dog", "a cat runs", "dog", "a", "cat sits"]
    path = ["zebra zebra", *inner, "zebra"]
    ends = [("x", "y")]
    found = path_metrics([path], ends, lambda text: np.zeros(2), WittenBell(train))
    slow = SlowWittenBell(train, {"a", "dog", "cat", "runs", "sits"}, 4)
    assert found["inner_ppl"] == pytest.approx(slow.perplexity(inner))


def test_a_caption_is_the_mean_of_its_word_vectors():
    vae = learned_vae()
    near = caption_embedding(vae)
    mean = (near("dog") + near("runs") + near("zebra")) / 3
    np.testing.assert_allclose(near("zebra dog runs"), mean)
    table = vae.model.embedding.table.numpy()
    np.testing.assert_allclose(near("dog"), table[vae.tokenizer.ids["dog"]], rtol=1e-6)


def test_the_paths_are_those_that_interpolate_shows():
    vae, seeds = learned_vae(), [3, 4, 5]
    found = interpolation_metrics(vae, CAPTIONS, 4, seed=1)
    measured = []
    for seed in seeds:
        ends = [(CAPTIONS[a], CAPTIONS[b]) for a, b in held_out_pairs(CAPTIONS, 4, seed)]
        paths = [vae.interpolate(first, last, 7) for first, last in ends]
        measured.append(path_metrics(paths, ends, caption_embedding(vae)))
    assert found["seeds"] == seeds
    assert (found["num_pairs"], found["num_steps"]) == (4, 7)
    for name in measured[0]:
        values = [metrics[name] for metrics in measured]
        assert found[name] == pytest.approx(np.mean(values)), name
        assert found[f"{name}_std"] == pytest.approx(np.std(values, ddof=1)), name
    assert "inner_ppl" not in found


def test_captions_that_the_model_cannot_read_are_in_no_pair():
    unreadable = ["qqq", "qqq zzz"]
    artifacts = EvaluationArtifacts()
    found = interpolation_metrics(
        learned_vae(), [*CAPTIONS[:6], *unreadable], 9, artifacts=artifacts
    )
    assert found["num_pairs"] == 3
    assert {text for pair in artifacts.ends for text in pair} == set(CAPTIONS[:6])


def test_short_captions_have_three_to_seven_words():
    by_length = {n: " ".join(["dog"] * n) for n in range(1, 12)}
    assert short_captions(list(by_length.values())) == [by_length[n] for n in range(3, 8)]


def test_pairs_of_short_captions_are_measured_by_themselves():
    vae, captions = learned_vae(), some_captions(60)
    short = [text for text in captions if 3 <= len(text.split()) <= 7]
    assert 4 < len(short) < 56
    found = evaluate(vae, captions, num_pairs=3, seed=2)
    assert found["short_pairs"] == interpolation_metrics(vae, short, 3, seed=2)
    assert found["interpolations"] == interpolation_metrics(vae, captions, 3, seed=2)
    long = [text for text in captions if len(text.split()) > 7]
    one = [short[0], "qqq zzz qqq"]  # the second of which the model cannot read
    assert "short_pairs" not in evaluate(vae, [*long, *one], num_pairs=3)


def test_what_cannot_make_a_pair_is_refused():
    with pytest.raises(BadInput, match="two captions that differ, got 1; give more captions"):
        held_out_pairs(["a dog", "a dog"], 1, 0)
    with pytest.raises(BadInput, match="at least 1, got 0"):
        held_out_pairs(CAPTIONS, 0, 0)


def test_an_empty_caption_is_at_the_origin_and_a_path_through_it_is_measured():
    near = caption_embedding(learned_vae())
    np.testing.assert_array_equal(near(""), np.zeros_like(near("dog")))
    path = ["a dog runs", "", "a cat sits"]
    goal = near(path[-1])
    distances = [np.linalg.norm(near(text) - goal) for text in path]
    assert is_monotone(path, path[-1], near) == (distances[0] >= distances[1])
