"""What a model reads of a caption that somebody typed."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from textvae.data.cleaning import clean
from textvae.data.tokenizer import SPECIALS, Tokenizer
from textvae.errors import BadInput

MAX_CHARACTERS = 10_000  # of one caption; a longer text is a mistake, not a caption
NUM_KNOWN = 6  # words of the vocabulary that a message names

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PreparedCaption:
    """A caption as a model reads it: cleaned, shortened, and as token ids.

    Attributes:
        cleaned: its words, unknown ones included, as far as they are read.
        token_ids: `<bos> words <eos>`, with `<unk>` for each unknown word.
        unknown_words: words outside the vocabulary, each once, in order of appearance.
        shortened: whether words beyond the model's longest caption were cut off.
        tokenizer: the vocabulary that it was prepared with.
    """

    cleaned: str
    token_ids: tuple[int, ...]
    unknown_words: tuple[str, ...]
    shortened: bool
    tokenizer: Tokenizer = field(repr=False, compare=False)

    @cached_property
    def suggestions(self) -> dict[str, str]:
        """For each unknown word the known word spelled most like it, if one is similar.

        They are looked up when first asked for, which takes some 50 ms a word: each is compared
        with the whole vocabulary.

        Example:
            >>> tokenizer = Tokenizer(["a", "zebra", "runs"])
            >>> prepare_caption("a zebr runs qqq", tokenizer, max_length=20).suggestions
            {'zebr': 'zebra'}
        """
        nearest = {word: self.tokenizer.nearest(word) for word in self.unknown_words}
        return {word: found[0] for word, found in nearest.items() if found}

    def explain(self, word: str) -> str:
        """The unknown `word`, followed by the known word to type instead, if there is one.

        Example:
            >>> prepared = prepare_caption("a zebr", Tokenizer(["a", "zebra"]), max_length=20)
            >>> prepared.explain("zebr")
            'zebr (did you mean zebra?)'
        """
        suggestion = self.suggestions.get(word)
        return f"{word} (did you mean {suggestion}?)" if suggestion else word


def prepare_caption(
    caption: str, tokenizer: Tokenizer, max_length: int, keep_punctuation: bool = False
) -> PreparedCaption:
    """Clean a caption as training captions were cleaned, and look its words up.

    Args:
        caption: any text.
        tokenizer: the vocabulary of the model.
        max_length: words of the longest caption that the model reads.
        keep_punctuation: as in `clean`.

    Raises:
        BadInput: it is no text, too long, has no words, or has none of the vocabulary.

    Example:
        >>> prepare_caption("A DOG, running!", Tokenizer(["a", "dog"]), max_length=20)
        PreparedCaption(cleaned='a dog running', token_ids=(1, 4, 5, 3, 2),
            unknown_words=('running',), shortened=False)
    """
    if not isinstance(caption, str):
        raise BadInput(f"a caption must be text, got {caption!r}")
    if len(caption) > MAX_CHARACTERS:
        raise BadInput(
            f"a caption may have at most {MAX_CHARACTERS:,} characters, got {len(caption):,}"
        )
    words = clean(caption, keep_punctuation).split()
    if not words:
        raise BadInput(
            f"no words are left of {_quoted(caption)} after cleaning; type a caption in words,"
            " such as: a dog on a beach"
        )
    cleaned = " ".join(words[:max_length])
    unknown = tokenizer.unknown_words(cleaned)
    if set(cleaned.split()) <= set(unknown):
        known = ", ".join(tokenizer.words[len(SPECIALS) :][:NUM_KNOWN])
        raise BadInput(
            f"the model knows none of the words in {_quoted(cleaned)}; use words that it was"
            f" trained on, such as: {known}"
        )
    token_ids = tuple(tokenizer.encode(cleaned))
    return PreparedCaption(cleaned, token_ids, unknown, len(words) > max_length, tokenizer)


def prepare_readable(
    lines: Iterable[str], prepare: Callable[[str], PreparedCaption]
) -> dict[str, PreparedCaption]:
    """The different lines that a model can read, each as `prepare` gives it.

    Lines that it cannot read are left out, and a warning in the log counts them.

    Raises:
        BadInput: it can read none of them.

    Example:
        >>> prepare = lambda line: prepare_caption(line, Tokenizer(["a", "dog"]), max_length=20)
        >>> list(prepare_readable(["a dog", "qqq", "a dog", ""], prepare))
        ['a dog']
    """
    different = list(dict.fromkeys(lines))
    found: dict[str, PreparedCaption] = {}
    for line in different:
        try:
            found[line] = prepare(line)
        except BadInput:
            continue
    if not found:
        raise BadInput(f"the model can read none of the {len(different)} lines to search")
    if num_dropped := len(different) - len(found):
        log.warning(
            "%d of %d different lines are left out: the model can read no word of them",
            num_dropped,
            len(different),
        )
    return found


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
