"""Changes of one attribute of an English caption, as edits of its words.

Directions are learned from them and tested on them; captions of users are not edited.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from textvae.latent.scene_kinds import FUNCTION_WORDS
from textvae.words import split_words

SOME_REST = 0.75  # share of the words outside a change that must stay
PLACES = frozenset(
    ("in", "on", "at", "near", "by", "under", "over", "behind", "beside", "outside", "inside")
)
LONGEST = 14  # words in a caption to which a place is added
Edit = Callable[[str], str | None]  # None if there is nothing to change


class WordEdit(NamedTuple):
    """A change of a caption.

    Attributes:
        apply: the changed caption, or None if it does not apply.
        promised: words one of which the changed caption has.
        gone: words that it does not have.

    Example:
        >>> EDITS["woman"].apply("a man and his dog")
        'a woman and her dog'
    """

    apply: Edit
    promised: frozenset[str]
    gone: frozenset[str] = frozenset()

    def shows(self, caption: str) -> bool:
        """Whether the caption has a promised word, and no word that should be gone.

        Example:
            >>> [EDITS["cat"].shows(text) for text in ("a cat", "a cat and a dog")]
            [True, False]
        """
        words = set(caption.split())
        return bool(words & self.promised) and not words & self.gone

    def succeeds(self, before: str, found: str) -> bool:
        """Whether `found` is `before` with the change, and three of four other words stay.

        Example:
            >>> EDITS["cat"].succeeds("a dog on a red bed", "a cat on a red bed")
            True
            >>> EDITS["cat"].succeeds("a dog on a red bed", "a cat in the snow")
            False
        """
        changed = self.apply(before)
        if changed is None or not self.shows(found):
            return False
        rest = Counter(before.split()) & Counter(changed.split())
        stayed = (rest & Counter(found.split())).total()
        return stayed >= SOME_REST * rest.total()


def _swap(words: Mapping[str, str]) -> WordEdit:
    """Replaces words by others; does not apply if one of the others is already there."""
    gone, promised = frozenset(words), frozenset(words.values())

    def apply(caption: str) -> str | None:
        found = caption.split()
        if gone.isdisjoint(found) or not promised.isdisjoint(found):
            return None
        return " ".join(words.get(word, word) for word in found)

    return WordEdit(apply, promised - gone, gone)


def _place(phrase: str, word: str) -> WordEdit:
    """Replaces the last place in a caption, or adds one if there is none."""
    others = frozenset(phrase.split()) - PLACES - {"a", "the"}

    def apply(caption: str) -> str | None:
        words = caption.split()
        if others & set(words) or len(words) > LONGEST:
            return None
        places = [i for i, each in enumerate(words) if each in PLACES and i > 1]
        kept = words[: places[-1]] if places else words
        return f"{' '.join(kept)} {phrase}"

    return WordEdit(apply, frozenset([word]))


def _added(phrase: str, word: str) -> WordEdit:
    def apply(caption: str) -> str | None:
        words = caption.split()
        return None if word in words or len(words) > LONGEST else f"{caption} {phrase}"

    return WordEdit(apply, frozenset([word]))


def _counted(first: str, nouns: Mapping[str, str]) -> WordEdit:
    """Makes the subject of a caption plural, such as "a dog" to "two dogs"."""
    verbs = {"is": "are", "sits": "sit", "stands": "stand", "walks": "walk", "lies": "lie"}

    def apply(caption: str) -> str | None:
        article, *rest = caption.split()
        if article not in ("a", "an", "one") or len(rest) < 2 or rest[0] not in nouns:
            return None
        verb = verbs.get(rest[1], rest[1])
        return " ".join([first, nouns[rest[0]], verb, *rest[2:]])

    return WordEdit(apply, frozenset([first]))


_PLURALS = {
    "man": "men", "woman": "women", "person": "people", "boy": "boys", "girl": "girls",
    "child": "children", "dog": "dogs", "cat": "cats", "horse": "horses", "cow": "cows",
    "bird": "birds", "bear": "bears", "elephant": "elephants", "giraffe": "giraffes",
    "zebra": "zebras", "bus": "buses", "train": "trains", "boat": "boats", "plane": "planes",
    "skier": "skiers", "surfer": "surfers", "kid": "kids", "player": "players",
}  # fmt: skip
_WOMEN = {
    "man": "woman", "men": "women", "boy": "girl", "boys": "girls", "guy": "lady", "he": "she",
    "his": "her", "him": "her", "himself": "herself", "male": "female",
}  # fmt: skip
_MEN = {
    "woman": "man", "women": "men", "girl": "boy", "girls": "boys", "lady": "guy", "she": "he",
    "her": "his", "herself": "himself", "female": "male",
}  # fmt: skip
_CATS = {"dog": "cat", "dogs": "cats", "puppy": "kitten", "puppies": "kittens"}

EDITS: Mapping[str, WordEdit] = {
    "woman": _swap(_WOMEN),
    "man": _swap(_MEN),
    "several": _counted("two", _PLURALS),
    "cat": _swap(_CATS),
    "dog": _swap({cat: dog for dog, cat in _CATS.items()}),
    "elephant": _swap({"horse": "elephant", "horses": "elephants"}),
    "night": _added("at night", "night"),
    "snow": _place("in the snow", "snow"),
    "beach": _place("on the beach", "beach"),
    "street": _place("on a street", "street"),
    "indoors": _place("in a living room", "room"),
    "red": _swap({"blue": "red", "green": "red", "yellow": "red"}),
    "blue": _swap({"red": "blue", "green": "blue", "yellow": "blue"}),
    "black": _swap({"white": "black"}),
    "white": _swap({"black": "white"}),
    "large": _swap({"small": "large", "little": "big"}),
    "small": _swap({"large": "small", "big": "little"}),
    "standing": _swap({"sitting": "standing", "sits": "stands"}),
    "sitting": _swap({"standing": "sitting", "stands": "sits"}),
    "old": _swap({"young": "old"}),
}


def has_exchanged(minus: str, plus: str, caption: str) -> bool:
    """Whether a caption has the words of `plus` but not of `minus`; shared words do not count.

    Example:
        >>> has_exchanged("a dog", "a cat", "a cat on a couch")
        True
        >>> has_exchanged("a dog", "a cat", "a cat and a dog")
        False
    """
    left, come, found = map(content_words, (minus, plus, caption))
    return bool(come - left) and come - left <= found and not (left - come) & found


def is_right(start: str, minus: str, plus: str, caption: str) -> bool:
    """Whether the caption of a sum exchanges those words and keeps two of three others.

    Example:
        >>> surfer = "a man riding a wave on a surfboard"
        >>> is_right(surfer, "a man", "a woman", "a woman riding a wave on a surfboard")
        True
        >>> is_right(surfer, "a man", "a woman", "a woman on a field")
        False
    """
    kept = content_words(start) - (content_words(minus) - content_words(plus))
    stayed = kept & content_words(caption)
    return has_exchanged(minus, plus, caption) and 3 * len(stayed) >= 2 * len(kept)


def content_words(caption: str) -> set[str]:
    """The words of a caption except articles, prepositions and other function words.

    Example:
        >>> sorted(content_words("a dog on the beach"))
        ['beach', 'dog']
    """
    return set(split_words(caption)) - FUNCTION_WORDS
