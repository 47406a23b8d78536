"""A - B + C of captions, and examples that come out right."""

from types import SimpleNamespace

import numpy as np
import pytest
from fake_pipeline import FakePipeline, fake_map

from textvae.errors import BadInput
from textvae.latent.word_edits import is_right
from textvae.web import examples
from textvae.web.arithmetic import add_up, working_examples
from textvae.web.service import Service

DOG, CAT, BUS = "a dog on a bench", "a cat on a bench", "a red bus"


def test_a_sum_is_of_the_codes_of_its_captions(service):
    vae, latent_map = FakePipeline("coco"), fake_map()
    result = add_up(service, "coco", DOG, CAT, BUS)
    a, b, c = vae.encode([DOG, CAT, BUS])
    assert result.caption == vae.decode((a - b + c)[None])[0]
    assert result.near == tuple(
        latent_map.captions[i] for i in latent_map.nearest(a - b + c, 3)
    )
    expected = latent_map.place(np.array([a, b, c, a - b + c]))
    np.testing.assert_allclose(result.places, expected, atol=1e-3)


def test_a_sum_names_the_box_that_is_wrong(service):
    with pytest.raises(BadInput, match=r"^minus B: Type a line in the language of"):
        add_up(service, "coco", DOG, " ", CAT)
    with pytest.raises(BadInput, match="^plus C: The model knows none of the words"):
        add_up(service, "coco", DOG, CAT, "zqx vbn")


def test_a_sum_without_a_map_has_no_neighbours_and_no_places(service):
    result = add_up(service, "article", DOG, CAT, BUS)
    assert (result.near, result.places) == ((), None)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("a woman riding a wave on a surfboard", True),
        ("a woman riding a wave on a board", True),  # two of three words stayed
        ("a woman on a field", False),
        ("a man riding a wave on a surfboard", False),
        ("a man and a woman riding a wave on a surfboard", False),
        ("a person riding a wave on a surfboard", False),
    ],
)
def test_a_sum_is_right_if_it_exchanged_what_it_should(result, expected):
    example = ("a man riding a wave on a surfboard", "a man", "a woman")
    assert is_right(*example, result) is expected


def test_examples_are_sums_that_can_be_read_and_come_out_right(monkeypatch):
    vae = FakePipeline("coco")
    known = [each for each in examples.SUMS if "elephant" not in each[0]]
    answers = ["nothing right"] * len(known)
    answers[1], answers[4] = "a cat sitting on a couch", "a blue bus on a city street"

    def prepare(caption):
        unknown = ("elephant",) if "elephant" in caption else ()
        return SimpleNamespace(cleaned=caption, unknown_words=unknown)

    monkeypatch.setattr(vae, "prepare", prepare)
    answer = dict(zip(known, answers, strict=True))
    monkeypatch.setattr(vae, "add_up", lambda *example: answer[example])
    service = Service(load=lambda name: vae, shipped=["coco"])
    assert working_examples(service, "coco") == [examples.SUMS[1], examples.SUMS[4]]
    vae.language = "zh-Hant"  # which may read any character, and answers none of these
    assert working_examples(Service(load=lambda name: vae, shipped=["coco"]), "coco") == []
