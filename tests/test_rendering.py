"""Results as HTML and as plots."""

import html
import json
import re

import numpy as np
import pytest
from fake_pipeline import SCENES, TRAINED

from textvae.web import links
from textvae.web.i18n import english
from textvae.web.i18n.language import use_language
from textvae.web.own_sentence import surroundings
from textvae.web.rendering import word_probabilities
from textvae.web.rendering.captions import caption_buttons, pair
from textvae.web.rendering.differences import difference, kept_words
from textvae.web.rendering.generate import generated
from textvae.web.rendering.header import status
from textvae.web.rendering.interpolate import interpolated, slider
from textvae.web.rendering.messages import notice
from textvae.web.rendering.plots import posterior
from textvae.web.rendering.reconstruct import reconstructed

HOSTILE = """<img src=x onerror=alert(1)> ${1+1} {{value}} ` " '"""


def read_back(service, caption):
    found = surroundings(service, "coco", caption, 0.7, 0)
    return reconstructed(service.reconstruct("coco", caption), found)


def test_nothing_typed_survives_as_markup(service):
    result = service.interpolate("coco", f"a dog {HOSTILE}", "a cat on a bed")
    read = read_back(service, f"a dog {HOSTILE}")
    for text in (interpolated(result), notice(HOSTILE), caption_buttons(HOSTILE), read):
        assert "<img" not in text
        assert "alert(1)>" not in text


def test_differences_are_marked_in_both_captions():
    assert difference("a dog on a beach", "a dog on the street") == (
        "a dog on <del>a beach</del>",
        "a dog on <ins>the street</ins>",
    )
    assert difference("a dog", "a big dog") == ("a dog", "a <ins>big</ins> dog")
    said = kept_words("a dog on a beach", "a dog on the street")
    assert said == "Words that came back: 3 of 5."


def test_an_unknown_word_is_named_with_the_closest_known_one(service):
    text = read_back(service, "a manx on a beach")
    assert "does not know “manx”" in text
    assert 'dir="auto" data-action="replace" data-word="manx" data-by="man"' in text


def test_a_long_caption_says_that_it_was_shortened(service):
    text = read_back(service, "a dog on a beach " * 5)
    assert "Shortened to the first 16 words" in text


def test_a_caption_that_comes_back_on_a_path_is_counted_once():
    x, y, z = "a dog", "a red dog", "a bus"
    assert ">distinct captions on the path: 3<" in slider([x, x, y, x, x, z])


def test_an_export_holds_the_captions_and_what_makes_them_again(service):
    result = service.generate("coco", 3, seed=11)
    found = re.search('data-export="([^"]*)"', generated(result))
    export = json.loads(html.unescape(found[1]))
    assert export["captions"] == list(result.captions)
    settings = export["settings"]
    assert (settings["seed"], settings["n"], export["model"]) == (11, 3, "coco")
    assert export["in_training_set"] == [caption in TRAINED for caption in result.captions]
    assert links.read(links.parse(export["link"]), ["coco"])["seed"] == 11


def test_the_plot_of_the_posterior_is_ordered_by_information():
    mu, sigma, kl = (
        np.array([0.0, 3.0, 1.0]),
        np.array([1.0, 0.1, 0.5]),
        np.array([0, 6.3, 0.8]),
    )
    trace = json.loads(posterior(mu, sigma, kl))["data"][0]
    assert trace["y"] == [3.0, 1.0, 0.0]
    assert trace["error_y"]["array"] == [0.1, 0.5, 1.0]
    assert [unit for unit, *_ in trace["customdata"]] == [1, 2, 0]


# The probabilities of words, and the label of training captions


def test_improbable_words_are_shaded_with_their_percentage_and_listed_for_screen_readers():
    probabilities = (0.9, 0.899, 0.5, 0.499, 0.1, 0.0999)
    found = word_probabilities.shaded(("a", " <b>", " c", " d", " e", " f"), probabilities)
    levels = re.findall(r'data-level="(\d)">([^<]*)<i aria-hidden="true">(\d+)</i>', found)
    assert levels == [
        *(("2", "&lt;b&gt;", "89"), ("2", "c", "50"), ("1", "d", "49")),
        *(("1", "e", "10"), ("0", "f", "9")),
    ]
    assert "(less sure of &lt;b&gt; 89%, c 50%, d 49%, e 10%, f 9%)" in found
    assert "(sure of every word)" in word_probabilities.shaded(("a", " dog"), (0.95, 1.0))


def test_the_legend_has_an_entry_for_every_level():
    shown = re.findall(r'data-level="(\d)">([^<]*)<', word_probabilities.legend())
    assert shown == [(str(n), english.WORDS_LEVELS[n]) for n in (3, 2, 1, 0)]
    assert len(english.WORDS_LEVELS) == word_probabilities.PLAIN + 1


def test_captions_of_the_training_data_are_labelled_wherever_they_are_shown(service):
    made = service.generate("coco", 12, seed=0)
    labelled = [
        c for c, is_in in zip(made.captions, made.in_training_set, strict=True) if is_in
    ]
    assert labelled == [caption for caption in made.captions if caption in TRAINED]
    assert generated(made).count("tv-training-label") == len(labelled) == 2
    assert "training data: 2 of 12." in generated(made)
    back = read_back(service, "A cat sleeping on a bed next to a laptop computer!")
    assert back.count("tv-training-label") == 2  # the input and the output
    path = service.interpolate("coco", SCENES[0], SCENES[1], 3)
    assert path.in_training_set == (True, False, False)
    assert interpolated(path).count("tv-training-label") == 1


def test_without_a_filter_nothing_is_said_of_the_training_data(service):
    made = service.generate("article", 12)
    assert made.in_training_set is None
    assert "training data" not in generated(made)
    assert "in_training_set" not in html.unescape(generated(made))


def test_a_line_is_shown_with_its_own_spaces_in_any_script():
    assert difference("华为 手机壳 透明", "华为 手机壳 黑色") == (
        "华为 手机壳 <del>透明</del>",
        "华为 手机壳 <ins>黑色</ins>",
    )
    assert difference("ขาย ดี", "ขายดี") == ("ขาย ดี", "ขายดี")
    assert kept_words("ขาย ดี", "ขายดี") != english.SAME_CHARACTERS
    assert kept_words("ขาย ดี", "ขาย ดี") == english.SAME_CHARACTERS


def test_characters_are_not_called_words():
    assert kept_words("床前明月光", "床前明月光") == "Every character came back."
    assert kept_words("床前明月光", "床前看月光") == "Characters that came back: 4 of 5."
    assert kept_words("the 按钮 of a shop", "the 按钮 of a shop") == english.SAME
    with use_language("zh"):
        assert kept_words("床前明月光", "床前看月光") == "5 个字中写回了 4 个。"


def test_one_of_a_kind_is_counted_without_a_plural():
    assert ">distinct captions on the path: 1<" in slider(["a dog"] * 3)
    assert kept_words("dog", "cat") == "Words that came back: 0 of 1."


@pytest.mark.parametrize(("failed", "state"), [(False, "loading"), (True, "could not load")])
def test_the_state_of_a_model_is_said_once(failed, state):
    read = " ".join(re.sub("<[^>]*>", "", status("coco", None, failed)).split())
    assert read.startswith(f"{state} Photo captions")
    assert "load" not in read.removeprefix(state)


def test_the_arrow_between_lines_points_to_the_second_in_any_script():
    assert pair("كلب", "قطة") == "\u200e\u2068كلب\u2069 → \u2068قطة\u2069"


def test_an_export_has_the_words_that_its_probabilities_are_of(service):
    made = service.generate("coco", 3, seed=5, with_words=True)
    export = json.loads(html.unescape(re.search('data-export="([^"]*)"', generated(made))[1]))
    assert ["".join(row) for row in export["words"]] == export["captions"]
    lengths = [list(map(len, export[name])) for name in ("words", "word_probabilities")]
    assert lengths[0] == lengths[1]
