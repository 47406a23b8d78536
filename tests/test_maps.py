"""The maps of the page's models, without a browser."""

import json

import numpy as np
import pytest
from fake_pipeline import LATENT_DIM, SCENES, FakePipeline, fake_map

from textvae.errors import BadInput
from textvae.latent.interpolation import ease
from textvae.web import maps
from textvae.web.maps import Progress
from textvae.web.service import Service

DOG, BUS = "a dog on a bench", "a red bus"


@pytest.fixture
def service():
    return Service(load=FakePipeline, shipped=["coco", "article"])


@pytest.fixture
def found(service):
    return maps.of(service)


def test_the_maps_of_a_service_are_the_same_for_all_tabs(service):
    assert maps.of(service) is maps.of(service)
    assert maps.of(service) is not maps.of(Service(load=FakePipeline, shipped=["coco"]))


def test_what_is_said_at_a_place_is_what_the_model_says_of_its_code(found):
    latent_map, vae = fake_map(), FakePipeline("coco")
    for place in [(0.5, -1.25), (3.0, 2.0), tuple(latent_map.points[7].round(3))]:
        said = found.decode_at("coco", f"{place[0]},{place[1]}")
        assert said["caption"] == vae.decode(latent_map.code_at(place)[None])[0]
        assert (said["x"], said["y"]) == pytest.approx(place, abs=1e-4)


def test_a_moved_unit_is_that_value_of_the_code_and_moves_the_place(found):
    latent_map, vae = fake_map(), FakePipeline("coco")
    unit = latent_map.units[1].number
    said = found.decode_at("coco", f"0.5,-1.25;{unit}:2.5")
    code = latent_map.code_at((0.5, -1.25))
    code[unit] = 2.5
    assert said["caption"] == vae.decode(code[None])[0]
    assert said["units"][str(unit)] == 2.5
    assert (said["x"], said["y"]) == pytest.approx(latent_map.project(code[None])[0], abs=1e-5)
    with pytest.raises(BadInput, match="is not a valid map location"):
        found.decode_at("coco", f"0,0;{LATENT_DIM}:1")
    json.dumps(said)


def test_a_model_without_a_map_gets_a_small_one_part_by_part(found):
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


def test_a_straight_path_is_a_straight_line_between_the_places_of_its_ends(service, found):
    latent_map, vae = fake_map(), FakePipeline("coco")
    path = service.interpolate("coco", DOG, BUS, 5)
    places = np.array(found.on_map(path))
    assert len(places) == len(path.fine)
    ends = latent_map.project(vae.encode([DOG, BUS]))
    np.testing.assert_allclose(places[[0, -1]], ends, atol=1e-3)
    share = ease(np.linspace(0.0, 1.0, len(places)))[:, None]
    np.testing.assert_allclose(places, ends[0] + share * (ends[1] - ends[0]), atol=1e-3)
    bent = np.array(found.on_map(service.interpolate("coco", DOG, BUS, 5, "spherical")))
    np.testing.assert_allclose(bent[[0, -1]], ends, atol=1e-3)
    assert np.abs(bent - places).max() > 0.02
    assert found.on_map(service.interpolate("article", DOG, BUS, 5)) is None
