"""Permalinks."""

from urllib.parse import parse_qs

import pytest

from textvae.web import examples, links, validation


def test_a_link_restores_what_it_was_made_from():
    settings = {"first": "a & b=c?", "last": "“d” #e", "steps": 9, "path": "spherical"}
    query = {
        k: v[0] for k, v in parse_qs(links.write("interpolate", "article", **settings)).items()
    }
    read = links.read(query, ["coco", "article"])
    assert {name: read[name] for name in settings} == settings
    assert (read["tab"], read["model"]) == ("interpolate", "article")


def test_a_link_remembers_that_the_words_were_measured():
    settings = {"n": 5, "temperature": 0.7, "seed": 3}
    for measured in (True, False):
        link = links.write("generate", "coco", **settings, words=measured)
        assert links.read(links.parse(link), ["coco"])["words"] is measured


def test_a_link_restores_a_place_a_pin_and_a_sum():
    of_map = {"place": "1.5,-0.25", "pin": "a & b=c"}
    of_sum = {"start": "a & b=c", "minus": "“d” #e", "plus": "f"}
    for tab, settings in (("map", of_map), ("sum", of_sum)):
        query = links.parse(links.write(tab, "article", **settings))
        read = links.read(query, ["coco", "article"])
        assert {name: read[name] for name in settings} == settings
        assert read["tab"] == tab
    mangled = links.read({"place": "1,2;45:1.2", "pin": " ", "plus": " "}, ["coco"])
    assert (mangled["place"], mangled["pin"]) == ("", "")
    assert mangled["plus"] == examples.SUMS[0][2]


def test_a_link_of_an_earlier_version_opens_what_there_still_is():
    """Sums stood on the Map tab, and captions were drawn with settings that are gone."""
    query = links.parse("tab=generate&seed=3&n=4&temperature=0.3&top_p=0.9&prior=fitted")
    read = links.read(query, ["coco"])
    assert (read["tab"], read["seed"], read["n"], read["temperature"]) == (
        "generate",
        3,
        4,
        0.3,
    )
    assert links.read(links.parse("tab=map&place=1,2&start=a"), ["coco"])["start"] == "a"


@pytest.mark.parametrize("character", ["a", "月", "🐘"])
def test_a_link_holds_four_captions_of_the_greatest_length(character):
    corners = {
        name: f"{i} {character * (validation.MAX_CHARACTERS - 2)}"
        for i, name in enumerate(links.PARAMETERS["grid"])
    }
    read = links.read(links.parse(links.write("grid", "poems", **corners)), ["poems"])
    assert {name: read[name] for name in corners} == corners


def test_a_plain_link_shows_the_default_model():
    assert links.read({}, ["elephant", "coco"])["model"] == "elephant"


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "admin", "model": "../etc", "n": "999", "seed": "-1", "temperature": "nan"},
        {
            "n": "٣٤",
            "seed": "1e9",
            "boldness": "inf",
            "wording": "x",
            "steps": "",
            "path": "[]",
        },
        {"caption": "", "first": " " * 3, "last": "a" * 9999, "seed": "9" * 5000},
        {"words": "yes"},
    ],
)
def test_a_mangled_link_falls_back_to_the_defaults(query):
    assert links.read(query, ["coco"]) == links.read({}, ["coco"])


def test_a_model_of_other_texts_starts_with_lines_of_its_own():
    values = links.read({"last": "typed"}, ["poems"], lambda model: [model, "b"])
    assert (values["caption"], values["first"], values["last"]) == ("poems", "poems", "typed")
    assert (values["start"], values["minus"], values["plus"]) == ("poems", "b", "poems")
    assert values["seed"] == links.default("generate", "seed")
    assert values["pin"] == ""  # nothing is pinned to the map before somebody does it
