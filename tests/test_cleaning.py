import random
import sys
import unicodedata

import pytest

from textvae.data import cleaning
from textvae.data.cleaning import clean, is_reworded


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
        range(0x300, 0x370),
        range(0x900, 0x1200),
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


def test_clean_leaves_only_letters_with_their_marks_and_single_spaces():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    for word in clean(everything).split(" "):
        assert word[0].isalpha()
        assert {unicodedata.category(c)[0] for c in word} <= {"L", "M"}


@pytest.mark.parametrize(
    "line",
    [
        "हिन्दी में लिखना अच्छा है",  # Devanagari
        "তোমার সাথে দেখা হয়ে ভালো লাগলো",  # Bengali: letters that NFKC takes apart
        "ภาษาไทยที่นี่ไม่มีช่องว่าง",  # Thai
        "اَلْعَرَبِيَّةُ لُغَةٌ",  # Arabic with its vowels
        "தமிழ் மொழி இனிமை",  # Tamil
        "ខ្ញុំស្រឡាញ់ភាសាខ្មែរ",  # Khmer
        "မြန်မာ ဘာသာ",  # Burmese
        "שָׁלוֹם עֲלֵיכֶם",  # Hebrew with its points
        "x̂ et ŷ",  # an accent without a composed letter
    ],
)
@pytest.mark.parametrize("keep_punctuation", [False, True])
def test_signs_that_belong_to_a_letter_stay_on_it_in_every_script(line, keep_punctuation):
    assert clean(line, keep_punctuation) == unicodedata.normalize("NFKC", line)


def test_marks_that_belong_to_no_letter_are_dropped():
    assert clean("a \u0301b \u2764\ufe0f 1\u0301 c\ufe0f \u20dd") == "a b c"


@pytest.mark.parametrize(
    ("text", "is_changed"),
    [
        ("A man, riding (a) HORSE!", False),
        ("हिन्दी में।", False),
        ("a man's horse", True),
        ("l\u2019eau", True),
        ("a black-and-white cat", True),
        ("2 cats", True),
        ("C++ and 350\u00b0F", True),
        ("a dog & a cat", False),
        ("", False),
    ],
)
def test_what_cleaning_does_to_words_is_known(text, is_changed):
    assert is_reworded(text, clean(text)) == is_changed


def test_the_table_of_characters_is_bounded():
    table = cleaning._CharacterTable(lambda character: character)
    text = "".join(map(chr, range(0x10000, 0x20000)))
    assert text.translate(table) == text
    assert len(table) <= 30_000
