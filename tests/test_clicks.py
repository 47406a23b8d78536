import pytest

from textvae.web.clicks import Boxes, boxes_after

BOXES = Boxes("reconstruct", "a Zebrafish, a zebrafishes", "b", "c")


@pytest.mark.parametrize(
    ("click", "expected"),
    [
        ({"action": "reconstruct", "caption": "x"}, ("reconstruct", "x", "b", "c")),
        ({"action": "first", "caption": "x"}, ("interpolate", BOXES.caption, "x", "c")),
        ({"action": "last", "caption": "x"}, ("interpolate", BOXES.caption, "b", "x")),
        (
            {"action": "example", "first": "x", "last": "y"},
            ("reconstruct", BOXES.caption, "x", "y"),
        ),
        (
            {"action": "replace", "word": "zebrafish", "by": "zebra"},
            ("reconstruct", "a zebra, a zebrafishes", "b", "c"),
        ),
        ({"action": "replace", "word": "(", "by": "\\1"}, None),
        ({"action": "drop table"}, None),
        ({}, None),
    ],
)
def test_a_click_fills_the_boxes_it_means(click, expected):
    assert boxes_after(click, BOXES) == (Boxes(*expected) if expected else BOXES)


def test_a_click_cannot_fill_a_box_without_limit():
    assert len(boxes_after({"action": "first", "caption": "a" * 10_000}, BOXES).first) == 400
