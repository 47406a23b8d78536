"""The kind of a captions file, by its name and its content, and the reader for it.

To add a format, write a module with a `read` like those beside this one and call it here.
"""

import json
import re
from collections.abc import Callable

from textvae.data.readers import json_files, parquet, records, table_layout, tables, text_lines
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
# A list of lists or objects, unlike a line of text that begins with a [[link]] or a [{note}].
NESTED = re.compile(r"""\[\s*(?:\{\s*["}]|\[[\s[]*["{\d\]-])""")
MARKUP = re.compile(r"\s*(?:<\?xml|<!doctype|<html|%PDF-|\{\\rtf)", re.I)


def open_captions(source: Source, options: ReadOptions) -> CaptionFile:
    r"""What the file was taken for, and its captions.

    Raises:
        BadInput: the file cannot be read, or is of an unknown kind.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("pets.tsv").write_text("id\tcaption\n1\tA dog.\n")
        >>> found = open_captions(Source("pets.tsv", Path("pets.tsv")), ReadOptions())
        >>> found.description
        "a table separated by tabs with a header; captions in 'caption'"
    """
    document = Document(source, options)
    if _is_parquet(document):
        found = parquet.read(document)
    else:
        found = _reader(document)(document)
        found = found._replace(description=found.description + document.encoding_note)
    return found


def _is_parquet(document: Document) -> bool:
    with document.open_bytes() as file:
        return file.read(len(parquet.MARK)) == parquet.MARK


def _reader(document: Document) -> Callable[[Document], CaptionFile]:
    extension = document.source.extension
    if extension == ".parquet":
        raise BadInput(
            f"{document.name} is not a Parquet file, as its name says; download it again"
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
    # A text file may hold another format than its name says.
    if _is_json(document.sample) and (is_plain or json_files.is_json_lines(document.sample)):
        return json_files.read
    if table_layout.is_table(document.sample, document.options):
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
    if following == '"':
        return True
    try:
        whole = json.loads(sample[0].strip().rstrip(","))
    except (ValueError, RecursionError):
        return bool(NESTED.match(begin))
    # As `json.dump` writes it; several lines with a list each are a text.
    is_list = len(sample) == 1 and isinstance(whole, list) and bool(whole)
    return is_list and all(isinstance(each, dict) for each in whole)
