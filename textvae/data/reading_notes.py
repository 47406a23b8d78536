"""Notes for the user on captions read: examples, dropped lines, what to expect."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from textvae.data.caption_set import Example
from textvae.data.pieces import FIRST_BYTE, FIRST_PIECE
from textvae.data.text_modes import LONGEST, PLAIN
from textvae.data.tokenizer import UNK_ID
from textvae.data.vocabulary import Vocabulary

MIN_LINES = 50  # for training and validation together
SHOWN = 72  # characters of an example
NOTABLE = 0.001  # share of lines with changed words
# The beginning of a drop reason -> how to keep such lines; the first match counts.
REMEDIES = {
    f"longer than {LONGEST} ": "no model reads longer ones; divide them into shorter lines",
    "with more than": "no model reads longer ones; divide them into shorter lines",
    "longer than": f"train --set data.max_length=N keeps those of up to {LONGEST}; divide"
    " longer ones",
    "without words": "--text plain keeps digits and marks",
    "rows with": "correct these rows, or name the delimiter with --delimiter",
    "entries": "correct these entries, or name another key with --column",
    "not of category": "leave out --category to keep them",
    "without the word": "leave out --category to keep them",
}
# Number of lines -> what a model trained on that many can do, in descending order.
EXPECTATIONS = (
    (50_000, "enough to reconstruct most new lines and to generate varied ones"),
    (10_000, "enough to reconstruct many new lines, if they are short and alike"),
    (2_000, "enough to find similar lines; new lines come back only roughly"),
    (MIN_LINES, "few: the model memorises these lines and can hardly reconstruct new ones"),
    (0, f"too few to train on: {MIN_LINES} different lines are enough"),
)


def expectation(num_lines: int) -> str:
    """What a model trained on this many distinct lines can do.

    Example:
        >>> expectation(12)
        'too few to train on: 50 different lines are enough'
    """
    return next(about for fewest, about in EXPECTATIONS if num_lines >= fewest)


def describe_examples(examples: Sequence[Example]) -> Iterator[str]:
    """The first lines, each before and after cleaning.

    Example:
        >>> lines = Example("A dog!", "a dog"), Example("12:30", "", "without words")
        >>> list(describe_examples(lines))
        ['  A dog!', '    -> a dog', '  12:30', '    -> (dropped: without words)']
    """
    for raw, text, dropped in examples:
        yield f"  {shortened(raw)}"
        yield f"    -> {shortened(text) if not dropped else f'(dropped: {dropped})'}"


def describe_dropped(dropped: Mapping[str, int]) -> Iterator[str]:
    """The number of lines dropped for each reason, and how to keep them.

    Example:
        >>> list(describe_dropped({"longer than 200 pieces": 3}))
        ['3 dropped: longer than 200 pieces (no model reads longer ones; divide them ...)']
    """
    for reason, count in Counter(dropped).most_common():
        fitting = (each for begin, each in REMEDIES.items() if reason.startswith(begin))
        remedy = next(fitting, None)
        yield f"{count:,} dropped: {reason}" + (f" ({remedy})" if remedy else "")


def describe_reworded(share: float) -> Iterator[str]:
    """The share of lines whose words cleaning changed, unless it is negligible.

    Example:
        >>> list(describe_reworded(0.25))
        ['25.0% of the lines have words that cleaning changes, ...; --text plain keeps them']
    """
    if share >= NOTABLE:
        yield (
            f"{share:.1%} of the lines have words that cleaning changes, such as those with"
            " digits or apostrophes; --text plain keeps them"
        )


def unknown_share(vocabulary: Vocabulary, texts: Iterable[str]) -> float:
    """The share of tokens that are unknown words, or bytes in place of pieces.

    Example:
        >>> from textvae.data.tokenizer import Tokenizer
        >>> unknown_share(Tokenizer(["a", "dog"]), ["a dog", "a cat"])
        0.25
    """
    unknown = range(FIRST_BYTE, FIRST_PIECE) if vocabulary.mode == PLAIN else (UNK_ID,)
    num_tokens = num_unknown = 0
    for text in texts:
        tokens = vocabulary.encode(text)[1:-1]
        num_tokens += len(tokens)
        num_unknown += sum(token in unknown for token in tokens)
    return num_unknown / max(num_tokens, 1)


def unknown_things(mode: str) -> str:
    """The name of what `unknown_share` counts in a text mode.

    Example:
        >>> unknown_things("caption")
        'unknown words'
    """
    return "bytes in place of pieces" if mode == PLAIN else "unknown words"


def shortened(text: str) -> str:
    """A line as a note shows it, cut if it is long.

    Example:
        >>> len(shortened("a dog " * 100))
        72
    """
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
