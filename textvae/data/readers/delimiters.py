"""What separates the columns of a table, and whether a file of text is a table."""

import csv
import re
from collections import Counter
from collections.abc import Sequence

from textvae.data.readers.columns import TEXT_NAMES, comparable, kind_of
from textvae.data.readers.quotes import are_quotes_paired, csv_options
from textvae.data.readers.reader import ReadOptions
from textvae.data.readers.table_header import HEADER_WORDS, asked_names, has_header
from textvae.errors import BadInput
from textvae.words import HAS_SPACELESS

DELIMITERS = {".tsv": "\t;|,", ".txt": "\t|", ".token": "\t|"}  # most likely first
ANY_DELIMITER = ",;|\t"
LOOSE = "\t|"  # between these a quote may belong to the text: `1.jpg#0<tab>"Go" says a sign`
ONE_COLUMN = "\x1f"  # a delimiter that never occurs in text
NAMED = {
    "tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|",
    "none": ONE_COLUMN,
}  # fmt: skip
MIN_SAME = 0.9  # share of rows that must have the most common number of cells
MIN_ROWS = 10  # below a first line of single words, for these to name columns
BETWEEN = {"\t": re.compile("\t"), "|": re.compile(r"(?<! )\|")}  # "Title | Site" is prose
DECIMAL = re.compile(r"(?<=\d),(?=\d)")


def named_delimiter(options: ReadOptions) -> str:
    r"""The delimiter that the user names; empty if none is named.

    Raises:
        BadInput: it is more than one character.

    Example:
        >>> named_delimiter(ReadOptions(delimiter="tab")), named_delimiter(ReadOptions())
        ('\t', '')
    """
    if options.delimiter is None:
        return ""
    found = NAMED.get(options.delimiter.lower(), options.delimiter)
    if len(found) != 1 or found in '\r\n"':
        raise BadInput(
            f"--delimiter must be one character, tab or none, got {options.delimiter!r}"
        )
    return found


def find_delimiter(
    sample: Sequence[str], extension: str, options: ReadOptions, name: str
) -> str:
    r"""What separates the columns of a table whose first lines are `sample`.

    Raises:
        BadInput: nothing separates them in the same way in most rows.

    Example:
        >>> find_delimiter(["1;A dog, red\n", "2;A cat\n"], ".csv", ReadOptions(), "a.csv")
        ';'
    """
    return (
        _header_delimiter(sample, options)
        or _delimiter_of_names(sample, options)
        or _most_regular(sample, extension, name)
    )


def is_table(sample: Sequence[str], options: ReadOptions) -> bool:
    r"""Whether lines of a file named as text are a table after all.

    They are if each has as many tabs or bars, or if the first is a header: such as
    "image,caption", with a column that the options name, or of single words above as many
    cells in each line. They are not if the options say that nothing separates columns.

    Example:
        >>> is_table(["image,caption\n", "1.jpg,A dog.\n"], ReadOptions())
        True
        >>> is_table(["A dog, a cat.\n"], ReadOptions())
        False
    """
    if named := named_delimiter(options):
        return named != ONE_COLUMN
    if _header_delimiter(sample, options) or _delimiter_of_names(sample, options):
        return True
    return any(_is_regular(sample, delimiter) for delimiter in LOOSE)


def split_rows(
    sample: Sequence[str], delimiter: str, has_quotes: bool, skips_space: bool = False
) -> list[list[str]]:
    r"""The rows of a table, at least one, though it may have errors.

    Example:
        >>> split_rows(['1,"A dog, red"\n', "2,A cat\n"], ",", has_quotes=True)
        [['1', 'A dog, red'], ['2', 'A cat']]
    """
    try:
        options = csv_options(delimiter, has_quotes, skips_space, strict=False)
        return [row for row in csv.reader(sample, **options) if row] or [[]]
    except csv.Error:  # an overlong cell
        return [line.split(delimiter) for line in sample]


def _is_regular(sample: Sequence[str], delimiter: str) -> bool:
    """Whether lines have the same number of delimiters, most of them not only at their ends.

    A bar that ends a line closes a sentence: Hindi is often typed so.
    """
    between = BETWEEN[delimiter]
    [(most, count)] = Counter(len(between.findall(line)) for line in sample).most_common(1)
    within = sum(between.search(line.rstrip("\n|")) is not None for line in sample)
    is_same = most > 0 and count >= MIN_SAME * len(sample)
    return is_same and len(sample) > 1 and 2 * within > len(sample)


def _header_delimiter(sample: Sequence[str], options: ReadOptions) -> str:
    """The delimiter of a first line with known or requested names; empty without these."""
    asked = asked_names(options)
    for delimiter in ANY_DELIMITER:
        cells = [comparable(cell).strip('"') for cell in sample[0].split(delimiter)]
        if len(cells) > 1 and set(cells) <= HEADER_WORDS and set(cells) & set(TEXT_NAMES):
            return delimiter
        if len(cells) > 1 and asked & set(cells):
            return delimiter
    return ""


def _delimiter_of_names(sample: Sequence[str], options: ReadOptions) -> str:
    """The comma or semicolon of a first line of single words that name columns; else empty.

    They do if as many cells are in each row below, some of them text.
    """
    if HAS_SPACELESS.search(sample[0]) or len(sample) <= MIN_ROWS:
        return ""  # without spaces, a sentence looks like a word
    for delimiter in ",;":
        if delimiter not in sample[0]:
            continue
        [names, *body] = split_rows(sample, delimiter, has_quotes=True)
        first = [cell.strip() for cell in names]
        same = [row for row in body if len(row) == len(first)]
        is_regular = len(same) >= max(MIN_SAME * len(body), MIN_ROWS)
        is_named = len(first) > 1 and all(len(cell.split()) == 1 for cell in first)
        if not is_regular or not is_named or _is_prose(same):
            continue
        kinds = map(kind_of, zip(*same, strict=True))
        if has_header(first, same, options) and "text" in kinds:
            return delimiter
    return ""


def _is_prose(rows: Sequence[Sequence[str]]) -> bool:
    """Whether what seems to separate cells is a mark of the text, with a space after it."""
    followed = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    return 2 * followed > sum(map(len, rows)) - len(rows)


def _most_regular(sample: Sequence[str], extension: str, name: str) -> str:
    order = DELIMITERS.get(extension, ANY_DELIMITER)
    shares = {}
    for place, delimiter in enumerate(order):
        has_quotes = delimiter not in LOOSE or are_quotes_paired(sample, delimiter)
        rows = split_rows(sample, delimiter, has_quotes)
        width, count = Counter(map(len, rows)).most_common(1)[0]
        # A comma in quotes does not separate, as in a list of captions.
        is_prose = delimiter != "|" and _is_prose(rows)
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
        f"{name} has rows of different lengths for every delimiter; name the"
        " separator with --delimiter, or call the file .txt if each line is a caption"
    )
