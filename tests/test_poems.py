"""The figures of couplets: their metre, and how many characters of them come back."""

import pytest

from benchmarks import poems


@pytest.mark.parametrize(("couplet", "halves"), [
    ("秋分一夜停，陰魄最晶熒。", (5, 5)),
    ("曾驅爪士三邊靜，新贈髯參六義窮？", (7, 7)),
    ("有鳥自南翔，口銜一書扎，達我山之維。", (5, 5, 5)),
    ("王有虎臣", (4,)),
])  # fmt: skip
def test_the_metre_counts_the_characters_of_each_half(couplet, halves):
    assert poems.metre(couplet) == halves
    assert poems.in_metre([couplet]) == float(halves in ((5, 5), (7, 7)))


def test_a_character_that_is_wrong_missing_or_too_many_counts_once():
    whole = "秋分一夜停，陰魄最晶熒。"
    found = [
        whole,
        whole.replace("夜", "日"),
        whole.replace("夜", ""),
        whole.replace("秋分", "春月"),
    ]
    shares = poems.read_back([whole] * 4, found)
    assert shares == {"exact": 0.25, "at_most_one_wrong": 0.75}
    assert poems.read_back([], []) == {}
