"""The map of a model: kinds, layout, places, the file, and the command that makes it."""

import dataclasses
import json
from itertools import pairwise

import numpy as np
import pytest
from tiny import copy_of_weights, learned_vae

from textvae.cli.main import main
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.errors import BadInput
from textvae.latent import latent_map
from textvae.pipeline import Pipeline
from textvae.saving import weights_folder
from textvae.saving.variables import array_bytes

# What a person would call them; none is from any data set.
LABELLED = {
    "two boys kick a soccer ball over a wall": "ball",
    "the woman waits with her tennis racket": "ball",
    "a surfer falls off a huge wave": "boards",
    "a child on skis holds both poles": "boards",
    "three giraffes look into a tent": "animals",
    "the cow and the man share an umbrella": "animals",
    "a kitten hides in a red shoe": "pets",
    "a bowl of soup next to a spoon": "food",
    "someone washes socks in the sink": "kitchen",
    "a lamp shines on an empty desk": "rooms",
    "an old tram passes the church": "street",
    "a girl rides her bicycle home": "street",
    "a canoe is pulled to the shore": "water",
    "tents under tall trees": "land",
    "a man smiles at the crowd": "people",
    "blurry shapes and bright spots": "other",
}


def kinds_of(captions):
    names, kinds = latent_map.find_kinds(captions)
    return [names[kind] for kind in kinds]


def test_kinds_are_what_a_person_calls_them():
    assert kinds_of(list(LABELLED)) == list(LABELLED.values())


def test_a_kind_that_nearly_all_are_of_gives_way_to_those_below_it():
    captions = ["elephants in a river", "elephants behind a fence", "an elephant and a man"] * 9
    assert kinds_of(captions) == ["water", "enclosure", "people"] * 9


def test_a_kind_too_rare_to_be_seen_is_other():
    captions = [*["a dog runs"] * 90, *["a pizza cools"] * 90, "a tennis court"]
    assert kinds_of(captions)[-1] == "other"
    assert latent_map.find_kinds(captions)[0] == ("pets", "food", "other")


def test_captions_that_the_table_knows_nothing_of_are_named_by_their_own_words():
    captions = [f"{piece} takes {n}" for n in range(40) for piece in ("the queen", "a pawn")]
    assert set(kinds_of(captions)) == {"queen", "pawn"}


# Layout


def clouds(noise, seed=0):
    """Four kinds that lie apart in units 2 and 5 alone; unit 0 varies most and says nothing."""
    rng = np.random.default_rng(seed)
    corners = np.array([[3, 3], [3, -3], [-3, 3], [-3, -3]])
    things = ["dog", "pizza", "train", "tennis"]
    codes = rng.normal(size=(400, 8))
    codes[:, 0] *= noise
    codes[:, [2, 5]] += np.repeat(corners, 100, axis=0)
    captions = [f"a {thing} of {n}" for thing in things for n in range(100)]
    return captions, codes.astype(np.float16).astype(np.float32)


def separation(places, kinds):
    """Between-kind over within-kind variance, all of it."""
    means = np.array([places[kinds == k].mean(axis=0) for k in np.unique(kinds)])
    within = sum(np.cov(places[kinds == k].T) for k in np.unique(kinds)) / len(means)
    return np.trace(np.linalg.solve(within, np.cov(means.T)))


def test_the_plane_is_the_one_on_which_kinds_lie_furthest_apart():
    """Against the plane that the clouds were made in, and 2,000 that were drawn."""
    captions, codes = clouds(noise=20.0)
    found = latent_map.build_map(captions, codes)
    best = separation(found.points, found.kinds)
    assert best > 0.98 * separation(codes[:, [2, 5]].astype(float), found.kinds)
    rng = np.random.default_rng(1)
    drawn = (codes @ rng.normal(size=(8, 2)) for _ in range(2000))
    assert best > max(separation(places, found.kinds) for places in drawn)


def test_within_a_kind_places_spread_alike_in_both_directions():
    captions, codes = clouds(noise=1.0)
    found = latent_map.build_map(captions, codes)
    for kind in range(4):
        spread = np.cov(found.points[found.kinds == kind].T)
        np.testing.assert_allclose(spread, np.eye(2), atol=0.35)


def test_a_map_of_one_kind_shows_where_codes_differ_most():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(300, 6)) * [1, 9, 1, 1, 6, 1]
    found = latent_map.build_map(
        [f"blurry shape {i}" for i in range(300)], codes.astype(np.float32)
    )
    assert set(np.abs(found.axes * codes.std(axis=0)[:, None]).argmax(axis=0)) == {1, 4}


def test_every_place_has_a_code_that_lies_exactly_there():
    captions, codes = clouds(noise=5.0)
    found = latent_map.build_map(captions, codes)
    for place in np.random.default_rng(2).normal(0.0, 6.0, (100, 2)):
        np.testing.assert_allclose(
            found.places(found.code_at(place)[None])[0], place, atol=1e-5
        )


def test_on_a_dot_is_its_own_code_and_beside_it_nearly():
    captions, codes = clouds(noise=5.0)
    found = latent_map.build_map(captions, codes)
    for i in (0, 57, 399):
        np.testing.assert_allclose(found.code_at(found.points[i]), codes[i], atol=1e-5)
        beside = found.code_at(found.points[i] + 1e-4)
        np.testing.assert_allclose(beside, codes[i], atol=0.1)


def test_between_dots_is_a_blend_with_the_most_alike_of_the_neighbours():
    """Three dots on a line; the third is nearer in the plane, the second in all other units."""
    captions, codes = clouds(noise=1.0)
    found = latent_map.build_map(captions, codes)
    place = found.points[10] + [0.02, 0.01]
    order = np.argsort(np.linalg.norm(found.points - place, axis=1))[:12]
    distances = np.linalg.norm(found.points[order] - place, axis=1)
    kin = 1 + np.argmin(np.linalg.norm(codes[order[1:]] - codes[order[0]], axis=1))
    share = 0.5 * (distances[0] / distances[kin]) ** 2
    blend = (1 - share) * codes[order[0]] + share * codes[order[kin]]
    step = place - found.places(blend[None])[0]
    np.testing.assert_allclose(found.code_at(place), blend + step @ found.lift, atol=1e-4)


def test_a_step_in_the_plane_is_the_likeliest_change_of_a_code():
    """The regression of codes on places, as least squares give it, but for the ridge."""
    captions, codes = clouds(noise=3.0)
    found = latent_map.build_map(captions, codes)
    design = np.column_stack([found.points, np.ones(len(codes))])
    slopes = np.linalg.lstsq(design, codes.astype(float), rcond=None)[0][:2]
    assert np.corrcoef(found.lift.ravel(), slopes.ravel())[0, 1] > 0.99
    np.testing.assert_allclose(found.lift @ found.axes, np.eye(2), atol=1e-9)


def test_the_way_between_two_codes_is_a_straight_line_on_the_map():
    captions, codes = clouds(noise=3.0)
    found = latent_map.build_map(captions, codes)
    line = np.linspace(codes[0], codes[-1], 9)
    steps = np.diff(found.places(line), axis=0)
    for before, after in pairwise(steps):
        np.testing.assert_allclose(before, after, atol=1e-5)


def test_the_nearest_captions_are_the_nearest_in_all_units():
    captions, codes = clouds(noise=3.0)
    found = latent_map.build_map(captions, codes)
    code = codes[5] + 0.1
    by_hand = sorted(range(400), key=lambda i: float(np.linalg.norm(codes[i] - code)))
    assert found.nearest(code, 4) == by_hand[:4]


def test_units_come_by_their_spread_with_the_words_of_their_ends():
    captions, codes = clouds(noise=20.0)
    units = latent_map.build_map(captions, codes).units
    assert units[0].number == 0
    assert {units[1].number, units[2].number} == {2, 5}
    ends = {unit.number: (set(unit.low), set(unit.high)) for unit in units}
    assert ends[2] == ({"train", "tennis"}, {"dog", "pizza"})
    assert ends[5] == ({"pizza", "tennis"}, {"dog", "train"})
    assert units[0].spread == pytest.approx(codes[:, 0].std(), rel=1e-4)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_map_of_very_few_captions_is_a_map(count):
    codes = np.arange(count * 4, dtype=np.float32).reshape(count, 4)
    found = latent_map.build_map(["a dog", "a cat", "a pizza"][:count], codes)
    place = found.points[0] + [0.5, -1.0]
    np.testing.assert_allclose(found.places(found.code_at(place)[None])[0], place, atol=1e-4)
    assert len(found.units) == 4


def test_repeated_captions_are_one_point_and_one_unit_is_no_plane():
    codes = np.eye(4, dtype=np.float32)
    found = latent_map.build_map(["a dog", "a cat", "a dog", "a cow"], codes)
    assert found.captions == ("a dog", "a cat", "a cow")
    np.testing.assert_array_equal(found.codes, codes[[0, 1, 3]])
    with pytest.raises(BadInput, match="at least 2 units; this model has 1"):
        latent_map.build_map(["a dog"], codes[:1, :1])


# Of a model, and on disk


@pytest.fixture(scope="module")
def vae():
    """The learned model with a map; nobody else's."""
    stored = learned_vae().stored
    mine = Pipeline(dataclasses.replace(stored))
    mine.make_map(100, seed=3)
    return mine


@pytest.fixture
def folder(vae, tmp_path):
    """Its weights folder, to break."""
    vae.save(tmp_path / "weights")
    return tmp_path / "weights"


def test_the_map_of_a_model_says_what_the_model_says_at_its_codes(vae):
    made = vae.latent_map
    assert len(made.captions) > 15
    assert len(set(made.captions)) == len(made.captions)
    assert vae.decode(made.codes) == list(made.captions)
    np.testing.assert_array_equal(made.codes, made.codes.astype(np.float16))


def test_captions_of_the_training_data_are_not_on_the_map(vae):
    stored, everything = vae.stored, set(vae.latent_map.captions)
    known = sorted(everything)[::2]
    other = Pipeline(dataclasses.replace(stored, training_set_filter=TrainingSetFilter.of(known)))
    assert set(other.make_map(100, seed=3).captions) == everything - set(known)


def test_a_map_is_read_as_it_was_written(vae, folder):
    made, read = vae.latent_map, weights_folder.load(folder).latent_map
    assert (read.captions, read.names) == (made.captions, made.names)
    for name in ("codes", "kinds", "centre", "axes"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    place = (0.3, -1.2)
    np.testing.assert_array_equal(read.code_at(place), made.code_at(place))
    size = (folder / latent_map.NAME).stat().st_size
    assert size < 40_000
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    assert listed[latent_map.NAME]["size"] == size


def test_the_command_makes_the_same_map_from_the_same_seed(vae, tmp_path):
    folder = copy_of_weights(tmp_path)  # which has none
    main(["map", "--weights", str(folder), "--num-points", "100", "--seed", "3"])
    written = (folder / latent_map.NAME).read_bytes()
    assert written == array_bytes(*vae.latent_map.arrays())
    assert "`map.safetensors`" in (folder / "README.md").read_text()
    assert latent_map.draw(vae, 9, 3)[0] != latent_map.draw(vae, 9, 4)[0]


@pytest.mark.parametrize(("arguments", "message"), [
    (["--weights", "hf://owner/repo"], "stored in a folder of yours, got 'hf://owner/repo'"),
    (["--weights", "no/such"], "no weights 'no/such'"),
    (["--num-points", "0"], "--num-points must be at least 1, got 0"),
])  # fmt: skip
def test_the_command_refuses_what_it_cannot_do(capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        main(["map", *arguments])
    assert message in capsys.readouterr().err


def damaged(change, arrays, metadata):
    arrays = {name: value.copy() for name, value in arrays.items()}
    metadata = dict(metadata)
    change(arrays, metadata)
    return arrays, metadata


def fill(name, value):
    return lambda a, _: a.update({name: np.full_like(a[name], value)})


@pytest.mark.parametrize("change", [
    lambda a, _: a.pop("codes"),
    lambda a, _: a.update(more=np.zeros(3)),
    lambda a, _: a.update(codes=a["codes"][:-1]),
    lambda a, _: a.update(codes=a["codes"][:, :-1]),
    lambda a, _: a.update(codes=a["codes"].ravel()),
    lambda a, _: a.update(kinds=a["kinds"].astype(np.float32)),
    lambda a, _: a.update(kinds=a["kinds"] + 200),
    lambda a, _: a.update(captions=a["captions"][:-40]),
    lambda a, _: a.update(captions=np.concatenate([a["captions"], a["captions"]])),
    lambda a, _: a.update(captions=np.full(9, 255, np.uint8)),
    fill("codes", np.nan),
    fill("axes", 0.0),
    fill("axes", np.inf),
    fill("centre", np.nan),
    fill("captions", 10),
    lambda _, m: m.clear(),
    lambda _, m: m.update(kinds="["),
    lambda _, m: m.update(kinds="[1, 2, 3, 4, 5]"),
    lambda _, m: m.update(kinds="7"),
])  # fmt: skip
def test_a_map_that_is_not_one_is_refused(change):
    captions, codes = clouds(noise=1.0)
    good = latent_map.build_map(captions, codes).arrays()
    assert latent_map.LatentMap.from_arrays(*good, 8, "m").captions == tuple(captions)
    with pytest.raises(BadInput, match="m is not the map of a model of 8 units; make it again"):
        latent_map.LatentMap.from_arrays(*damaged(change, *good), 8, "m")


def test_a_damaged_or_foreign_map_is_refused_with_its_folder(folder):
    path = folder / latent_map.NAME
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BadInput, match=r"map\.safetensors is truncated or damaged"):
        weights_folder.load(folder)
    captions, codes = clouds(noise=1.0)
    path.write_bytes(
        array_bytes(*latent_map.build_map(captions, codes[:, :3]).arrays())
    )
    with pytest.raises(BadInput, match=r"map\.safetensors is not the map of a model of 8"):
        weights_folder.load(folder)
    path.write_bytes(
        array_bytes(*latent_map.build_map(captions, codes).arrays())
    )
    with pytest.raises(BadInput, match=r"not the file that manifest\.json beside it lists"):
        weights_folder.load(folder)


def test_a_folder_without_a_map_has_none(tmp_path):
    folder = copy_of_weights(tmp_path)
    assert weights_folder.load(folder).latent_map is None
    (folder / latent_map.NAME).write_bytes(b"left over from a run before")
    assert weights_folder.load(folder).latent_map is None  # the manifest does not list it
