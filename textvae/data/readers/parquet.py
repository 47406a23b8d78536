"""Parquet files, which need pyarrow: the extra `parquet` of this package."""

import contextlib
from collections.abc import Iterator
from typing import Any

from textvae.data.readers import records
from textvae.data.readers.document import Document
from textvae.data.readers.reader import CaptionFile
from textvae.data.text_files import MAX_LINE
from textvae.data.unpacking import FREE_BYTES, MAX_RATIO
from textvae.errors import BadInput

MARK = b"PAR1"
ROWS = 100  # read at a time
MIN_ROWS = 100_000  # a file with more rows must have at least one byte per row
MAX_CELLS = 2**26  # bytes in a column chunk; more with many rows


def read(document: Document) -> CaptionFile:
    """The captions in the rows of a Parquet file.

    Columns without text or numbers, such as images, are not read.

    Raises:
        BadInput: pyarrow is missing, the file is damaged, or has no clear column of captions.
    """
    return records.of_records(_rows(document), document, "Parquet, rows")


def _rows(document: Document) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise BadInput(
            f"{document.name} is a Parquet file, which needs pyarrow: pip install"
            " 'textvae[parquet]'"
        ) from None
    if document.source.member or document.source.path.suffix.lower() in (".gz", ".bz2", ".xz"):
        raise BadInput(f"{document.name} is a compressed Parquet file; unpack it first")
    with (
        _readable(document.name, pyarrow.ArrowException),
        parquet.ParquetFile(document.source.path) as file,
    ):
        if file.metadata.num_rows > max(document.source.path.stat().st_size, MIN_ROWS):
            raise BadInput(
                f"{document.name} has {file.metadata.num_rows:,} rows in fewer bytes, so they"
                " repeat each other; give a file of different lines"
            )
        names = [field.name for field in file.schema_arrow if _is_plain(field.type)]
        _refuse_large_cells(document.name, file.metadata, names)
        most = max(FREE_BYTES, MAX_RATIO * document.source.path.stat().st_size)
        for batch in file.iter_batches(ROWS, columns=names, use_threads=False):
            # A dictionary would be counted again in every batch.
            plain = (getattr(each, "indices", each) for each in batch.columns)
            most -= sum(each.nbytes for each in plain)
            if most < 0:
                raise BadInput(
                    f"{document.name} unpacks to more than {MAX_RATIO} times its size, which"
                    " captions do not; give a file of different lines"
                )
            for row in batch.to_pylist():
                _refuse_long_cells(document.name, row)
                yield row


def _refuse_long_cells(name: str, row: dict[str, Any]) -> None:
    for column, cell in row.items():
        if isinstance(cell, str) and len(cell) > MAX_LINE:
            raise BadInput(
                f"{name}: a cell of column {column} is longer than {MAX_LINE:,} characters, too"
                " many for captions; leave the column out of the file"
            )


@contextlib.contextmanager
def _readable(name: str, failure: type[Exception]) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{name} has text that is not UTF-8: {error}; write the file again from valid text"
        ) from error
    except (failure, OSError) as error:
        reason = (str(error).strip().splitlines() or ["damaged"])[0]
        raise BadInput(
            f"{name} cannot be read as Parquet: {reason}; download it again"
        ) from error


def _is_plain(kind: Any) -> bool:
    from pyarrow import types

    if types.is_floating(kind):  # pandas stores integers as floats if some are missing
        return True
    if types.is_list(kind) or types.is_large_list(kind):
        kind = kind.value_type
    if types.is_dictionary(kind):
        kind = kind.value_type
    texts = (types.is_string, types.is_large_string, types.is_string_view)
    return any(test(kind) for test in (*texts, types.is_integer, types.is_boolean))


def _refuse_large_cells(name: str, metadata: Any, names: list[str]) -> None:
    """Raise if cells are too large for captions, since whole pages are read into memory."""
    for group in range(metadata.num_row_groups):
        chunks = metadata.row_group(group)
        for place in range(chunks.num_columns):
            chunk = chunks.column(place)
            path = chunk.path_in_schema
            if not any(path == each or path.startswith(f"{each}.") for each in names):
                continue
            allowed = max(MAX_CELLS, chunks.num_rows * MAX_LINE // 100)
            if chunk.total_uncompressed_size > allowed:
                raise BadInput(
                    f"{name}: column {path} has"
                    f" {chunk.total_uncompressed_size:,} bytes in {chunks.num_rows:,} rows,"
                    " too many for captions; leave the column out of the file"
                )
