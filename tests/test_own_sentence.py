"""What lies around a sentence: its neighbours and other wordings."""

import numpy as np
import pytest
from fake_pipeline import FakePipeline, fake_map

from textvae.errors import BadInput
from textvae.web.i18n import english
from textvae.web.own_sentence import surroundings
from textvae.web.rendering.own_sentence import around
from textvae.web.service import Service

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
