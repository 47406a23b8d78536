"""`manifest.json`: a model's own files with their sizes and sha256.

It detects folders that are truncated, changed or mixed from two models. It is renamed into a
folder before the files that it lists, so at any moment it identifies the files of the model:
those in place or, if a process was killed between two renames, those still next to them (see
`saving.files.write_files`). This module does not need TensorFlow.
"""

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from textvae.checks import shown
from textvae.errors import BadInput
from textvae.saving.files import json_bytes, partial_of

NAME = "manifest.json"
FORMAT = 1
CONFIG, VOCABULARY, MODEL, REPORT = FILES = (
    "config.json",
    "vocabulary.txt",
    "model.safetensors",
    "report.json",
)
PRIOR, TRAINING_SET_FILTER, MAP, DIRECTIONS, LABELS = OPTIONAL = (
    "prior.safetensors",
    "seen.safetensors",
    "map.safetensors",
    "directions.safetensors",
    "labels.safetensors",
)
MAX_BYTES = 2**31  # of one file; ours have 20 MB, and a manifest from elsewhere may claim more
MANIFEST_BYTES = 2**16  # of the manifest itself; ours has 1,000

log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """The manifest's entry for one file: its size in bytes and its sha256 in hexadecimal."""

    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The entry of these bytes.

        Example:
            >>> Entry.of(b"a dog")
            Entry(size=5, sha256='7dbdf68ac0bb3482...')
        """
        return cls(len(data), hashlib.sha256(data).hexdigest())


Manifest = dict[str, Entry]


def manifest_bytes(files: Mapping[str, bytes]) -> bytes:
    """`manifest.json` of those of `files` that belong to a model; others are left out.

    Example:
        >>> files = {"config.json": b"{}", "notes.txt": b"mine"}
        >>> list(json.loads(manifest_bytes(files))["files"])
        ['config.json']
    """
    names = [name for name in (*FILES, *OPTIONAL) if name in files]
    entries = {name: Entry.of(files[name])._asdict() for name in names}
    return json_bytes({"format": FORMAT, "files": entries})


def read(path: Path) -> Manifest:
    """The manifest in `path`.

    Raises:
        BadInput: the file is missing, not JSON, of another format, or does not list the files
            of a model.

    Example:
        >>> path = Path("manifest.json")
        >>> _ = path.write_bytes(manifest_bytes({name: b"x" for name in FILES}))
        >>> read(path)["config.json"].size
        1
    """
    try:
        with path.open("rb") as file:
            raw = json.loads(file.read(MANIFEST_BYTES))
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist; check the path") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{path} is damaged: it is not JSON; copy the folder again") from None
    number = raw.get("format") if isinstance(raw, dict) else None
    if type(number) is int and number > FORMAT:
        raise BadInput(
            f"{path} is of format {number}, and this version of textvae reads {FORMAT}; install"
            " a newer one"
        )
    if number != FORMAT:
        raise BadInput(
            f"{path} is not the manifest of a textvae model of format {FORMAT}; copy the folder"
            " again"
        )
    files = raw.get("files")
    if not isinstance(files, dict) or set(files) - set(OPTIONAL) != set(FILES):
        raise BadInput(
            f"{path} must list exactly the files {', '.join(FILES)} and, optionally,"
            f" {', '.join(OPTIONAL)}"
        )
    return {name: _entry(path, name, entry) for name, entry in files.items()}


def _entry(path: Path, name: str, raw: Any) -> Entry:
    if isinstance(raw, dict):
        size, digest = raw.get("size"), raw.get("sha256")
        is_size = type(size) is int and 0 <= size <= MAX_BYTES
        if is_size and isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest):
            return Entry(raw["size"], digest)
    raise BadInput(f"{path} has no valid size and sha256 for {name}, got {shown(raw)}")


def has_model(folder: Path) -> bool:
    """Whether a folder holds a model, complete or not.

    Example:
        >>> from textvae import loading
        >>> has_model(loading.locate("article")), has_model(Path("empty"))
        (True, False)
    """
    return any((folder / name).is_file() for name in (CONFIG, NAME))


class Found(NamedTuple):
    """The files of a folder's model.

    Attributes:
        paths: of each file by its name: in place or, after a kill, still next to it; also in
            place if it is missing or differs from the manifest.
        changed: the names of files that are missing or differ from the manifest.
        text: the manifest; empty without one, in which case every file counts.
    """

    paths: dict[str, Path]
    changed: list[str]
    text: bytes


def find(folder: Path) -> Found:
    """Find the files of the model in a folder.

    Raises:
        BadInput: there is a manifest, but it cannot be read.

    Example:
        >>> from textvae import loading
        >>> found = find(loading.locate("article"))
        >>> found.paths["report.json"].name, found.changed
        ('report.json', [])
    """
    if not (text := text_of(folder)):
        return Found({name: folder / name for name in (*FILES, *OPTIONAL)}, [], b"")
    entries = read(folder / NAME)
    found = {name: _find(folder / name, entry) for name, entry in entries.items()}
    paths = {name: place or folder / name for name, place in found.items()}
    return Found(paths, [name for name, place in found.items() if not place], text)


def find_one(folder: Path, name: str) -> Path:
    """The path of one file of a folder's model: in place or, after a kill, next to it.

    Raises:
        BadInput: there is a manifest, but it cannot be read.

    Example:
        >>> find_one(Path("empty"), CONFIG).as_posix()
        'empty/config.json'
    """
    entry = read(folder / NAME).get(name) if text_of(folder) else None
    return (_find(folder / name, entry) if entry else None) or folder / name


def text_of(folder: Path) -> bytes:
    """The bytes of the manifest; empty without one.

    Example:
        >>> text_of(Path("empty"))
        b''
    """
    path = folder / NAME
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(MANIFEST_BYTES) or b" "  # an empty one is damaged, not missing


def _find(path: Path, entry: Entry) -> Path | None:
    # Its place comes twice, since another process may move it there meanwhile.
    places = (path, partial_of(path), path)
    return next((each for each in places if is_as_listed(each, entry)), None)


def finish_renames(folder: Path) -> None:
    """Finish the renames of a killed process: move each file into its place.

    Writing to the folder starts with this; reading does not need it.

    Example:
        >>> from textvae import loading
        >>> finish_renames(loading.locate("article"))
    """
    try:
        entries = read(folder / NAME)
    except BadInput:  # missing or damaged, and the caller is about to write another
        return
    for name, entry in entries.items():
        path = folder / name
        if (found := _find(path, entry)) and found != path:
            found.replace(
                found.with_name(found.name.removeprefix(".").removesuffix(".partial"))
            )


def is_as_listed(path: Path, entry: Entry) -> bool:
    """Whether it is a file with the size and sha256 of its entry.

    Example:
        >>> path = Path("dogs.txt")
        >>> _ = path.write_bytes(b"a dog")
        >>> is_as_listed(path, Entry.of(b"a dog")), is_as_listed(path, Entry.of(b"a cat"))
        (True, False)
    """
    try:
        if not path.is_file() or path.stat().st_size != entry.size:
            return False
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError:
        return False
    return digest.hexdigest() == entry.sha256


def changed_files(folder: Path) -> list[str]:
    """The files of the folder that are missing or differ from its manifest.

    Example:
        >>> from textvae import loading
        >>> changed_files(loading.locate("article"))
        []
    """
    entries = read(folder / NAME)
    return [name for name, entry in entries.items() if not _find(folder / name, entry)]


def check(folder: Path, found: Found) -> None:
    """Raise if a file differs from the manifest; a folder without one passes with a warning.

    Args:
        folder: of the model.
        found: the result of `find`.

    Raises:
        BadInput: a file is damaged, edited or of another model.

    Example:
        >>> from textvae import loading
        >>> folder = loading.locate("article")
        >>> check(folder, find(folder))
    """
    if not found.text:
        log.warning(
            "%s has no %s, so damage may go unseen; save the model again to get one",
            folder,
            NAME,
        )
    if found.changed:
        raise BadInput(
            f"{folder / found.changed[0]} differs from what {NAME} beside it lists: it is"
            f" damaged, edited or of another model; copy the folder again, or delete {NAME} if"
            " you changed the file yourself"
        )


def is_whole_with(folder: Path, name: str, data: bytes) -> bool:
    """Whether the folder holds a complete model that includes a file with these bytes.

    Example:
        >>> is_whole_with(Path("empty"), "model.safetensors", b"")
        False
    """
    try:
        return read(folder / NAME).get(name) == Entry.of(data) and not changed_files(folder)
    except BadInput:
        return False
