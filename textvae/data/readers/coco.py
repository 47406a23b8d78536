"""COCO annotation files: captions of images, and the images that show a category.

The only module that knows COCO. Source: https://cocodataset.org/#format-data
"""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from textvae.data import text_files
from textvae.data.categories import word_forms
from textvae.data.cleaning import clean
from textvae.data.readers.reader import CaptionFile, RawCaption
from textvae.data.readers.sources import Source, find_sources
from textvae.errors import BadInput

Json = dict[str, Any]
ID = int | str


def read(annotations: Iterable[Any], name: str) -> CaptionFile:
    """The captions among the annotations of `captions_*.json`, grouped by image.

    Args:
        annotations: the entries of its list "annotations".
        name: of the file, for messages.

    Raises:
        BadInput: an annotation that is read is not a caption.

    Example:
        >>> found = read([{"image_id": 42, "caption": "A dog."}], "captions.json")
        >>> found.description, next(found.captions)[:2]
        ('COCO captions, grouped by image', ('coco:42', 'A dog.'))
    """
    return CaptionFile("COCO captions, grouped by image", _captions(annotations, name))


def _captions(annotations: Iterable[Any], name: str) -> Iterator[RawCaption]:
    for number, annotation in enumerate(annotations, 1):
        match annotation:
            case {"image_id": int() | str() as image_id, "caption": str() as caption}:
                yield RawCaption(group_of(image_id), caption)
            case {"category_id": _}:
                raise BadInput(
                    f"{name} holds COCO instances, not captions; give captions_*.json"
                )
            case _:
                raise BadInput(
                    f"{name}: annotation {number} is not a COCO caption: it needs an"
                    " 'image_id' and a 'caption' that is text"
                )


class Images(NamedTuple):
    """Images of instances files, as the groups of their captions.

    Attributes:
        known: all images.
        showing: those with an instance of the category.

    Example:
        >>> Images({"coco:1", "coco:2"}, {"coco:2"}).showing
        {'coco:2'}
    """

    known: set[str]
    showing: set[str]


def images_showing(category: str, files: Sequence[Path | str]) -> Images:
    """The images of `instances_*.json` in which annotators marked a category.

    Args:
        category: its name, singular or plural.
        files: COCO instances files, named like captions files.

    Raises:
        BadInput: a file cannot be read or is not a COCO instances file, or there is no such
            category.

    Example:
        >>> _ = Path("instances.json").write_text('''{
        ...     "images": [{"id": 1}, {"id": 2}], "categories": [{"id": 18, "name": "dog"}],
        ...     "annotations": [{"image_id": 2, "category_id": 18}]}''')
        >>> images_showing("dogs", ["instances.json"]).showing
        {'coco:2'}
    """
    forms = word_forms(category)
    with ExitStack() as stack:
        parsed = [_read_instances(source) for source in find_sources(files, stack)]
    names = {entry["name"] for data in parsed for entry in data["categories"]}
    if not forms & set(map(clean, names)):
        raise BadInput(_unknown_category(category, sorted(names)))
    known = {group_of(image["id"]) for data in parsed for image in data["images"]}
    showing = {image for data in parsed for image in _showing(data, forms)}
    return Images(known, showing)


def _showing(data: Json, forms: Collection[str]) -> Iterator[str]:
    """The images of one file that show the category; category ids may differ between files."""
    wanted = {each["id"] for each in data["categories"] if clean(each["name"]) in forms}
    for instance in data["annotations"]:
        if instance["category_id"] in wanted:
            yield group_of(instance["image_id"])


def group_of(image_id: int | str) -> str:
    """The group of the captions of a COCO image.

    Example:
        >>> group_of(42)
        'coco:42'
    """
    return f"coco:{image_id}"


def _unknown_category(category: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(" ".join(category.lower().split()), names)
    hint = "did you mean" if close else "there are, for example,"
    return f"no COCO category {category!r}; {hint} {', '.join(close or names[:5])}"


def _read(source: Source) -> Json:
    """The parsed file, checked to have a list of annotations."""
    data = text_files.read_json(source.path, _without_outline, source.member, source.name)
    if not isinstance(data, dict) or not isinstance(data.get("annotations"), list):
        raise BadInput(
            f"{source.name} is not a COCO annotation file: it has no list of 'annotations';"
            " give captions_*.json, or plain text as .txt"
        )
    return data


def _without_outline(entry: Json) -> Json:
    """Drop polygons while parsing, since they are most of an instances file's gigabyte."""
    entry.pop("segmentation", None)
    return entry


def _read_instances(source: Source) -> Json:
    """The parsed instances file, checked to have what `images_showing` needs."""
    data, file = _read(source), source.name
    if any(map(_has({"caption": str}), data["annotations"][:1])):
        raise BadInput(f"{file} holds COCO captions, not instances; give instances_*.json")
    needs: dict[str, dict[str, Any]] = {
        "images": {"id": ID},
        "categories": {"id": ID, "name": str},
        "annotations": {"image_id": ID, "category_id": ID},
    }
    for part, types in needs.items():
        entries = data.get(part)
        if not isinstance(entries, list) or not all(map(_has(types), entries)):
            raise BadInput(
                f"{file} is not a COCO instances file: each of its {part!r} needs "
                f"{' and '.join(map(repr, types))}; give instances_*.json"
            )
    return data


def _has(types: Mapping[str, Any]) -> Callable[[object], bool]:
    """Whether an entry has these keys, with values of these types."""
    return lambda entry: (
        isinstance(entry, dict)
        and all(isinstance(entry.get(key), kind) for key, kind in types.items())
    )
