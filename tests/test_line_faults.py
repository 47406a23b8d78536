import itertools

import pytest
from oracles import real_looking

from textvae.metrics.line_faults import (
    dangling_share,
    is_dangling,
    is_repetitive,
    repeated_share,
)


def repeats_by_hand(line):
    """All pairs of places, compared one by one."""
    words = line.split()
    twice = any(words[i] == words[i + 1] for i in range(len(words) - 1))
    places = range(len(words) - 2)
    return twice or any(
        words[i : i + 3] == words[j : j + 3] for i, j in itertools.combinations(places, 2)
    )


def test_repetition_is_what_comparing_all_places_finds():
    lines = real_looking(400, seed=3)
    expected = [repeats_by_hand(line) for line in lines]
    assert 0.1 < sum(expected) / len(lines) < 0.9
    assert [is_repetitive(line) for line in lines] == expected
    assert repeated_share(lines) == pytest.approx(sum(expected) / len(lines))


@pytest.mark.parametrize(("line", "expected"), [
    ("python python library", True),
    ("a man and a man", False),  # two words twice, with one between
    ("on the beach and on the beach", True),
    ("a a a", True),
    ("no , no .", True),  # marks are no words
    ("wait . . . what", False),
    ("2 2", True),
    ("", False),
    ("word", False),
    ("天天向上", False),  # a doubled character is a word
    ("按钮按钮", True),
    ("GTK 的的的的 按钮", True),
    ("打开新文件夹，打开新文件夹", True),  # six characters and more come twice
    ("打开新文件夹，关闭文件夹", False),
])  # fmt: skip
def test_repetition_of_words_marks_and_characters(line, expected):
    assert is_repetitive(line) is expected


@pytest.mark.parametrize(("line", "expected"), [
    ("a dog on the", True),
    ("A Library For The", True),
    ("a dog that", True),
    ("a dog on the beach", False),
    ("what it is for .", False),  # it ends in a mark
    ("", False),
])  # fmt: skip
def test_a_line_dangles_if_its_last_word_wants_more(line, expected):
    assert is_dangling(line) is expected


def test_shares_of_no_lines_are_zero():
    assert (repeated_share([]), dangling_share([])) == (0.0, 0.0)
    assert dangling_share(["a dog on a", "a cat", "the"]) == pytest.approx(2 / 3)
