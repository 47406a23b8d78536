"""The map of a model: its projection, its points, its file, and the verb that makes it."""

import dataclasses
import json
from itertools import pairwise

import numpy as np
import pytest
from tiny import copy_of_weights, learned_vae
from verbs import assert_refused, run

from textvae.data.training_set_filter import TrainingSetFilter
from textvae.errors import BadInput
from textvae.latent import latent_map
from textvae.pipeline import Pipeline
from textvae.saving import weights_folder
from textvae.saving.variables import array_bytes

# Projection


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


def separation(points, kinds):
    """Between-kind over within-kind variance, all of it."""
    means = np.array([points[kinds == k].mean(axis=0) for k in np.unique(kinds)])
    within = sum(np.cov(points[kinds == k].T) for k in np.unique(kinds)) / len(means)
    return np.trace(np.linalg.solve(within, np.cov(means.T)))


def test_the_plane_is_the_one_on_which_kinds_lie_furthest_apart():
    """Against the plane in which the clouds were made, and 2,000 random planes."""
    captions, codes = clouds(noise=20.0)
    found = latent_map.build_map(captions, codes)
    best = separation(found.points, found.kinds)
    assert best > 0.98 * separation(codes[:, [2, 5]].astype(float), found.kinds)
    rng = np.random.default_rng(1)
    random_planes = (codes @ rng.normal(size=(8, 2)) for _ in range(2000))
    assert best > max(separation(points, found.kinds) for points in random_planes)


def test_within_a_kind_the_variance_is_about_1_in_both_directions():
    captions, codes = clouds(noise=1.0)
    found = latent_map.build_map(captions, codes)
    for kind in range(4):
        covariance = np.cov(found.points[found.kinds == kind].T)
        np.testing.assert_allclose(covariance, np.eye(2), atol=0.35)


def test_a_map_of_one_kind_shows_where_codes_differ_most():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(300, 6)) * [1, 9, 1, 1, 6, 1]
    found = latent_map.build_map(
        [f"blurry shape {i}" for i in range(300)], codes.astype(np.float32)
    )
    assert set(np.abs(found.axes * codes.std(axis=0)[:, None]).argmax(axis=0)) == {1, 4}


def test_every_point_has_a_code_that_is_projected_onto_it():
    captions, codes = clouds(noise=5.0)
    found = latent_map.build_map(captions, codes)
    for point in np.random.default_rng(2).normal(0.0, 6.0, (100, 2)):
        np.testing.assert_allclose(
            found.project(found.code_at(point)[None])[0], point, atol=1e-5
        )


def test_at_a_point_of_the_map_is_its_own_code_and_beside_it_nearly():
    captions, codes = clouds(noise=5.0)
    found = latent_map.build_map(captions, codes)
    for i in (0, 57, 399):
        np.testing.assert_allclose(found.code_at(found.points[i]), codes[i], atol=1e-5)
        beside = found.code_at(found.points[i] + 1e-4)
        np.testing.assert_allclose(beside, codes[i], atol=0.1)


def test_between_points_is_a_blend_with_the_most_similar_of_the_neighbours():
    """The most similar code, not the nearest point."""
    captions, codes = clouds(noise=1.0)
    found = latent_map.build_map(captions, codes)
    point = found.points[10] + [0.02, 0.01]
    order = np.argsort(np.linalg.norm(found.points - point, axis=1))[:12]
    distances = np.linalg.norm(found.points[order] - point, axis=1)
    similar = 1 + np.argmin(np.linalg.norm(codes[order[1:]] - codes[order[0]], axis=1))
    share = 0.5 * (distances[0] / distances[similar]) ** 2
    blend = (1 - share) * codes[order[0]] + share * codes[order[similar]]
    step = point - found.project(blend[None])[0]
    np.testing.assert_allclose(
        found.code_at(point), blend + step @ found.inverse_projection, atol=1e-4
    )


def test_the_inverse_projection_is_the_most_likely_change_of_a_code():
    """The least-squares regression of codes on points, up to the ridge."""
    captions, codes = clouds(noise=3.0)
    found = latent_map.build_map(captions, codes)
    design = np.column_stack([found.points, np.ones(len(codes))])
    slopes = np.linalg.lstsq(design, codes.astype(float), rcond=None)[0][:2]
    assert np.corrcoef(found.inverse_projection.ravel(), slopes.ravel())[0, 1] > 0.99
    np.testing.assert_allclose(found.inverse_projection @ found.axes, np.eye(2), atol=1e-9)


def test_the_line_between_two_codes_is_a_straight_line_on_the_map():
    captions, codes = clouds(noise=3.0)
    found = latent_map.build_map(captions, codes)
    line = np.linspace(codes[0], codes[-1], 9)
    steps = np.diff(found.project(line), axis=0)
    for before, after in pairwise(steps):
        np.testing.assert_allclose(before, after, atol=1e-5)


def test_the_nearest_captions_are_the_nearest_in_all_units():
    captions, codes = clouds(noise=3.0)
    found = latent_map.build_map(captions, codes)
    code = codes[5] + 0.1
    by_hand = sorted(range(400), key=lambda i: float(np.linalg.norm(codes[i] - code)))
    assert found.nearest(code, 4) == by_hand[:4]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_map_of_very_few_captions_is_a_map(count):
    codes = np.arange(count * 4, dtype=np.float32).reshape(count, 4)
    found = latent_map.build_map(["a dog", "a cat", "a pizza"][:count], codes)
    point = found.points[0] + [0.5, -1.0]
    np.testing.assert_allclose(found.project(found.code_at(point)[None])[0], point, atol=1e-4)
    assert len(found.units) == 4


def test_repeated_captions_are_one_point_and_one_unit_is_no_plane():
    codes = np.eye(4, dtype=np.float32)
    found = latent_map.build_map(["a dog", "a cat", "a dog", "a cow"], codes)
    assert found.captions == ("a dog", "a cat", "a cow")
    np.testing.assert_array_equal(found.codes, codes[[0, 1, 3]])
    with pytest.raises(BadInput, match="at least 2 latent units; this model has 1"):
        latent_map.build_map(["a dog"], codes[:1, :1])


# Of a model, and on disk


@pytest.fixture(scope="module")
def vae():
    """The learned model with a map; nobody else's."""
    bundle = learned_vae().bundle
    mine = Pipeline(dataclasses.replace(bundle))
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
    bundle, everything = vae.bundle, set(vae.latent_map.captions)
    known = sorted(everything)[::2]
    other = Pipeline(
        dataclasses.replace(bundle, training_set_filter=TrainingSetFilter.of(known))
    )
    assert set(other.make_map(100, seed=3).captions) == everything - set(known)


def test_a_map_is_read_as_it_was_written(vae, folder):
    made, read = vae.latent_map, weights_folder.load(folder).latent_map
    assert (read.captions, read.names) == (made.captions, made.names)
    for name in ("codes", "kinds", "centre", "axes"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    point = (0.3, -1.2)
    np.testing.assert_array_equal(read.code_at(point), made.code_at(point))
    size = (folder / latent_map.FILE_NAME).stat().st_size
    assert size < 40_000
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    assert listed[latent_map.FILE_NAME]["size"] == size


def test_the_command_makes_the_same_map_from_the_same_seed(vae, tmp_path):
    folder = copy_of_weights(tmp_path)  # which has none
    assert run("map", "--weights", folder, "--num-points", 100, "--seed", 3).status == 0
    written = (folder / latent_map.FILE_NAME).read_bytes()
    assert written == array_bytes(*vae.latent_map.arrays())
    assert "`map.safetensors`" in (folder / "README.md").read_text()
    assert latent_map.draw_captions(vae, 9, 3)[0] != latent_map.draw_captions(vae, 9, 4)[0]


@pytest.mark.parametrize(("arguments", "message"), [
    (["--weights", "hf://owner/repo"], "folder of yours, got --weights 'hf://owner/repo'"),
    (["--weights", "./no/such"], "no weights './no/such'"),
    (["--num-points", "0"], "--num-points must be at least 1, got 0"),
])  # fmt: skip
def test_the_command_refuses_what_it_cannot_do(arguments, message):
    assert_refused(run("map", *arguments), message)


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
    with pytest.raises(BadInput, match="m is not the map of a model with 8 latent units; make"):
        latent_map.LatentMap.from_arrays(*damaged(change, *good), 8, "m")


def test_a_damaged_or_foreign_map_is_refused_with_its_folder(folder):
    path = folder / latent_map.FILE_NAME
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BadInput, match=r"map\.safetensors is truncated or damaged"):
        weights_folder.load(folder)
    captions, codes = clouds(noise=1.0)
    path.write_bytes(array_bytes(*latent_map.build_map(captions, codes[:, :3]).arrays()))
    with pytest.raises(BadInput, match=r"map\.safetensors is not the map of a model with 8"):
        weights_folder.load(folder)
    path.write_bytes(array_bytes(*latent_map.build_map(captions, codes).arrays()))
    with pytest.raises(BadInput, match=r"differs from what manifest\.json beside it lists"):
        weights_folder.load(folder)


def test_a_folder_without_a_map_has_none(tmp_path):
    folder = copy_of_weights(tmp_path)
    assert weights_folder.load(folder).latent_map is None
    (folder / latent_map.FILE_NAME).write_bytes(b"left over from a run before")
    assert weights_folder.load(folder).latent_map is None  # the manifest does not list it
