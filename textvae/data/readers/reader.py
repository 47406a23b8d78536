"""What every reader of captions files takes and gives."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class RawCaption(NamedTuple):
    """A caption before it is cleaned.

    `group` names the image it describes, such as "coco:42"; it is empty where the file has
    lines of text without images.

    Example:
        >>> RawCaption("coco:42", "A dog.").text
        'A dog.'
    """

    group: str
    text: str


@dataclass(frozen=True)
class ReadOptions:
    """Settings of the user that concern reading; a reader uses those that fit its format.

    Attributes:
        column: the column of a table that holds the captions.

    Example:
        >>> ReadOptions(column="title").column
        'title'
    """

    column: str = "caption"


Reader = Callable[[Path, ReadOptions], Iterable[RawCaption]]  # raises BadInput, names the file
