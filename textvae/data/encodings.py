"""Detecting the encoding of a text file: byte order mark, bytes, or a guess."""

import codecs
import re
from collections.abc import Iterable
from itertools import chain

from textvae.errors import BadInput

UTF_8 = "utf-8-sig"  # with or without a byte order mark
MARKS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, UTF_8),
)
SAMPLE_BYTES = 2**15  # of lines that are not ASCII
TAR = slice(257, 262)  # the place of a tar archive's magic number
ISO_2022 = "iso2022_jp_2"  # Japanese in bytes that are all ASCII, as in old mail
WESTERN = "cp1252"  # Latin-1 with Windows' quotation marks and dashes
# Encodings of the Latin alphabet that differ in a few letters, which a short text may lack.
LATIN = ("cp125", "cp775", "cp85", "iso8859_1", "iso8859_2", "latin", "mac_latin", "mac_roman")
# Very rare encodings that short texts are mistaken for.
RARE = ("cp1006", "cp1125", "cp720", "cp864", "hp_roman8", "hz", "johab", "kz1048", "ptcp154")
MIN_COHERENCE = 0.1  # of a guess, by how often its letters occur in some language
# Chinese, Japanese and Korean encodings are distinguished from this many bytes on, if the best
# guess leads the next one by this margin.
ENOUGH_BYTES, MARGIN = 100, 0.05
# Accents, quotation marks and emoji in UTF-8, which are rarely text in another encoding.
IN_UTF_8 = re.compile(rb"[\xc2\xc3][\x80-\xbf]|\xe2\x80[\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}")


def find_encoding(pieces: Iterable[bytes], name: str) -> str:
    r"""The encoding of a file that is given in `pieces`.

    A byte order mark decides; then whether all bytes are UTF-8; then `charset_normalizer`, on
    lines that are not ASCII. No guess is made for a file that is partly UTF-8.

    Args:
        pieces: all bytes of the file.
        name: of the file, for messages.

    Raises:
        BadInput: it is not text, its encoding cannot be detected, or only part is UTF-8.

    Example:
        >>> find_encoding([b"a dog\n"], "dogs.txt")
        'utf-8-sig'
        >>> find_encoding(["Zwei Männer gehen über die Straße.".encode("latin-1")], "de.txt")
        'cp1252'
    """
    pieces = iter(pieces)
    first = next(pieces, b"")
    for mark, encoding in MARKS:
        if first.startswith(mark):
            return encoding
    if first[TAR] == b"ustar":
        raise BadInput(f"{name} is a tar archive; unpack it and give the file in it")
    if first.isascii() and b"\x1b$" in first:  # sequences for a terminal begin with ESC [
        return ISO_2022
    if b"\0" in first[:SAMPLE_BYTES]:
        return _utf_16_without_mark(first[:SAMPLE_BYTES], name)
    sample, is_utf_8 = bytearray(), True
    num_breaks, stray = 0, ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for piece in chain([first], pieces):
        if is_utf_8:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                is_utf_8, stray = False, _place(error, num_breaks)
            num_breaks += piece.count(b"\n")
        if len(sample) < SAMPLE_BYTES // 2:
            _collect(piece, sample)  # also UTF-8, which a guess would garble
        elif not is_utf_8:
            break
    if is_utf_8:
        try:
            decoder.decode(b"", final=True)
            return UTF_8
        except UnicodeDecodeError as error:
            stray = _place(error, num_breaks)
    return _guess_unless_mixed(bytes(sample), stray, name)


def _place(error: UnicodeDecodeError, num_breaks: int) -> str:
    """The line and the byte of an error after `num_breaks` line breaks."""
    line = num_breaks + error.object.count(b"\n", 0, error.start) + 1
    return f"line {line}: byte {error.object[error.start]:#04x}"


def _guess_unless_mixed(sample: bytes, stray: str, name: str) -> str:
    """The guess, unless lines of the sample are UTF-8, which it would garble."""
    lines = set(sample.split(b"\n")) - {b""}
    in_utf_8 = list(filter(_is_utf_8, lines))
    encoding = "" if lines and 2 * len(in_utf_8) >= len(lines) else _guess(sample, name)
    is_latin = encoding.startswith((*LATIN, "mac_"))
    is_garbled = is_latin and any(map(IN_UTF_8.search, in_utf_8))
    if not encoding or is_garbled:
        raise BadInput(
            f"{name}, {stray} is not UTF-8, unlike other lines; save the file in one encoding,"
            " or name one with --encoding"
        )
    return encoding


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _collect(piece: bytes, sample: bytearray) -> None:
    """Add the lines of `piece` that are not ASCII until the sample is full."""
    if piece.isascii():
        return
    for line in piece.split(b"\n"):
        # A cut might split a character, so only a line that fills the sample is cut.
        if not line.isascii() and (not sample or len(sample) + len(line) < SAMPLE_BYTES):
            sample += line[:SAMPLE_BYTES] + b"\n"


def _utf_16_without_mark(sample: bytes, name: str) -> str:
    """UTF-16 by its zeros, which are every second byte of mostly Latin text."""
    zeros = [sample[place::2].count(0) for place in (0, 1)]
    if max(zeros) > 0.7 * (len(sample) // 2) and min(zeros) < 0.05 * max(zeros):
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    raise BadInput(
        f"{name} is not a text file: it holds zero bytes; give text, or name its encoding with"
        " --encoding"
    )


def _guess(sample: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_exclusion=list(RARE)))
    if matches:
        best = matches[0]
        if best.encoding.startswith(LATIN) and best.coherence >= MIN_COHERENCE:
            if _reads_the_same(sample, best.encoding):
                return WESTERN
            ties = {
                match.encoding
                for match in matches
                if match.chaos <= best.chaos and match.coherence >= best.coherence
            }
            return WESTERN if WESTERN in ties else best.encoding
        num_bytes = sum(map(len, set(sample.split(b"\n"))))  # repetition adds no evidence
        margin = MARGIN if num_bytes >= ENOUGH_BYTES else 1.0
        close = [match for match in matches[1:] if match.chaos - best.chaos < margin]
        is_far_eastern = best.multi_byte_usage > 0.1 and not close
        if best.coherence >= MIN_COHERENCE or is_far_eastern:
            return best.encoding
    if _is_western(sample):
        return WESTERN
    guesses = ", ".join(match.encoding for match in matches[:4])
    raise BadInput(
        f"{name} is not UTF-8, and its encoding cannot be detected"
        + (f" (it may be {guesses})" if guesses else "")
        + "; name it with --encoding, such as --encoding cp1252, or save the file as UTF-8"
    )


def _reads_the_same(sample: bytes, encoding: str) -> bool:
    try:
        return sample.decode(encoding) == sample.decode(WESTERN)
    except UnicodeDecodeError:
        return False


def _is_western(sample: bytes) -> bool:
    """Whether it looks Western European: single accented letters among many others."""
    try:
        text = sample.decode(WESTERN)
    except UnicodeDecodeError:
        return False
    special = [character for character in text if not character.isascii()]
    known = sum(each.isalpha() or each in "‘’“”–—…«»¿¡°€" for each in special)
    plain = sum(character.isascii() and character.isalpha() for character in text)
    return known == len(special) and plain > 2 * len(special)
