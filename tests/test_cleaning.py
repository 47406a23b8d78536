import random
import sys

import pytest

from textvae.data.cleaning import clean


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("A man's  DOG!", "a mans dog"),
        ("a man\u2019s dog", "a mans dog"),
        ("black-and-white and/or_red", "black and white and or red"),
        ("2 cats, 3dogs", "cats dogs"),
        ("Caf\u00e9 CAFE\u0301", "caf\u00e9 caf\u00e9"),
        (
            "\uff24\uff4f\uff47 \u03a3\u039f\u03a6\u039f\u03a3",
            "dog \u03c3\u03bf\u03c6\u03bf\u03c2",
        ),
        ("\u05db\u05dc\u05d1 a dog\u200f", "\u05db\u05dc\u05d1 a dog"),
        (
            "a\u00addog \U0001f415\u200d\U0001f9ba runs\ud83d\x00fast\ta\u2028b",
            "adog runs fast a b",
        ),
        ("<eos> $%&", "eos"),
        ("\u1100'\u1161", "\uac00"),  # letters that compose once the mark between is gone
        ("", ""),
    ],
)
def test_clean_keeps_lower_case_letters_of_any_script(raw, cleaned):
    assert clean(raw) == cleaned


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Dogs,  2.", "dogs , 2 ."),
        ("a man\u2019s well-lit dog", "a man's well-lit dog"),
        ("the dogs' toys ...", "the dogs ' toys . . ."),
        ("wait--what?!", "wait - - what ? !"),
        ("<unk> a_b", "< unk > a _ b"),
        ("a\ud83d\x00b\u200dc", "a bc"),
    ],
)
def test_clean_can_split_marks_off_as_words(raw, cleaned):
    assert clean(raw, keep_punctuation=True) == cleaned


@pytest.mark.parametrize("keep_punctuation", [False, True])
def test_cleaning_twice_changes_nothing_more(keep_punctuation):
    draw = random.Random(0)
    blocks = [
        range(0x3500),
        range(0xAC00, 0xAC40),
        range(0xD7B0, 0xE010),
        range(0xF900, 0x10000),
    ]
    pool = [chr(i) for block in blocks for i in block] + [chr(sys.maxunicode)]
    for _ in range(20_000):
        once = clean("".join(draw.choices(pool, k=8)), keep_punctuation)
        assert clean(once, keep_punctuation) == once
        assert once.split() == once.split(" ") or once == ""
        once.encode("utf-8")  # no lone surrogate gets through


def test_clean_leaves_only_letters_and_single_spaces():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert all(word.isalpha() for word in clean(everything).split(" "))
