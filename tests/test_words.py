"""What metrics and the page call a word."""

import pytest

from textvae.words import join_words, spaced, split_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a dog's 2 cats, C++", ["a", "dog's", "2", "cats,", "C++"]),
        (
            "Stra\u00dfe \u00fcber Gr\u00f6\u00dfe",
            ["Stra\u00dfe", "\u00fcber", "Gr\u00f6\u00dfe"],
        ),
        ("床前，明月", ["床", "前", "，", "明", "月"]),
        ("我用Python 3 寫", ["我", "用", "Python", "3", "寫"]),
        ("がぎ カ", ["が", "ぎ", "カ"]),
        ("น้ำที่", ["น้", "ำ", "ที่"]),  # tone and vowel signs stay on their letter
        ("ខ្ញុំ", ["ខ្", "ញុំ"]),
        ("나는 개를", ["나는", "개를"]),  # Korean has spaces
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("\u0e31a", ["\u0e31", "a"]),  # a sign without a letter
        ("  ", []),
    ],
)
def test_words_are_between_white_space_or_characters_where_scripts_have_none(line, words):
    assert split_words(line) == words
    assert spaced(line).split() == words
    assert "".join(words) == "".join(line.split())  # nothing is lost


@pytest.mark.parametrize(
    "line", ["a dog's 2 cats,", "床前明月，疑是地上霜。", "나는 개를", "がぎ", ""]
)
def test_words_of_one_script_are_joined_as_they_were(line):
    assert join_words(split_words(line)) == line
