"""Faults in the words of a line: repetition, or an incomplete end."""

from collections.abc import Sequence

from textvae.words import are_characters, split_words

# English words that cannot end a complete line, since something must follow them.
UNFINISHED = frozenset({
    *("a", "an", "the", "this", "these", "those", "some", "each", "every", "its", "his",
       "her", "their", "our", "your", "my"),
    *("of", "in", "on", "at", "by", "for", "with", "from", "to", "into", "onto", "over",
       "under", "between", "among", "through", "during", "against", "across", "behind",
       "beside", "near", "next", "toward", "towards", "upon", "without", "within", "as",
       "than"),
    *("and", "or", "but", "nor", "while", "because", "although", "if", "when", "where",
       "which", "who", "whose", "that"),
    *("is", "are", "was", "were", "be", "been", "being", "am", "has", "have", "had",
       "very"),
})  # fmt: skip


def is_repetitive(line: str) -> bool:
    """Whether a word occurs twice in a row, or a run of three words occurs twice.

    Only words with a letter or a digit count. In scripts without spaces between words, two
    characters count as a word, since single ones are often doubled there.

    Example:
        >>> [is_repetitive(line) for line in ("a big big dog", "a man and a man in a hat")]
        [True, False]
        >>> is_repetitive("on a bench on a bench"), is_repetitive("天天好")
        (True, False)
    """
    words = [word for word in split_words(line) if any(map(str.isalnum, word))]
    size = 2 if are_characters(words) else 1
    return _comes_twice(words, size, in_a_row=True) or _comes_twice(words, 3 * size)


def is_dangling(line: str) -> bool:
    """Whether the last word cannot end an English line, such as an article or a preposition.

    Example:
        >>> [is_dangling(line) for line in ("a dog on the", "a dog on the beach .")]
        [True, False]
    """
    words = split_words(line)
    return bool(words) and words[-1].lower() in UNFINISHED


def repeated_share(lines: Sequence[str]) -> float:
    """The share of lines that are repetitive, 0..1; 0 without lines.

    Example:
        >>> repeated_share(["a dog dog", "a cat", "a cow", "a bird"])
        0.25
    """
    return sum(map(is_repetitive, lines)) / max(len(lines), 1)


def dangling_share(lines: Sequence[str]) -> float:
    """The share of lines that are dangling, 0..1; 0 without lines.

    Example:
        >>> dangling_share(["a dog on a", "a cat"])
        0.5
    """
    return sum(map(is_dangling, lines)) / max(len(lines), 1)


def _comes_twice(words: Sequence[str], length: int, in_a_row: bool = False) -> bool:
    """Whether the same `length` words occur twice, anywhere or directly after each other."""
    runs = [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]
    if in_a_row:
        return any(run == after for run, after in zip(runs, runs[length:], strict=False))
    return len(set(runs)) < len(runs)
