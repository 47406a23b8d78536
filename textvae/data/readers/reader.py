"""The interface of the readers of captions files."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from textvae.errors import BadInput


class RawCaption(NamedTuple):
    """A caption before it is cleaned.

    Attributes:
        group: the image it describes, such as "coco:42", or its group of rows; empty if the
            file has neither.
        text: as in the file.
        label: its class, such as "positive"; empty without one.
        split: the split that the file assigns it to: "train", "validation" or "test"; empty if
            the file has no splits.
        fault: why there is no text; empty if there is.

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
    """The user's options for reading files; a reader uses those that apply to its format.

    Attributes:
        column: the column of a table, or the key of objects, that holds the captions: its name,
            or its number from 1. By default it is detected.
        delimiter: what separates the columns of a table; "none" if each line is a caption. By
            default it is detected.
        encoding: of text files. By default it is detected.
        group_column: the column of groups, each of which stays on one side of a split.
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

    def refuse_columns(
        self, held: str, advice: str = "give a file that has it, or ", **known: Collection[str]
    ) -> None:
        """Raise if the user names columns of a file without columns.

        Args:
            held: the file and its contents, for the message.
            advice: what to do instead of leaving the option out, for the message.
            known: for an option, the names that are accepted anyway, in lower case.

        Raises:
            BadInput: the user names a column by another name.

        Example:
            >>> options = ReadOptions(group_column="image_id")
            >>> options.refuse_columns("a.json has captions", group_column=("image_id",))
            >>> options.refuse_columns("a.json has strings")
            Traceback (most recent call last):
            textvae.errors.BadInput: a.json has strings and no column 'image_id'; give a
                file that has it, or leave out --group-column
        """
        for option in ("column", "group_column", "label_column"):
            wanted = getattr(self, option)
            if wanted is not None and wanted.strip().lower() not in known.get(option, ()):
                raise BadInput(
                    f"{held} and no column {wanted!r}; {advice}leave out"
                    f" --{option.replace('_', '-')}"
                )


class CaptionFile(NamedTuple):
    """The result of a reader.

    Attributes:
        description: the detected format of the file, in words.
        captions: its captions, read from the file as they are iterated over.
    """

    description: str
    captions: Iterator[RawCaption]


def entry_groups(name: str) -> str:
    """The prefix of the groups of a file's entries that only have numbers.

    It differs between files, and does not depend on how a file is named.

    Example:
        >>> entry_groups("pets/../a.jsonl") == entry_groups("a.jsonl")
        True
    """
    return f"entry:{Path(name).resolve()}:"
