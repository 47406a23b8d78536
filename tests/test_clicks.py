from dataclasses import replace

import pytest

from textvae.web.clicks import Boxes, boxes_after

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


def test_an_unknown_word_is_replaced_in_all_boxes_of_a_sum():
    boxes = Boxes("sum", "a manx", start="a manx", minus="a Manx dog", plus="a cat")
    after = boxes_after({"action": "replace", "word": "manx", "by": "man"}, boxes)
    assert (after.start, after.minus, after.plus) == ("a man", "a man dog", "a cat")
    assert after.caption == "a manx"  # in another tab it may mean something else


def test_a_click_cannot_fill_a_box_without_limit():
    assert len(boxes_after({"action": "first", "caption": "a" * 10_000}, BOXES).first) == 400
