"""The vocabulary of a model, of whichever kind."""

import inspect

import pytest

from textvae.data.pieces import PieceTokenizer
from textvae.data.tokenizer import SPECIALS, UNK_ID, Tokenizer
from textvae.data.vocabulary import fit_vocabulary, read_vocabulary, vocabulary_bytes
from textvae.errors import BadInput

LINES = ["the <unk> 's <eos> N", "the <unk> rose"]


def test_each_mode_has_its_kind_of_vocabulary(tmp_path):
    for mode, kind in (
        ("plain", PieceTokenizer),
        ("caption", Tokenizer),
        ("tokens", Tokenizer),
    ):
        tokenizer = fit_vocabulary(LINES, mode, min_count=1, max_pieces=100)
        assert type(tokenizer) is kind
        assert tokenizer.mode == mode
        path = tmp_path / f"{mode}.txt"
        path.write_text("".join(f"{word}\n" for word in tokenizer.words), "utf-8")
        again = read_vocabulary(path, mode)
        assert (again.words, again.mode) == (tokenizer.words, mode)


def test_both_kinds_answer_the_same_questions():
    asked = [
        name
        for name in vars(PieceTokenizer)
        # `to_json` is for programs that read pieces with the same library.
        if name[0] != "_" and name not in ("mode", "fit", "to_json")
    ]
    for name in asked:
        ours, theirs = getattr(PieceTokenizer, name), getattr(Tokenizer, name)
        if callable(ours) and name != "load":
            assert len(inspect.signature(ours).parameters) == len(
                inspect.signature(theirs).parameters
            )


def test_in_tokens_unk_is_a_word_like_any_other():
    tokenizer = Tokenizer.fit(LINES, 1, "tokens")
    for line in LINES:
        ids = tokenizer.encode(line)
        assert tokenizer.decode(ids) == line
        assert UNK_ID not in ids  # which a model never writes
        assert min(ids[1:-1]) >= len(SPECIALS)
    assert tokenizer.encode("zebra")[1] == UNK_ID
    assert tokenizer.unknown_words("the <unk> zebra") == ("zebra",)
    assert tokenizer.extended(["<pad> rose"], 1).words == (*tokenizer.words, "<pad>")


def test_a_vocabulary_of_tokens_is_not_one_of_captions(tmp_path):
    path = tmp_path / "v.txt"
    path.write_bytes(vocabulary_bytes(Tokenizer.fit(LINES, 1, "tokens")))
    with pytest.raises(BadInput, match="v.txt, line [0-9]+: '<unk>' repeats line 4"):
        read_vocabulary(path, "caption")
    path.write_text("<pad>\n<bos>\n<eos>\n<unk>\n<unk>\n<unk>\n")
    with pytest.raises(BadInput, match="v.txt, line 6: '<unk>' repeats line 5"):
        read_vocabulary(path, "tokens")
