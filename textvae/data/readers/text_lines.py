"""Text files with one caption a line."""

from collections.abc import Iterator
from pathlib import Path

from textvae.data import text_files
from textvae.data.readers.reader import RawCaption, ReadOptions


def read_captions(file: Path, options: ReadOptions) -> Iterator[RawCaption]:
    r"""Every line, blank ones included.

    Raises:
        BadInput: the file cannot be read as text.

    Example:
        >>> _ = Path("pets.txt").write_text("A dog.\nA cat.\n")
        >>> [caption.text for caption in read_captions(Path("pets.txt"), ReadOptions())]
        ['A dog.', 'A cat.']
    """
    del options
    return (RawCaption("", line) for line in text_files.read_lines(file))
