"""How a table is laid out: its delimiter, its header, and which column is which."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from textvae.data.readers.columns import TEXT_NAMES, Columns, choose_columns, kind_of
from textvae.data.readers.quotes import are_quotes_paired, csv_options, must_be_quotes
from textvae.data.readers.reader import ReadOptions
from textvae.errors import BadInput

DELIMITERS = {".tsv": "\t;|,", ".txt": "\t|", ".token": "\t|"}  # the likeliest first
ANY_DELIMITER = ",;|\t"
LOOSE = "\t|"  # between these a quote may belong to the text: `1.jpg#0<tab>"Go" says a sign`
NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|"}
ONE_COLUMN = "\x1f"  # a delimiter that no text has
MIN_SAME = 0.9  # share of rows that must have the most common number of cells
HEADER_WORDS = {
    *TEXT_NAMES, "id", "image", "image_id", "image_name", "img", "img_id", "file", "filename",
    "file_name", "label", "title", "comment_number", "url", "name", "split", "category",
}  # fmt: skip
MAX_HEADER = 40  # characters of a cell in a header
SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.I)  # Excel's first line, which names the delimiter
BETWEEN = {"\t": re.compile("\t"), "|": re.compile(r"(?<! )\|")}  # "Title | Site" is prose
DECIMAL = re.compile(r"(?<=\d),(?=\d)")


class Layout(NamedTuple):
    """How to read the rows of a table.

    Attributes:
        delimiter: between cells.
        has_quotes: whether quotes group what is in a cell.
        skips_space: whether spaces after a delimiter do not count, as in `1, "A dog."`.
        header: the first row, if it names the columns; else empty.
        width: the number of columns.
        columns: the places of captions, groups and labels.

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
        header = (
            "with a header" if self.header else "without a header, so its first row is data"
        )
        return f"{kind} {header}; {columns}"


def find_layout(
    sample: Sequence[str], extension: str, options: ReadOptions, name: str
) -> Layout:
    r"""The layout of a table whose first lines are `sample`.

    Raises:
        BadInput: the layout is not clear, or a column that the options name is missing.

    Example:
        >>> find_layout(["id|text\n", "1|A dog runs.\n"], ".csv", ReadOptions(), "a.csv").header
        ('id', 'text')
    """
    separator = SEPARATOR.fullmatch(sample[0]) if len(sample) > 1 else None
    sample = sample[1:] if separator else sample
    delimiter = (
        _named(options.delimiter)
        or (separator and separator[1])
        or header_delimiter(sample, options)
        or _find_delimiter(sample, extension, name)
    )
    has_quotes = delimiter not in LOOSE or are_quotes_paired(sample, delimiter)
    skips_space = delimiter in ",;" and f'{delimiter} "' in sample[0]
    rows = _rows(sample, delimiter, has_quotes, skips_space)
    width = Counter(map(len, rows)).most_common(1)[0][0]
    if len(rows[0]) != width and _are_names(rows[0]) and _are_short(rows[0]):
        width = len(rows[0])
    body = [row for row in rows[1:] if len(row) == width]
    first = [cell.strip() for cell in rows[0]]
    has_header = len(first) == width and _has_header(first, body, options)
    if not has_header:
        body = [row for row in rows if len(row) == width]
    if not body:
        raise BadInput(f"{name} {_no_rows(rows, width, has_header, delimiter)}")
    keys: Sequence[Any] = first if has_header else range(width)
    chosen = choose_columns(keys, body, options, name, has_names=has_header)
    if has_header:
        text, group, label = (None if key is None else first.index(key) for key in chosen[:3])
        chosen = Columns(text, group, label, chosen.is_image)
    header = tuple(first) if has_header else ()
    return Layout(delimiter, has_quotes, skips_space, header, width, chosen)


def _no_rows(
    rows: Sequence[Sequence[str]], width: int, has_header: bool, delimiter: str
) -> str:
    """Why no row of a table has as many cells as there are columns, and what to do."""
    if not has_header:
        return "has rows of different lengths; name what separates its columns with --delimiter"
    if len(rows) == 1:
        return "has no row below its header; give a file with captions"
    [(cells, _)] = Counter(map(len, rows[1:])).most_common(1)
    return (
        f"has {width} columns in its header, but {cells} cells in its rows; put cells that hold"
        f" {delimiter!r} in quotes, name each column in the header, or name what separates them"
        " with --delimiter"
    )


def settled(layout: Layout, sample: Sequence[str], lines: Iterable[str]) -> Layout:
    """The layout in the light of all lines, where a sample leaves open what quotes are."""
    if layout.delimiter not in LOOSE or not layout.has_quotes or must_be_quotes(sample):
        return layout
    paired = are_quotes_paired(lines, layout.delimiter, is_whole=True)
    return layout._replace(has_quotes=paired)


def is_table(sample: Sequence[str], options: ReadOptions) -> bool:
    r"""Whether lines of a file named as text are a table after all.

    They are if each has as many tabs or bars, or if the first is a header: such as
    "image,caption", or with a column that the options name.

    Example:
        >>> is_table(["image,caption\n", "1.jpg,A dog.\n"], ReadOptions())
        True
        >>> is_table(["A dog, a cat.\n"], ReadOptions())
        False
    """
    if options.delimiter is not None or header_delimiter(sample, options):
        return True
    return any(_is_regular(sample, delimiter) for delimiter in LOOSE)


def _is_regular(sample: Sequence[str], delimiter: str) -> bool:
    """Whether lines have the same number of delimiters, at least one."""
    counts = Counter(len(BETWEEN[delimiter].findall(line.strip("\n"))) for line in sample)
    [(most, count)] = counts.most_common(1)
    return most > 0 and len(sample) > 1 and count >= MIN_SAME * len(sample)


def header_delimiter(sample: Sequence[str], options: ReadOptions) -> str:
    """The delimiter of a first line with known or requested names; empty if it has none."""
    asked = _asked(options)
    for delimiter in ANY_DELIMITER:
        cells = [cell.strip().lower().strip('"') for cell in sample[0].split(delimiter)]
        if len(cells) > 1 and set(cells) <= HEADER_WORDS and set(cells) & set(TEXT_NAMES):
            return delimiter
        if len(cells) > 1 and asked & set(cells):
            return delimiter
    return ""


def _asked(options: ReadOptions) -> set[str]:
    """The names of columns that the user gives."""
    asked = (options.column, options.group_column, options.label_column)
    return {each.strip().lower() for each in asked if each and not each.isdecimal()}


def _named(delimiter: str | None) -> str | None:
    if delimiter is None:
        return None
    found = NAMED.get(delimiter.lower(), delimiter)
    if len(found) != 1 or found in '\r\n"':
        raise BadInput(f"--delimiter must be one character, or tab, got {delimiter!r}")
    return found


def _find_delimiter(sample: Sequence[str], extension: str, name: str) -> str:
    order = DELIMITERS.get(extension, ANY_DELIMITER)
    shares = {}
    for place, delimiter in enumerate(order):
        has_quotes = delimiter not in LOOSE or are_quotes_paired(sample, delimiter)
        rows = _rows(sample, delimiter, has_quotes)
        width, count = Counter(map(len, rows)).most_common(1)[0]
        # Within quotes a comma separates nothing, as in a list of captions.
        followed = sum(cell.startswith(" ") for row in rows for cell in row[1:])
        is_prose = delimiter != "|" and 2 * followed > sum(map(len, rows)) - len(rows)
        is_decimal = delimiter == "," and all(
            len(DECIMAL.findall(line)) == line.count(",") for line in sample
        )
        if width > 1 and count >= MIN_SAME * len(rows):
            shares[delimiter] = (not is_prose and not is_decimal, count / len(rows), -place)
    if shares:
        best = max(shares, key=lambda each: shares[each])
        if shares[best][0] or len(sample) >= 10:
            return best
    if not any(delimiter in sample[0] for delimiter in order):
        return ONE_COLUMN
    raise BadInput(
        f"{name} has rows of different lengths, whatever separates its columns; name the"
        " separator with --delimiter, or call the file .txt if each line is a caption"
    )


def _rows(
    sample: Sequence[str], delimiter: str, has_quotes: bool, skips_space: bool = False
) -> list[list[str]]:
    try:
        options = csv_options(delimiter, has_quotes, skips_space, strict=False)
        return [row for row in csv.reader(sample, **options) if row] or [[]]
    except csv.Error:  # a cell too long to be one
        return [line.split(delimiter) for line in sample]


def _has_header(
    first: Sequence[str], body: Sequence[Sequence[str]], options: ReadOptions
) -> bool:
    lowered = [cell.lower() for cell in first]
    if _asked(options) & set(lowered):
        return True
    if not _are_names(first):
        return False
    is_short = _are_short(first)
    if is_short and set(lowered) & HEADER_WORDS:
        return True
    for place, cell in enumerate(first):
        below = [row[place] for row in body]
        kind = kind_of(below)
        # "other" are dates with a time, above which the name may be a whole question.
        if kind in ("number", "image", "other") and cell and kind_of([cell]) != kind:
            return True
        if is_short and kind == "text" and len(body) > 1 and _is_name(cell, below):
            return True
    return False


def _are_names(row: Sequence[str]) -> bool:
    """Whether cells may be names of columns: all different, none empty within the row."""
    cells = [cell.strip() for cell in row]
    while len(cells) > 1 and not cells[-1]:  # of rows that end in a delimiter
        cells.pop()
    return (
        len(set(cells)) == len(cells)
        and all(cells[1:])
        and not any(kind_of([cell]) in ("number", "image") for cell in cells if cell)
    )


def _are_short(row: Sequence[str]) -> bool:
    return all(len(cell.strip()) <= MAX_HEADER for cell in row)


def _is_name(cell: str, below: Sequence[str]) -> bool:
    """Whether a cell is a word or two above cells of sentences."""
    typical = sorted(len(each) for each in below)[len(below) // 2]
    return len(cell.split()) == 1 and cell[-1] not in ".!?。！？" and 3 * len(cell) < typical
