"""One file of captions, opened as bytes or as text with lines of limited length."""

import codecs
import contextlib
import io
from collections.abc import Iterator
from functools import cached_property, partial
from typing import BinaryIO, TextIO

from textvae.data.encodings import UTF_8, find_encoding
from textvae.data.readers.reader import ReadOptions
from textvae.data.readers.sources import Source
from textvae.data.text_files import MAX_LINE, PIECE
from textvae.data.unpacking import open_unpacked
from textvae.errors import BadInput

MARK = "\ufeff"  # of a byte order, also at the head of files that were joined
SAMPLE_LINES, SAMPLE_CHARACTERS = 500, 2_000_000


class Document:
    r"""A file and the user's options for reading it.

    Args:
        source: the file.
        options: from the user.

    Raises:
        BadInput: the encoding in the options does not exist or is not a text encoding.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("dogs.txt").write_bytes(b"A dog.\r\n\r\nTwo dogs.\r\n")
        >>> document = Document(Source("dogs.txt", Path("dogs.txt")), ReadOptions())
        >>> list(document.lines()), document.sample
        (['A dog.\n', '\n', 'Two dogs.\n'], ['A dog.\n', 'Two dogs.\n'])
    """

    def __init__(self, source: Source, options: ReadOptions) -> None:
        self.source, self.options, self.name = source, options, source.name
        if options.encoding is not None:
            try:
                io.TextIOWrapper(io.BytesIO(), options.encoding)
            except (LookupError, ValueError):
                raise BadInput(
                    f"--encoding {options.encoding} is not an encoding of text; name one, such"
                    " as utf-8, cp1252, latin-1, utf-16 or gb18030"
                ) from None

    def open_bytes(self) -> contextlib.AbstractContextManager[BinaryIO]:
        """The bytes of the file, decompressed."""
        return open_unpacked(self.source.path, self.source.member, self.name)

    @cached_property
    def encoding(self) -> str:
        """The encoding of the text."""
        if self.options.encoding is not None:
            # "utf-8" would read a byte order mark as the first character of the text.
            is_utf_8 = codecs.lookup(self.options.encoding).name == "utf-8"
            return UTF_8 if is_utf_8 else self.options.encoding
        with self.open_bytes() as file:
            return find_encoding(iter(partial(file.read, PIECE), b""), self.name)

    @property
    def encoding_note(self) -> str:
        """The encoding, for the description of the file; empty if it is UTF-8."""
        name = codecs.lookup(self.encoding).name
        return "" if name in (UTF_8, "utf-8") else f", in {name}"

    @contextlib.contextmanager
    def open_text(self) -> Iterator[TextIO]:
        """The text of the file, with every line end as LF."""
        with self.open_bytes() as file:
            try:
                yield io.TextIOWrapper(file, self.encoding, newline=None)
            except UnicodeError as error:
                named = self.options.encoding or self.encoding
                raise BadInput(
                    f"{self.name} is not in the encoding {named} ({error}); name its"
                    " encoding with --encoding, or save the file as UTF-8"
                ) from error

    def lines(self) -> Iterator[str]:
        """The lines, including their ends.

        Raises:
            BadInput: a line is too long, or the file cannot be read.
        """
        with self.open_text() as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise BadInput(
                        f"{self.name}, line {number} is longer than {MAX_LINE:,} characters;"
                        " give a file with line breaks, one caption per line"
                    )
                yield line.removeprefix(MARK)

    @cached_property
    def sample(self) -> list[str]:
        """The first lines that are not blank; overlong ones are cut.

        Raises:
            BadInput: there are none, or the file cannot be read.
        """
        found: list[str] = []
        size = 0
        with self.open_text() as file:
            while line := file.readline(MAX_LINE):
                if line.removeprefix(MARK).strip():
                    found.append(line.removeprefix(MARK))
                    size += len(line)
                if len(found) >= SAMPLE_LINES or size >= SAMPLE_CHARACTERS:
                    break
        if not found:
            raise BadInput(f"{self.name} is empty or holds only white space")
        return found
