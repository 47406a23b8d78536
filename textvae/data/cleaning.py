"""Cleaning: any text becomes lower-case words with single spaces between them."""

import re
import unicodedata
from collections.abc import Callable

APOSTROPHES = "'\u2018\u2019\u02bc\uff07"  # typewriter, curly, modifier letter, full width
WORD_OR_MARK = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|\S")


def clean(text: str, keep_punctuation: bool = False) -> str:
    """Lower-case words with single spaces between them; cleaning twice changes nothing more.

    Letters of any script are kept. Apostrophes are dropped without a space ("man's" -> "mans",
    as in the article's `str.translate`); digits and all other marks become a space.

    Args:
        text: any string.
        keep_punctuation: for benchmarks that score texts with their marks. Digits are kept,
            words keep inner apostrophes and hyphens ("man's", "well-lit"), and every other mark
            becomes a word of its own.

    Example:
        >>> clean("A man's black-and-white DOG!")
        'a mans black and white dog'
        >>> clean("A man's dogs, 2.", keep_punctuation=True)
        "a man's dogs , 2 ."
    """
    table = MARKS if keep_punctuation else LETTERS
    # Normalised again at the end: two letters compose once the mark between them is dropped.
    text = _normalised(_normalised(text).translate(table))
    return " ".join(WORD_OR_MARK.findall(text) if keep_punctuation else text.split())


def _normalised(text: str) -> str:
    """Lower case in NFKC, so that words that look equal are equal strings."""
    if text.isascii():
        return text.lower()
    # Lower-casing can undo the normal form, and the normal form can bring capitals back.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())


class _CharacterTable(dict[int, str]):
    """For `str.translate`: calls `rule` once for each character that it meets."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        self.rule = rule

    def __missing__(self, code_point: int) -> str:
        self[code_point] = self.rule(chr(code_point))
        return self[code_point]


def _letters_only(character: str) -> str:
    # Dropped without a space: the apostrophe of "man's", accents that have no composed letter,
    # and invisible characters such as the soft hyphen.
    if character in APOSTROPHES or unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf"):
        return ""
    return character if character.isalpha() else " "


def _letters_digits_and_marks(character: str) -> str:
    if character in APOSTROPHES:
        return "'"
    kind = unicodedata.category(character)
    if kind in ("Mn", "Mc", "Me", "Cf"):
        return ""
    # Control characters, lone surrogates and unassigned code points are not text.
    return " " if kind[0] in "CZ" else character


LETTERS = _CharacterTable(_letters_only)
MARKS = _CharacterTable(_letters_digits_and_marks)
