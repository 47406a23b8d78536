"""Strings or objects, as in JSON and Parquet files, with one or several captions each."""

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from textvae.data.readers.columns import Columns, choose_columns, image_name
from textvae.data.readers.document import Document
from textvae.data.readers.reader import CaptionFile, RawCaption, entry_groups
from textvae.errors import BadInput

NUM_SAMPLE = 200  # records
MAX_VALUES = 2**20  # in these, including those inside lists and objects
MAX_KEYS = 4096  # distinct, in these; each becomes a possible column of captions


def read_json_lines(document: Document) -> CaptionFile:
    r"""One JSON value per line: strings, or objects with captions.

    Raises:
        BadInput: a line is not valid JSON, or it is not clear where the captions are.

    Example:
        >>> from pathlib import Path
        >>> from textvae.data.readers.reader import ReadOptions
        >>> from textvae.data.readers.sources import Source
        >>> _ = Path("a.jsonl").write_text('{"id": 1, "text": "A dog."}\n')
        >>> found = read_json_lines(Document(Source("a", Path("a.jsonl")), ReadOptions()))
        >>> found.description, next(found.captions).text
        ("JSON lines of objects; captions in 'text'", 'A dog.')
    """
    return of_records(_line_items(document), document, "JSON lines")


def of_records(records: Iterable[Any], document: Document, kind: str) -> CaptionFile:
    """The captions of strings, or of objects, the first of which show where captions are.

    Raises:
        BadInput: there are no records, they are neither strings nor objects, or there is no
            column of captions.

    Example:
        >>> from pathlib import Path
        >>> from textvae.data.readers.reader import ReadOptions
        >>> from textvae.data.readers.sources import Source
        >>> document = Document(Source("a.json", Path("a.json")), ReadOptions())
        >>> next(of_records([{"image_id": 7, "text": "A dog."}], document, "a list").captions)
        RawCaption(group='image:7', text='A dog.', label='', split='', fault='')
    """
    records = iter(records)
    sample, keys = _sample(records, document.name)
    if not sample:
        raise BadInput(f"{document.name} is empty; give a file with captions")
    whole = itertools.chain(sample, records)
    if all(isinstance(each, str) for each in sample):
        document.options.refuse_columns(f"{document.name} has only strings")
        return CaptionFile(f"{kind} of strings", _of_strings(whole, document.name))
    rows = [each for each in sample if isinstance(each, Mapping)]
    if len(rows) < len(sample):
        raise BadInput(
            f"{document.name}: its entries must be strings or objects with a caption, got"
            f" {type(next(each for each in sample if each not in rows)).__name__}"
        )
    cells = [[_simple(row.get(key)) for key in keys] for row in rows]
    columns = choose_columns(keys, cells, document.options, document.name)
    places = [
        ("captions", columns.text),
        ("images" if columns.is_image else "groups", columns.group),
        ("labels", columns.label),
    ]
    shown = ", ".join(f"{what} in {key!r}" for what, key in places if key is not None)
    captions = _of_objects(whole, columns, document.name)
    return CaptionFile(f"{kind} of objects; {shown}", captions)


def _sample(records: Iterator[Any], name: str) -> tuple[list[Any], list[str]]:
    """The first records, and the keys of those that are objects."""
    sample: list[Any] = []
    keys: dict[str, None] = {}
    num_values = 0
    for record in itertools.islice(records, NUM_SAMPLE):
        sample.append(record)
        keys.update(dict.fromkeys(record if isinstance(record, Mapping) else ()))
        if len(keys) > MAX_KEYS:
            raise BadInput(
                f"{name}: its first entries have more than {MAX_KEYS:,} different keys; give"
                " objects with the same keys"
            )
        num_values += _num_values(record)
        if num_values > MAX_VALUES:
            break
    return sample, list(keys)


def _num_values(record: Any) -> int:
    found, rest = 0, [record]
    while rest:
        value = rest.pop()
        found += 1
        if isinstance(value, Mapping):
            rest += value.values()
        elif isinstance(value, list):
            rest += value
    return found


def _line_items(document: Document) -> Iterator[Any]:
    for number, line in enumerate(document.lines(), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BadInput(
                    f"{document.name}, line {number} is not valid JSON: {error}; correct it"
                    " there"
                ) from error


def _simple(cell: Any) -> Any:
    """A cell as `choose_columns` judges it: a string, a list of strings, a number or None."""
    if isinstance(cell, list):
        return cell if cell and all(isinstance(each, str) for each in cell) else 0
    return cell if isinstance(cell, str | int | float) or cell is None else 0


def _of_strings(items: Iterable[Any], name: str) -> Iterator[RawCaption]:
    for number, item in enumerate(items, 1):
        if not isinstance(item, str):
            raise BadInput(f"{name}: entry {number} is not a string like those before it")
        yield RawCaption("", item)


def _of_objects(items: Iterable[Any], columns: Columns, name: str) -> Iterator[RawCaption]:
    kind = "image" if columns.is_image else "group"
    entries = entry_groups(name)
    for number, item in enumerate(items, 1):
        if not isinstance(item, Mapping):
            yield RawCaption("", "", fault="entries that are not objects")
            continue
        text = item.get(columns.text)
        value, label = (_plain(item.get(key)) for key in (columns.group, columns.label))
        value = image_name(value) if columns.is_image else value
        group = f"{kind}:{value}" if value else ""
        if isinstance(text, str):
            yield RawCaption(group, text, label)
        elif isinstance(text, list) and all(isinstance(each, str) for each in text):
            # Several captions of one entry must stay together.
            for each in text:
                yield RawCaption(group or f"{entries}{number}", each, label)
        else:
            yield RawCaption("", "", fault=f"entries without text in {columns.text!r}")


def _plain(value: Any) -> str:
    if isinstance(value, float):  # pandas converts integers if some are missing
        value = None if math.isnan(value) else int(value) if value.is_integer() else value
    if isinstance(value, bool):  # as JSON and tables write it, not as Python does
        value = str(value).lower()
    return "" if value is None else str(value).strip()
