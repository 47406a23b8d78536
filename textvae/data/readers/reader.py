"""What every reader of captions files takes and gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class RawCaption(NamedTuple):
    """A caption before it is cleaned.

    Attributes:
        group: names the image it describes, such as "coco:42", or its group of rows; empty if
            the file has neither.
        text: as it is in the file.
        label: its class, such as "positive"; empty without one.
        split: the split that the file puts it in: "train", "validation" or "test"; empty if
            the file has no splits.
        fault: why there is no text to read; empty if there is.

    Example:
        >>> RawCaption("coco:42", "A dog.").text
        'A dog.'
    """

    group: str
    text: str
    label: str = ""
    split: str = ""
    fault: str = ""


@dataclass(frozen=True)
class ReadOptions:
    """How the user wants files read; a reader uses what fits its format.

    Attributes:
        column: the column of a table, or the key of objects, that holds the captions: its name,
            or its number from 1. By default it is detected.
        delimiter: what separates the columns of a table. By default it is detected.
        encoding: of text files. By default it is detected.
        group_column: the column whose equal values keep captions on one side of a split.
        label_column: the column of the captions' labels.

    Example:
        >>> ReadOptions(column="title").column
        'title'
    """

    column: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    group_column: str | None = None
    label_column: str | None = None


class CaptionFile(NamedTuple):
    """What a reader gives.

    Attributes:
        description: what the file was taken for, in words.
        captions: its captions, read from the file as they are iterated over.
    """

    description: str
    captions: Iterator[RawCaption]
