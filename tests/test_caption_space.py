"""Paths, neighbours and other wordings of captions."""

import functools

import numpy as np
import pytest
from tiny import (
    CAPTIONS,
    beside,
    bundle_of,
    count_cleaned_and_encoded,
    former_prior,
    learned_alone,
    learned_vae,
    random_vae,
    some_captions,
)

from textvae.errors import BadInput
from textvae.inference.between import MAX_DISTINCT
from textvae.latent.interpolation import corners_of, grid_codes, interpolate_codes
from textvae.pipeline import Pipeline

ENDS = ("a small dog runs on the beach", "a very big zebra sleeps")


@functools.cache
def without_scenes(prior=None):
    """The learned model with a prior that has no scenes, or without one."""
    if prior is None:
        return learned_alone()
    return beside(learned_vae(), bundle_of(learned_vae().model, prior()))


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_between_two_captions_read_back_lie_scenes_each_worded_in_its_own_way(path):
    vae = learned_vae()
    captions = vae.interpolate(*ENDS, 9, path=path)
    start, end = vae.reconstruct(ENDS)
    scenes = interpolate_codes(*vae.scene.encode(ENDS), 9, path)[1:-1]
    said = [start]
    for likely, others in zip(
        vae.scene.decode(scenes), vae.scene.wordings(scenes), strict=True
    ):
        fresh = [text for text in (likely, *others) if text not in (*said, end)]
        good = [text for text in fresh if not vae.scene.repeats_a_word(text)]
        said.append((good or fresh or [likely])[0])
    assert captions == [*said, end]


def test_a_path_of_many_steps_has_the_most_probable_words():
    vae, count = learned_vae(), MAX_DISTINCT + 1
    scenes = interpolate_codes(*vae.scene.encode(ENDS), count)[1:-1]
    start, end = vae.reconstruct(ENDS)
    assert vae.interpolate(*ENDS, count) == [start, *vae.scene.decode(scenes), end]


@pytest.mark.parametrize("prior", [None, former_prior], ids=["none", "language model"])
def test_without_scenes_a_path_runs_through_the_codes_of_the_model(prior):
    vae = without_scenes(prior)
    codes = interpolate_codes(*vae.encode(ENDS), 9)
    assert vae.interpolate(*ENDS, 9) == vae.decode(codes)


def test_many_paths_at_once_are_those_of_one_after_the_other(monkeypatch):
    vae = learned_vae()
    pairs = list(zip(some_captions(12), some_captions(24)[12:], strict=True))
    one_by_one = [vae.interpolate(*pair, 5) for pair in pairs]
    cleaned, encoded = count_cleaned_and_encoded(vae, monkeypatch)
    assert vae.paths(pairs, 5) == one_by_one
    assert len(cleaned) == 24  # each caption once
    assert len(encoded) == 1
    assert vae.paths([], 5) == []
    assert vae.paths(iter(pairs[:2]), 5) == one_by_one[:2]
    assert vae.paths(pairs[:2], 2) == [vae.reconstruct(pair) for pair in pairs[:2]]


@pytest.mark.parametrize("item", [("a dog",), ("a dog", "a cat", "a man"), "ab", None])
def test_a_path_has_two_ends(item):
    with pytest.raises(BadInput, match="from one caption to another, got"):
        random_vae().paths([("a dog", "a cat"), item])


@pytest.mark.parametrize(("num_steps", "path", "message"), [
    (1, "linear", "number of steps must be a whole number from 2 to 1,000, got 1"),
    (1001, "linear", "got 1001"),
    (3.5, "linear", "got 3.5"),
    (True, "linear", "got True"),
    (7, "x", "path must be linear or spherical, got 'x'"),
])  # fmt: skip
def test_arguments_of_interpolate_out_of_range_are_named(num_steps, path, message):
    with pytest.raises(BadInput, match=message):
        random_vae().interpolate("a dog", "a cat", num_steps, path=path)


def test_the_cells_of_a_grid_are_worded_from_scenes_and_differ_where_they_can():
    """Every cell against the wordings that it may have, and none twice."""
    vae, size = learned_vae(), 4
    corners = [*ENDS, "a cat sits near a red house", "a man sleeps in the snow"]
    found = vae.grid(corners, size)
    codes = grid_codes(vae.scene.encode(corners), size)
    likely, ends = vae.scene.decode(codes), corners_of(size)
    assert [found[cell] for cell in ends] == vae.reconstruct(corners)
    inner = [cell for cell in range(size * size) if cell not in ends]
    again = [cell for cell in inner if found[cell] != likely[cell]]
    assert again, "the cells of this grid do not repeat each other, so it tests nothing"
    for cell in inner:
        is_new = likely[cell] not in (found[:cell] + [found[end] for end in ends])
        assert cell not in again or not is_new or vae.scene.repeats_a_word(likely[cell])
    assert len(set(found)) > len(set(likely))
    assert vae.grid(corners, size) == found


@pytest.mark.parametrize("prior", [None, former_prior], ids=["none", "language model"])
def test_without_scenes_the_cells_of_a_grid_are_those_of_the_codes_of_the_model(prior):
    vae = without_scenes(prior)
    corners = [*ENDS, *CAPTIONS[:2]]
    codes = grid_codes(vae.encode(corners), 3)
    assert vae.grid(corners, 3) == vae.decode(codes)


@pytest.mark.parametrize(("corners", "size", "message"), [
    (("a dog", "a cat", "a man"), 3, "between four captions, got"),
    ("a dog", 3, "between four captions, got 'a dog'"),
    (CAPTIONS[:4], 1, "size of a grid must be a whole number from 2 to 12, got 1"),
    (CAPTIONS[:4], 13, "got 13"),
])  # fmt: skip
def test_arguments_of_grid_out_of_range_are_named(corners, size, message):
    with pytest.raises(BadInput, match=message):
        random_vae().grid(corners, size)


@pytest.mark.parametrize("prior", ["scenes", None])
def test_neighbours_are_the_lines_with_the_nearest_codes(prior):
    vae = learned_vae() if prior else without_scenes()
    asked, lines = CAPTIONS[0], CAPTIONS[60:120]
    different = list(dict.fromkeys(lines))
    distances = np.linalg.norm(vae.space.encode(different) - vae.space.encode([asked]), axis=1)
    order = np.argsort(distances, kind="stable")[:4]
    found = vae.neighbours(asked, lines + lines[:9], 4)
    assert [line for line, _ in found] == [different[i] for i in order]
    np.testing.assert_allclose([d for _, d in found], distances[order], rtol=1e-4)
    together = vae.neighbours([asked, lines[3]], lines, 4)
    for near, each in zip(together, (asked, lines[3]), strict=True):
        alone = vae.neighbours(each, lines, 4)
        assert [line for line, _ in near] == [line for line, _ in alone]
        np.testing.assert_allclose([d for _, d in near], [d for _, d in alone], atol=1e-5)
    assert len(vae.neighbours(asked, iter(lines[:3]))) == len(set(lines[:3]))


def test_lines_that_cannot_be_read_are_no_neighbours(caplog):
    lines = ["", "a cat sits", "qqq", "A dog runs!"]
    found = learned_vae().neighbours("a dog runs", lines)
    assert [line for line, _ in found] == ["A dog runs!", "a cat sits"]
    assert found[0][1] == pytest.approx(0.0, abs=1e-5)
    assert "2 of 4 different lines are left out" in caplog.text


@pytest.mark.parametrize(("among", "k", "message"), [
    (["a dog"], 0, "the number of neighbours must be a whole number from 1 .* got 0"),
    (["a dog"], True, "got True"),
    ("a dog", 1, "among must be a list of lines, got the text 'a dog'"),
    (["", "qqq"], 1, "cannot read any of the 2 lines"),
    ([], 1, "there are no lines to search; give at least one"),
])  # fmt: skip
def test_arguments_of_neighbours_out_of_range_are_named(among, k, message):
    with pytest.raises(BadInput, match=message):
        random_vae().neighbours("a dog runs", among, k)


# Other wordings


def test_other_wordings_are_the_best_of_several_draws_of_the_same_scene():
    vae, caption = random_vae(), "A small dog runs!"
    found = vae.rephrase(caption, 4, temperature=1.0, seed=3)
    assert len(found) == len(set(found)) == 4
    scenes = np.repeat(vae.scene.encode([caption]), 4, axis=0)
    worded = vae.scene.wordings(scenes, temperature=1.0, seed=3)
    best_first = [captions[rank] for rank in range(len(worded[0])) for captions in worded]
    assert found == list(dict.fromkeys(best_first))[:4]
    assert vae.rephrase(caption, 4, temperature=1.0, seed=4) != found


def test_the_caption_itself_and_what_was_said_already_are_no_other_wordings(monkeypatch):
    vae = random_vae()
    said = [["a cat sits", "a man"], ["a dog", "a cat sits"], ["a dog", "a man"]]
    monkeypatch.setattr(vae.scene, "wordings", lambda scenes, **_: said[: len(scenes)])
    assert vae.rephrase("A cat sits!", 3) == ["a dog", "a man"]
    assert vae.rephrase("A cat sits!", 1) == ["a man"]


@pytest.mark.parametrize(("arguments", "message"), [
    ({"num_captions": 0}, "number of captions must be a whole number from 1 to 100, got 0"),
    ({"num_captions": 101}, "got 101"),
    ({"temperature": -1}, "temperature must be .* got -1"),
    ({"seed": -1}, "seed must be a whole number, 0 or more, got -1"),
    ({"caption": "qqq"}, "knows none"),
])  # fmt: skip
def test_arguments_of_rephrase_out_of_range_are_named(arguments, message):
    with pytest.raises(BadInput, match=message):
        random_vae().rephrase(**{"caption": "a dog runs", **arguments})


@pytest.mark.parametrize("prior", [None, former_prior], ids=["none", "language model"])
def test_a_model_without_scenes_cannot_rephrase(prior):
    vae = Pipeline(bundle_of(random_vae().model, prior and prior()))
    with pytest.raises(BadInput, match="'tiny' have no scenes, which rephrase needs"):
        vae.rephrase("a dog runs")
