"""Tables: one caption per row, with commas, tabs, semicolons or bars between the columns."""

import csv
from collections.abc import Iterator, Sequence

from textvae.data.readers.document import Document
from textvae.data.readers.reader import CaptionFile, RawCaption
from textvae.data.readers.table_layout import Layout, csv_options, find_layout, settled
from textvae.errors import BadInput


def read(document: Document) -> CaptionFile:
    r"""The cells of the column of captions, one caption per row.

    Raises:
        BadInput: the columns are not clear or not those that the user names, a quote is never
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
    # strict: otherwise a quote that is never closed would swallow the rest of the file.
    rows = csv.reader(document.lines(), **csv_options(layout.delimiter, layout.has_quotes))
    is_header, line = layout.has_header, 1
    try:
        for row in rows:
            line = rows.line_num + 1  # where the next row begins
            if is_header and any(row):
                is_header = False
            elif len(row) > layout.width:
                yield RawCaption("", "", fault="row with more cells than columns")
            elif not any(cell.strip() for cell in row):
                yield RawCaption("", "")
            elif len(row) < layout.width and len(row) <= layout.columns.text:
                yield RawCaption("", "", fault="row with fewer cells than columns")
            else:
                yield _caption(row, layout)
    except csv.Error as error:
        raise BadInput(
            f"{document.name}, row at line {line}: {error}; correct the quotes there"
        ) from error


def _caption(row: Sequence[str], layout: Layout) -> RawCaption:
    text, group, label, is_image = layout.columns

    def cell(place: int | None) -> str:
        return row[place].strip() if place is not None and place < len(row) else ""

    name = cell(group)
    if is_image:
        name = name.partition("#")[0]  # 1000.jpg#0 is the first caption of 1000.jpg
    kind = "image" if is_image else "group"
    return RawCaption(f"{kind}:{name}" if name else "", row[text], cell(label))
