"""Finding the columns of a table, or keys of objects, with captions, groups and labels."""

import re
import statistics
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from textvae.checks import listed
from textvae.data.readers.reader import ReadOptions
from textvae.errors import BadInput
from textvae.words import HAS_SPACELESS

# Names of caption columns, the most likely first.
TEXT_NAMES = ("caption", "captions", "text", "sentence", "sentences", "comment", "line")
IMAGE_FILE = re.compile(r"[^\t]{1,500}\.(?:jpe?g|png|gif|webp|bmp)(?:#\d{1,6})?", re.I)
# Names of columns that identify the image of a caption, in lower case and letters only.
IMAGE_NAME = re.compile(
    r"(?:image|img)(?:id|key|name|file|filename|path|url)?|(?:photo|picture)id"
)
FLAGS = {"0", "1", "false", "true", "no", "yes"}  # whether there is an image, not which one
NUMBER = re.compile(r"[-+]?\d[\d.,:/eE+-]*%?")
NUMBERED = re.compile(r"(\.\w{1,5})#\d{1,6}$")
ADDRESS = re.compile(r"://|@|[/\\]")  # in a cell without white space
LONGER = 3  # a column of text is chosen if it is this many times as long as any other


class Columns(NamedTuple):
    """The columns by index, or by key in objects; None for missing ones.

    Example:
        >>> Columns("caption", group="image_id", is_image=True)
        Columns(text='caption', group='image_id', label=None, is_image=True)
    """

    text: Any
    group: Any = None
    label: Any = None
    is_image: bool = False


def choose_columns(
    keys: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    options: ReadOptions,
    name: str,
    *,
    has_names: bool = True,
) -> Columns:
    """The columns of text, group and label: those named by the user, else the most likely.

    Args:
        keys: the names or indices of the columns, in order.
        rows: some rows, each with a cell for each key.
        options: from the user, who may name columns.
        name: of the file, for messages.
        has_names: whether the keys are names rather than numbers.

    Raises:
        BadInput: there is no such column, or no column or several might be the captions.

    Example:
        >>> rows = [["1.jpg", "A dog runs."], ["2.jpg", "A cat sleeps."]]
        >>> choose_columns([0, 1], rows, ReadOptions(), "pets.csv", has_names=False)
        Columns(text=1, group=0, label=None, is_image=True)
    """

    def find(wanted: str | None, option: str) -> Any:
        return None if wanted is None else find_column(wanted, keys, option, name, has_names)

    cells = {key: [row[place] for row in rows] for place, key in enumerate(keys)}
    text = find(options.column, "--column")
    group = find(options.group_column, "--group-column")
    label = find(options.label_column, "--label-column")
    if text is None:
        free = [key for key in keys if key not in (group, label)]
        text = _text_column(free, cells, name, has_names)
    if group is None:
        group = _image_column(keys, cells, (text, label), has_names)
        return Columns(text, group, label, group is not None)
    return Columns(text, group, label, kind_of(cells[group]) == "image")


def find_column(
    wanted: str, keys: Sequence[Any], option: str, name: str, has_names: bool
) -> Any:
    """The key that the user specifies, by its name or its number, from 1.

    Raises:
        BadInput: there is no such column.

    Example:
        >>> find_column("Title", ["id", "title"], "--column", "a.csv", has_names=True)
        'title'
    """
    if has_names:
        for key in keys:
            if key == wanted:
                return key
        for key in keys:
            if comparable(key) == comparable(wanted):
                return key
    if wanted.isdecimal() and 1 <= int(wanted) <= len(keys):
        return keys[int(wanted) - 1]
    if has_names:
        shown = ", ".join(map(str, keys[:20]))
        raise BadInput(f"{name} has no column {wanted!r}; it has {shown}; correct {option}")
    raise BadInput(
        f"{name} has no column {wanted!r}: it has no header, and its columns are numbered 1 to"
        f" {len(keys)}; give {option} a number"
    )


def comparable(name: object) -> str:
    r"""The name of a column as names are compared: composed, in lower case, without space.

    Example:
        >>> comparable(" E\u0301tat") == comparable("\u00e9tat")
        True
    """
    return unicodedata.normalize("NFC", str(name)).strip().lower()


def _image_column(
    keys: Sequence[Any], cells: dict[Any, list[Any]], taken: tuple[Any, Any], has_names: bool
) -> Any:
    """The column that identifies a caption's image: by its values, else by its name."""
    text, _ = taken
    for key in keys:
        if key != text and kind_of(cells[key]) == "image":
            return key
    for key in keys:
        if has_names and key not in taken and _tells_images(key, cells[key]):
            return key
    return None


def _tells_images(key: Any, cells: Sequence[Any]) -> bool:
    """Whether a column is named like one of images, and its values distinguish images."""
    values = {str(cell).strip().lower() for cell in cells if cell is not None} - {""}
    is_flag = len(cells) >= 10 and (len(values) < 2 or values <= FLAGS)
    is_named = IMAGE_NAME.fullmatch(re.sub(r"[\W_]", "", str(key).lower()))
    return bool(is_named and values) and not is_flag


def _text_column(
    keys: Sequence[Any], cells: dict[Any, list[Any]], name: str, has_names: bool
) -> Any:
    kinds = {key: kind_of(cells[key]) for key in keys}
    # Of two columns, the one with text is meant, regardless of the empty one's name.
    unfit = {"number", "image"} | ({"empty"} if "text" in kinds.values() else set())
    if has_names:
        for wanted in TEXT_NAMES:
            for key in keys:
                if str(key).strip().lower() == wanted and kinds[key] not in unfit:
                    return key
    found = [key for key in keys if kinds[key] == "text"]
    lengths = {key: statistics.fmean(map(len, _strings(cells[key]))) for key in found}
    found.sort(key=lambda key: -lengths[key])
    if len(found) == 1 or (found and lengths[found[0]] >= LONGER * lengths[found[1]]):
        return found[0]
    if len(keys) == 1 and kinds[keys[0]] == "short":
        return keys[0]
    if not has_names:
        found = [int(key) + 1 for key in found]
        keys = [int(key) + 1 for key in keys]
    if found:
        columns = listed(found, 10)
        raise BadInput(f"{name} has several columns of text ({columns}); choose with --column")
    columns = listed(keys, 10)
    raise BadInput(
        f"{name} has no column that looks like captions; it has the columns {columns}; choose"
        " one with --column"
    )


def kind_of(cells: Sequence[Any]) -> str:
    """The kind of the cells of a column: text, short, number, image, empty or other.

    "short" are labels and names, which may be captions but rarely are.

    Example:
        >>> kind_of(["A dog.", "Two cats sleep."]), kind_of(["1", "2"]), kind_of(["a.jpg"])
        ('text', 'number', 'image')
    """
    if not any(isinstance(cell, str | list) for cell in cells):
        is_empty = all(cell is None for cell in cells)
        return "empty" if is_empty else "number"
    strings = [text for each in _strings(cells) if (text := each.strip())]
    if not strings:
        return "empty"
    most = 0.8 * len(strings)
    if sum(IMAGE_FILE.fullmatch(each) is not None for each in strings) > most:
        return "image"
    if sum(NUMBER.fullmatch(each) is not None for each in strings) > most:
        return "number"
    if sum(map(_is_address, strings)) > most:
        return "short"
    sample = "".join(strings)
    # In many scripts, such as that of Burmese, most characters are signs on the letters.
    letters = sum(each.isalpha() or unicodedata.category(each)[0] == "M" for each in sample)
    if letters < 0.4 * sum(not character.isspace() for character in sample):
        return "other"
    if len(strings) >= 10 and len(set(strings)) < 0.1 * len(strings):
        return "short"
    words = statistics.fmean(len(each.split()) for each in strings)
    # Chinese, Japanese and Thai have no spaces between words; one foreign sign is no evidence.
    is_spaced = 2 * len(HAS_SPACELESS.findall(sample)) < letters
    return (
        "text" if words >= 2 or (not is_spaced and len(sample) >= 4 * len(strings)) else "short"
    )


def image_name(value: str) -> str:
    """The image that a value refers to: 1000.jpg#0 is the first caption of 1000.jpg.

    Example:
        >>> image_name("1000.jpg#0"), image_name("Photo #1")
        ('1000.jpg', 'Photo #1')
    """
    return NUMBERED.sub(r"\1", value)


def _is_address(cell: str) -> bool:
    return len(cell.split(maxsplit=1)) == 1 and ADDRESS.search(cell) is not None


def _strings(cells: Sequence[Any]) -> list[str]:
    """The strings in a column; a cell may hold a list of them."""
    found = [each for cell in cells for each in (cell if isinstance(cell, list) else [cell])]
    return [each for each in found if isinstance(each, str)] or [""]
