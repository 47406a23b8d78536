"""Finding captions that mention a category, such as "elephant" or "wine glass"."""

import difflib
import re

from textvae.data.cleaning import clean
from textvae.errors import BadInput
from textvae.words import HAS_SPACELESS

MAX_WORDS = 100_000  # to choose suggestions from
IRREGULAR = {
    "child": "children",
    "deer": "deer",
    "fish": "fish",
    "foot": "feet",
    "goose": "geese",
    "man": "men",
    "mouse": "mice",
    "person": "people",
    "sheep": "sheep",
    "tooth": "teeth",
    "woman": "women",
}


class Mention:
    """Searches texts for a category.

    Raises:
        BadInput: `category` holds no word.

    Example:
        >>> dog = Mention("dog")
        >>> list(map(dog.is_in, ["two dogs run", "a dogged man", "the dog"]))
        [True, False, True]
    """

    def __init__(self, category: str) -> None:
        forms = "|".join(map(re.escape, sorted(word_forms(category))))
        # Between spaces, since `\b` does not treat a vowel sign at a word's end as a letter;
        # anywhere in scripts without spaces between words.
        is_spaced = not HAS_SPACELESS.search(category)
        begin, end = (r"(?<!\S)", r"(?!\S)") if is_spaced else ("", "")
        self.category, self.pattern = category, re.compile(f"{begin}(?:{forms}){end}")
        self._is_found = False
        self._words: set[str] = set()  # of the texts until one mentions it

    def is_in(self, text: str) -> bool:
        """Whether a cleaned text has it as a word or phrase, singular or plural."""
        found = self.pattern.search(text) is not None
        self._is_found |= found
        if not self._is_found and len(self._words) < MAX_WORDS:
            self._words.update(text.split())
        return found

    def check(self) -> None:
        """Raise `BadInput` if there were texts and none mentions the category."""
        if self._is_found or not self._words:
            return
        asked = clean(self.category).split()
        close = [word for each in asked for word in _closest(each, self._words)]
        hint = f"did you mean {', '.join(close)}" if close else "give another category or none"
        raise BadInput(f"no caption mentions {self.category!r}, singular or plural; {hint}")


def word_forms(category: str) -> set[str]:
    """The cleaned category in the singular and the plural, from either of them.

    Some of the forms are misspellings, which are harmless in a search.

    Raises:
        BadInput: `category` holds no word.

    Example:
        >>> sorted(word_forms("Elephant"))
        ['elephant', 'elephants']
    """
    *first, last = clean(category).split() or [""]
    if not last:
        raise BadInput(f"category must be a word, got {category!r}")
    singulars = [word for word in _possible_singulars(last) if last in _possible_plurals(word)]
    words = {form for word in (last, *singulars) for form in (word, *_possible_plurals(word))}
    return {" ".join([*first, word]) for word in words}


def _closest(word: str, words: set[str]) -> list[str]:
    return difflib.get_close_matches(word, sorted(words))


def _possible_plurals(word: str) -> set[str]:
    """How the plural of `word` may be spelled, or its possessive without an apostrophe."""
    if word.endswith("s"):
        return {word + "es"}
    plurals = {word + "s"}
    if word in IRREGULAR:
        plurals.add(IRREGULAR[word])
    if re.search(r"(?:[xzo]|ch|sh)$", word):
        plurals.add(word + "es")
    if re.search(r"[^aeiou]y$", word):
        plurals.add(word[:-1] + "ies")
    if match := re.search(r"fe?$", word):
        plurals.add(word[: match.start()] + "ves")
    return plurals


def _possible_singulars(word: str) -> list[str]:
    """Words whose plural may be `word`; `_possible_plurals` confirms them."""
    guesses = [single for single, plural in IRREGULAR.items() if plural == word]
    # "bus" and "glass" are singular, although they end in s.
    if not re.search(r"(?:us|ss)$", word):
        endings = (("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe"))
        guesses += [word.removesuffix(a) + b for a, b in endings if word.endswith(a)]
    return guesses
