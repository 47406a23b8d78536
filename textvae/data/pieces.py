"""Lines as typed to ids of learned subword pieces and back, with bytes as a fallback.

A piece begins with the space before it, if there is one, so that joined pieces are the line.
Characters too rare to be learned are written as their UTF-8 bytes: every line can be encoded.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate, islice
from typing import Any, Self

from textvae.data.text_modes import PLAIN, fold
from textvae.data.tokenizer import BOS_ID, EOS_ID, SPECIALS, UNK_ID, read_words, shortened
from textvae.errors import BadInput
from textvae.words import HAS_SPACELESS, split_words

BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
FIRST_BYTE, FIRST_PIECE = len(SPECIALS), len(SPECIALS) + len(BYTES)
MIN_PIECE_COUNT = 5  # rarer strings are learned better from their parts
LONGEST_PIECE = 16  # characters; longer ones are sentences repeated in a small set
MAX_LINES = 2**19  # more lines of the same kind hardly change the pieces
MAX_PIECES = 60_000  # in a vocabulary, learned or read from a file
# Words with the space before them and inner apostrophes; numbers; runs of signs. No piece spans
# two of them, so none can look like a special token or the name of a byte.
UNIT = r" ?[\p{L}\p{M}]+(?:['\u2019][\p{L}\p{M}]+)*| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+"


class PieceTokenizer:
    """A vocabulary of pieces, which can encode every line.

    `words[i]` is the text of id `i`: specials, `<0x00>` to `<0xFF>`, characters, pieces in the
    order in which they were learned. Two neighbours in a line become one piece where their
    concatenation is a piece, the earliest learned first (byte pair encoding).

    Args:
        pieces: the characters and pieces in the order of their ids, except specials and bytes.

    Raises:
        BadInput: a piece is empty, repeated, too long, has the name of a special or a byte, or
            contains a control character, or white space other than a leading space; or there
            are too many.

    Example:
        >>> tokenizer = PieceTokenizer([*" adgo", "do", "dog", " dog"])
        >>> tokenizer.tokens("a dog?")
        [('a', 2), (' dog?', 2)]
        >>> tokenizer.decode(tokenizer.encode("a dog? \U0001f415"))
        'a dog? 🐕'
    """

    mode = PLAIN

    def __init__(self, pieces: Sequence[str]) -> None:
        if len(pieces) > MAX_PIECES:
            raise BadInput(
                f"a vocabulary has at most {MAX_PIECES:,} pieces, got {len(pieces):,}"
            )
        reserved = {*SPECIALS, *BYTES}
        for piece in pieces:
            if fault := _fault(piece, reserved):
                raise BadInput(f"{piece[:40]!r} cannot be a piece: {fault}")
        if repeated := sorted(piece for piece, n in Counter(pieces).items() if n > 1):
            raise BadInput(
                f"the vocabulary repeats {shortened(repeated)}; list each piece once"
            )
        self.words = (*SPECIALS, *BYTES, *pieces)
        self.ids = {piece: i for i, piece in enumerate(pieces, FIRST_PIECE)}

    def __len__(self) -> int:
        return len(self.words)

    @classmethod
    def fit(cls, lines: Iterable[str], min_count: int = 2, max_pieces: int = 8000) -> Self:
        """Learn the pieces of `lines`, whose order makes no difference.

        Args:
            lines: as `text_modes.normalise` returns them. Only the first `MAX_LINES` are used,
                so more lines should be in random order.
            min_count: learn characters that occur at least this often. Longer pieces occur at
                least `MIN_PIECE_COUNT` times, so that few lines have few pieces.
            max_pieces: learn at most this many, the most frequent, including characters.

        Raises:
            BadInput: `min_count` or `max_pieces` is out of range, or no character is that
                frequent.

        Source: Sennrich et al. 2016 (arXiv 1508.07909), by Hugging Face's `tokenizers`.

        Example:
            >>> PieceTokenizer.fit(["a dog", "the dog"] * 5).words[-2:]
            ('he', ' the')
        """
        if min_count < 1:
            raise BadInput(f"min_count must be at least 1, got {min_count}")
        if not 1 <= max_pieces <= MAX_PIECES:
            raise BadInput(f"max_pieces must be from 1 to {MAX_PIECES:,}, got {max_pieces}")
        spaced = [_with_space(line) for line in islice(lines, MAX_LINES)]
        counts = Counter(c for line in spaced for c in line if not _is_control(c))
        ranked = sorted(counts, key=lambda c: (-counts[c], c))
        alphabet = [c for c in ranked if counts[c] >= min_count][:max_pieces]
        if not set(alphabet) - {" "}:
            raise BadInput(
                f"empty vocabulary: {len(spaced):,} lines with {len(counts):,} distinct"
                f" characters hold no character {min_count} times; lower min_count or give more"
                " lines"
            )
        return cls([*alphabet, *_learned(spaced, alphabet, max_pieces)])

    def extended(self, lines: Iterable[str], min_count: int = 2) -> Self:
        """This vocabulary itself, since it can encode every line."""
        del lines, min_count
        return self

    def encode(self, line: str) -> list[int]:
        """The ids of `<bos>`, the pieces and `<eos>`."""
        return [BOS_ID, *self._encoding(line), EOS_ID]

    def length(self, line: str) -> int:
        """The number of pieces in the line."""
        return len(self._encoding(line))

    def decode(self, token_ids: Iterable[int]) -> str:
        """The line up to the first `<eos>`; always valid text in one line.

        A model can write bytes that do not form a character: these are left out.
        """
        data = bytearray()
        for token_id in token_ids:
            if token_id == EOS_ID:
                break
            if token_id >= FIRST_PIECE:
                data += self.words[token_id].encode()
            elif token_id >= FIRST_BYTE:
                data.append(token_id - FIRST_BYTE)
        return fold(data.decode(errors="ignore"))

    def tokens(self, line: str) -> list[tuple[str, int]]:
        """The parts of `line` to show, each with its number of pieces; joined, they are `line`.

        As far as the pieces allow, these are the words of `split_words`.
        """
        ids, data = self._encoding(line), line.encode()
        num_added = len(_with_space(line)) - len(line)  # the space before the line
        starts = _word_starts(line)
        found: list[tuple[str, int]] = []
        begin = first = 0
        ends = accumulate(map(self._num_bytes, ids), initial=-num_added)
        for place, end in enumerate(ends):
            if place == len(ids) or (end in starts and end > begin):
                found.append((data[begin:end].decode(), place - first))
                begin, first = end, place
        return found if ids else []

    def cut(self, line: str, max_length: int) -> str:
        """The beginning of `line`, at most `max_length` pieces long.

        Example:
            >>> PieceTokenizer([*" adgo", "do", "dog", " dog"]).cut("a dog a dog", 3)
            'a dog'
        """
        ids = self._encoding(line)
        while len(ids) > max_length:  # a shorter line may split into other pieces
            line = self.decode(ids[:max_length])
            ids = self._encoding(line)
            max_length -= len(ids) > max_length
        return line

    def unknown_words(self, line: str) -> tuple[str, ...]:
        """Always empty: every line can be encoded."""
        del line
        return ()

    def nearest(self, word: str, n: int = 1) -> tuple[str, ...]:
        """Always empty: no word is unknown."""
        del word, n
        return ()

    def id_of(self, word: str) -> int:
        """The id of the piece that is this whole word, or of `<unk>` if there is none."""
        return self.ids.get(" " + word, self.ids.get(word, UNK_ID))

    @classmethod
    def load(cls, path: Any) -> Self:
        """The vocabulary in a file with one piece per line, specials and bytes first.

        Raises:
            BadInput: the file cannot be read as text, or is not such a vocabulary.
        """
        try:
            return cls(read_words(path, (*SPECIALS, *BYTES)))
        except BadInput as error:
            named = str(error).startswith(str(path))
            raise BadInput(str(error) if named else f"{path}: {error}") from None

    def to_json(self) -> str:
        """The vocabulary as `tokenizer.json` for the library `tokenizers`.

        It first prepends a space to lines that begin with a letter.
        """
        found: str = self._engine.to_str()
        return found

    def _num_bytes(self, token_id: int) -> int:
        return 1 if token_id < FIRST_PIECE else len(self.words[token_id].encode())

    def _encoding(self, line: str) -> list[int]:
        found: list[int] = self._engine.encode(_with_space(line)).ids
        return found

    @cached_property
    def _engine(self) -> Any:
        """The library's tokenizer with our pieces; every pair that forms a piece is merged."""
        from tokenizers import Tokenizer
        from tokenizers.models import BPE

        known = {name: i for i, name in enumerate(BYTES, FIRST_BYTE)} | self.ids
        merges = [
            (piece[:cut], piece[cut:])
            for piece in self.ids
            for cut in range(1, len(piece))
            if piece[:cut] in self.ids and piece[cut:] in self.ids
        ]
        engine = Tokenizer(BPE(known, merges, byte_fallback=True))
        engine.pre_tokenizer = _splitter()
        return engine


def _learned(lines: Sequence[str], alphabet: Sequence[str], max_pieces: int) -> list[str]:
    """The pieces longer than one character, in the order in which they are learned."""
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.trainers import BpeTrainer

    rare = "".join({c for line in lines for c in line}.difference(alphabet))
    parts = re.split(f"[\n{re.escape(rare)}]", "\n".join(lines))
    engine = Tokenizer(BPE())
    engine.pre_tokenizer = _splitter()
    trainer = BpeTrainer(
        vocab_size=max_pieces,
        min_frequency=MIN_PIECE_COUNT,
        max_token_length=LONGEST_PIECE,
        show_progress=False,
    )
    engine.train_from_iterator(parts, trainer)
    found = engine.get_vocab()
    return sorted((piece for piece in found if len(piece) > 1), key=found.__getitem__)


def _splitter() -> Any:
    from tokenizers import Regex
    from tokenizers.pre_tokenizers import Split

    return Split(Regex(UNIT), "isolated")


def _with_space(line: str) -> str:
    """A space before the first word makes it the same piece as later in a line."""
    return line if not line or HAS_SPACELESS.match(line) else " " + line


def _is_control(character: str) -> bool:
    """Control characters and the byte order mark, which text files do not show or preserve."""
    return character < " " or "\x7f" <= character <= "\x9f" or character == "\ufeff"


def _word_starts(line: str) -> set[int]:
    """The byte offsets at which the words of the line begin, each with its leading space."""
    starts, place = set(), 0
    for word in split_words(line):
        place = line.index(word, place)
        begin = place - 1 if place and line[place - 1] == " " else place
        starts.add(len(line[:begin].encode()))
        place += len(word)
    return starts


def _fault(piece: str, reserved: set[str]) -> str | None:
    """Why `piece` cannot be in a vocabulary; None if it can."""
    if not piece:
        return "it is empty"
    if len(piece) > LONGEST_PIECE + 1:
        return f"it is longer than {LONGEST_PIECE + 1} characters"
    if piece in reserved:
        return "the tokenizer itself adds specials and bytes"
    if "".join(piece.split()) != piece.removeprefix(" "):
        return "it holds white space other than a space at its beginning"
    if any(map(_is_control, piece)):
        return "it holds a control character, which is never learned"
    return None
