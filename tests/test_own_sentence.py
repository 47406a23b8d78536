"""What lies around a sentence: its neighbours, other wordings, and directions to move it."""

import json
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from fake_pipeline import MOVED, FakePipeline, fake_map

from textvae.errors import BadInput
from textvae.web.i18n import english
from textvae.web.own_sentence import surroundings
from textvae.web.rendering.own_sentence import around
from textvae.web.rendering.towards import towards
from textvae.web.service import Service
from textvae.web.towards import moves

DOG = "A dog, on a bench!"


@pytest.fixture
def service():
    return Service(
        load=lambda name: FakePipeline(name, has_prior=name == "coco"),
        shipped=["coco", "article"],
    )


def test_beside_a_sentence_are_the_captions_nearest_to_its_code(service):
    found = surroundings(service, "coco", DOG, 0.7, 0)
    [code] = FakePipeline("coco").encode(["a dog on a bench"])
    apart = np.linalg.norm(fake_map().codes - code, axis=1)
    order = np.argsort(apart, kind="stable")[:5]
    assert found.near == tuple(fake_map().captions[i] for i in order)
    assert found.distances == pytest.approx(tuple(apart[order]), rel=1e-4)


def test_other_wordings_are_those_of_the_model_with_this_seed(service):
    vae = FakePipeline("coco")
    for seed in (0, 3):
        found = surroundings(service, "coco", DOG, 0.7, seed)
        assert found.wordings == tuple(vae.rephrase("a dog on a bench", 5, seed=seed))


def test_a_model_without_scenes_and_without_a_map_says_nothing_of_them(service):
    found = surroundings(service, "article", DOG, 0.7, 0)
    assert (found.near, found.wordings) == ((), None)
    text = around(found, service.generate("article", 3))
    assert english.WRITTEN in text
    assert english.NEAR not in text
    assert english.OTHERWISE not in text


@pytest.mark.parametrize(("boldness", "seed"), [(2.5, 0), (float("nan"), 0), (0.7, -1)])
def test_bad_settings_are_refused(service, boldness, seed):
    with pytest.raises(BadInput):
        surroundings(service, "coco", DOG, boldness, seed)


# Directions


def test_a_sentence_moves_along_the_directions_that_work_with_it(service):
    night, indoors = moves(service, "coco", "a dog on a bench")
    back = FakePipeline("coco").reconstruct(["a dog on a bench"])[0]
    assert (night.name, night.kept, night.tried) == ("night", 0.9, 200)
    assert night.captions[0] == back
    assert night.captions[3:] == (MOVED["night"],) * 5
    assert night.arrival == 3  # at strength 1, from where on the fake says so
    assert (indoors.name, indoors.captions[indoors.arrival]) == ("indoors", MOVED["indoors"])


def test_a_direction_that_finds_nothing_to_change_is_left_out(service):
    found = moves(service, "coco", "a dog in a living room at night")
    assert not {"night", "indoors"} & {each.name for each in found}
    assert towards(found) == ""


def test_a_model_without_directions_has_no_sliders(service):
    assert moves(service, "article", DOG) == ()


def test_a_slider_holds_every_caption_on_its_way_and_says_its_share(service):
    [night, _] = moves(service, "coco", "a dog on a bench")
    text = unescape(towards([night]))
    assert json.dumps(night.captions) in text
    assert "works 90% of the time" in text
    assert "of 200 other sentences" in text
    assert f'value="{night.arrival}"' in text
    rare = replace(night, name="snow", tried=62)
    assert "of 62 to 200 other sentences" in towards([night, rare])
