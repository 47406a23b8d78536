import pytest

from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, SPECIALS, UNK_ID, Tokenizer
from textvae.data.vocabulary import vocabulary_bytes
from textvae.errors import BadInput

CAPTIONS = ["a dog and a cat", "a cat", "the dog", "zebra"]


def test_words_are_learned_by_frequency_then_alphabet():
    # Counted by hand: a 3, cat 2, dog 2, and 1, the 1, zebra 1.
    assert Tokenizer.fit(CAPTIONS, 1).words[4:] == ("a", "cat", "dog", "and", "the", "zebra")
    assert Tokenizer.fit(CAPTIONS).words == (*SPECIALS, "a", "cat", "dog")
    assert Tokenizer.fit(CAPTIONS, 3).words[4:] == ("a",)


def test_the_order_of_captions_changes_no_id():
    assert Tokenizer.fit(CAPTIONS, 1).words == Tokenizer.fit(iter(CAPTIONS[::-1]), 1).words


def test_length_is_the_vocabulary_size_with_specials():
    assert len(Tokenizer(["a", "dog"])) == 6


def test_known_words_survive_the_round_trip():
    tokenizer = Tokenizer.fit(CAPTIONS, 1)
    for caption in (*CAPTIONS, ""):
        assert tokenizer.decode(tokenizer.encode(caption)) == caption


def test_encoding_is_framed_and_unknown_words_are_unk():
    tokenizer = Tokenizer(["a", "dog"])
    assert tokenizer.encode("a red dog") == [BOS_ID, 4, UNK_ID, 5, EOS_ID]
    assert tokenizer.decode(tokenizer.encode("a red dog")) == "a <unk> dog"


def test_a_typed_special_is_only_an_unknown_word():
    tokenizer = Tokenizer(["a"])
    assert tokenizer.encode("<eos> a <pad>") == [BOS_ID, UNK_ID, 4, UNK_ID, EOS_ID]
    assert tokenizer.unknown_words("<eos> a") == ("<eos>",)
    assert "<unk>" not in Tokenizer.fit(["<unk> a <unk>"], 1).words[4:]


def test_decoding_stops_at_the_first_eos_and_drops_pads():
    tokenizer = Tokenizer(["a", "dog"])
    assert tokenizer.decode([PAD_ID, BOS_ID, 4, PAD_ID, 5, EOS_ID, 4, PAD_ID]) == "a dog"
    assert tokenizer.decode([EOS_ID, 4]) == ""
    assert tokenizer.decode([4, 5]) == "a dog"


def test_unknown_words_are_named_once_in_order():
    tokenizer = Tokenizer(["a"])
    assert tokenizer.unknown_words("zoo a pub zoo") == ("zoo", "pub")


def test_nearest_words_are_spelled_alike():
    tokenizer = Tokenizer(["elephant", "elegant", "dog"])
    assert tokenizer.nearest("elefant") == ("elegant",)  # one letter off, "elephant" is two
    assert tokenizer.nearest("elefant", 2) == ("elegant", "elephant")
    assert tokenizer.nearest("qqq", 3) == ()
    assert tokenizer.nearest("<unk", 3) == ()  # never a special


def test_extending_keeps_every_id_and_appends_frequent_new_words():
    small = Tokenizer.fit(CAPTIONS)
    large = small.extended(["the pub dog", "the pub", "a zoo"], 2)
    assert large.words == (*small.words, "pub", "the")
    assert small.extended(CAPTIONS, 9).words == small.words


def test_the_saved_file_is_readable_and_loads_again(tmp_path):
    tokenizer = Tokenizer(["a", "caf\u00e9", "\u05db\u05dc\u05d1"])
    (tmp_path / "vocabulary.txt").write_bytes(vocabulary_bytes(tokenizer))
    text = (tmp_path / "vocabulary.txt").read_bytes().decode("utf-8")
    assert text == "<pad>\n<bos>\n<eos>\n<unk>\na\ncaf\u00e9\n\u05db\u05dc\u05d1\n"
    assert Tokenizer.load(str(tmp_path / "vocabulary.txt")).words == tokenizer.words


def test_files_edited_on_windows_load(tmp_path):
    lines = "\r\n".join([*SPECIALS, "a", "dog", ""])
    (tmp_path / "v.txt").write_bytes(b"\xef\xbb\xbf" + lines.encode())
    assert Tokenizer.load(tmp_path / "v.txt").words[4:] == ("a", "dog")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a", "b", "a"], "repeats 'a'; list each word once"),
        ([*"abcdabcd"], "repeats 'a', 'b', 'c' and 1 more"),
        (["a", ""], "'' cannot be in a vocabulary: it is empty"),
        (["two words"], "'two words' .* white space"),
        (["a\u2028"], "white space"),
        (["<eos>"], "'<eos>' .* special tokens are added by the tokenizer"),
    ],
)
def test_impossible_words_are_refused(words, message):
    with pytest.raises(BadInput, match=message):
        Tokenizer(words)


def test_an_empty_vocabulary_says_what_there_was():
    with pytest.raises(
        BadInput, match="empty vocabulary: 2 captions with 3 distinct .* 2 times"
    ):
        Tokenizer.fit(["a dog", "cat"])
    with pytest.raises(BadInput, match="0 captions with 0 distinct words .* lower min_count"):
        Tokenizer.fit([])


def test_a_count_below_one_is_refused():
    with pytest.raises(BadInput, match="min_count must be at least 1, got 0"):
        Tokenizer.fit(CAPTIONS, 0)
    with pytest.raises(BadInput, match="min_count must be at least 1, got -1"):
        Tokenizer(["a"]).extended(CAPTIONS, -1)


HEAD = b"<pad>\n<bos>\n<eos>\n<unk>\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "v.txt is empty"),
        (b"<pad>\n<bos>\n", r"v.txt, line 3: .* found 'the end of the file' for <eos>"),
        (b"<pad>\n<unk>\n<eos>\n<bos>\na\n", r"v.txt, line 2: .* found '<unk>' for <bos>"),
        (HEAD + b"a\nb\na\n", r"v.txt, line 7: 'a' repeats line 5"),
        (HEAD + b"a\n<eos>\n", r"v.txt, line 6: '<eos>' repeats line 3"),
        (HEAD + b"a\n\nb\n", r"v.txt, line 6: '' cannot be a word: it is empty"),
        (HEAD + b"two words\n", r"v.txt, line 5: 'two words' .* white space"),
        (HEAD + b"a\ncaf\xe9\n", r"v.txt, line 6: byte 0xe9 at offset 29 is not UTF-8"),
    ],
)
def test_damaged_vocabularies_are_refused_by_file_and_line(tmp_path, data, message):
    (tmp_path / "v.txt").write_bytes(data)
    with pytest.raises(BadInput, match=message) as refusal:
        Tokenizer.load(tmp_path / "v.txt")
    assert "\n" not in str(refusal.value)


def test_a_missing_vocabulary_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone.txt does not exist; check the path"):
        Tokenizer.load(tmp_path / "gone.txt")
