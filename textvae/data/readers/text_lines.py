"""Text files with one caption per line."""

from collections.abc import Iterator

from textvae.data.readers.columns import IMAGE_FILE, NUMBER
from textvae.data.readers.document import Document
from textvae.data.readers.reader import CaptionFile, RawCaption
from textvae.errors import BadInput

HEADERS = ("caption", "captions", "text", "sentence", "sentences")
MOST = 0.9  # share of the lines of a sample
MIN_NUMBERS = 10  # after a word, in a line that is a word vector


def read(document: Document) -> CaptionFile:
    r"""Every line, including blank ones; a first line "caption" is a header.

    Raises:
        BadInput: the lines are names of files or word vectors, not captions, the user names a
            column, or the file cannot be read as text.

    Example:
        >>> from pathlib import Path
        >>> from textvae.data.readers.reader import ReadOptions
        >>> from textvae.data.readers.sources import Source
        >>> _ = Path("pets.txt").write_text("A dog.\nA cat.\n")
        >>> found = read(Document(Source("pets.txt", Path("pets.txt")), ReadOptions()))
        >>> found.description, [caption.text for caption in found.captions]
        ('one caption per line', ['A dog.', 'A cat.'])
    """
    sample = [line.strip() for line in document.sample]
    _refuse_other_kinds(sample, document.name)
    has_header = sample[0].lower() in HEADERS and sample[0] not in sample[1:]
    # "caption" was the default of earlier versions, so their recipes name it.
    document.options.refuse_columns(
        f"{document.name} has one caption per line",
        "give a table that has it, such as a .csv file with that name in its first line, name"
        " what separates its columns with --delimiter, or ",
        column=("caption", sample[0].lower()) if has_header else ("caption",),
    )
    note = f"; its first line, {sample[0]!r}, is a header" if has_header else ""
    return CaptionFile(f"one caption per line{note}", _captions(document, has_header))


def _captions(document: Document, has_header: bool) -> Iterator[RawCaption]:
    for line in document.lines():
        if has_header and line.strip():
            has_header = False
            continue
        yield RawCaption("", line.removesuffix("\n"))


def _refuse_other_kinds(sample: list[str], name: str) -> None:
    share = MOST * len(sample)
    if sum(IMAGE_FILE.fullmatch(line) is not None for line in sample) > share:
        raise BadInput(f"{name} lists file names, not captions; give the file of captions")
    if sum(map(_is_vector, sample)) > share:
        raise BadInput(
            f"{name} holds word vectors, not captions; give it with --embeddings, and a file of"
            " captions with --captions"
        )


def _is_vector(line: str) -> bool:
    """Whether a line is a word with numbers, as in a GloVe file."""
    word, *values = line.split()[: 2 * MIN_NUMBERS] or [""]
    last = values[-MIN_NUMBERS:]
    is_vector = len(last) == MIN_NUMBERS and all(map(NUMBER.fullmatch, last))
    # Lines of whole numbers may be training data, such as melodies.
    return is_vector and any("." in each for each in last) and not NUMBER.fullmatch(word)
