"""A typed caption in the form that a model reads."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from textvae.data.cleaning import is_reworded
from textvae.data.text_modes import CAPTION, MAX_CHARACTERS, TextSettings
from textvae.data.tokenizer import SPECIALS, Tokenizer
from textvae.data.vocabulary import Vocabulary
from textvae.errors import BadInput

MAX_SUGGESTED = 3  # unknown words to look up a suggestion for
NUM_KNOWN = 6  # words of the vocabulary that a message names

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PreparedCaption:
    """A caption in the form that a model reads: cleaned, shortened, and as token ids.

    Attributes:
        cleaned: the words that are read, including unknown ones.
        token_ids: `<bos> words <eos>`, with `<unk>` for each unknown word.
        unknown_words: words outside the vocabulary, each once, in order of appearance.
        shortened: whether words beyond the model's maximum length were cut off.
        reworded: whether cleaning changed words, such as those with digits and apostrophes.
        tokenizer: the vocabulary that it was prepared with.

    Example:
        >>> words = Tokenizer(["a", "zebra"])
        >>> prepared = prepare_caption("A zebra runs!", words, TextSettings(20))
        >>> prepared.cleaned, prepared.unknown_words, prepared.shortened
        ('a zebra runs', ('runs',), False)
    """

    cleaned: str
    token_ids: tuple[int, ...]
    unknown_words: tuple[str, ...]
    shortened: bool
    reworded: bool
    tokenizer: Vocabulary = field(repr=False, compare=False)

    @property
    def mode(self) -> str:
        """The kind of text that the model reads: `plain`, `caption` or `tokens`.

        Example:
            >>> prepare_caption("a dog", Tokenizer(["a"]), TextSettings(20)).mode
            'caption'
        """
        return self.tokenizer.mode

    @cached_property
    def suggestions(self) -> dict[str, str]:
        """For each unknown word the most similarly spelled known word, if any is similar.

        The first three are looked up on first access, which takes some 50 ms per word: each is
        compared with the whole vocabulary.

        Example:
            >>> tokenizer = Tokenizer(["a", "zebra", "runs"])
            >>> prepare_caption("a zebr runs qqq", tokenizer, TextSettings(20)).suggestions
            {'zebr': 'zebra'}
        """
        words = self.unknown_words[:MAX_SUGGESTED]
        nearest = {word: self.tokenizer.nearest(word) for word in words}
        return {word: found[0] for word, found in nearest.items() if found}

    def explain(self, word: str) -> str:
        """The unknown `word`, followed by the suggested known word, if there is one.

        Example:
            >>> tokenizer = Tokenizer(["a", "zebra"])
            >>> prepared = prepare_caption("a zebr", tokenizer, TextSettings(20))
            >>> prepared.explain("zebr")
            'zebr (did you mean zebra?)'
        """
        suggestion = self.suggestions.get(word)
        return f"{word} (did you mean {suggestion}?)" if suggestion else word


def prepare_caption(
    caption: str, tokenizer: Vocabulary, settings: TextSettings, example: str = ""
) -> PreparedCaption:
    """Clean a caption as training captions were cleaned, and look up its words.

    Args:
        caption: any text.
        tokenizer: the vocabulary of the model.
        settings: how its captions were cleaned, and their maximum length.
        example: a line written by the model, for messages; otherwise they name words.

    Raises:
        BadInput: it is not text, is too long, or has no word of the vocabulary.

    Example:
        >>> prepare_caption("A DOG, running!", Tokenizer(["a", "dog"]), TextSettings(20))
        PreparedCaption(cleaned='a dog running', token_ids=(1, 4, 5, 3, 2),
            unknown_words=('running',), shortened=False, reworded=False)
    """
    if not isinstance(caption, str):
        raise BadInput(f"a caption must be text, got {caption!r}")
    if len(caption) > MAX_CHARACTERS:
        raise BadInput(
            f"a caption may have at most {MAX_CHARACTERS:,} characters, got {len(caption):,}"
        )
    whole = settings.normalise(caption)
    if not whole:
        after = " after cleaning" if caption.strip() else ""
        raise BadInput(
            f"no words are left of {_quoted(caption)}{after}; {_advice(tokenizer, example)}"
        )
    cleaned = tokenizer.cut(whole, settings.max_length)
    unknown = tokenizer.unknown_words(cleaned)
    if set(cleaned.split()) <= set(unknown):
        raise BadInput(
            f"the model knows none of the words in {_quoted(cleaned)};"
            f" {_advice(tokenizer, example)}"
        )
    return PreparedCaption(
        cleaned,
        tuple(tokenizer.encode(cleaned)),
        unknown,
        shortened=cleaned != whole,
        reworded=settings.mode == CAPTION and is_reworded(caption, whole),
        tokenizer=tokenizer,
    )


def _advice(tokenizer: Vocabulary, example: str) -> str:
    """What to type instead."""
    if not example and isinstance(tokenizer, Tokenizer):
        example = ", ".join(tokenizer.words[len(SPECIALS) :][:NUM_KNOWN])
    such_as = f", such as: {example}" if example else ""
    return f"type a line in the language of the model{such_as}"


def readable_lines(
    lines: Iterable[str], prepare: Callable[[str], PreparedCaption]
) -> dict[str, PreparedCaption]:
    """The distinct lines that `prepare` accepts, each with its result.

    Example:
        >>> settings, tokenizer = TextSettings(20), Tokenizer(["a", "dog"])
        >>> prepare = lambda line: prepare_caption(line, tokenizer, settings)
        >>> list(readable_lines(["qqq", "a dog", "a dog"], prepare))
        ['a dog']
    """
    found: dict[str, PreparedCaption] = {}
    for line in dict.fromkeys(lines):
        with suppress(BadInput):
            found[line] = prepare(line)
    return found


def readable_captions(
    captions: Iterable[str], prepare: Callable[[str], PreparedCaption]
) -> list[str]:
    """The captions that `prepare` accepts, in order, including repetitions.

    Example:
        >>> settings, tokenizer = TextSettings(20), Tokenizer(["a", "dog"])
        >>> prepare = lambda line: prepare_caption(line, tokenizer, settings)
        >>> readable_captions(["a dog", "qqq", "a dog"], prepare)
        ['a dog', 'a dog']
    """
    captions = list(captions)
    readable = readable_lines(captions, prepare)
    return [caption for caption in captions if caption in readable]


def prepare_readable(
    lines: Iterable[str], prepare: Callable[[str], PreparedCaption]
) -> dict[str, PreparedCaption]:
    """The distinct lines that a model can read, each with its result of `prepare`.

    Lines that it cannot read are left out, and their number is logged as a warning.

    Raises:
        BadInput: there are none, or it can read none of them.

    Example:
        >>> settings, tokenizer = TextSettings(20), Tokenizer(["a", "dog"])
        >>> prepare = lambda line: prepare_caption(line, tokenizer, settings)
        >>> list(prepare_readable(["a dog", "qqq", "a dog", ""], prepare))
        ['a dog']
    """
    different = list(dict.fromkeys(lines))
    if not different:
        raise BadInput("there are no lines to search; give at least one")
    found = readable_lines(different, prepare)
    if not found:
        raise BadInput(f"the model cannot read any of the {len(different):,} lines to search")
    if num_dropped := len(different) - len(found):
        log.warning(
            "%d of %d different lines are left out: the model cannot read them",
            num_dropped,
            len(different),
        )
    return found


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
