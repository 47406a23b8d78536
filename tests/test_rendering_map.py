"""The Map tab as HTML: its panel, small maps and sums of captions."""

import base64
import html
import json
import re

import numpy as np
import pytest
from fake_pipeline import fake_map

from textvae.latent.scene_kinds import KINDS, OTHER
from textvae.web.arithmetic import add_up
from textvae.web.i18n import english
from textvae.web.map_json import colours
from textvae.web.rendering.arithmetic import exchange, sum_examples, summed
from textvae.web.rendering.map_panel import map_panel
from textvae.web.rendering.small_map import small_map


def test_every_kind_has_a_name_and_a_colour(root):
    assert set(english.KINDS) == {*KINDS, OTHER}
    css = (root / "textvae/web/static/map.css").read_text("utf-8")
    used = {int(number) for number in re.findall(r"--tv-kind-([0-9]+): #", css)}
    assert used == set(range(len(KINDS) + 1))
    plane = (root / "textvae/web/static/plane.js").read_text("utf-8")
    assert f"KINDS = {len(KINDS) + 1};" in plane


def test_the_panel_is_no_template_of_anything():
    """Gradio fills `{{ }}` and `${ }`; the panel is given as it is."""
    assert not re.search(r"\{\{|\$\{|`", map_panel())


def test_a_small_map_holds_the_points_as_they_are():
    latent_map = fake_map()
    text = small_map(latent_map, [{"places": [[0, 1]]}], [], 'a "label" <b>')
    assert "<b>" not in text
    data = base64.b64decode(re.search('data-points="([^"]*)"', text)[1])
    count = len(latent_map.captions)
    places = np.frombuffer(data[: 4 * count], "<i2").reshape(count, 2) / 1000
    np.testing.assert_allclose(places, latent_map.points, atol=1e-3)
    expected = np.array(colours(latent_map))[latent_map.kinds]
    np.testing.assert_array_equal(np.frombuffer(data[4 * count :], np.uint8), expected)
    lines = html.unescape(re.search('data-lines="([^"]*)"', text)[1])
    assert json.loads(lines) == [{"places": [[0, 1]]}]


def test_a_sum_is_shown_on_a_small_map_where_there_is_one(service):
    captions = ("a dog on a bench", "a cat on a bench", "a red bus")
    for model, latent_map in (("coco", fake_map()), ("article", None)):
        text = summed(add_up(service, model, *captions), latent_map)
        assert ("tv-small" in text) is (latent_map is not None)
        export = json.loads(html.unescape(re.search('data-export="([^"]*)"', text)[1]))
        assert export["kind"] == ["sum", *["nearest"] * (len(export["captions"]) - 1)]


def test_nothing_typed_survives_as_markup(service):
    typed = ("a dog <img src=x>", "a cat ' \" `${1+1}`", "a {{value}} bus")
    made = add_up(service, "coco", *typed)
    for text in (summed(made, fake_map()), sum_examples([made.typed])):
        assert "<img" not in text


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
    assert exchange(minus, plus) == text
