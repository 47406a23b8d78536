import gzip
import zipfile

import numpy as np
import pytest

from textvae.data.glove import read_glove
from textvae.data.tokenizer import Tokenizer
from textvae.errors import BadInput

TOKENIZER = Tokenizer(["dog", "cat", "zebra"])  # ids 4, 5, 6
GLOVE = "the 9 9 9\ncat 1 -2 3e-1\nof 8 8 8\ndog 0.5 0 -1\n<eos> 7 7 7\n"


def read(path, content=GLOVE, tokenizer=TOKENIZER, seed=0):
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return read_glove(path, tokenizer, seed)


def packed(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.txt", text)
    return path


def test_each_word_gets_its_own_row(tmp_path):
    vectors = read(tmp_path / "g.txt")
    assert vectors.matrix.dtype == np.float32
    assert vectors.matrix.shape == (7, 3)
    assert vectors.dimension == 3
    np.testing.assert_array_equal(
        vectors.matrix[4:6], np.array([[0.5, 0, -1], [1, -2, 0.3]], np.float32)
    )
    assert vectors.found.tolist() == [False, False, False, False, True, True, False]


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", " \n"),
    lambda text: "5 3\n" + text,
    lambda text: text + "cat 4 4 4\n",
    lambda text: text + ". . . 4 4 4\n",
    lambda text: text + "at mail@host 4 4 4\n",
    lambda text: text + "\u2028\x85 4 4 4\n",
    lambda text: text + "unwanted x y z\n",
])  # fmt: skip
def test_what_published_files_also_hold_changes_nothing(tmp_path, change):
    plain, other = read(tmp_path / "a.txt"), read(tmp_path / "b.txt", change(GLOVE))
    np.testing.assert_array_equal(plain.matrix, other.matrix)
    np.testing.assert_array_equal(plain.found, other.found)


def test_packed_files_give_the_same_vectors(tmp_path):
    plain = read(tmp_path / "g.txt").matrix
    np.testing.assert_array_equal(read(tmp_path / "g.txt.gz").matrix, plain)
    archive = packed(tmp_path / "g.zip", g=GLOVE)
    np.testing.assert_array_equal(read_glove(archive, TOKENIZER, 0).matrix, plain)


def test_missing_words_are_random_rows_with_the_std_of_the_found_ones(tmp_path):
    many = Tokenizer(["dog", "cat", *(f"w{i}" for i in range(5000))])
    matrix = read(tmp_path / "g.txt", "the 1 1\ndog 30 -10\ncat 0 20\n", many).matrix
    std = np.std([30, -10, 0, 20])  # 15.8
    assert matrix[6:].std() == pytest.approx(std, rel=0.03)  # 10,000 draws: s.e. 0.7%
    assert abs(matrix[6:].mean()) < 0.05 * std
    assert matrix[1:4].all()  # <bos>, <eos> and <unk> learn from random rows, too


def test_pad_is_zero_and_no_special_is_taken_from_the_file(tmp_path):
    vectors = read(tmp_path / "g.txt")
    assert not vectors.matrix[0].any()
    assert vectors.matrix[2].tolist() != [7, 7, 7]


def test_random_rows_depend_on_the_seed_only(tmp_path):
    first, again, other = (read(tmp_path / "g.txt", seed=seed).matrix for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first[6] != other[6]).all()
    np.testing.assert_array_equal(first[4:6], other[4:6])


def test_coverage_counts_each_word_once_and_token_coverage_each_token(tmp_path):
    vectors = read(tmp_path / "g.txt")
    assert vectors.coverage == pytest.approx(2 / 3)
    captions = ["dog dog zebra", "cat unseen"]
    assert vectors.token_coverage(captions, TOKENIZER) == pytest.approx(3 / 5)
    assert vectors.summary(captions, TOKENIZER) == (
        "3-dimensional vectors for 2 of 3 words, 60.0% of tokens"
    )
    with pytest.raises(BadInput, match="at least one word"):
        vectors.token_coverage([""], TOKENIZER)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "g.txt is empty"),
        ("5 3\n", "g.txt is empty"),
        ("dog 1 2\ncat 1\n", "g.txt, line 2 has 1 numbers, but the first vector has 2"),
        ("the 1 2\nof 1 2 3\n", "g.txt, line 2 has 3 numbers, but the first vector has 2"),
        ("dog 1 2\n\ncat 1 2\n", "g.txt, line 2 has 0 numbers"),
        ("dog\n", "g.txt, line 1 has 0 numbers"),
        ("the 1 2\ndog 1 x\n", "g.txt, line 2: the vector of 'dog' is not numeric: .*'x'"),
        ("dog 1 nan\n", "g.txt, line 1: the vector of 'dog' holds nan, inf"),
        ("dog -inf 1\n", "g.txt, line 1: .*nan, inf"),
        ("dog 1 1e39\n", "g.txt, line 1: .*too large"),
        (b"the 1 2\ncaf\xe9 1 2\n", "g.txt, line 2 is not UTF-8"),
        ("the 1 2\nof 1 2\n", "g.txt has no vector for any of the 3 words"),
    ],
)
def test_unusable_files_are_refused_by_name_and_line(tmp_path, content, message):
    with pytest.raises(BadInput, match=message) as refusal:
        read(tmp_path / "g.txt", content)
    assert "\n" not in str(refusal.value)


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(BadInput, match="gone.txt does not exist"):
        read_glove(tmp_path / "gone.txt", TOKENIZER, 0)
    with pytest.raises(BadInput, match="is a folder"):
        read_glove(tmp_path, TOKENIZER, 0)


def test_an_archive_must_hold_a_single_text(tmp_path):
    both = packed(tmp_path / "both.zip", first=GLOVE, second=GLOVE)
    with pytest.raises(BadInput, match=r"both.zip holds first.txt, second.txt; unpack it"):
        read_glove(both, TOKENIZER, 0)
    with pytest.raises(BadInput, match=r"none.zip holds no .txt file"):
        read_glove(packed(tmp_path / "none.zip"), TOKENIZER, 0)


@pytest.mark.parametrize("name", ["g.txt.gz", "g.zip"])
@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: b"plain"])
def test_damaged_archives_are_refused(tmp_path, name, spoil):
    file = packed(tmp_path / name, g=GLOVE)
    if name.endswith(".gz"):
        file.write_bytes(gzip.compress(GLOVE.encode()))
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(BadInput, match="is damaged or not compressed as its name says"):
        read_glove(file, TOKENIZER, 0)
