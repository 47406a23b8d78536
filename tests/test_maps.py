"""The maps of the page's models, without a browser."""

import json

import numpy as np
import pytest
from fake_pipeline import SCENES, TRAINED, FakePipeline, fake_map

from textvae.errors import BadInput
from textvae.latent.interpolation import interpolate_codes
from textvae.web import maps
from textvae.web.maps import Progress
from textvae.web.service import Service
from textvae.web.tabs.map import _answering

DOG, BUS = "a dog on a bench", "a red bus"


@pytest.fixture
def found(service):
    return maps.of(service)


def test_the_maps_of_a_service_are_the_same_for_all_tabs(service):
    assert maps.of(service) is maps.of(service)
    assert maps.of(service) is not maps.of(Service(load=FakePipeline, shipped=["coco"]))


def test_what_is_said_at_a_place_is_what_the_model_says_of_its_code(found):
    latent_map, vae = fake_map(), FakePipeline("coco")
    for place in [(0.5, -1.25), (3.0, 2.0), tuple(latent_map.points[7].astype(float).round(3))]:
        said = found.decode_at("coco", f"{place[0]},{place[1]}")
        assert said["caption"] == vae.decode(latent_map.code_at(place)[None])[0]
        assert (said["x"], said["y"]) == pytest.approx(place, abs=1e-4)


def test_beside_a_place_are_the_captions_nearest_to_its_code_in_the_space(found):
    latent_map = fake_map()
    said = found.decode_at("coco", "0.5,-1.25")
    apart = np.linalg.norm(latent_map.codes - latent_map.code_at((0.5, -1.25)), axis=1)
    assert said["near"] == np.argsort(apart, kind="stable")[:6].tolist()
    assert said["distances"] == pytest.approx(np.sort(apart)[:6], abs=0.006)
    json.dumps(said)


def test_a_typed_caption_has_its_place_and_its_own_neighbours(found):
    latent_map, vae = fake_map(), FakePipeline("coco")
    said = found.find("coco", "  A dog, on a bench! ")
    [code] = vae.encode(["a dog on a bench"])
    assert said["caption"] == "a dog on a bench"
    assert (said["x"], said["y"]) == pytest.approx(latent_map.place(code[None])[0], abs=1e-3)
    apart = np.linalg.norm(latent_map.codes - code, axis=1)
    assert said["near"] == np.argsort(apart, kind="stable")[:6].tolist()
    json.dumps(said)
    assert said["unread"] == []
    assert found.find("coco", "2 dogs on a bench")["unread"] == ["Not read: “2”."]
    said = found.find("coco", "a manx " + "on a bench " * 9)
    assert [each[:28] for each in said["unread"]] == [
        "The model does not know “man",
        "Shortened to the first 16 wo",
    ]
    for bad in ("", "zqx vbn", None, "a dog " * 100):
        with pytest.raises(BadInput):
            found.find("coco", bad)
    with pytest.raises(BadInput, match="“article” has no map yet"):
        found.find("article", "a dog")


def test_a_model_without_a_map_gets_a_small_one_part_by_part(found):
    answer = _answering(lambda _: found.decode_at("article", "0,0"))(None)
    assert answer["again"]  # which the page answers by opening the map anew
    with pytest.raises(BadInput, match="“article” has no map yet"):
        found.decode_at("article", "0,0")
    answers = [found.open("article")]
    while isinstance(answers[-1], Progress):
        answers.append(found.open("article"))
    assert [answer.done for answer in answers[:-1]] == list(range(50, 400, 50))
    assert {answer.total for answer in answers[:-1]} == {400}
    made = answers[-1]
    assert made is found.open("article")
    assert set(made.captions) <= set(SCENES)  # what its fake can say
    assert found.decode_at("article", "0,0")["caption"] in SCENES
    assert found.open("coco") is fake_map()


def opened(found):
    """The small map of a model, once all of its parts are made."""
    while isinstance(made := found.open("article"), Progress):
        pass
    return made


class Copying(FakePipeline):
    """Writes nothing but training captions."""

    def in_training_set(self, captions):
        return [True] * len(captions)


class Flat(FakePipeline):
    """Has codes of one unit."""

    def __init__(self, name):
        super().__init__(name)
        self.latent_dim = 1


@pytest.mark.parametrize(("kind", "num_parts"), [(Copying, 8), (Flat, 0)])
def test_a_model_that_can_have_no_map_says_so_and_keeps_nothing(kind, num_parts):
    vae = kind("article")
    found = maps.of(Service(load=lambda name: vae, shipped=["article"]))
    for _ in range(2):
        vae.calls.clear()
        with pytest.raises(BadInput, match="No map can be made of what “article” writes"):
            opened(found)
        assert vae.calls.count("decode") == num_parts
        assert found._parts == {}


def test_a_small_map_shows_what_a_large_one_would():
    """No training captions, and the labels of the model for kinds."""
    vae = FakePipeline("article")
    is_long = lambda captions: [len(caption) > 50 for caption in captions]  # noqa: E731
    vae.labels, vae.labels_shown = ("short", "long"), lambda lines: np.array(is_long(lines)) * 1
    vae.in_training_set = lambda captions: [caption in TRAINED for caption in captions]
    found = maps.of(Service(load=lambda name: vae, shipped=["article"]))
    made = opened(found)
    assert set(made.captions) == set(SCENES) - TRAINED
    assert made.names == ("short", "long")
    assert made.kinds.tolist() == is_long(made.captions)


def test_a_path_goes_through_the_places_of_its_codes(service, found):
    latent_map, vae = fake_map(), FakePipeline("coco")
    path = service.interpolate("coco", DOG, BUS, 5)
    places = np.array(found.on_map(path))
    codes = interpolate_codes(*vae.encode([DOG, BUS]), len(path.fine), "linear")
    np.testing.assert_allclose(places, latent_map.place(codes), atol=1e-3)
    bent = np.array(found.on_map(service.interpolate("coco", DOG, BUS, 5, "spherical")))
    np.testing.assert_allclose(bent[[0, -1]], places[[0, -1]], atol=1e-3)
    assert found.on_map(service.interpolate("article", DOG, BUS, 5)) is None
