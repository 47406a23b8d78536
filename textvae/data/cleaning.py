"""Cleaning: converting text to lower-case words separated by single spaces."""

import functools
import re
import unicodedata
from collections.abc import Callable
from itertools import count

APOSTROPHES = "'\u2018\u2019\u02bc\uff07"  # typewriter, curly, modifier letter, full width
ASCII_WORD_OR_MARK = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|\S")
SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))  # of a character's look, not its identity


def clean(text: str, keep_punctuation: bool = False) -> str:
    """Lower-case words separated by single spaces; cleaning is idempotent.

    Letters of any script are kept, with the vowel signs and other combining marks on them.
    Apostrophes are dropped without a space ("man's" -> "mans", as in the article's
    `str.translate`; see `is_reworded`); digits and all other marks become a space.

    Args:
        text: any string.
        keep_punctuation: for benchmarks that score texts with their marks. Digits are kept,
            words keep inner apostrophes and hyphens ("man's", "well-lit"), and every other mark
            becomes a separate word.

    Example:
        >>> clean("A man's black-and-white DOG!")
        'a mans black and white dog'
        >>> clean("A man's dogs, 2.", keep_punctuation=True)
        "a man's dogs , 2 ."
        >>> clean("\u0939\u093f\u0928\u094d\u0926\u0940!")
        'हिन्दी'
    """
    table = MARKS if keep_punctuation else LETTERS
    text = _normalised(text).translate(table)
    if not text.isascii():
        text = _stray_marks().sub("", text)
        # Again, since two letters compose once the mark between them is dropped.
        text = _normalised(text)
    if not keep_punctuation:
        return " ".join(text.split())
    words = ASCII_WORD_OR_MARK if text.isascii() else _word_or_mark()
    return " ".join(words.findall(text))


def is_reworded(text: str, cleaned: str) -> bool:
    """Whether cleaning changed words, not only their case and the marks around them.

    Example:
        >>> is_reworded("A dog, running!", "a dog running")
        False
        >>> is_reworded("a man's 2 dogs", "a mans dogs")
        True
    """
    words = (_bare(word) for word in _normalised(text).split())
    return list(filter(None, words)) != cleaned.split()


def _bare(word: str) -> str:
    """A word without the punctuation and symbols around it."""
    is_sign = [unicodedata.category(character)[0] in "PS" for character in word]
    if all(is_sign):
        return ""
    return word[is_sign.index(False) : len(word) - is_sign[::-1].index(False)]


def _normalised(text: str) -> str:
    """Lower case in NFKC, so that words that look equal are equal strings."""
    if text.isascii():
        return text.lower()
    # Lower-casing can undo the normal form, and the normal form can restore capitals.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())


@functools.cache
def _marks() -> str:
    """Unicode's combining marks as ranges for a pattern, since `re` has no class for them."""
    marks = [code for code in range(0x300, 0x20000) if _is_mark(chr(code))]
    known = set(marks)
    starts = [code for code in marks if code - 1 not in known]
    return "".join(
        f"{chr(first)}-{chr(next(n for n in count(first) if n + 1 not in known))}"
        for first in starts
    )


@functools.cache
def _stray_marks() -> re.Pattern[str]:
    """Combining marks that do not follow a letter or digit."""
    return re.compile(rf"(?<![^\W_{_marks()}])(?<![{_marks()}])[{_marks()}]+")


@functools.cache
def _word_or_mark() -> re.Pattern[str]:
    """As `ASCII_WORD_OR_MARK`, for any script."""
    word = rf"[^\W_](?:[^\W_]|[{_marks()}])*"
    return re.compile(rf"{word}(?:['-]{word})*|\S")


def _is_mark(character: str) -> bool:
    """Whether it modifies the letter before it, such as a vowel sign or an accent."""
    is_selector = any(first <= ord(character) <= last for first, last in SELECTORS)
    return unicodedata.category(character) in ("Mn", "Mc") and not is_selector


MAX_REMEMBERED = 30_000  # characters, of a million


class _CharacterTable(dict[int, str]):
    """For `str.translate`: caches the results of `rule` for the first characters it meets."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        self.rule = rule

    def __missing__(self, code_point: int) -> str:
        found = self.rule(chr(code_point))
        if len(self) < MAX_REMEMBERED:
            self[code_point] = found
        return found


def _letters_only(character: str) -> str:
    if character.isalpha() or _is_mark(character):
        return character if character not in APOSTROPHES else ""
    # Dropped without a space: the apostrophe of "man's", circles around a letter, and invisible
    # characters such as the soft hyphen.
    is_silent = unicodedata.category(character) in ("Mn", "Me", "Cf")
    return "" if is_silent or character in APOSTROPHES else " "


def _letters_digits_and_marks(character: str) -> str:
    if character in APOSTROPHES:
        return "'"
    if _is_mark(character):
        return character
    kind = unicodedata.category(character)
    if kind in ("Mn", "Me", "Cf"):
        return ""
    # Control characters, lone surrogates and unassigned code points are not text.
    return " " if kind[0] in "CZ" else character


LETTERS = _CharacterTable(_letters_only)
MARKS = _CharacterTable(_letters_digits_and_marks)
