"""The entries of a JSON file one by one, so that the file need not fit in memory."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from textvae.data.text_files import MAX_LINE
from textvae.errors import BadInput

SPACE = " \t\n\r\ufeff"


def read_items(file: TextIO, name: str) -> Iterator[tuple[str, Any]]:
    """The entries of a list, or of the lists in an object, with the keys of those lists.

    A value of an object that is not a list is a single entry.

    Raises:
        BadInput: it is not valid JSON, neither a list nor an object, or an entry is too long.

    Example:
        >>> import io
        >>> list(read_items(io.StringIO('{"a": [1, 2], "b": "c"}'), "x.json"))
        [('a', 1), ('a', 2), ('b', 'c')]
    """
    text = _Text(file, name)
    match text.peek():
        case "[":
            for item in _items(text):
                yield "", item
        case "{":
            yield from _members(text)
        case _:
            text.fail("it must be a list or an object")
    if text.peek():
        text.fail("Extra data")


def _items(text: "_Text") -> Iterator[Any]:
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        yield text.value()
        if text.peek() == "]":
            text.take("]")
            return
        text.take(",")


def _members(text: "_Text") -> Iterator[tuple[str, Any]]:
    text.take("{")
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        if text.peek() != '"':
            text.fail("Expecting property name enclosed in double quotes")
        key = text.value()
        text.take(":")
        if text.peek() == "[":
            for item in _items(text):
                yield key, item
        else:
            yield key, text.value()
        if text.peek() == "}":
            text.take("}")
            return
        text.take(",")


class _Text:
    """A buffer of the text around the reading position."""

    def __init__(self, file: TextIO, name: str) -> None:
        self.file, self.name = file, name
        self.text, self.place, self.is_end = "", 0, False
        self.num_lines, self.num_columns = 0, 0  # before `text`
        self.decoder = json.JSONDecoder()

    def fill(self) -> None:
        """Read on until `MAX_LINE` characters are ahead, or the text ends."""
        if self.is_end or len(self.text) - self.place > MAX_LINE:
            return
        passed = self.text[: self.place]
        breaks = passed.count("\n")
        self.num_lines += breaks
        before = 0 if breaks else self.num_columns
        self.num_columns = before + len(passed) - passed.rfind("\n") - 1
        read = self.file.read(2 * MAX_LINE)
        self.is_end = not read
        self.text, self.place = self.text[self.place :] + read, 0

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            self.fill()
            while self.place < len(self.text) and self.text[self.place] in SPACE:
                self.place += 1
            if self.place < len(self.text) or self.is_end:
                return self.text[self.place : self.place + 1]

    def take(self, wanted: str) -> None:
        """Read the character `wanted`, or fail."""
        if self.peek() != wanted:
            self.fail(f"Expecting {wanted!r}")
        self.place += 1

    def value(self) -> Any:
        """Read a value."""
        self.peek()
        try:
            value, self.place = self.decoder.raw_decode(self.text, self.place)
        except json.JSONDecodeError as error:
            if not self.is_end and len(self.text) - self.place > MAX_LINE:
                is_cut = (
                    error.msg.startswith("Unterminated") or error.pos >= len(self.text) - 20
                )
                if is_cut:
                    self.fail(f"an entry is longer than {MAX_LINE:,} characters")
            self.place = error.pos
            self.fail(error.msg)
        except (ValueError, RecursionError) as error:  # numbers or nesting may be too long
            self.fail(str(error))
        return value

    def fail(self, message: str) -> NoReturn:
        """Raise `BadInput` with the line and the column."""
        passed = self.text[: self.place]
        line = self.num_lines + passed.count("\n") + 1
        column = len(passed) - passed.rfind("\n")
        if "\n" not in passed:
            column += self.num_columns
        raise BadInput(
            f"{self.name} is not valid JSON: {message}: line {line} column {column}; correct it"
            " there"
        )
