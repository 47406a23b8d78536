"""Tables with a header line, separated by commas or tabs."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from textvae.data import text_files
from textvae.data.readers.reader import RawCaption, ReadOptions
from textvae.errors import BadInput


def read_captions(file: Path, options: ReadOptions, *, delimiter: str) -> Iterator[RawCaption]:
    r"""The cells of the column `options.column`, one caption a row.

    Raises:
        BadInput: the file cannot be read, has no such column, or has a quote that never closes.

    Example:
        >>> _ = Path("pets.csv").write_text('id,caption\n1,"A dog."\n2,A cat.\n')
        >>> rows = read_captions(Path("pets.csv"), ReadOptions(), delimiter=",")
        >>> [caption.text for caption in rows]
        ['A dog.', 'A cat.']
    """
    text = text_files.read_text(file)
    # strict: a quote that never closes would otherwise swallow the rest of the file.
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip() for name in rows.fieldnames or ()]
        if options.column not in columns:
            raise BadInput(
                f"{file} has no column {options.column!r}; it has {', '.join(columns)}"
            )
        rows.fieldnames = columns
        yield from (RawCaption("", row[options.column] or "") for row in rows)
    except csv.Error as error:
        raise BadInput(
            f"{file}, row at line {rows.line_num + 1}: {error}; correct the quotes there"
        ) from error
