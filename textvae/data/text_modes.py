"""Text modes: lines as typed, captions to be cleaned, or tokens already split."""

import dataclasses
import unicodedata

from textvae.checks import SURROGATE
from textvae.data.cleaning import clean
from textvae.errors import BadInput

PLAIN, CAPTION, TOKENS = MODES = ("plain", "caption", "tokens")
UNITS = {PLAIN: "pieces", CAPTION: "words", TOKENS: "tokens"}  # of the length of a line
MAX_CHARACTERS = 10_000  # of a line; a longer text is a mistake, not a caption
LONGEST = 200  # tokens of a line; the decoder is compiled for the longest


@dataclasses.dataclass(frozen=True)
class TextSettings:
    """How the lines of a model are read, in training and afterwards.

    Attributes:
        max_length: the maximum number of tokens in a line, 1 to 200: words, or pieces if plain.
        keep_punctuation: whether `caption` keeps punctuation and digits, as words.
        mode: `plain` (as typed, in pieces), `caption` (cleaned) or `tokens` (split at spaces).

    Raises:
        BadInput: a value of another type or out of range.

    Example:
        >>> TextSettings(max_length=20)
        TextSettings(max_length=20, keep_punctuation=False, mode='caption')
    """

    max_length: int
    keep_punctuation: bool = False
    mode: str = CAPTION

    def __post_init__(self) -> None:
        is_valid = type(self.max_length) is int and 1 <= self.max_length <= LONGEST
        if not is_valid or self.mode not in MODES or type(self.keep_punctuation) is not bool:
            raise BadInput(
                f"invalid text settings {dataclasses.asdict(self)}: max_length is from 1 to"
                f" {LONGEST}, keep_punctuation true or false, and mode one of"
                f" {', '.join(MODES)}"
            )

    def normalise(self, text: str) -> str:
        """`text` as the model reads it; see `normalise`."""
        return normalise(text, self.mode, self.keep_punctuation)


def normalise(text: str, mode: str = CAPTION, keep_punctuation: bool = False) -> str:
    r"""The line in the form that a model of this mode reads; this is idempotent.

    Args:
        text: any string.
        mode: `plain` composes characters (Unicode NFC) and folds white space into single
            spaces; `tokens` only folds white space; `caption` is `clean`.
        keep_punctuation: of `clean`.

    Example:
        >>> line = " iPhone 14\t\u0939\u093f\u0928\u094d\u0926\u0940 "
        >>> normalise(line, "plain")
        'iPhone 14 हिन्दी'
        >>> normalise(line, "caption")
        'iphone हिन्दी'
        >>> normalise("the <unk> 's N", "tokens")
        "the <unk> 's N"
    """
    if mode == CAPTION:
        return clean(text, keep_punctuation)
    return fold(text, compose=mode == PLAIN)


def fold(text: str, compose: bool = True) -> str:
    r"""One line of valid text: white space becomes single spaces, characters are composed.

    A lone surrogate, which no file can hold, becomes U+FFFD.

    Example:
        >>> fold("cafe\u0301\n  \ud800")
        'café �'
    """
    text = encodable(text)
    if compose and not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def encodable(text: str) -> str:
    r"""`text` with U+FFFD in place of lone surrogates, which no file can hold.

    Example:
        >>> encodable("a dog \ud83d") == "a dog \ufffd"
        True
    """
    return text if text.isascii() else SURROGATE.sub("\ufffd", text)
