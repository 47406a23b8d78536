"""The first row of a table: whether it names the columns."""

from collections.abc import Sequence
from itertools import takewhile

from textvae.data.readers.columns import TEXT_NAMES, comparable, kind_of
from textvae.data.readers.reader import ReadOptions

HEADER_WORDS = {
    *TEXT_NAMES, "id", "image", "image_id", "image_name", "img", "img_id", "file", "filename",
    "file_name", "label", "title", "comment_number", "url", "name", "split", "category",
}  # fmt: skip
MAX_HEADER = 40  # characters of a cell in a header


def has_header(
    first: Sequence[str], body: Sequence[Sequence[str]], options: ReadOptions
) -> bool:
    """Whether the first row of a table names its columns.

    Args:
        first: the row, without space around its cells.
        body: rows below it of the same length.
        options: of the user, who may name columns.

    Example:
        >>> body = [["1", "A dog runs."], ["2", "A cat sleeps."]]
        >>> has_header(["no", "what"], body, ReadOptions())
        True
        >>> has_header(["0", "A bird sings."], body, ReadOptions())
        False
    """
    lowered = list(map(comparable, first))
    if asked_names(options) & set(lowered):
        return True
    if not _are_names(first):
        return False
    is_short = _are_short(first)
    if is_short and set(lowered) & HEADER_WORDS:
        return True
    for place, cell in enumerate(first):
        below = [row[place] for row in body]
        kind = kind_of(below)
        # "other" are dates with a time, whose column name may be a whole question.
        if kind in ("number", "image", "other") and cell and kind_of([cell]) != kind:
            return True
        if is_short and kind == "text" and len(body) > 1 and _is_name(cell, below):
            return True
    return False


def may_be_header(row: Sequence[str]) -> bool:
    """Whether a row alone looks like one that names columns.

    Example:
        >>> may_be_header(["id", "title"]), may_be_header(["7", "A dog runs."])
        (True, False)
    """
    return _are_names(row) and _are_short(row)


def count_titles(rows: Sequence[Sequence[str]], width: int, options: ReadOptions) -> int:
    """The number of rows above a header that are titles, as surveys write them.

    A title is a single cell. The name of a column of text is none: below it, whatever seems to
    separate cells belongs to the text.

    Args:
        rows: the first rows of a table.
        width: the number of its columns.
        options: of the user, who may name columns.

    Example:
        >>> rows = [["Our survey"], ["id", "text"], ["1", "A dog runs."]]
        >>> count_titles(rows, 2, ReadOptions()), count_titles(rows[1:], 2, ReadOptions())
        (1, 0)
    """
    alone = takewhile(lambda row: len(row) == 1, rows)
    titles = takewhile(lambda row: comparable(row[0]) not in HEADER_WORDS, alone)
    number = sum(1 for _ in titles)
    if not 0 < number < len(rows) or width < 2:
        return 0
    first = [cell.strip() for cell in rows[number]]
    body = [row for row in rows[number + 1 :] if len(row) == width]
    # Prose with a comma, below the name of its column, has no cells of single words throughout.
    are_names = len(first) == width and (number > 1 or all(len(x.split()) == 1 for x in first))
    return number if are_names and has_header(first, body, options) else 0


def asked_names(options: ReadOptions) -> set[str]:
    """The names of columns given by the user.

    Example:
        >>> asked_names(ReadOptions(column=" Title", group_column="2"))
        {'title'}
    """
    asked = (options.column, options.group_column, options.label_column)
    return {comparable(each) for each in asked if each and not each.isdecimal()}


def _are_names(row: Sequence[str]) -> bool:
    """Whether cells may be names of columns: all distinct, and none empty except at the end."""
    cells = [cell.strip() for cell in row]
    while len(cells) > 1 and not cells[-1]:  # the row ends in a delimiter
        cells.pop()
    return (
        len(set(cells)) == len(cells)
        and all(cells[1:])
        and not any(kind_of([cell]) in ("number", "image") for cell in cells if cell)
    )


def _are_short(row: Sequence[str]) -> bool:
    return all(len(cell.strip()) <= MAX_HEADER for cell in row)


def _is_name(cell: str, below: Sequence[str]) -> bool:
    """Whether a cell has a word or two above cells of sentences."""
    typical = sorted(len(each) for each in below)[len(below) // 2]
    return len(cell.split()) == 1 and cell[-1] not in ".!?。！？" and 3 * len(cell) < typical
