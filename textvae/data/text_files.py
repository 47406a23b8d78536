"""Text files: UTF-8 with or without a byte order mark, plain or compressed.

Captions may have another encoding or format, so `data.readers` reads them; all other text files
that a user names are read here. Each may be compressed.
"""

import codecs
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from textvae.data.unpacking import ZIP, open_unpacked
from textvae.errors import BadInput

PIECE = 2**20  # bytes read at once
MAX_LINE = 1_000_000  # characters; a longer one is a file without line breaks, or no caption
LINE_END = re.compile(rb"\r\n?|\n")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path | str, member: str = "", name: str = "") -> str:
    r"""The whole file as text, decompressed if necessary, without a byte order mark.

    Line ends stay as they are.

    Args:
        path: the file.
        member: the file to read in a zip archive.
        name: what messages call the file, if not by its path.

    Raises:
        BadInput: the file is missing, a folder, damaged, empty or not UTF-8.

    Example:
        >>> _ = Path("dogs.txt").write_bytes(b"\xef\xbb\xbfa dog\r\n")
        >>> read_text("dogs.txt")
        'a dog\r\n'
    """
    with open_unpacked(path, member, name) as file:
        data = file.read()
    return decode_text(data, name or str(path))


def read_lines(path: Path | str) -> list[str]:
    r"""The lines of a file of text without their ends; see `read_text` and `split_lines`.

    Example:
        >>> _ = Path("pets.txt").write_bytes(b"a dog\r\na cat\n")
        >>> read_lines("pets.txt")
        ['a dog', 'a cat']
    """
    return split_lines(read_text(path))


def split_lines(text: str) -> list[str]:
    r"""Split at LF, CRLF and CR alone, where `str.splitlines` also splits inside a caption.

    Example:
        >>> split_lines("a dog\r\na\u2028cat\n")
        ['a dog', 'a\u2028cat']
    """
    return [line.removesuffix("\n") for line in io.StringIO(text, newline=None)]


def decode_text(data: bytes, source: str) -> str:
    r"""UTF-8 bytes as text, without a byte order mark; `source` names them in messages.

    Raises:
        BadInput: there is nothing but white space, or a byte is not UTF-8; then the message has
            its line and its offset.

    Example:
        >>> decode_text(b"caf\xc3\xa9", "standard input")
        'café'
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = error.start, data.count(b"\n", 0, error.start) + 1
        raise _not_utf_8(source, data[error.start], *place) from error
    if not text.strip():
        raise BadInput(f"{source} is empty or holds only white space")
    return text


class UnreadableLine(str):
    """An empty line in place of one that is not text.

    Attributes:
        fault: the reason.

    Example:
        >>> line = UnreadableLine.because("byte 0xe9 is not UTF-8")
        >>> line, line.fault
        ('', 'byte 0xe9 is not UTF-8')
    """

    fault = ""

    @classmethod
    def because(cls, fault: str) -> Self:
        """The line with this fault."""
        found = cls()
        found.fault = fault
        return found


def stream_lines(file: Any, source: str, is_strict: bool = True) -> Iterator[str]:
    r"""The lines of a stream of UTF-8 bytes, as `read_lines` returns them, piece by piece.

    Args:
        file: bytes, such as `open(path, "rb")` or standard input. Lines of a pipe are passed on
            as soon as they arrive.
        source: names it in messages.
        is_strict: whether a line that is not text is an error; otherwise an `UnreadableLine`
            takes its place.

    Raises:
        BadInput: a byte is not UTF-8, or a line is longer than a million characters; or the
            whole file is UTF-16.

    Example:
        >>> list(stream_lines(io.BytesIO(b"a dog\r\na cat"), "standard input"))
        ['a dog', 'a cat']
        >>> found = list(stream_lines(io.BytesIO(b"caf\xe9\na cat"), "names.txt", False))
        >>> found, found[0].fault
        (['', 'a cat'], 'byte 0xe9 is not UTF-8; save the file as UTF-8')
    """
    for number, (begin, data) in enumerate(_byte_lines(file), 1):
        head = data if number == 1 else b""  # of the file
        if head.startswith(ZIP):
            raise BadInput(f"{source} is a zip archive; unpack it and give the file in it")
        is_marked = head.startswith(UTF_16)
        if 3 * head.count(0) > len(head) and not is_marked:  # in UTF-16, half of ASCII is zeros
            raise BadInput(f"{source} holds zero bytes, as UTF-16 does; save the file as UTF-8")
        start = len(codecs.BOM_UTF8) * head.startswith(codecs.BOM_UTF8)
        is_long = len(data) > 4 * MAX_LINE  # a character has at most four bytes
        try:  # an overlong line may end within a character
            text, _ = codecs.utf_8_decode(data[start : 4 * MAX_LINE], "strict", not is_long)
        except UnicodeDecodeError as error:
            place = start + error.start
            if is_strict or is_marked:
                raise _not_utf_8(source, data[place], begin + place, number) from error
            fault = f"byte {data[place]:#04x} is not UTF-8; save the file as UTF-8"
            text = UnreadableLine.because(fault)
        if is_long or len(text) > MAX_LINE:
            if is_strict:
                raise BadInput(
                    f"{source} has a line that is longer than {MAX_LINE:,} characters; give a"
                    " file with line breaks, one caption per line"
                )
            text = UnreadableLine.because(f"it is longer than {MAX_LINE:,} characters")
        yield text


def _byte_lines(file: Any) -> Iterator[tuple[int, bytes]]:
    """The offset of each line, and the line without its end.

    A line that is far too long is cut as soon as this is known; its rest is skipped.
    """
    rest, offset, begin, is_cut = b"", 0, 0, False  # `rest` is at `offset`
    while True:
        piece = file.read1(PIECE)
        data, start = rest + piece, 0
        for end in LINE_END.finditer(data):
            if piece and end[0] == b"\r" and end.end() == len(data):
                break  # perhaps half of a CRLF
            if not is_cut:
                yield begin, data[start : end.start()]
            start, is_cut = end.end(), False
            begin = offset + start
        rest, offset = data[start:], offset + start
        if len(rest) > 4 * MAX_LINE:
            if not is_cut:
                yield begin, rest
            rest, offset, is_cut = rest[-1:], offset + len(rest) - 1, True
        if not piece:
            break
    if rest and not is_cut:
        yield begin, rest


def _not_utf_8(source: str, byte: int, offset: int, line: int) -> BadInput:
    return BadInput(
        f"{source}, line {line}: byte {byte:#04x} at offset {offset} is not UTF-8; save the"
        " file as UTF-8"
    )


def read_json(
    path: Path | str,
    object_hook: Callable[[Any], Any] | None = None,
    member: str = "",
    name: str = "",
) -> Any:
    r"""The value in a JSON file; see `json.loads` for `object_hook`, `read_text` for the rest.

    Raises:
        BadInput: the file cannot be read as text or is not valid JSON.

    Example:
        >>> _ = Path("pets.json").write_text('["a dog", "a cat"]')
        >>> read_json("pets.json")
        ['a dog', 'a cat']
    """
    text = read_text(path, member, name)
    try:
        return json.loads(text, object_hook=object_hook)
    except (ValueError, RecursionError) as error:  # numbers may be too long, nesting too deep
        raise BadInput(
            f"{name or path} is not valid JSON: {error}; correct it there"
        ) from error
