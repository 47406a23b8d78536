"""Which reader reads which file, by the ending of its name.

To add a format, write a module with a `read_captions` like those beside this one and list its
ending here.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from textvae.data.readers import coco, tables, text_lines
from textvae.data.readers.reader import RawCaption, Reader, ReadOptions
from textvae.errors import BadInput

READERS: dict[str, Reader] = {
    ".json": coco.read_captions,
    ".txt": text_lines.read_captions,
    ".tsv": partial(tables.read_captions, delimiter="\t"),
    ".csv": partial(tables.read_captions, delimiter=","),
}


def read_captions(file: Path, options: ReadOptions) -> Iterable[RawCaption]:
    r"""The captions of one file, read by its ending; `.gz` may follow the ending.

    Raises:
        BadInput: there is no reader for this ending, or the file cannot be read.

    Example:
        >>> _ = Path("pets.tsv").write_text("id\tcaption\n1\tA dog.\n")
        >>> list(read_captions(Path("pets.tsv"), ReadOptions()))
        [RawCaption(group='', text='A dog.')]
    """
    ending = Path(file.name.lower().removesuffix(".gz")).suffix
    if ending not in READERS:
        raise BadInput(
            f"{file}: cannot read captions from a file of this kind; give one of"
            f" {', '.join(READERS)}, each also with .gz"
        )
    return READERS[ending](file, options)
