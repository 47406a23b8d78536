"""What a model reads of a typed caption."""

import pytest
from tiny import MAX_LENGTH, TOKENIZER

from textvae.data.pieces import PieceTokenizer
from textvae.data.prepared_caption import prepare_caption, prepare_readable
from textvae.data.text_modes import TextSettings
from textvae.errors import BadInput


def prepare(caption, keep_punctuation=False):
    return prepare_caption(caption, TOKENIZER, TextSettings(MAX_LENGTH, keep_punctuation))


def test_a_caption_is_read_as_training_captions_were():
    prepared = prepare("  A small DOG's  run, on the\tbeach!! 2 ")
    assert prepared.cleaned == "a small dogs run on the beach"
    assert prepared.unknown_words == ("dogs", "run")
    assert not prepared.shortened


def test_an_unknown_word_comes_with_the_nearest_known_one_if_any_is_near():
    prepared = prepare("a zebr runns qqqqqq a zebr")
    assert prepared.unknown_words == ("zebr", "runns", "qqqqqq")
    assert prepared.suggestions == {"zebr": "zebra", "runns": "runs"}
    assert prepared.explain("zebr") == "zebr (did you mean zebra?)"
    assert prepared.explain("qqqqqq") == "qqqqqq"


def test_a_long_caption_is_cut_to_the_longest_the_model_knows():
    exactly, longer = ["dog"] * MAX_LENGTH, ["dog"] * MAX_LENGTH + ["qqq"]
    assert not prepare(" ".join(exactly)).shortened
    prepared = prepare(" ".join(longer))
    assert (prepared.cleaned, prepared.shortened) == (" ".join(exactly), True)
    assert prepared.unknown_words == ()  # what was cut off is not complained about


def test_a_typed_special_token_never_ends_or_pads_a_caption():
    assert set(prepare("a <eos> dog <pad> <bos>").token_ids) == {
        1, 2, 3, TOKENIZER.ids["a"], TOKENIZER.ids["dog"],
    }  # fmt: skip
    assert prepare("a <eos> dog").token_ids.count(2) == 1


@pytest.mark.parametrize(("caption", "message"), [
    ("", "no words are left of ''"),
    ("  \n", "no words are left"),
    ("123 !?", r"no words are left of '123 !\?' after cleaning; type a line .* such as: a, "),
    ("qqq www", "none of the words in 'qqq www'; type a line in the language .* such as: a, "),
    ("dog " * 4000, "may have at most 10,000 characters, got 16,000"),
    (3.5, "a caption must be text, got 3.5"),
    (None, "a caption must be text, got None"),
    (b"dog", "a caption must be text, got b'dog'"),
])  # fmt: skip
def test_what_is_no_caption_is_refused(caption, message):
    with pytest.raises(BadInput, match=message):
        prepare(caption)


def test_marks_and_digits_are_words_of_a_model_that_keeps_them():
    assert prepare("a dog, 2", keep_punctuation=True).cleaned == "a dog , 2"


def test_lines_that_cannot_be_read_are_left_out_and_counted(caplog):
    found = prepare_readable(["", "a cat sits", "qqq", "A dog!", "a cat sits"], prepare)
    assert {line: each.cleaned for line, each in found.items()} == {
        "a cat sits": "a cat sits",
        "A dog!": "a dog",
    }
    assert "2 of 4 different lines are left out" in caplog.text


def test_a_refusal_shows_a_line_of_the_models_own():
    settings = TextSettings(MAX_LENGTH)
    for nothing in ("", "123 !?", "qqq www"):
        with pytest.raises(BadInput, match="such as: ein Hund am Strand$"):
            prepare_caption(nothing, TOKENIZER, settings, "ein Hund am Strand")


def test_what_cleaning_did_to_words_is_known():
    assert not prepare("A DOG, running!").reworded
    assert prepare("a man's dog").reworded
    assert prepare("2 a dog").reworded


def test_a_plain_line_is_read_as_it_was_typed_in_any_script():
    tokenizer = PieceTokenizer([*" aehlo", "he", "lo", "hello"])
    settings = TextSettings(12, mode="plain")
    for line in ("Hello, 2 dogs!", "\u0939\u093f\u0928\u094d\u0926\u0940", "\U0001f415", "好"):
        prepared = prepare_caption(f"  {line}\t", tokenizer, settings)
        whole = line if not prepared.shortened else line[: len(prepared.cleaned)]
        assert prepared.cleaned == whole
        assert tokenizer.decode(prepared.token_ids) == whole
        assert not prepared.unknown_words
        assert not prepared.reworded
    with pytest.raises(BadInput, match="no words are left of ' ';"):
        prepare_caption(" ", tokenizer, settings)


def test_a_long_plain_line_is_cut_between_characters():
    tokenizer = PieceTokenizer(["a"])  # three bytes for each of the characters
    prepared = prepare_caption("好好好", tokenizer, TextSettings(7, mode="plain"))
    assert (prepared.cleaned, prepared.shortened) == ("好好", True)
    assert len(prepared.token_ids) == 8


def test_few_words_of_a_caption_are_looked_up(monkeypatch):
    asked = []
    monkeypatch.setattr(type(TOKENIZER), "nearest", lambda self, word: asked.append(word) or ())
    assert prepare("a qqb qqc qqd qqf qqg qqh").suggestions == {}
    assert len(asked) == 3
