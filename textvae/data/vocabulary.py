"""The vocabulary of a model: of whole words or of pieces, depending on its text mode.

Both kinds have the same methods: `encode`, `decode`, `length`, `cut`, `tokens` to show,
`unknown_words` with the `nearest` known ones, and `id_of` a word. No other code needs to know
which kind it is.
"""

from collections.abc import Iterable
from pathlib import Path

from textvae.data.pieces import PieceTokenizer
from textvae.data.text_modes import PLAIN
from textvae.data.tokenizer import Tokenizer

Vocabulary = Tokenizer | PieceTokenizer


def fit_vocabulary(
    lines: Iterable[str], mode: str, min_count: int, max_pieces: int
) -> Vocabulary:
    """Learn the vocabulary of `lines`, normalised by `text_modes.normalise` for this mode.

    Raises:
        BadInput: no word or piece is frequent enough.

    Example:
        >>> fit_vocabulary(["a <unk> dog"], "tokens", min_count=1, max_pieces=10).words[4:]
        ('<unk>', 'a', 'dog')
        >>> len(fit_vocabulary(["Dogs!"], "plain", min_count=1, max_pieces=10))
        266
    """
    if mode == PLAIN:
        return PieceTokenizer.fit(lines, min_count, max_pieces)
    return Tokenizer.fit(lines, min_count, mode)


def vocabulary_bytes(vocabulary: Vocabulary) -> bytes:
    """The content of `vocabulary.txt`: one word or piece per line, in the order of ids.

    Example:
        >>> vocabulary_bytes(Tokenizer(["a", "dog"])).split()[4:]
        [b'a', b'dog']
    """
    return "".join(f"{word}\n" for word in vocabulary.words).encode()


def read_vocabulary(path: Path, mode: str) -> Vocabulary:
    """The vocabulary in a file with one word or piece per line.

    Raises:
        BadInput: the file cannot be read as text, or is not a vocabulary of this mode.

    Example:
        >>> path = Path("vocabulary.txt")
        >>> _ = path.write_bytes(vocabulary_bytes(Tokenizer(["a", "dog"])))
        >>> read_vocabulary(path, "caption").length("a dog")
        2
    """
    return PieceTokenizer.load(path) if mode == PLAIN else Tokenizer.load(path, mode)
