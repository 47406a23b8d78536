"""JSON files: COCO's, Karpathy's, lists of strings or objects, and JSON lines."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from textvae.data.readers import coco, karpathy, records
from textvae.data.readers.document import Document
from textvae.data.readers.json_items import read_items
from textvae.data.readers.reader import CaptionFile
from textvae.errors import BadInput

LISTS = ("data", "captions", "rows", "examples", "texts", "lines", "sentences")  # of records


def read(document: Document) -> CaptionFile:
    """The captions of a JSON file in any of the known forms.

    Raises:
        BadInput: it is not valid JSON, has no captions in a known form, or lacks a column that
            the user names.

    Example:
        >>> from pathlib import Path
        >>> from textvae.data.readers.reader import ReadOptions
        >>> from textvae.data.readers.sources import Source
        >>> _ = Path("a.json").write_text('{"captions": ["A dog.", "A cat."]}')
        >>> read(Document(Source("a.json", Path("a.json")), ReadOptions())).description
        "a JSON list under 'captions' of strings"
    """
    if is_json_lines(document.sample, of_strings=True):
        return records.read_json_lines(document)
    entries = _entries(document)
    for key, item in entries:
        whole = itertools.chain([(key, item)], entries)
        if key == "annotations":
            document.options.refuse_columns(
                f"{document.name} has COCO's captions",
                column=("caption",),
                group_column=("image_id",),
            )
            return coco.read(_of("annotations", whole), document.name)
        if key == "images" and isinstance(item, dict) and "sentences" in item:
            document.options.refuse_columns(
                f"{document.name} has captions in Karpathy's format",
                column=("sentences", "raw"),
                group_column=("cocoid", "filename"),
            )
            return karpathy.read(_of("images", whole), document.name)
        if key == "":
            return records.of_records(_of("", whole), document, "a JSON list")
        if key in LISTS:
            kind = f"a JSON list under {key!r}"
            return records.of_records(_of(key, whole), document, kind)
    raise BadInput(
        f"{document.name} has no captions in a known form: no list of strings or objects, and"
        " no list of 'annotations' as COCO has it; give captions_*.json, or plain text as .txt"
    )


def is_json_lines(sample: list[str], *, of_strings: bool = False) -> bool:
    r"""Whether each of the first lines is a JSON value.

    A line in quotation marks counts only with `of_strings`, since a text may have such lines.

    Example:
        >>> is_json_lines(['{"text": "a"}\n', '{"text": "b"}\n'])
        True
    """
    first = sample[:2]
    if not first[0].lstrip().startswith(("{", '"') if of_strings else "{"):
        return False
    try:
        values = [json.loads(line) for line in first]
    except (ValueError, RecursionError):
        return False
    return len(values) == 2 or (isinstance(values[0], dict) and _is_flat(values[0]))


def _is_flat(record: dict[str, Any]) -> bool:
    return all(not isinstance(value, list | dict) for value in record.values())


def _entries(document: Document) -> Iterator[tuple[str, Any]]:
    with document.open_text() as file:
        yield from read_items(file, document.name)


def _of(wanted: str, entries: Iterator[tuple[str, Any]]) -> Iterator[Any]:
    return (item for key, item in entries if key == wanted)
