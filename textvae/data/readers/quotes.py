"""Deciding whether quotes in a table enclose cells or belong to the text."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any

from textvae.data.text_files import MAX_LINE

QUOTED = re.compile(r'(?:^|[\t|])"')  # a cell between tabs or bars that begins with a quote


def csv_options(
    delimiter: str, has_quotes: bool, skips_space: bool = False, *, strict: bool = True
) -> dict[str, Any]:
    """Arguments of `csv.reader`.

    Example:
        >>> list(csv.reader(["1|A dog."], **csv_options("|", has_quotes=False)))
        [['1', 'A dog.']]
    """
    # For the process; by default a long article is rejected.
    csv.field_size_limit(max(MAX_LINE, csv.field_size_limit()))
    quoting = csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE
    return {
        "delimiter": delimiter,
        "quoting": quoting,
        "skipinitialspace": skips_space,
        "strict": strict,
    }


def are_quotes_paired(lines: Iterable[str], delimiter: str, *, is_whole: bool = False) -> bool:
    """Whether quotes may enclose cells; otherwise they belong to the text.

    Args:
        lines: of the table.
        delimiter: between its cells.
        is_whole: whether these are all its lines; a sample may end inside a cell.

    Example:
        >>> are_quotes_paired(['1|"A dog."'], "|"), are_quotes_paired(['1|"Go" it says'], "|")
        (True, False)
    """
    try:
        for _ in csv.reader(lines, **csv_options(delimiter, has_quotes=True)):
            pass
    except csv.Error as error:
        return not is_whole and "unexpected end" in str(error)
    return True


def must_be_quotes(sample: Sequence[str]) -> bool:
    """Whether quotes between tabs or bars surely enclose cells.

    They do if they occur in all rows, span a line end, or are doubled inside.

    Example:
        >>> must_be_quotes(['1|"A dog."', '2|"A cat."']), must_be_quotes(['1|"Stop!"', "2|Go"])
        (True, False)
    """
    quoted = [line for line in sample if QUOTED.search(line)]
    return len(quoted) == len(sample) or any(
        '""' in line or line.count('"') % 2 for line in quoted
    )
