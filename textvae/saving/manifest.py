"""The list of a model's own files with their sizes and sha256: `manifest.json` beside them.

It tells a whole folder from one that was cut short, changed or mixed from two models, before
anything in it is parsed. Nothing here needs tensorflow.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from textvae.errors import BadInput

NAME = "manifest.json"
FORMAT = 1
FILES = ("config.json", "vocabulary.txt", "model.safetensors", "report.json")
OPTIONAL = (
    "prior.safetensors",
    "seen.safetensors",
    "map.safetensors",
)  # parts that a model may do without
MOST_BYTES = 2**31  # of one file; ours have 20 MB, and a manifest from elsewhere may claim more
BLOCK = 2**20


class Entry(NamedTuple):
    """What the manifest says of one file: bytes, and their sha256 in hexadecimal."""

    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The entry of these bytes."""
        return cls(len(data), hashlib.sha256(data).hexdigest())


Manifest = dict[str, Entry]


def manifest_bytes(files: Mapping[str, bytes]) -> bytes:
    """`manifest.json` of those of `files` that make up a model; other names are left out."""
    names = [name for name in (*FILES, *OPTIONAL) if name in files]
    entries = {name: Entry.of(files[name])._asdict() for name in names}
    return (json.dumps({"format": FORMAT, "files": entries}, indent=2) + "\n").encode()


def read(path: Path) -> Manifest:
    """The manifest in `path`.

    Raises:
        BadInput: it is not one: broken JSON, another format, a file missing or not ours.
    """
    try:
        raw = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"there is no file {path}") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{path} is damaged: it is not JSON") from None
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BadInput(f"{path} is not the manifest of a textvae model of format {FORMAT}")
    files = raw.get("files")
    if not isinstance(files, dict) or set(files) - set(OPTIONAL) != set(FILES):
        raise BadInput(
            f"{path} must list exactly the files {', '.join(FILES)}, and perhaps"
            f" {', '.join(OPTIONAL)}"
        )
    return {name: _entry(path, name, entry) for name, entry in files.items()}


def _entry(path: Path, name: str, raw: Any) -> Entry:
    if isinstance(raw, dict):
        size, digest = raw.get("size"), raw.get("sha256")
        is_size = type(size) is int and 0 <= size <= MOST_BYTES
        if is_size and isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest):
            return Entry(raw["size"], digest)
    raise BadInput(f"{path} has no valid size and sha256 of {name}, got {str(raw)[:80]}")


def has_part(folder: Path, name: str) -> bool:
    """Whether an optional file is there and, where there is a manifest, belongs to it."""
    listed = read(folder / NAME) if (folder / NAME).is_file() else (name,)
    return name in listed and (folder / name).is_file()


def is_as_listed(path: Path, entry: Entry) -> bool:
    """Whether the file is there and has the size and the sha256 of its entry."""
    try:
        if path.stat().st_size != entry.size:
            return False
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError:
        return False
    return digest.hexdigest() == entry.sha256


def changed_files(folder: Path) -> list[str]:
    """The files of the folder that are missing or not as its manifest lists them."""
    entries = read(folder / NAME)
    return [name for name, entry in entries.items() if not is_as_listed(folder / name, entry)]


def check(folder: Path) -> None:
    """Nothing, if the folder is whole or has no manifest, as one written by hand may not.

    Raises:
        BadInput: a file is not as listed: damaged, edited or of another model.
    """
    if (folder / NAME).is_file() and (changed := changed_files(folder)):
        raise BadInput(
            f"{folder / changed[0]} is not the file that {NAME} beside it lists: it is damaged,"
            f" edited or of another model; copy the folder again, or delete {NAME} if you"
            " changed it yourself"
        )
