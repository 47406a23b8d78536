"""What the Map tab asks of a model, without a browser."""

import base64
import html
import json
import re
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pytest
from fake_pipeline import LATENT_DIM, SCENES, FakePipeline, fake_map

from textvae.errors import BadInput
from textvae.latent.interpolation import ease
from textvae.latent.scene_kinds import KINDS, OTHER
from textvae.web import links, maps, render_map
from textvae.web.i18n import english
from textvae.web.maps import Progress
from textvae.web.place import Place
from textvae.web.service import Service

DOG, CAT, BUS = "a dog on a bench", "a cat on a bench", "a red bus"


@pytest.fixture
def service():
    return Service(load=FakePipeline, shipped=["coco", "article"])


@pytest.fixture
def found(service):
    return maps.of(service)


def test_the_maps_of_a_service_are_the_same_for_all_tabs(service):
    assert maps.of(service) is maps.of(service)
    assert maps.of(service) is not maps.of(Service(load=FakePipeline, shipped=["coco"]))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1.5,-0.25", Place(1.5, -0.25, {})),
        ("0,0;3:1", Place(0, 0, {3: 1.0})),
        ("-2,7.125;45:-1.2;0:0.5", Place(-2, 7.125, {45: -1.2, 0: 0.5})),
    ],
)
def test_a_place_is_read_from_text(text, place):
    assert Place.parse(text) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1,2,3", "nan,1", "1,inf", "1e9,1", "1,2;", "1,2;a:1", "1,2;1", "٣,1"),
        *(" 1,2", "1,2;1:1" * 2, "9" * 500 + ",1", "1,2" + ";1:1" * 65, "99999,1"),
        *(None, 5, [1, 2], {"x": 1}),
    ],
)
def test_what_is_no_place_is_refused(found, text):
    with pytest.raises(BadInput, match="is no place on the map; one is written as 1.5,-0.25"):
        found.read("coco", text)


def test_what_is_said_at_a_place_is_what_the_model_says_of_its_code(found):
    latent_map, vae = fake_map(), FakePipeline("coco")
    for place in [(0.5, -1.25), (3.0, 2.0), tuple(latent_map.points[7].round(3))]:
        said = found.read("coco", f"{place[0]},{place[1]}")
        assert said["caption"] == vae.decode(latent_map.code_at(place)[None])[0]
        assert (said["x"], said["y"]) == pytest.approx(place, abs=1e-4)


def test_a_moved_unit_is_that_value_of_the_code_and_moves_the_place(found):
    latent_map, vae = fake_map(), FakePipeline("coco")
    unit = latent_map.units[1].number
    said = found.read("coco", f"0.5,-1.25;{unit}:2.5")
    code = latent_map.code_at((0.5, -1.25))
    code[unit] = 2.5
    assert said["caption"] == vae.decode(code[None])[0]
    assert said["units"][str(unit)] == 2.5
    assert (said["x"], said["y"]) == pytest.approx(latent_map.project(code[None])[0], abs=1e-5)
    with pytest.raises(BadInput, match="is no place"):
        found.read("coco", f"0,0;{LATENT_DIM}:1")
    json.dumps(said)


def test_a_model_without_a_map_gets_a_small_one_part_by_part(found):
    with pytest.raises(BadInput, match="no map of “article” yet"):
        found.read("article", "0,0")
    answers = [found.open("article")]
    while isinstance(answers[-1], Progress):
        answers.append(found.open("article"))
    assert [answer.done for answer in answers[:-1]] == list(range(50, 400, 50))
    assert {answer.total for answer in answers[:-1]} == {400}
    made = answers[-1]
    assert made is found.open("article")
    assert set(made.captions) <= set(SCENES)  # what its fake can say
    assert found.read("article", "0,0")["caption"] in SCENES
    assert found.open("coco") is fake_map()


def test_what_the_browser_gets_is_the_map_without_its_codes():
    latent_map = fake_map()
    sent = json.loads(json.dumps(maps.as_json(latent_map)))
    assert tuple(sent["captions"]) == latent_map.captions
    np.testing.assert_allclose(
        np.column_stack([sent["x"], sent["y"]]), latent_map.points, atol=6e-4
    )
    names = [sent["kinds"][kind]["name"] for kind in sent["kind"]]
    assert names[0] == english.KINDS["pets"]
    assert sent["kinds"][sent["kind"][0]]["colour"] == list(KINDS).index("pets")
    assert sent["kinds"][-1] == {"name": "Other", "colour": len(KINDS), "other": True}
    assert len(sent["units"]) == maps.NUM_UNITS
    assert sent["units"][0]["number"] == int(np.argmax(latent_map.codes.std(axis=0)))
    assert 0 <= sent["start"] < len(latent_map.captions)


def test_every_kind_has_a_name_and_a_colour(root):
    assert set(english.KINDS) == {*KINDS, OTHER}
    css = (root / "textvae/web/static/map.css").read_text("utf-8")
    used = {int(number) for number in re.findall(r"--tv-kind-([0-9]+): #", css)}
    assert used == set(range(len(KINDS) + 1))
    plane = (root / "textvae/web/static/plane.js").read_text("utf-8")
    assert f"KINDS = {len(KINDS) + 1};" in plane


# Sums


def test_a_sum_is_of_the_codes_of_its_captions(found):
    vae, latent_map = FakePipeline("coco"), fake_map()
    result = found.add_up("coco", DOG, CAT, BUS)
    a, b, c = vae.encode([DOG, CAT, BUS])
    assert result.caption == vae.decode((a - b + c)[None])[0]
    assert result.near == tuple(
        latent_map.captions[i] for i in latent_map.nearest(a - b + c, 3)
    )
    pa, pb, pc, total = np.array(result.places)
    np.testing.assert_allclose(total, pa - pb + pc, atol=1e-5)  # a parallelogram


def test_a_sum_names_the_box_that_is_wrong(found):
    with pytest.raises(BadInput, match=r"^minus: Type a caption first"):
        found.add_up("coco", DOG, " ", CAT)
    with pytest.raises(BadInput, match=r"^plus: .*knows none of the words|^plus: "):
        found.add_up("coco", DOG, CAT, "zqx vbn")


def test_a_sum_without_a_map_has_no_neighbours_and_no_places(found):
    result = found.add_up("article", DOG, CAT, BUS)
    assert (result.near, result.places) == ((), None)
    assert "tv-small" not in render_map.summed(result, None, "")


@pytest.mark.parametrize(
    ("result", "is_right"),
    [
        ("a woman riding a wave on a surfboard", True),
        ("a woman riding a wave on a board", True),  # two of three words stayed
        ("a woman on a field", False),
        ("a man riding a wave on a surfboard", False),
        ("a man and a woman riding a wave on a surfboard", False),
        ("a person riding a wave on a surfboard", False),
    ],
)
def test_a_sum_is_right_if_it_exchanged_what_it_should(result, is_right):
    example = ("a man riding a wave on a surfboard", "a man", "a woman")
    assert maps.is_right(example, result) is is_right


def test_examples_are_sums_that_can_be_read_and_come_out_right(monkeypatch):
    vae = FakePipeline("coco")
    known = [each for each in english.SUM_EXAMPLES if "elephant" not in each[0]]
    answers = ["nothing right"] * len(known)
    answers[1], answers[4] = "a cat sitting on a couch", "a blue bus on a city street"

    def prepare(caption):
        return SimpleNamespace(unknown_words=("elephant",) if "elephant" in caption else ())

    monkeypatch.setattr(vae, "prepare", prepare)
    monkeypatch.setattr(vae, "decode", lambda z: answers[: len(z)])
    right = maps.of(Service(load=lambda name: vae, shipped=["coco"])).examples("coco")
    assert right == [english.SUM_EXAMPLES[1], english.SUM_EXAMPLES[4]]


@pytest.mark.parametrize(
    ("minus", "plus", "text"),
    [
        ("a man", "a woman", "man → woman"),
        ("a station during the day", "a station at night", "during the day → at night"),
        ("an elephant in a zoo", "a baby elephant in a zoo", "an elephant → a baby elephant"),
        ("a dog", "a dog", "a dog"),
        ("a dog", "a big dog", "dog → big dog"),
        ("a dog", "a dog on a bed", "a dog → a dog on a bed"),
    ],
)
def test_an_example_is_named_by_what_it_exchanges(minus, plus, text):
    assert render_map.exchange(minus, plus) == text


# Paths, small maps, links


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


def test_a_small_map_holds_the_points_as_they_are():
    latent_map = fake_map()
    text = render_map.small(latent_map, [{"places": [[0, 1]]}], [], 'a "label" <b>')
    assert "<b>" not in text
    data = base64.b64decode(re.search('data-points="([^"]*)"', text)[1])
    count = len(latent_map.captions)
    places = np.frombuffer(data[: 4 * count], "<i2").reshape(count, 2) / 1000
    np.testing.assert_allclose(places, latent_map.points, atol=1e-3)
    colours = np.array(maps.colours(latent_map))[latent_map.kinds]
    np.testing.assert_array_equal(np.frombuffer(data[4 * count :], np.uint8), colours)
    lines = html.unescape(re.search('data-lines="([^"]*)"', text)[1])
    assert json.loads(lines) == [{"places": [[0, 1]]}]


def test_nothing_typed_survives_as_markup(found):
    result = found.add_up("coco", "a dog <img src=x>", "a cat ' \" `${1+1}`", "a {{value}} bus")
    for text in (
        render_map.summed(result, fake_map(), ""),
        render_map.examples([result.typed]),
    ):
        assert "<img" not in text


def test_the_frame_is_no_template_of_anything():
    """Gradio fills `{{ }}` and `${ }`; the frame is given as it is."""
    assert not re.search(r"\{\{|\$\{|`", render_map.frame())


def test_a_link_restores_the_place_and_the_sum():
    settings = {"place": "1.5,-0.25;45:1.2", "start": "a & b=c", "minus": "“d” #e", "plus": "f"}
    query = {k: v[0] for k, v in parse_qs(links.write("map", "article", **settings)).items()}
    read = links.read(query, ["coco", "article"])
    assert {name: read[name] for name in settings} == settings
    mangled = links.read({**query, "place": "1,2;DROP", "plus": "!"}, ["coco", "article"])
    assert mangled["place"] == ""
    assert mangled["plus"] == english.SUM_EXAMPLES[0][2]
