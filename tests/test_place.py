"""A place on the map as text."""

import pytest

from textvae.errors import BadInput
from textvae.web.place import Place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1.5,-0.25", Place(1.5, -0.25)),
        ("-2,7.125", Place(-2, 7.125)),
    ],
)
def test_a_place_is_read_from_text(text, place):
    assert Place.parse(text) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1,2,3", "nan,1", "1,inf", "1e9,1", "1,2;", "1,2;45:1.2", "٣,1"),
        *(" 1,2", "1,2 ", "9" * 500 + ",1", "99999,1"),
        *(None, 5, [1, 2], {"x": 1}),
    ],
)
def test_an_invalid_place_is_refused(text):
    with pytest.raises(
        BadInput, match="is not a valid map location; use x,y, for example 1.5,-0.25"
    ):
        Place.parse(text)
