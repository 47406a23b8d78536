import pytest

from textvae.data.categories import Mention
from textvae.data.cleaning import clean
from textvae.errors import BadInput


def mentions(texts, category):
    wanted = Mention(category)
    found = [wanted.is_in(text) for text in texts]
    wanted.check()
    return found


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("elephant", "elephants"),
        ("bus", "buses"),
        ("wine glass", "wine glasses"),
        ("bench", "benches"),
        ("toothbrush", "toothbrushes"),
        ("box", "boxes"),
        ("potato", "potatoes"),
        ("photo", "photos"),
        ("puppy", "puppies"),
        ("toy", "toys"),
        ("tie", "ties"),
        ("knife", "knives"),
        ("leaf", "leaves"),
        ("giraffe", "giraffes"),
        ("horse", "horses"),
        ("person", "people"),
        ("man", "men"),
        ("woman", "women"),
        ("child", "children"),
        ("mouse", "mice"),
        ("sheep", "sheep"),
        ("tooth", "teeth"),
    ],
)
def test_a_category_finds_singular_and_plural_whichever_is_given(singular, plural):
    texts = [f"one {singular} here", f"two {plural}", clean(f"the {singular}'s end")]
    others = [f"no x{singular} {plural}x", "a van"]
    for category in (singular, plural.upper()):
        # A possessive counts, too, but "bus's" is cleaned to "buss", which is left alone.
        is_possessive_found = not singular.endswith("s")
        expected = [True, True, is_possessive_found, False, False]
        assert mentions([*texts, *others], f" {category} ") == expected


@pytest.mark.parametrize(
    ("category", "stranger"),
    [
        ("man", "a woman"),
        ("bus", "a bush"),
        ("bus", "bu"),
        ("glass", "glas"),
        ("cat", "cattle"),
    ],
)
def test_a_category_does_not_find_other_words(category, stranger):
    assert mentions([stranger, f"one {category}"], category) == [False, True]


@pytest.mark.parametrize(
    ("category", "message"),
    [("elefant", "did you mean elephant"), ("qqq", "give another category or none")],
)
def test_a_category_that_no_caption_mentions_is_answered_with_words(category, message):
    with pytest.raises(BadInput, match=rf"no caption mentions '{category}'.*; {message}"):
        mentions(["an elephant", "a bus"], category)


def test_without_texts_nothing_is_found():
    assert mentions([], "dog") == []


def test_a_category_may_end_in_a_vowel_sign():
    texts = [clean(text) for text in ("दो कुत्ते, एक कुत्ता।", "एक कुत्ताघर", "एक बिल्ली")]
    assert mentions(texts, "कुत्ता") == [True, False, False]


def test_a_category_is_found_where_no_spaces_are_between_words():
    texts = [clean(text) for text in ("一只狗在沙滩上奔跑，天气很好", "一只猫", "หมาวิ่งบนหาด")]
    assert mentions(texts, "狗") == [True, False, False]
    assert mentions(texts, "หมา") == [False, False, True]
