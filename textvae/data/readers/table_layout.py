"""The layout of a table: its delimiter, its header, and the meaning of its columns."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from textvae.data.readers.columns import Columns, choose_columns
from textvae.data.readers.delimiters import (
    LOOSE,
    ONE_COLUMN,
    find_delimiter,
    named_delimiter,
    split_rows,
)
from textvae.data.readers.quotes import are_quotes_paired, must_be_quotes
from textvae.data.readers.reader import ReadOptions
from textvae.data.readers.table_header import count_titles, has_header, may_be_header
from textvae.errors import BadInput

SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.I)  # Excel's first line, with the delimiter


class Layout(NamedTuple):
    """How to read the rows of a table.

    Attributes:
        delimiter: between cells.
        has_quotes: whether quotes group what is in a cell.
        skips_space: whether spaces after a delimiter are ignored, as in `1, "A dog."`.
        header: the first row, if it names the columns; else empty.
        width: the number of columns.
        columns: the indices of captions, groups and labels.
        num_titles: rows above the header, each with a single cell.

    Example:
        >>> Layout(",", True, False, ("id", "title"), 2, Columns(text=1)).has_header
        True
    """

    delimiter: str
    has_quotes: bool
    skips_space: bool
    header: tuple[str, ...]
    width: int
    columns: Columns
    num_titles: int = 0

    @property
    def has_header(self) -> bool:
        """Whether the first row names the columns."""
        return bool(self.header)

    @property
    def description(self) -> str:
        """One line for the user."""
        shown = {"\t": "tabs", ONE_COLUMN: ""}.get(self.delimiter, repr(self.delimiter))
        kind = f"a table separated by {shown}" if shown else "a table of one column"
        places: list[tuple[str, int | None]] = [
            ("captions", self.columns.text),
            ("images" if self.columns.is_image else "groups", self.columns.group),
            ("labels", self.columns.label),
        ]
        columns = ", ".join(
            f"{what} in {repr(self.header[place]) if self.header else f'column {place + 1}'}"
            for what, place in places
            if place is not None
        )
        header = "without a header, so its first row is data"
        if self.header:
            header = "with a header" + " below a title" * (self.num_titles > 0)
        return f"{kind} {header}; {columns}"


def find_layout(
    sample: Sequence[str], extension: str, options: ReadOptions, name: str
) -> Layout:
    r"""The layout of a table whose first lines are `sample`.

    Raises:
        BadInput: the layout is not clear, or a column named in the options is missing.

    Example:
        >>> find_layout(["id|text\n", "1|A dog runs.\n"], ".csv", ReadOptions(), "a.csv").header
        ('id', 'text')
    """
    separator = SEPARATOR.fullmatch(sample[0]) if len(sample) > 1 else None
    sample = sample[1:] if separator else sample
    delimiter = (
        named_delimiter(options)
        or (separator and separator[1])
        or find_delimiter(sample, extension, options, name)
    )
    has_quotes = delimiter not in LOOSE or are_quotes_paired(sample, delimiter)
    skips_space = delimiter in ",;" and f'{delimiter} "' in sample[0]
    rows = split_rows(sample, delimiter, has_quotes, skips_space)
    width = Counter(map(len, rows)).most_common(1)[0][0]
    num_titles = count_titles(rows, width, options)
    # Rows without text are skipped when the table is read.
    filled = sum(any(map(str.strip, row)) for row in rows[:num_titles])
    rows, num_titles = rows[num_titles:], filled
    if len(rows[0]) != width and may_be_header(rows[0]):
        width = len(rows[0])
    body = [row for row in rows[1:] if len(row) == width]
    first = [cell.strip() for cell in rows[0]]
    is_named = len(first) == width and has_header(first, body, options)
    if not is_named:
        body = [row for row in rows if len(row) == width]
    # A row alone above others of another length is no table.
    if not body or (not is_named and len(body) < min(2, len(rows))):
        raise BadInput(f"{name} {_no_rows(rows, width, is_named, delimiter)}")
    keys: Sequence[Any] = first if is_named else range(width)
    chosen = choose_columns(keys, body, options, name, has_names=is_named)
    if is_named:
        text, group, label = (None if key is None else first.index(key) for key in chosen[:3])
        chosen = Columns(text, group, label, chosen.is_image)
    header = tuple(first) if is_named else ()
    return Layout(delimiter, has_quotes, skips_space, header, width, chosen, num_titles)


def _no_rows(rows: Sequence[Sequence[str]], width: int, is_named: bool, delimiter: str) -> str:
    """Why no row of a table has the right number of cells, and what to do."""
    if not is_named:
        return (
            "has rows of different lengths; remove what is above the table, or name what"
            " separates its columns with --delimiter"
        )
    if len(rows) == 1:
        return "has no row below its header; give a file with captions"
    [(cells, _)] = Counter(map(len, rows[1:])).most_common(1)
    return (
        f"has {width} columns in its header, but {cells} cells in its rows; put cells that hold"
        f" {delimiter!r} in quotes, name each column in the header, or name what separates them"
        " with --delimiter"
    )


def settled(layout: Layout, sample: Sequence[str], lines: Iterable[str]) -> Layout:
    """The layout according to all lines, if a sample leaves the role of quotes open.

    Example:
        >>> layout = Layout("|", True, False, ("id", "text"), 2, Columns(text=1))
        >>> sample = ["id|text", '1|"Stop!"']
        >>> settled(layout, sample, [*sample, '2|"Go" says a sign']).has_quotes
        False
    """
    if layout.delimiter not in LOOSE or not layout.has_quotes or must_be_quotes(sample):
        return layout
    paired = are_quotes_paired(lines, layout.delimiter, is_whole=True)
    return layout._replace(has_quotes=paired)
