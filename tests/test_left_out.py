"""What of a typed sentence was not read."""

import pytest

from textvae.data.cleaning import clean
from textvae.data.left_out import left_out


@pytest.mark.parametrize(
    ("typed", "things", "punctuation"),
    [
        ("a dog on a beach", (), False),
        ("A dog, on a beach!", (), True),
        ("2 dogs and 10.5 cats and 2 birds", ("2", "10.5"), False),
        ("a dog 🐶 and a family 👨‍👩‍👧 and a 👍🏽", ("🐶", "👨‍👩‍👧", "👍🏽"), False),
        ("a dog & a cat + €", ("&", "+", "€"), False),
        ("it's a man's dog", (), True),
        ("大象 in the water", (), False),  # read, as a word that the model does not know
        ("۳ dogs", ("۳",), False),
        ("", (), False),
        ("?!", (), True),
        ("1 2 3 4 5 6 7 8 dogs", ("1", "2", "3", "4", "5", "6"), False),
    ],
)
def test_what_cleaning_leaves_out_is_named(typed, things, punctuation):
    assert left_out(typed, clean(typed)) == (things, punctuation)


def test_of_text_that_is_read_as_typed_nothing_is_left_out():
    typed = "2 dogs & a cat, 10 m away! 🐶"
    assert left_out(typed, typed) == ((), False)
