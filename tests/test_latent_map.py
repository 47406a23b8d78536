"""The map of a model: its points, its codes, its file, and the verb that makes it."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest
from tiny import beside, copy_of_weights, learned_vae
from verbs import assert_refused, run

from textvae.cli.verbs import map as verb
from textvae.data.training_set_filter import TrainingSetFilter
from textvae.errors import BadInput
from textvae.latent import latent_map
from textvae.latent.drawn_map import draw_captions, map_of
from textvae.latent.projection import principal_plane
from textvae.metrics.projection_quality import projection_quality
from textvae.saving import manifest, weights_folder
from textvae.saving.variables import array_bytes
from textvae.training import train
from textvae.training.lock import locked

# Layout


def clouds(noise, seed=0):
    """Four kinds that lie apart in units 2 and 5 alone; unit 0 varies most and says nothing."""
    rng = np.random.default_rng(seed)
    corners = np.array([[3, 3], [3, -3], [-3, 3], [-3, -3]])
    things = ["dog", "pizza", "train", "tennis"]
    codes = rng.normal(size=(200, 8))
    codes[:, 0] *= noise
    codes[:, [2, 5]] += np.repeat(corners, 50, axis=0)
    captions = [f"a {thing} of {n}" for thing in things for n in range(50)]
    return captions, codes.astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def of_clouds():
    return latent_map.build_map(*clouds(noise=1.0))


def test_at_the_point_of_a_caption_is_its_code_and_its_code_is_at_its_point(of_clouds):
    for i in (0, 57, 199):
        np.testing.assert_array_equal(
            of_clouds.code_at(of_clouds.points[i]), of_clouds.codes[i]
        )
        beside = of_clouds.code_at(of_clouds.points[i] + 1e-3)
        np.testing.assert_allclose(beside, of_clouds.codes[i], atol=0.1)
    np.testing.assert_allclose(of_clouds.place(of_clouds.codes), of_clouds.points, atol=1e-6)


def test_between_points_is_a_blend_of_the_four_nearest_as_long_as_they_are(of_clouds):
    point = of_clouds.points[10] + [0.2, 0.1]
    order = sorted(range(200), key=lambda i: float(np.hypot(*(of_clouds.points[i] - point))))[
        :4
    ]
    weights = np.array([np.hypot(*(of_clouds.points[i] - point)) ** -4.0 for i in order])
    weights /= weights.sum()
    blend = sum(
        w * of_clouds.codes[i].astype(float) for w, i in zip(weights, order, strict=True)
    )
    length = sum(
        w * np.linalg.norm(of_clouds.codes[i]) for w, i in zip(weights, order, strict=True)
    )
    code = of_clouds.code_at(point)
    np.testing.assert_allclose(code, blend * length / np.linalg.norm(blend), rtol=1e-4)


def test_a_new_caption_is_placed_among_its_own(of_clouds):
    """Codes that the map has not seen: nearest on the plane is their own kind."""
    _, codes = clouds(noise=1.0, seed=1)
    places = of_clouds.place(codes)
    near = np.linalg.norm(places[:, None] - of_clouds.points, axis=2).argmin(axis=1)
    assert (of_clouds.kinds[near] == of_clouds.kinds).mean() > 0.98


def test_a_place_is_the_weighted_mean_of_the_nearest_that_lie_together():
    codes = np.array([[0, 0], [0, 2], [0, -3], [9, 0]], np.float32)
    points = np.array([[1.0, 1.0], [1.5, 1.0], [-8.0, -8.0], [9.0, 9.0]])
    made = latent_map.LatentMap(tuple("abcd"), codes, np.zeros(4, np.uint8), ("x",), points, "")
    [place] = made.place(np.array([[0.0, 1.0]]))  # as near to the first as to the second
    np.testing.assert_allclose(place, [1.25, 1.0])


def test_a_map_says_how_well_it_keeps_neighbours(of_clouds):
    assert of_clouds.method == "t-SNE"
    assert of_clouds.kept == projection_quality(of_clouds.points, of_clouds.codes)
    linear = principal_plane(of_clouds.codes).points
    assert of_clouds.kept.neighbours > projection_quality(linear, of_clouds.codes).neighbours


def test_the_nearest_captions_are_the_nearest_in_all_units(of_clouds):
    code = of_clouds.codes[5] + 0.1
    by_hand = sorted(range(200), key=lambda i: float(np.linalg.norm(of_clouds.codes[i] - code)))
    assert of_clouds.nearest(code, 4) == by_hand[:4]
    distances = [np.linalg.norm(of_clouds.codes[i] - code) for i in by_hand[:4]]
    np.testing.assert_allclose(of_clouds.neighbours(code, 4).distances[0], distances, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_map_of_very_few_captions_is_a_map(count):
    codes = np.arange(count * 4, dtype=np.float32).reshape(count, 4)
    found = latent_map.build_map(["a dog", "a cat", "a pizza"][:count], codes)
    assert (found.points.shape, found.method) == ((count, 2), "PCA")
    assert np.isfinite(found.code_at((0.5, -1.0))).all()


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
    mine = beside(learned_vae(), dataclasses.replace(learned_vae().bundle))
    mine.make_map(100, seed=3)
    return mine


@pytest.fixture
def folder(vae, tmp_path):
    """Its weights folder, to break."""
    vae.save(tmp_path / "weights")
    return tmp_path / "weights"


def test_the_map_of_a_model_has_its_captions_at_the_codes_of_what_they_say(vae):
    made = vae.latent_map
    assert len(made.captions) > 15
    assert len(set(made.captions)) == len(made.captions)
    codes = vae.space.encode(list(made.captions))
    np.testing.assert_allclose(made.codes, codes, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(made.codes, made.codes.astype(np.float16))


def test_captions_of_the_training_data_are_not_on_the_map(vae):
    bundle, everything = vae.bundle, set(vae.latent_map.captions)
    known = sorted(everything)[::2]
    other = beside(
        vae, dataclasses.replace(bundle, training_set_filter=TrainingSetFilter.of(known))
    )
    assert set(other.make_map(100, seed=3).captions) == everything - set(known)


def test_a_model_that_writes_only_training_captions_does_without_a_map(
    vae, folder, monkeypatch, caplog
):
    everything, before = TrainingSetFilter.of(vae.latent_map.captions), vae.latent_map
    monkeypatch.setattr(vae.bundle, "training_set_filter", everything)
    train._draw_map(vae, 100, 3)  # as at the end of a training, which goes on
    assert vae.latent_map is before
    reason = "all 100 generated captions are training captions, which a map leaves out"
    [said] = caplog.messages
    assert f"no map is stored: {reason}" in said
    assert said.endswith("; `textvae map --weights FOLDER --num-points N` draws more")
    assert "\n" not in said
    monkeypatch.setattr(verb, "load_model", lambda *_: vae)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert_refused(run("map", "--weights", folder, "--num-points", 100, "--seed", 3), reason)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_a_map_is_read_as_it_was_written(vae, folder):
    made, read = vae.latent_map, weights_folder.load(folder).latent_map
    assert (read.captions, read.names, read.method) == (made.captions, made.names, made.method)
    assert read.kept == pytest.approx(made.kept, abs=1e-4)
    for name in ("codes", "kinds", "points"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    point = (0.3, -1.2)
    np.testing.assert_array_equal(read.code_at(point), made.code_at(point))
    np.testing.assert_array_equal(
        read.place(made.codes[:3] + 1), made.place(made.codes[:3] + 1)
    )
    size = (folder / manifest.MAP).stat().st_size
    assert size < 40_000
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    assert listed[manifest.MAP]["size"] == size


def test_the_command_makes_the_same_map_from_the_same_seed(vae, tmp_path):
    folder = copy_of_weights(tmp_path)  # which has none
    assert run("map", "--weights", folder, "--num-points", 100, "--seed", 3).status == 0
    written = (folder / manifest.MAP).read_bytes()
    assert written == array_bytes(*vae.latent_map.arrays())
    assert "`map.safetensors`" in (folder / "README.md").read_text()
    assert draw_captions(vae, 9, 3)[0] != draw_captions(vae, 9, 4)[0]


@pytest.mark.parametrize(("arguments", "message"), [
    (["--weights", "hf://owner/repo"], "must be a local folder, got 'hf://owner/repo'"),
    (["--weights", "./no/such"], "no weights './no/such'"),
    ([], r"the following arguments are required: --weights \(see textvae map --help\)$"),
    (["--weights", "article", "--num-points", "0"], "--num-points must be at least 1, got 0"),
])  # fmt: skip
def test_the_command_refuses_what_it_cannot_do(arguments, message):
    assert_refused(run("map", *arguments), message)


def damaged(change, arrays, metadata):
    arrays = {name: value.copy() for name, value in arrays.items()}
    metadata = dict(metadata)
    change(arrays, metadata)
    return arrays, metadata


def with_fact(name, value):
    return lambda _, m: m.update(kinds=json.dumps({**json.loads(m["kinds"]), name: value}))


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
    fill("points", np.inf),
    lambda a, _: a.update(points=a["points"][:-1]),
    lambda a, _: a.update(axes=a.pop("points")),
    fill("captions", 10),
    lambda _, m: m.clear(),
    lambda _, m: m.update(kinds="["),
    lambda _, m: m.update(kinds="[1, 2, 3, 4, 5]"),
    lambda _, m: m.update(kinds="7"),
    lambda _, m: m.update(kinds='{"names": ["a", "b", "c", "d", "e"]}'),
    with_fact("trustworthiness", 1.5),
    with_fact("neighbours", "many"),
    with_fact("names", 7),
    with_fact("neighbours", 10**400),
])  # fmt: skip
def test_an_invalid_map_is_refused(change, of_clouds):
    good = of_clouds.arrays()
    assert latent_map.LatentMap.from_arrays(*good, 8, "m").captions == of_clouds.captions
    with pytest.raises(BadInput, match="m is not the map of a model with 8 latent units; make"):
        latent_map.LatentMap.from_arrays(*damaged(change, *good), 8, "m")


def test_a_map_of_an_earlier_version_is_shown_as_it_was(of_clouds):
    """Which had axes in place of points, and nothing measured."""
    arrays, metadata = of_clouds.arrays()
    rng = np.random.default_rng(3)
    centre, axes = rng.normal(size=8).astype(np.float32), rng.normal(size=(8, 2))
    del arrays["points"]
    arrays |= {"centre": centre, "axes": axes.astype(np.float32)}
    names = json.dumps(json.loads(metadata["kinds"])["names"])
    read = latent_map.LatentMap.from_arrays(arrays, {"kinds": names}, 8, "m")
    np.testing.assert_allclose(read.points, (of_clouds.codes - centre) @ axes, atol=1e-3)
    assert (read.kept, read.method) == (None, "linear")
    again = latent_map.LatentMap.from_arrays(*read.arrays(), 8, "m")
    np.testing.assert_array_equal(again.points, read.points)


def test_facts_in_entries_of_their_own_are_read_as_well(of_clouds):
    arrays, metadata = of_clouds.arrays()
    facts = json.loads(metadata["kinds"])
    apart = {name: str(value) for name, value in facts.items() if name != "names"}
    read = latent_map.LatentMap.from_arrays(
        arrays, {"kinds": json.dumps(facts["names"]), **apart}, 8, "m"
    )
    assert (read.names, read.method) == (of_clouds.names, "t-SNE")
    assert read.kept == pytest.approx(of_clouds.kept, abs=1e-4)


def test_a_damaged_or_foreign_map_is_refused_with_its_folder(folder, of_clouds):
    path = folder / manifest.MAP
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BadInput, match=r"map\.safetensors is truncated or damaged"):
        weights_folder.load(folder)
    narrow = dataclasses.replace(of_clouds, codes=of_clouds.codes[:, :3])
    path.write_bytes(array_bytes(*narrow.arrays()))
    with pytest.raises(BadInput, match=r"differs from what manifest\.json beside it lists"):
        weights_folder.load(folder)
    path.write_bytes(array_bytes(*of_clouds.arrays()))
    with pytest.raises(BadInput, match=r"map\.safetensors is not the map of a model with 3"):
        weights_folder.load(folder)


def test_a_folder_without_a_map_has_none(tmp_path):
    folder = copy_of_weights(tmp_path)
    assert weights_folder.load(folder).latent_map is None
    (folder / manifest.MAP).write_bytes(b"left over from a run before")
    assert weights_folder.load(folder).latent_map is None  # the manifest does not list it


def test_no_map_is_drawn_that_could_not_be_read_again():
    never = SimpleNamespace(generate=lambda *_, **__: pytest.fail("drawn"))
    with pytest.raises(BadInput, match="number from 1 to 50,000, got 50001"):
        draw_captions(never, latent_map.MAX_POINTS + 1)


def test_no_map_is_made_in_a_folder_that_is_trained(tmp_path):
    folder = copy_of_weights(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with locked(folder):
        said = run("map", "--weights", folder, "--num-points", 20)
    assert_refused(said, "is being trained by process")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_no_map_is_made_whose_codes_could_not_be_read_again():
    vae = SimpleNamespace(in_training_set=lambda _: None, labels=())
    codes = np.broadcast_to(np.float32(0), (9000, 4096))  # 74 MB in half precision
    with pytest.raises(BadInput, match="draw fewer, with --num-points"):
        map_of(vae, [f"a dog {n}" for n in range(9000)], codes)
