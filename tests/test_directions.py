"""Directions of codes: their fit, their file, the edits they come from, and their use."""

import numpy as np
import pytest
from tiny import as_random, random_vae

from textvae.errors import BadInput
from textvae.latent.directions import Direction, fit_direction, from_arrays, to_arrays
from textvae.latent.traversal import STEPS
from textvae.latent.word_edits import EDITS, has_exchanged
from textvae.saving import weights_folder
from textvae.training import learned_directions

RNG = np.random.default_rng(0)


def test_a_direction_is_the_affine_map_that_the_pairs_follow():
    matrix, offset = RNG.normal(size=(4, 4)), RNG.normal(size=4)
    before = RNG.normal(size=(5000, 4))
    found = fit_direction("night", before, before + before @ matrix + offset)
    code = RNG.normal(size=(3, 4))
    # The ridge takes 2% off what the code decides and nothing off the offset.
    expected = code + 0.5 * (code @ matrix / 1.02 + offset)
    np.testing.assert_allclose(found.move(code, 0.5), expected, atol=0.05)


def test_a_direction_without_effect_moves_nothing():
    before = RNG.normal(size=(50, 3))
    found = fit_direction("night", before, before)
    np.testing.assert_array_equal(found.move(before, 2.0), before.astype(np.float32))


def test_directions_are_the_same_after_a_file():
    made = [
        fit_direction(name, RNG.normal(size=(40, 3)), RNG.normal(size=(40, 3)))._replace(
            kept=0.875, tried=40
        )
        for name in ("night", "woman")
    ]
    read = {each.name: each for each in from_arrays(*to_arrays(made), 3, "file")}
    for each in made:
        np.testing.assert_array_equal(read[each.name].matrix, each.matrix)
        assert read[each.name][2:] == (0.875, 40)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays, metadata: arrays.update(night=np.zeros((3, 3), np.float16)),
        lambda arrays, metadata: arrays.update(night=np.full((4, 3), np.nan, np.float16)),
        lambda arrays, metadata: arrays.update(unheard_of=arrays["night"]),
        lambda arrays, metadata: metadata.clear(),
        lambda arrays, metadata: metadata.update(night="2 of 3"),
        lambda arrays, metadata: metadata.update(night="much"),
    ],
)
def test_directions_of_another_model_are_refused(change):
    arrays, metadata = to_arrays([Direction("night", np.zeros((4, 3)), 0.9, 10)])
    change(arrays, metadata)
    with pytest.raises(BadInput, match="folder/directions"):
        from_arrays(arrays, metadata, 3, "folder/directions")


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("woman", "a man with his dog", "a woman with her dog"),
        ("several", "a dog is on a couch", "two dogs are on a couch"),
        ("night", "a city street", "a city street at night"),
        ("snow", "a man walking in a park", "a man walking in the snow"),
        ("snow", "two dogs playing", "two dogs playing in the snow"),
        ("snow", "a man standing in snow", None),
        ("cat", "a dog and a cat", None),
        ("cat", "an old bus", None),
        ("several", "an old bus", None),
    ],
)
def test_an_edit_changes_one_thing(name, before, after):
    assert EDITS[name].apply(before) == after


def test_what_an_edit_makes_succeeds_and_what_was_there_before_does_not():
    captions = ["a small dog with a man is sitting on a white bench", "a red horse in a field"]
    tried = 0
    for edit in EDITS.values():
        for caption in captions:
            if (changed := edit.apply(caption)) is not None:
                tried += 1
                assert edit.succeeds(caption, changed)
                assert not edit.succeeds(caption, caption)
                assert not edit.succeeds(caption, next(iter(edit.promised)))  # nothing stayed
    assert tried > 12


def test_a_model_moves_a_caption_along_its_directions(tmp_path):
    vae = as_random()
    caption, dim = "a dog runs", vae.latent_dim
    shift = RNG.normal(size=dim)
    matrix = np.vstack([np.zeros((dim, dim)), shift])
    vae.bundle.directions = (Direction("cat", matrix, 0.9, 60),)
    expected = vae.decode(vae.encode(caption) + 0.5 * shift)
    assert vae.towards(caption, "cat", strength=0.5) == expected
    with pytest.raises(BadInput, match="no direction 'night'.* has cat"):
        vae.towards(caption, "night")
    vae.save(tmp_path / "copy")
    [read] = weights_folder.load(tmp_path / "copy").directions
    assert (read.name, read.kept, read.tried) == ("cat", 0.9, 60)


def test_a_move_goes_no_further_than_the_change():
    vae = as_random()
    shift = np.ones(vae.latent_dim)
    matrix = np.vstack([np.zeros((vae.latent_dim, vae.latent_dim)), shift])
    vae.bundle.directions = (Direction("cat", matrix),)
    start = vae.encode("a dog runs")
    vae.decode = lambda codes: [
        f"a {'cat' if each > 0.9 else 'dog'} at {each:.2f}" for each in (codes - start)[:, 0]
    ]
    assert vae.towards("a dog runs", "cat") == "a cat at 1.00"


def test_a_sum_goes_along_the_difference_until_the_words_have_come():
    vae = as_random()
    a, b, c = "a dog runs", "a dog", "a cat"
    difference = vae.encode(c) - vae.encode(b)
    start = vae.encode(a)

    def gone(codes):
        """How far along the difference each code has gone."""
        return (codes - start) @ difference / (difference @ difference)

    def decode(codes):
        np.testing.assert_allclose(gone(codes), STEPS, rtol=1e-5, atol=1e-5)
        return [f"{each:.2f}" for each in gone(codes)]

    vae.decode = decode
    assert vae.add_up(a, b, c) == "1.00"  # the words never come: the sum itself
    vae.decode = lambda codes: [
        f"a {'cat' if each > 1.2 else 'dog'} at {each:.2f}" for each in gone(codes)
    ]
    assert vae.add_up(a, b, c) == "a cat at 1.25"  # the first that shows it


@pytest.mark.parametrize(
    ("minus", "plus", "caption", "expected"),
    [
        ("a man", "a woman", "a woman on the beach", True),
        ("a man", "a woman", "a man on the beach", False),
        ("a man", "a woman", "a man and a woman", False),
        ("a street", "a street at night", "a train at night", True),
        ("a man", "a man", "a man", False),  # nothing to exchange
        ("一只狗", "一只猫", "沙发上的一只猫", True),
        ("一只狗", "一只猫", "沙发上的一只狗", False),
    ],
)
def test_words_are_exchanged_if_those_of_one_have_come_for_those_of_the_other(
    minus, plus, caption, expected
):
    assert has_exchanged(minus, plus, caption) is expected


def test_what_the_model_cannot_read_teaches_no_direction(monkeypatch):
    """It knows "man", and not what an edit makes of it."""
    for name, value in (("MIN_PAIRS", 1), ("MIN_TRIED", 1), ("PROMISE", 0.0)):
        monkeypatch.setattr(learned_directions, name, value)
    monkeypatch.setattr(learned_directions, "EDITS", {"woman": EDITS["woman"]})
    lines = ["man", "a man runs", "a man sits"]
    [found] = learned_directions.learn_directions(random_vae(), lines, lines)
    assert (found.name, found.tried) == ("woman", 2)
