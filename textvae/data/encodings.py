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
SIGNS = "‘’“”–—…«»¿¡°×£€§©®"
SAMPLE_BYTES = 2**15  # of lines that are not ASCII
TAR = slice(257, 262)  # the place of a tar archive's magic number
ISO_2022 = "iso2022_jp_2"  # Japanese in bytes that are all ASCII, as in old mail
WESTERN = "cp1252"  # Latin-1 with Windows' quotation marks and dashes
# Encodings of the Latin alphabet.
LATIN = ("cp125", "cp85", "iso8859-1", "iso8859-2", "mac-")
# Encodings in which hardly any text is stored, and which short texts are mistaken for.
RARE = (
    *("cp437", "cp720", "cp775", "cp860", "cp861", "cp862", "cp863", "cp864", "cp865"),
    *("cp1006", "cp1125", "hp-roman8", "hz", "johab", "koi8-t", "kz1048", "ptcp154"),
    *("iso8859-3", "iso8859-4", "iso8859-10", "iso8859-14", "iso8859-16"),
    *("mac-cyrillic", "mac-greek", "mac-iceland", "mac-latin2", "mac-turkish"),
)
ISO_8859 = tuple(f"iso8859-{part}" for part in (1, 2, *range(5, 10), 13, 15))
# Bytes that are control characters in ISO 8859, and letters or marks in other encodings.
CONTROLS = re.compile(rb"[\x80-\x9f]")
# More characters in the same bytes.
SUPERSETS = {
    "iso8859-1": WESTERN,
    "shift_jis_2004": "cp932",
    "euc_kr": "cp949",
}
# A Greek, Cyrillic, Hebrew or Arabic letter beside a Latin one.
MIXED = re.compile(r"[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff](?=[A-Za-z])")
# Of a guess. In lines of messages in 24 languages, more than nine in ten guesses above it were
# right, from a single line that is not ASCII.
MIN_CONFIDENCE = 0.1
# Accents, quotation marks and emoji in UTF-8, which are rarely text in another encoding.
IN_UTF_8 = re.compile(rb"[\xc2\xc3][\x80-\xbf]|\xe2\x80[\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}")


def find_encoding(pieces: Iterable[bytes], name: str) -> str:
    r"""The encoding of a file that is given in `pieces`.

    A byte order mark decides; then whether all bytes are UTF-8; then `chardet`, on lines
    that are not ASCII. No guess is made for a file that is partly UTF-8.

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
    lines = dict.fromkeys(sample.split(b"\n"))
    lines.pop(b"", None)
    in_utf_8 = dict.fromkeys(filter(_is_utf_8, lines))
    others = b"\n".join(line for line in lines if line not in in_utf_8)
    encoding = "" if lines and 2 * len(in_utf_8) >= len(lines) else _guess(others, name)
    is_latin = encoding.startswith(LATIN)
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
    import chardet
    from chardet.enums import EncodingEra

    if _is_western(sample, letters=False):
        return WESTERN
    excluded = (*RARE, *ISO_8859) if CONTROLS.search(sample) else RARE
    found = chardet.detect_all(
        sample,
        ignore_threshold=True,
        encoding_era=EncodingEra.ALL & ~EncodingEra.MAINFRAME,
        compat_names=False,
        prefer_superset=False,
        exclude_encodings=excluded,
    )
    guesses = [
        (SUPERSETS.get(each["encoding"], each["encoding"]), each["confidence"])
        for each in found
        if each["encoding"]
        and each["mime_type"] == "text/plain"
        and not each["encoding"].startswith("utf")  # a mark counts where a file begins
    ]
    guesses = [each for each in guesses if not _mixes_alphabets(sample, each[0])]
    for encoding, confidence in guesses[:1]:
        if confidence >= MIN_CONFIDENCE or (encoding == WESTERN and _is_western(sample)):
            return encoding
    raise BadInput(
        f"{name} is not UTF-8, and its encoding cannot be detected"
        + (f" (it may be {', '.join(name for name, _ in guesses[:4])})" if guesses else "")
        + "; name it with --encoding, such as --encoding cp1252, or save the file as UTF-8"
    )


def _mixes_alphabets(sample: bytes, encoding: str) -> bool:
    """Whether words would mix Latin letters with others, as no language does."""
    text = sample.decode(encoding, "replace")
    others = sum("\u0370" <= character <= "\u06ff" for character in text)
    return 4 * len(MIXED.findall(text)) > others > 0


def _is_western(sample: bytes, letters: bool = True) -> bool:
    """Whether it looks Western European: marks, or single accented letters among many others.

    Args:
        sample: the lines.
        letters: whether accented letters are allowed; marks alone leave hardly any doubt.
    """
    try:
        text = sample.decode(WESTERN)
    except UnicodeDecodeError:
        return False
    special = [character for character in text if not character.isascii()]
    known = sum((letters and each.isalpha()) or each in SIGNS for each in special)
    plain = sum(character.isascii() and character.isalpha() for character in text)
    return known == len(special) and plain > 2 * len(special)
