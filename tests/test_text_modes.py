"""What a line is to a model."""

import pytest

from textvae.data.text_modes import MODES, TextSettings, fold, normalise
from textvae.errors import BadInput

LINE = "  The <unk> 's\tcafe\u0301 \u2013 2\u00a0\u00bd "


@pytest.mark.parametrize(
    ("mode", "keep_punctuation", "wanted"),
    [
        ("plain", False, "The <unk> 's caf\u00e9 \u2013 2 \u00bd"),
        ("tokens", False, "The <unk> 's cafe\u0301 \u2013 2 \u00bd"),
        ("caption", False, "the unk s caf\u00e9"),
        ("caption", True, "the < unk > ' s caf\u00e9 \u2013 2 1 \u2044 2"),
    ],
)
def test_each_mode_keeps_what_it_says(mode, keep_punctuation, wanted):
    assert normalise(LINE, mode, keep_punctuation) == wanted
    assert TextSettings(20, keep_punctuation, mode).normalise(LINE) == wanted
    assert normalise(wanted, mode, keep_punctuation) == wanted


def test_half_a_surrogate_pair_is_replaced_and_the_rest_is_kept():
    assert fold("a\ud83d\x00b\u200d\u0301") == "a\ufffd\x00b\u200d\u0301"


@pytest.mark.parametrize(
    "wrong", [{"max_length": 0}, {"max_length": 201}, {"max_length": 9.5}, {"mode": "poem"},
              {"mode": None}, {"keep_punctuation": 1}],
)  # fmt: skip
def test_settings_that_are_not_valid_are_refused(wrong):
    with pytest.raises(BadInput, match="invalid text settings"):
        TextSettings(**{"max_length": 20, **wrong})


def test_there_are_three_modes():
    assert MODES == ("plain", "caption", "tokens")
