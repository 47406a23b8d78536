"""Lines of words to token ids and back, and the vocabulary as a text file."""

import difflib
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from textvae.checks import shown
from textvae.data.text_files import read_lines
from textvae.data.text_modes import CAPTION, TOKENS
from textvae.errors import BadInput

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")  # ids 0..3 in every vocabulary
MIN_SIMILARITY = 0.75  # of words; below it, they only share some letters
LONGEST_WORD = 1000  # characters; a longer one is a line without spaces, or malicious
MAX_COUNTED = 2**18  # distinct words counted while a vocabulary is learned
PAD_ID, BOS_ID, EOS_ID, UNK_ID = range(4)


class Tokenizer:
    """A closed vocabulary of whole words.

    `words[i]` is the text of id `i`, including specials; `ids` has only plain words, so that a
    typed "<eos>" is an unknown word and never ends a caption.

    Args:
        words: the learned words without the specials, in the order of their ids.
        mode: `caption`, or `tokens`, where a word may be spelled like a special: the "<unk>" of
            a benchmark has a separate id, is learned and is written.

    Raises:
        BadInput: a word is empty, repeated, a special of captions, or contains white space.

    Example:
        >>> tokenizer = Tokenizer(["a", "dog"])
        >>> tokenizer.encode("a red dog")
        [1, 4, 3, 5, 2]
        >>> tokenizer.decode([1, 4, 3, 5, 2])
        'a <unk> dog'
    """

    def __init__(self, words: Sequence[str], mode: str = CAPTION) -> None:
        for word in words:
            if fault := _fault(word, mode):
                raise BadInput(f"{word[:40]!r} cannot be in a vocabulary: {fault}")
        if repeated := sorted(word for word, n in Counter(words).items() if n > 1):
            raise BadInput(f"the vocabulary repeats {shortened(repeated)}; list each word once")
        self.mode = mode
        self.words = (*SPECIALS, *words)
        self.ids = {word: token_id for token_id, word in enumerate(words, len(SPECIALS))}

    def __len__(self) -> int:
        return len(self.words)

    @classmethod
    def fit(cls, captions: Iterable[str], min_count: int = 2, mode: str = CAPTION) -> Self:
        """Learn words that occur `min_count` times: most frequent first, ties alphabetically.

        Raises:
            BadInput: `min_count` is below 1, or no word occurs that often.

        Example:
            >>> Tokenizer.fit(["a dog", "a cat"], min_count=1).words[4:]
            ('a', 'cat', 'dog')
        """
        num_captions = itertools.count()
        counts = _counts((text for text, _ in zip(captions, num_captions, strict=False)), mode)
        words = _frequent(counts, min_count)
        if not words:
            raise BadInput(
                f"empty vocabulary: {next(num_captions):,} captions with {len(counts):,}"
                f" distinct words hold no word {min_count} times; lower min_count or give more"
                " captions"
            )
        return cls(words, mode)

    def extended(self, captions: Iterable[str], min_count: int = 2) -> Self:
        """The same words at the same ids, followed by the new ones of `captions`.

        For fine-tuning on a new domain: learned embeddings keep their rows.

        Raises:
            BadInput: `min_count` is below 1.

        Example:
            >>> Tokenizer(["dog"]).extended(["a dog", "a cat"], min_count=2).words[4:]
            ('dog', 'a')
        """
        frequent = _frequent(_counts(captions, self.mode), min_count)
        new = [word for word in frequent if word not in self.ids]
        return type(self)([*self.ids, *new], self.mode)

    def encode(self, caption: str) -> list[int]:
        """The ids of `<bos>`, the words and `<eos>`; unknown words become `<unk>`."""
        get = self.ids.get
        return [BOS_ID, *[get(word, UNK_ID) for word in caption.split()], EOS_ID]

    def length(self, caption: str) -> int:
        """The number of words in the caption.

        Example:
            >>> Tokenizer(["a", "dog"]).length("a red dog")
            3
        """
        return len(caption.split())

    def decode(self, token_ids: Iterable[int]) -> str:
        """The words up to the first `<eos>`; `<bos>` and `<pad>` are dropped."""
        words: list[str] = []
        for token_id in token_ids:
            if token_id == EOS_ID:
                break
            if token_id not in (PAD_ID, BOS_ID):
                words.append(self.words[token_id])
        return " ".join(words)

    def tokens(self, caption: str) -> list[tuple[str, int]]:
        """The parts of `caption` to show, each with its number of ids; joined, they equal it.

        Example:
            >>> Tokenizer(["a", "dog"]).tokens("a red dog")
            [('a', 1), (' red', 1), (' dog', 1)]
        """
        return [(" " * (i > 0) + word, 1) for i, word in enumerate(caption.split())]

    def cut(self, caption: str, max_length: int) -> str:
        """The first `max_length` words of `caption`.

        Example:
            >>> Tokenizer(["a", "dog"]).cut("a red dog", 2)
            'a red'
        """
        return " ".join(caption.split()[:max_length])

    def unknown_words(self, caption: str) -> tuple[str, ...]:
        """The words of `caption` outside the vocabulary, each once, in order of appearance.

        Example:
            >>> Tokenizer(["a"]).unknown_words("zoo a pub zoo")
            ('zoo', 'pub')
        """
        return tuple(dict.fromkeys(w for w in caption.split() if w not in self.ids))

    def nearest(self, word: str, n: int = 1) -> tuple[str, ...]:
        """Up to `n` known words that are spelled like `word`, most similar first.

        Example:
            >>> Tokenizer(["elephant", "dog"]).nearest("elefant")
            ('elephant',)
        """
        return tuple(difflib.get_close_matches(word, self.ids, n, MIN_SIMILARITY))

    def id_of(self, word: str) -> int:
        """The id of a word, or of `<unk>` if it is not in the vocabulary.

        Example:
            >>> Tokenizer(["a", "dog"]).id_of("dog"), Tokenizer(["a", "dog"]).id_of("cat")
            (5, 3)
        """
        return self.ids.get(word, UNK_ID)

    @classmethod
    def load(cls, path: Path | str, mode: str = CAPTION) -> Self:
        r"""The tokenizer in a file with one word per line, specials first.

        Raises:
            BadInput: the file cannot be read as text, does not start with the specials, or has
                a line that cannot be a word. The message names the file and the line.

        Example:
            >>> text = "\n".join([*SPECIALS, "a", "dog"])
            >>> _ = Path("vocabulary.txt").write_text(text)
            >>> len(Tokenizer.load("vocabulary.txt"))
            6
        """
        words = read_words(path, SPECIALS, is_open=mode == TOKENS)
        for number, word in enumerate(words, len(SPECIALS) + 1):
            if fault := _fault(word, mode):
                raise BadInput(
                    f"{path}, line {number}: {shown(word)} cannot be a word: {fault}"
                )
        return cls(words, mode)


def read_words(path: Path | str, head: Sequence[str], is_open: bool = False) -> list[str]:
    r"""The words in a vocabulary file, one per line, after the required first ones.

    Args:
        path: the file.
        head: the required first lines.
        is_open: whether a word may be spelled like one of `head`.

    Raises:
        BadInput: the file cannot be read as text, does not start with `head`, or repeats a
            line. The message names the file and the line.

    Example:
        >>> _ = Path("vocabulary.txt").write_text("\n".join([*SPECIALS, "a", "dog"]))
        >>> read_words("vocabulary.txt", SPECIALS)
        ['a', 'dog']
    """
    lines = read_lines(path)
    for number, wanted in enumerate(head, 1):
        found = lines[number - 1] if number <= len(lines) else "the end of the file"
        if found != wanted:
            raise BadInput(
                f"{path}, line {number}: a vocabulary starts with the lines "
                f"{' '.join(head[:4])}{' ...' if len(head) > 4 else ''}, found {found[:40]!r}"
                f" for {wanted}"
            )
    first_seen: dict[str, int] = {}
    for number, word in enumerate(lines, 1):
        if is_open and number == len(head) + 1:
            first_seen.clear()
        if word in first_seen:
            raise BadInput(
                f"{path}, line {number}: {word[:40]!r} repeats line {first_seen[word]}"
            )
        first_seen[word] = number
    return lines[len(head) :]


def shortened(words: Sequence[str]) -> str:
    """The first few words, quoted.

    Example:
        >>> shortened(["a", "b", "c", "d"])
        "'a', 'b', 'c' and 1 more"
    """
    shown = ", ".join(map(repr, words[:3]))
    return shown if len(words) <= 3 else f"{shown} and {len(words) - 3:,} more"


def _counts(captions: Iterable[str], mode: str) -> Counter[str]:
    """How often each word occurs; in captions, a "<unk>" is not counted as a word.

    Whenever there are more than `MAX_COUNTED` distinct words, the rarest are dropped. If such a
    word occurs again, its count is too low by at most the number of times that this has
    happened: lossy counting (Manku and Motwani 2002).
    """
    counts: Counter[str] = Counter()
    rarest = 0
    for caption in captions:
        counts.update(caption.split())
        if len(counts) > MAX_COUNTED:
            rarest += 1
            counts = Counter({word: n for word, n in counts.items() if n > rarest})
    for special in SPECIALS if mode == CAPTION else ():
        counts.pop(special, None)
    return counts


def _frequent(counts: Counter[str], min_count: int) -> list[str]:
    """Words counted at least `min_count` times, most frequent first, ties alphabetically."""
    if min_count < 1:
        raise BadInput(f"min_count must be at least 1, got {min_count}")
    # Ties need a rule: the same captions in another order must give the same ids.
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    # Words that no vocabulary may contain stay unknown.
    return [
        word
        for word, n in ranked
        if n >= min_count and "\0" not in word and len(word) <= LONGEST_WORD
    ]


def _fault(word: str, mode: str) -> str | None:
    """Why `word` cannot be in a vocabulary; None if it can."""
    if not word:
        return "it is empty"
    if mode == CAPTION and word in SPECIALS:
        return "the special tokens are added by the tokenizer"
    if word.split() != [word]:
        return "it holds white space"
    if "\0" in word:
        return "it holds a NUL, which no file of text has"
    if len(word) > LONGEST_WORD:
        return f"it is longer than {LONGEST_WORD:,} characters"
    return None
