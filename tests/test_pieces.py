"""Plain text: every line comes back, whatever is in it."""

import random
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from samples_of_text import LINES

from textvae.data.pieces import BYTES, FIRST_PIECE, MAX_PIECES, PieceTokenizer
from textvae.data.text_modes import fold
from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, SPECIALS, UNK_ID
from textvae.errors import BadInput
from textvae.words import split_words

ALL_LINES = [line for lines in LINES.values() for line in lines]
TOKENIZERS = {
    "of English": PieceTokenizer.fit(LINES["English"] * 3),
    "of Chinese": PieceTokenizer.fit(LINES["Chinese"] * 3),
    "of everything": PieceTokenizer.fit(ALL_LINES * 5),
    "of one letter": PieceTokenizer(["a"]),
    "of a space": PieceTokenizer([" "]),
    # Pieces that no training would make: they must not make a line another one.
    "made by hand": PieceTokenizer(
        ["<", "<0", "0x", "<0x41", ">", "\u0301", "e", "pa", "<pad"]
    ),
}
# Whatever there is in Unicode, and what is likely to go wrong.
anything = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    st.sampled_from(
        "a \u00a0\u2581\u0120\u010a<0x41>|\u0301e\u0bcd\u200d\ufe0f\U0001f468\u0e33"
        "\n\r\x00\x1b\u2028\ufeff\uac00\u11a8"
    )
)


@pytest.mark.parametrize("language", LINES)
@pytest.mark.parametrize("name", TOKENIZERS)
def test_every_line_in_every_script_comes_back(name, language):
    tokenizer = TOKENIZERS[name]
    for line in LINES[language]:
        ids = tokenizer.encode(line)
        assert tokenizer.decode(ids) == unicodedata.normalize("NFC", line)
        assert (ids[0], ids[-1]) == (BOS_ID, EOS_ID)
        assert not {PAD_ID, BOS_ID, EOS_ID, UNK_ID} & set(ids[1:-1])
        assert tokenizer.length(line) == len(ids) - 2


@given(anything)
@example("<eos> <pad> <unk> <0x41> <0xZZ>")
@example("\u2581a \u2581")
@settings(max_examples=250, deadline=None)
def test_every_text_comes_back_composed_and_with_single_spaces(text):
    line = " ".join(unicodedata.normalize("NFC", text).split())  # what is promised, in one line
    assert fold(text) == line
    for tokenizer in TOKENIZERS.values():
        ids = tokenizer.encode(line)
        assert tokenizer.decode(ids) == line
        assert min(ids[1:-1], default=FIRST_PIECE) > UNK_ID
        parts = tokenizer.tokens(line)
        assert "".join(text for text, _ in parts) == line
        assert sum(count for _, count in parts) == len(ids) - 2


@given(st.lists(st.integers(0, len(TOKENIZERS["of everything"]) - 1), max_size=40))
@settings(max_examples=250, deadline=None)
def test_whatever_ids_a_model_writes_are_one_line_of_valid_text(ids):
    line = TOKENIZERS["of everything"].decode(ids)
    line.encode("utf-8")
    assert line == fold(line)
    assert len(line.splitlines()) <= 1


def test_bytes_that_form_no_character_are_left_out():
    tokenizer = PieceTokenizer(["a"])
    byte = {value: 4 + value for value in range(256)}
    a = FIRST_PIECE
    # U+597D is E5 A5 BD; it is cut short, broken by a letter, and whole.
    assert tokenizer.decode([byte[0xE5], byte[0xA5], a]) == "a"
    assert tokenizer.decode([byte[0xE5], a, byte[0xA5], byte[0xBD], a]) == "aa"
    assert tokenizer.decode([a, byte[0xE5], byte[0xA5], byte[0xBD], a]) == "a\u597da"
    assert tokenizer.decode([a, byte[0xFF], byte[0x0A], byte[0x20], a, EOS_ID, a]) == "a a"


def test_the_order_of_lines_and_the_run_make_no_difference():
    lines = ALL_LINES * 3
    random.Random(0).shuffle(lines)
    assert PieceTokenizer.fit(lines).words == PieceTokenizer.fit(ALL_LINES * 3).words


def test_pieces_are_merged_by_hand_as_by_the_library():
    # Byte pair encoding in five lines: the earliest learned pair in reach is merged first.
    tokenizer = TOKENIZERS["of English"]
    rank = {piece: i for i, piece in enumerate(tokenizer.words)}
    for line in LINES["English"]:
        for word in line.split(" "):
            if not word.isalpha():
                continue
            parts = [" ", *word]
            while pairs := [
                (rank[a + b], i)
                for i, (a, b) in enumerate(zip(parts, parts[1:], strict=False))
                if a + b in rank
            ]:
                _, i = min(pairs)
                parts[i : i + 2] = [parts[i] + parts[i + 1]]
            known = [part for part in parts if part in rank]
            got = [tokenizer.words[i] for i in tokenizer.encode(word)[1:-1]]
            assert [piece for piece in got if piece not in BYTES] == known


def test_a_frequent_word_is_one_piece_wherever_it_stands():
    tokenizer = PieceTokenizer.fit(["a dog", "the dog sleeps", "dog"] * 4)
    place = tokenizer.words.index(" dog")
    assert tokenizer.encode("dog dog") == [BOS_ID, place, place, EOS_ID]
    assert tokenizer.id_of("dog") == place
    assert tokenizer.id_of("zebra") == UNK_ID
    assert tokenizer.unknown_words("a zebra") == ()
    assert tokenizer.nearest("zebra") == ()
    assert tokenizer.extended(["zebra"] * 9) is tokenizer


def test_the_number_of_pieces_follows_the_lines_and_the_limit():
    lines = [f"{a} {b}" for a in LINES["English"] for b in LINES["German"]]
    few, many = PieceTokenizer.fit(lines[:3]), PieceTokenizer.fit(lines)
    assert len(few) < len(many)
    letters = {c for line in lines for c in f" {line}"}
    assert (
        len(PieceTokenizer.fit(lines, max_pieces=len(letters) + 10))
        == FIRST_PIECE + len(letters) + 10
    )
    assert len(PieceTokenizer.fit(lines, max_pieces=10)) == FIRST_PIECE + 10


def test_rare_characters_are_written_as_bytes():
    tokenizer = PieceTokenizer.fit(["a dog"] * 9 + ["a \u597d dog"], min_count=2)
    assert "\u597d" not in tokenizer.words
    assert [tokenizer.words[i] for i in tokenizer.encode("\u597d")[1:-1]] == [
        "<0xE5>",
        "<0xA5>",
        "<0xBD>",
    ]


@pytest.mark.parametrize("language", LINES)
def test_what_is_shown_of_a_line_are_its_words_as_far_as_pieces_allow(language):
    for line in LINES[language]:
        words = split_words(line)
        shown = [text.removeprefix(" ") for text, _ in PieceTokenizer(["a", " "]).tokens(line)]
        assert shown == words  # without longer pieces, every word can be told apart
        merged = [text for text, _ in TOKENIZERS["of everything"].tokens(line)]
        assert len(merged) <= len(words)


@pytest.mark.parametrize("limit", range(1, 12))
def test_a_line_is_cut_to_a_beginning_that_fits(limit):
    for line in map(fold, ALL_LINES):
        cut = TOKENIZERS["of everything"].cut(line, limit)
        assert line.startswith(cut)
        assert TOKENIZERS["of everything"].length(cut) <= limit
        if TOKENIZERS["of everything"].length(line) <= limit:
            assert cut == line


def test_what_cannot_be_learned_is_refused():
    for lines in ([], [""], ["abc"]):
        with pytest.raises(BadInput, match="empty vocabulary: .* lower min_count or give more"):
            PieceTokenizer.fit(lines, min_count=2)
    with pytest.raises(BadInput, match="min_count must be at least 1, got 0"):
        PieceTokenizer.fit(["a"], min_count=0)
    with pytest.raises(BadInput, match="max_pieces must be from 1 to 60,000, got 0"):
        PieceTokenizer.fit(["a"], max_pieces=0)


HEAD = "".join(f"{word}\n" for word in (*SPECIALS, *BYTES))


def test_a_written_vocabulary_is_read_again(tmp_path):
    tokenizer = TOKENIZERS["of everything"]
    (tmp_path / "v.txt").write_text("".join(f"{word}\n" for word in tokenizer.words), "utf-8")
    again = PieceTokenizer.load(tmp_path / "v.txt")
    assert again.words == tokenizer.words
    assert [again.encode(line) for line in ALL_LINES] == [
        tokenizer.encode(line) for line in ALL_LINES
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "v.txt is empty"),
        (b"<pad>\n<bos>\n<eos>\n<unk>\na\n", "v.txt, line 5: .* found 'a' for <0x00>"),
        (HEAD.replace("<0x41>", "A").encode(), "v.txt, line 70: .* found 'A' for <0x41>"),
        (HEAD.encode() + b"a\nb\na\n", "v.txt, line 263: 'a' repeats line 261"),
        (HEAD.encode() + b"a\n<0x41>\n", "v.txt, line 262: '<0x41>' repeats line 70"),
        (HEAD.encode() + b"a\n\nb\n", "v.txt: '' cannot be a piece: it is empty"),
        (HEAD.encode() + b"a b\n", "v.txt: 'a b' cannot be a piece: it holds white space"),
        (HEAD.encode() + b"a \n", "v.txt: 'a ' cannot be a piece: it holds white space"),
        (HEAD.encode() + b"  a\n", "v.txt: '  a' cannot be a piece: it holds white space"),
        (HEAD.encode() + b"\ta\n", r"v.txt: '\\ta' cannot be a piece: it holds white space"),
        (
            HEAD.encode() + b"a" * 10_000_000,
            "v.txt: 'a{40}' cannot be a piece: it is longer than 17",
        ),
        (HEAD.encode() + b"caf\xe9\n", "v.txt, line 261: byte 0xe9 .* is not UTF-8"),
        (
            HEAD.encode() + "".join(f"p{i}\n" for i in range(MAX_PIECES + 1)).encode(),
            "v.txt: a vocabulary has at most 60,000 pieces, got 60,001",
        ),
    ],
)
def test_hostile_vocabularies_are_refused_in_one_line(tmp_path, data, message):
    (tmp_path / "v.txt").write_bytes(data)
    with pytest.raises(BadInput, match=message) as refusal:
        PieceTokenizer.load(tmp_path / "v.txt")
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300 + len(str(tmp_path))


def test_the_largest_vocabulary_that_is_accepted_is_used_in_a_moment():
    alphabet = [chr(i) for i in range(0x4E00, 0x4E00 + 200)]
    draw = random.Random(0)
    pieces = {
        "".join(draw.choices(alphabet, k=draw.randint(2, 17))) for _ in range(MAX_PIECES - 200)
    }
    tokenizer = PieceTokenizer([*alphabet, *sorted(pieces)])
    line = "".join(draw.choices(alphabet, k=10_000))
    assert tokenizer.decode(tokenizer.encode(line)) == line


@pytest.mark.parametrize("piece", ["\0", "a\0", "\x1b", "\ufeff"])
def test_no_piece_holds_a_control_character(piece):
    with pytest.raises(BadInput, match="control character"):
        PieceTokenizer(["a", piece])
