"""GloVe text files to initial word vectors of a vocabulary."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from textvae.data.tokenizer import PAD_ID, SPECIALS, UNK_ID
from textvae.data.unpacking import open_unpacked
from textvae.data.vocabulary import Vocabulary
from textvae.errors import BadInput


@dataclass(frozen=True)
class Vectors:
    """One vector for each id of a vocabulary of `V` words.

    Attributes:
        matrix: `[V, G]` float32; the row of `<pad>` is zero.
        found: `[V]` bool, whether the row is from the file; False for special tokens.

    Example:
        >>> found = np.array([False] * 4 + [True, False])
        >>> Vectors(np.zeros((6, 50), np.float32), found).coverage
        0.5
    """

    matrix: NDArray[np.float32]
    found: NDArray[np.bool_]

    @property
    def dimension(self) -> int:
        """G, the numbers in one vector."""
        return int(self.matrix.shape[1])

    @property
    def coverage(self) -> float:
        """The share of the words of the vocabulary that have a vector, in [0, 1]."""
        return float(self.found[len(SPECIALS) :].mean())

    def token_coverage(self, captions: Iterable[str], tokenizer: Vocabulary) -> float:
        """The share of the tokens of `captions` whose word has a vector, in [0, 1].

        Words outside the vocabulary have none.

        Raises:
            BadInput: the captions hold no word.
        """
        rows = [token_id for text in captions for token_id in tokenizer.encode(text)[1:-1]]
        if not rows:
            raise BadInput("coverage needs captions with at least one word, got none")
        return float(self.found[rows].mean())

    def summary(self, captions: Iterable[str], tokenizer: Vocabulary) -> str:
        """One line: "50-dimensional vectors for 8 of 9 words, 98.7% of tokens"."""
        coverage = self.token_coverage(captions, tokenizer)
        return (
            f"{self.dimension}-dimensional vectors for {self.found.sum():,} of "
            f"{len(tokenizer) - len(SPECIALS):,} words, {coverage:.1%} of tokens"
        )


def read_glove(path: Path | str, tokenizer: Vocabulary, seed: int) -> Vectors:
    r"""The vectors of a GloVe file for the words of `tokenizer`.

    The file has lines `word v1 ... vG`; a first line of two whole numbers, as word2vec writes
    it, is skipped. The length of every line is checked, but only the numbers of words in the
    vocabulary. Words that are not in the file get normal random vectors with the standard
    deviation of those found. If a word occurs twice, its first line is used.

    Args:
        path: `.txt`, `.gz`, or a `.zip` with a single `.txt` in it.
        tokenizer: its ids are the rows.
        seed: of the random vectors; equal seeds give equal vectors.

    Raises:
        BadInput: the file cannot be read as described or holds no word of the vocabulary.

    Source: Pennington, Socher and Manning 2014, https://nlp.stanford.edu/projects/glove/

    Example:
        >>> _ = Path("glove.txt").write_text("dog 0.1 0.2\ncat 0.3 0.4\n")
        >>> from textvae.data.tokenizer import Tokenizer
        >>> tokenizer = Tokenizer(["a", "dog"])
        >>> vectors = read_glove("glove.txt", tokenizer, seed=0)
        >>> vectors.matrix[tokenizer.ids["dog"]].tolist()
        [0.1..., 0.2...]
        >>> vectors.summary(["a dog"], tokenizer)
        '2-dimensional vectors for 1 of 2 words, 50.0% of tokens'
    """
    rows = _wanted_rows(Path(path), tokenizer)
    if not rows:
        raise BadInput(
            f"{path} has no vector for any of the {len(tokenizer) - len(SPECIALS):,} words of"
            " the vocabulary; give another file"
        )
    known = np.stack(list(rows.values()))
    shape = (len(tokenizer), known.shape[1])
    matrix = np.random.default_rng(seed).normal(0.0, known.std(), shape).astype(np.float32)
    matrix[list(rows)] = known
    matrix[PAD_ID] = 0.0
    found = np.zeros(len(tokenizer), np.bool_)
    found[list(rows)] = True
    return Vectors(matrix, found)


def _wanted_rows(path: Path, tokenizer: Vocabulary) -> dict[int, NDArray[np.float32]]:
    """Token id to vector, for the words of the vocabulary that the file has."""
    rows: dict[int, NDArray[np.float32]] = {}
    dimension = 0
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        word, *values = _fields(where, line)
        if number == 1 and _is_header(word, values):
            continue
        dimension = dimension or len(values)
        if len(values) != dimension or not values:
            if _is_phrase(values, dimension):
                continue
            raise BadInput(
                f"{where} has {len(values)} numbers, but the first vector has {dimension}; "
                "the file may be cut short or not be GloVe text; download it again"
            )
        token_id = tokenizer.id_of(word)
        if token_id != UNK_ID and token_id not in rows:
            rows[token_id] = _vector(where, word, values)
    if not dimension:
        raise BadInput(f"{path} is empty; give a GloVe text file")
    return rows


def _fields(where: str, line: bytes) -> list[str]:
    try:
        # Split at spaces only: some GloVe words contain other white space.
        return line.decode("utf-8").rstrip("\r\n ").split(" ")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where} is not UTF-8; give the file as published") from error


def _is_header(word: str, values: list[str]) -> bool:
    """Whether a first line is word2vec's "400000 50": the numbers of words and dimensions."""
    return len(values) == 1 and word.isdecimal() and values[0].isdecimal()


def _is_phrase(values: list[str], dimension: int) -> bool:
    """Whether an overlong line starts with several words, such as ". . . 0.1 0.2".

    The published 840B file has a few; a vocabulary never contains a phrase.
    """
    surplus = values[: len(values) - dimension]
    return 0 < dimension < len(values) and not any(map(_is_number, surplus))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _vector(where: str, word: str, values: list[str]) -> NDArray[np.float32]:
    try:
        vector = np.array([float(value) for value in values], np.float64)
    except ValueError as error:
        raise BadInput(f"{where}: the vector of {word!r} is not numeric: {error}") from error
    if not (np.abs(vector) < np.finfo(np.float32).max).all():
        raise BadInput(f"{where}: the vector of {word!r} holds nan, inf or a number too large")
    return vector.astype(np.float32)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines, one at a time, since the published files have gigabytes."""
    with open_unpacked(path) as file:
        is_archive = path.suffix.lower() == ".zip"
        yield from enumerate(_only_text_of(path, file) if is_archive else file, 1)


def _only_text_of(path: Path, file: BinaryIO) -> BinaryIO:
    archive = zipfile.ZipFile(file)
    names = [name for name in archive.namelist() if name.lower().endswith(".txt")]
    if len(names) != 1:
        listed = ", ".join(names) or "no .txt file"
        raise BadInput(f"{path} holds {listed}; unpack it and give the one .txt to use")
    return io.BufferedReader(cast(io.RawIOBase, archive.open(names[0])))
