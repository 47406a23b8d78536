from dataclasses import replace

import gradio as gr
import pytest

from textvae.web.clicks import NAMES, Boxes, boxes_after, replace_word
from textvae.web.page import _clicked
from textvae.words import split_words

BOXES = Boxes("reconstruct", "a Zebrafish, a zebrafishes", "b", "c", "s", pin="p", wording=4)


@pytest.mark.parametrize(
    ("click", "changes"),
    [
        ({"action": "caption", "caption": "x"}, {"tab": "reconstruct", "caption": "x"}),
        ({"action": "first", "caption": "x"}, {"tab": "interpolate", "first": "x"}),
        ({"action": "last", "caption": "x"}, {"tab": "interpolate", "last": "x"}),
        ({"action": "start", "caption": "x"}, {"tab": "sum", "start": "x"}),
        ({"action": "pin", "caption": "x"}, {"tab": "map", "pin": "x"}),
        ({"action": "example", "first": "x", "last": "y"}, {"first": "x", "last": "y"}),
        ({"action": "example", "wording": "x", "tab": "about"}, {}),
        ({"action": "reword"}, {"wording": 5}),
        (
            {"action": "replace", "word": "zebrafish", "by": "zebra"},
            {"caption": "a zebra, a zebrafishes"},
        ),
        ({"action": "replace", "word": "(", "by": "\\1"}, {}),
        ({"action": "drop table"}, {}),
        ({}, {}),
    ],
)
def test_a_click_fills_the_boxes_it_means(click, changes):
    assert boxes_after(click, BOXES) == replace(BOXES, **changes)


def test_a_click_leaves_the_other_boxes_alone():
    event = gr.EventData(None, {"action": "first", "caption": "x"})
    tab, *boxes = _clicked("interpolate")(event, *[""] * (len(NAMES) - 1), 0)
    changed = {name: box for name, box in zip(NAMES, boxes, strict=True) if box != gr.skip()}
    assert (tab, changed) == (gr.skip(), {"first": "x"})


def test_an_unknown_word_is_replaced_in_all_boxes_of_a_sum():
    boxes = Boxes("sum", "a manx", start="a manx", minus="a Manx dog", plus="a cat")
    after = boxes_after({"action": "replace", "word": "manx", "by": "man"}, boxes)
    assert (after.start, after.minus, after.plus) == ("a man", "a man dog", "a cat")
    assert after.caption == "a manx"  # in another tab it may mean something else


@pytest.mark.parametrize(("text", "word", "after"), [
    ("кит и китобой", "кит", "X и китобой"),
    ("A té, t!", "t", "A té, X!"),
    ("Don't, don’t do it", "dont", "X, X do it"),
    ("हिन्दी हिन्दीभाषी", "हिन्दी", "X हिन्दीभाषी"),
    ("the U.N. and 2nd", "2nd", "the U.N. and X"),
    ("the U.N. and 2nd", "u.n.", "the X and 2nd"),
])  # fmt: skip
def test_a_word_is_replaced_as_it_was_typed_in_any_script(text, word, after):
    assert replace_word(text, word, "X") == after


def test_a_click_cannot_fill_a_box_without_limit():
    assert len(boxes_after({"action": "first", "caption": "a" * 10_000}, BOXES).first) == 400


def test_a_suggestion_does_not_lengthen_a_text_that_is_too_long_to_be_read():
    boxes = Boxes("reconstruct", caption="a " * 5000)
    click = {"action": "replace", "word": "a", "by": "b" * 400}
    assert boxes_after(click, boxes) == boxes


@pytest.mark.parametrize(("word", "space"), [("seven77", " "), ("床", "")])
def test_a_long_line_is_cut_between_its_words(word, space):
    click = {"action": "first", "caption": "x " + (word + space) * 1000}
    first = boxes_after(click, BOXES).first
    assert 390 < len(first) <= 400
    assert set(split_words(first)) == {"x", word}
