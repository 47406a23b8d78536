"""Kinds of scene: classifying captions by their words."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from textvae.checks import is_label
from textvae.types import Array
from textvae.words import split_words

OTHER = "other"
NUM_WORD_KINDS = 8  # kinds named by a word, if captions do not fit the table
MIN_SHARE, MAX_SHARE = 0.01, 0.5  # of the captions that may be of one kind

# A caption belongs to the first kind with one of its words, so kinds with specific words come
# before those with general ones.
KINDS = {
    "ball": "ball baseball basketball bat batter court football frisbee pitcher player players"
    " racket racquet soccer tennis volleyball wii",
    "boards": "skate skateboard skateboarder skateboarding skateboards ski skier skiers skiing"
    " skis slope snow snowboard snowboarder snowboarding snowy surf surfboard surfboards surfer"
    " surfers surfing wave waves",
    "animals": "animal animals bear bears bird birds cattle cow cows duck ducks elephant"
    " elephants giraffe giraffes goat goats herd horse horses lamb sheep zebra zebras",
    "pets": "cat cats dog dogs kitten kittens puppy puppies",
    "food": "apple apples banana bananas bowl bread broccoli cake carrots cheese chicken coffee"
    " dessert dish donut donuts eating food fries fruit hot meal meat oranges pizza plate"
    " plates rice salad sandwich slice soup vegetables wine",
    "kitchen": "appliances bathroom bathtub cabinets counter fridge kitchen microwave oven"
    " refrigerator shower sink stove toilet tub vanity",
    "rooms": "bed bedroom book books cell cellphone chair chairs computer couch desk fireplace"
    " floor furniture keyboard lamp laptop living mirror office phone remote room shelf sofa"
    " table tables television tv vase window",
    "street": "airplane airplanes airport bicycle bicycles bike bikes boat boats bridge"
    " building buildings bus buses car cars church city clock hydrant jet luggage meter"
    " motorcycle motorcycles parking plane road runway sidewalk sign signs station street"
    " suitcase suitcases tower track tracks traffic train trains truck trucks",
    "water": "bathing beach lake ocean pond river sand sea shore swimming water",
    "land": "dirt field flowers forest garden grass grassy grazing hill jungle kite kites lawn"
    " mountain mountains mud muddy park rock rocks tree trees wooded woods",
    "people": "boy boys child children crowd girl girls guy kid kids lady man men people person"
    " player someone woman women",
    "enclosure": "cage enclosure fence fenced pen zoo",
    "family": "adult babies baby calf family mother young",
}
# These words are in captions of all kinds, so they do not distinguish kinds.
FUNCTION_WORDS = frozenset(
    word
    for line in (
        "a after an and are as at be before by down each for from front has have he her his in",
        "into is it its next of on other out over she some that the their there they this to",
        "top up while who with",
    )
    for word in line.split()
)


def find_kinds(captions: Sequence[str]) -> tuple[tuple[str, ...], Array]:
    """The names of the kinds of scene, and the index among them of each caption's kind: `[N]`.

    The kinds are those of `KINDS`, except an uninformative one of most captions and those too
    rare to be seen on a map. A caption without one of the remaining kinds is `other`. If most
    captions are, the kinds are the captions' most frequent words instead.

    Example:
        >>> names, kinds = find_kinds(["a dog sleeps", "a pizza", "a cat", "hot soup", "?"])
        >>> [names[kind] for kind in kinds]
        ['pets', 'food', 'pets', 'food', 'other']
    """
    tables = {name: frozenset(words.split()) for name, words in KINDS.items()}
    counts = _counts(captions, tables)
    size = max(len(captions), 1)
    while too_common := [name for name in tables if counts[name] / size > MAX_SHARE]:
        del tables[too_common[0]]  # its captions may also be of a later kind
        counts = _counts(captions, tables)
    tables = {name: tables[name] for name in tables if counts[name] / size >= MIN_SHARE}
    if _counts(captions, tables)[OTHER] / size > MAX_SHARE:
        tables = {word: frozenset([word]) for word in _frequent_words(captions)}
    names = (*tables, OTHER)
    kinds = [names.index(_first_kind(caption, tables)) for caption in captions]
    return names, np.array(kinds, np.uint8)


def _counts(captions: Sequence[str], tables: Mapping[str, frozenset[str]]) -> Counter[str]:
    return Counter(_first_kind(caption, tables) for caption in captions)


def _first_kind(caption: str, tables: Mapping[str, frozenset[str]]) -> str:
    words = split_words(caption)
    return next((name for name, table in tables.items() if not table.isdisjoint(words)), OTHER)


def _frequent_words(captions: Sequence[str]) -> list[str]:
    """Words, each the most frequent in the captions that have none of the preceding words."""
    bags = [
        {word for word in split_words(caption) if any(map(str.isalnum, word))} - FUNCTION_WORDS
        for caption in captions
    ]
    totals = Counter(word for bag in bags for word in bag)
    size = len(captions)
    found: list[str] = []
    while len(found) < NUM_WORD_KINDS:
        counts = Counter(word for bag in bags for word in bag)
        eligible = [
            word
            for word, count in counts.items()
            if count / size >= MIN_SHARE and totals[word] / size <= MAX_SHARE and is_label(word)
        ]
        if not eligible:
            break
        found.append(min(eligible, key=lambda word: (-counts[word], word)))
        bags = [bag for bag in bags if found[-1] not in bag]
    return found
