"""Karpathy's split files, such as `dataset_coco.json`: images with captions, in three splits.

Source: https://cs.stanford.edu/people/karpathy/deepimagesent/
"""

from collections.abc import Iterable, Iterator
from typing import Any

from textvae.data.readers.coco import group_of
from textvae.data.readers.reader import CaptionFile, RawCaption, entry_groups
from textvae.errors import BadInput

SPLITS = {"train": "train", "restval": "train", "val": "validation", "test": "test"}


def read(images: Iterable[Any], name: str) -> CaptionFile:
    """The captions of the entries of the list "images", each with its split.

    The images of `restval` count as training images, as in the papers that use the split.

    Raises:
        BadInput: an entry that is read is not an image with captions, or has no split.

    Example:
        >>> image = {"cocoid": 42, "split": "val", "sentences": [{"raw": "A dog."}]}
        >>> next(read([image], "dataset_coco.json").captions)[:4]
        ('coco:42', 'A dog.', '', 'validation')
    """
    description = "a Karpathy split file, grouped by image, with the splits in the file"
    return CaptionFile(description, _captions(images, name))


def _captions(images: Iterable[Any], name: str) -> Iterator[RawCaption]:
    entries = entry_groups(name)
    for number, image in enumerate(images, 1):
        match image:
            case {"sentences": list() as sentences, "split": str() as split}:
                if split not in SPLITS:
                    raise BadInput(
                        f"{name}: image {number} is in the split {split!r}, which is not one of"
                        f" {', '.join(SPLITS)}"
                    )
                group = _group(image) or f"{entries}{number}"
                for sentence in sentences:
                    text = _raw(sentence, name, number)
                    yield RawCaption(group, text, split=SPLITS[split])
            case _:
                raise BadInput(
                    f"{name}: image {number} needs a 'split' and a list of 'sentences'"
                )


def _raw(sentence: Any, name: str, number: int) -> str:
    match sentence:
        case {"raw": str() as text}:
            return text
    raise BadInput(f"{name}: a sentence of image {number} has no text in 'raw'")


def _group(image: Any) -> str:
    match image:
        case {"cocoid": int() | str() as coco_id}:
            return group_of(coco_id)
        case {"filename": str() as filename}:
            return f"image:{filename}"
    return ""
