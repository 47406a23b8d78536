"""Detecting the kind of a captions file by name and content, and choosing its reader.

To add a format, write a module with a `read` function in this package and call it here.
"""

import json
import logging
import re
from collections.abc import Callable

from textvae.data.readers import delimiters, json_files, parquet, records, tables, text_lines
from textvae.data.readers.document import Document
from textvae.data.readers.reader import CaptionFile, ReadOptions
from textvae.data.readers.sources import (
    EXTENSIONS,
    JSON_LINES_EXTENSIONS,
    TABLE_EXTENSIONS,
    TEXT_EXTENSIONS,
    Source,
)
from textvae.errors import BadInput

UNNAMED = ""  # standard input and pipes have no extension
# A list of lists or objects, not a line of text that begins with a [[link]] or a [{note}].
NESTED = re.compile(r"""\[\s*(?:\{\s*["}]|\[[\s[]*["{\d\]-])""")
# A list of strings, not a line of text such as ["Hello," she said].
STRINGS = re.compile(r"""\[\s*"[^"\\]*(?:\\.[^"\\]*)*"\s*[,\]]""", re.S)
MARKUP = re.compile(r"\s*(?:<\?xml|<!doctype|<html|%PDF-|\{\\rtf)", re.I)

# Options that a reader has no use for.
UNUSED: dict[Callable[[Document], CaptionFile], tuple[str, ...]] = {
    json_files.read: ("delimiter",),
    records.read_json_lines: ("delimiter",),
    parquet.read: ("delimiter", "encoding"),
}

log = logging.getLogger(__name__)


def open_captions(source: Source, options: ReadOptions) -> CaptionFile:
    r"""The detected kind of the file, and its captions.

    Raises:
        BadInput: the file cannot be read, or is of unknown kind.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("pets.tsv").write_text("id\tcaption\n1\tA dog.\n")
        >>> found = open_captions(Source("pets.tsv", Path("pets.tsv")), ReadOptions())
        >>> found.description
        "a table separated by tabs with a header; captions in 'caption'"
    """
    document = Document(source, options)
    read = parquet.read if _is_parquet(document) else _reader(document)
    found = read(document)
    for option in UNUSED.get(read, ()):  # which other files of the command may need
        if getattr(options, option) is not None:
            log.warning("%s is of a kind that is read without --%s", document.name, option)
    note = "" if read is parquet.read else document.encoding_note
    return found._replace(description=found.description + note)


def _is_parquet(document: Document) -> bool:
    with document.open_bytes() as file:
        return file.read(len(parquet.MARK)) == parquet.MARK


def _reader(document: Document) -> Callable[[Document], CaptionFile]:
    extension = document.source.extension
    if extension == ".parquet":
        raise BadInput(
            f"{document.name} is named like a Parquet file, but is not one; download it again"
        )
    if MARKUP.match(document.sample[0]):
        raise BadInput(
            f"{document.name} holds markup, not captions; save it as text, one caption per line"
        )
    if extension in JSON_LINES_EXTENSIONS:
        return records.read_json_lines
    if extension == ".json":
        return json_files.read
    if extension in TABLE_EXTENSIONS:
        return tables.read
    is_plain = extension in TEXT_EXTENSIONS or extension == UNNAMED
    # A text file may have another format than its name indicates.
    if _is_json(document.sample) and (is_plain or json_files.is_json_lines(document.sample)):
        return json_files.read
    if delimiters.is_table(document.sample, document.options):
        return tables.read
    if is_plain or document.source.name == "standard input":
        return text_lines.read
    raise BadInput(
        f"{document.name}: cannot read captions from a file of this kind; give one of"
        f" {', '.join(EXTENSIONS)}, each also as .gz, .bz2, .xz or .zip; if it has one caption"
        " per line, call it .txt"
    )


def _is_json(sample: list[str]) -> bool:
    """Whether text begins like a list or an object in JSON."""
    if json_files.is_json_lines(sample):
        return True
    begin = "".join(sample[:50]).lstrip()
    if begin[:1] not in ("[", "{"):
        return False
    following = begin[1:].lstrip()[:1]
    if begin[0] == "{":
        return following == '"'
    if STRINGS.match(begin):
        return True
    try:
        whole = json.loads(sample[0].strip().rstrip(","))
    except (ValueError, RecursionError):
        return bool(NESTED.match(begin))
    # As `json.dump` writes it; several lines with a list each are a text.
    is_list = len(sample) == 1 and isinstance(whole, list) and bool(whole)
    return is_list and all(isinstance(each, dict) for each in whole)
