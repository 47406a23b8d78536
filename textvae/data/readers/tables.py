"""Tables: one caption per row, with commas, tabs, semicolons or bars between the columns."""

import ast
import csv
import io
import json
import re
import tokenize
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from textvae.data.readers.columns import image_name
from textvae.data.readers.document import Document
from textvae.data.readers.quotes import csv_options
from textvae.data.readers.reader import CaptionFile, RawCaption, entry_groups
from textvae.data.readers.table_layout import (
    SEPARATOR,
    Layout,
    find_layout,
    settled,
)
from textvae.errors import BadInput

NEXT_TO = re.compile(r"""["']\s+["']""")  # strings without a comma between them
LIST = re.compile(r"""\[\s*["'].*["']\s*\]""", re.S)  # a cell that looks like a list of strings


def read(document: Document) -> CaptionFile:
    r"""The cells of the column of captions, one caption per row.

    Raises:
        BadInput: the columns are not clear or not those named by the user, a quote is never
            closed, or the file cannot be read as text.

    Example:
        >>> from pathlib import Path
        >>> from textvae.data.readers.reader import ReadOptions
        >>> from textvae.data.readers.sources import Source
        >>> _ = Path("pets.csv").write_text('id;caption\n1;"A dog."\n2;A cat.\n')
        >>> found = read(Document(Source("pets.csv", Path("pets.csv")), ReadOptions()))
        >>> found.description
        "a table separated by ';' with a header; captions in 'caption'"
        >>> [caption.text for caption in found.captions]
        ['A dog.', 'A cat.']
    """
    layout = find_layout(
        document.sample, document.source.extension, document.options, document.name
    )
    layout = settled(layout, document.sample, document.lines())
    return CaptionFile(layout.description, _captions(document, layout))


def _captions(document: Document, layout: Layout) -> Iterator[RawCaption]:
    # strict: otherwise an unclosed quote would swallow the rest of the file.
    options = csv_options(layout.delimiter, layout.has_quotes, layout.skips_space)
    rows = csv.reader(_without_separator(document.lines()), **options)
    num_above = layout.num_titles + layout.has_header  # rows above the data
    line, entries = 1, entry_groups(document.name)
    try:
        for row in rows:
            line = rows.line_num + 1  # where the next row begins
            if num_above:  # blank lines or a separator among them are not data either
                num_above -= any(cell.strip() for cell in row)
            elif layout.header and tuple(map(str.strip, row)) == layout.header:
                yield RawCaption("", "", fault="repeated headers")
            elif len(row) > layout.width:
                yield RawCaption("", "", fault="rows with more cells than columns")
            elif not any(cell.strip() for cell in row):
                yield RawCaption("", "")
            elif len(row) < layout.width and len(row) <= layout.columns.text:
                yield RawCaption("", "", fault="rows with fewer cells than columns")
            else:
                yield from _of_row(row, layout, f"{entries}{line}")
    except csv.Error as error:
        raise BadInput(
            f"{document.name}, row at line {line}: {error}; correct the quotes there"
        ) from error


def _without_separator(lines: Iterator[str]) -> Iterator[str]:
    """The lines, with a blank one in place of Excel's separator line."""
    for number, line in enumerate(lines):
        yield "\n" if not number and SEPARATOR.fullmatch(line) else line


def _of_row(row: Sequence[str], layout: Layout, entry: str) -> Iterator[RawCaption]:
    """The caption in a row, or several of a list, which `entry` keeps together."""
    text, group, label, is_image = layout.columns

    def cell(place: int | None) -> str:
        return row[place].strip() if place is not None and place < len(row) else ""

    name = cell(group)
    if is_image:
        name = image_name(name)
    kind = "image" if is_image else "group"
    found = f"{kind}:{name}" if name else ""
    several = _listed(row[text])
    for each in several:
        yield RawCaption(found or entry, each, cell(label))
    if not several:
        yield RawCaption(found, row[text], cell(label))


def _listed(cell: str) -> list[str]:
    """The strings in a cell that is a list of strings; empty for other cells.

    Such cells are JSON, or printed by Python, or by NumPy without commas.

    Example:
        >>> _listed('["A dog.", "A cat."]'), _listed("['A dog.' 'A cat.']"), _listed("[sic] a")
        (['A dog.', 'A cat.'], ['A dog.', 'A cat.'], [])
    """
    if not LIST.fullmatch(cell):
        return []
    for parse in (json.loads, _python_strings):
        with suppress(
            ValueError, SyntaxError, RecursionError, MemoryError, tokenize.TokenError
        ):
            found = parse(cell)
            return found if all(isinstance(each, str) for each in found) else []
    return []


def _python_strings(cell: str) -> list[Any]:
    """As `ast.literal_eval`, but strings without a comma between them are separate."""
    found: list[Any] = ast.literal_eval(cell)
    if not all(isinstance(each, str) for each in found) or not NEXT_TO.search(cell):
        return found
    tokens = tokenize.generate_tokens(io.StringIO(cell).readline)
    return [ast.literal_eval(each.string) for each in tokens if each.type == tokenize.STRING]
