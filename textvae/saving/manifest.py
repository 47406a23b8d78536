"""`manifest.json`: a model's own files with their sizes and sha256.

It tells a whole folder from one that was cut short, changed or mixed from two models, before
anything in it is parsed. Nothing here needs TensorFlow.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from textvae.errors import BadInput
from textvae.saving.files import json_bytes

NAME = "manifest.json"
FORMAT = 1
FILES = ("config.json", "vocabulary.txt", "model.safetensors", "report.json")
OPTIONAL = ("prior.safetensors", "seen.safetensors", "map.safetensors")
MAX_BYTES = 2**31  # of one file; ours have 20 MB, and a manifest from elsewhere may claim more
BLOCK = 2**20


class Entry(NamedTuple):
    """What the manifest lists for one file: its size in bytes and its sha256 in hexadecimal."""

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
    """`manifest.json` of those of `files` that make up a model; other names are left out.

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
        BadInput: the file is missing, not JSON, of another format, or does not list our files.

    Example:
        >>> path = Path("manifest.json")
        >>> _ = path.write_bytes(manifest_bytes({name: b"x" for name in FILES}))
        >>> read(path)["config.json"].size
        1
    """
    try:
        raw = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist; check the path") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{path} is damaged: it is not JSON") from None
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BadInput(f"{path} is not the manifest of a textvae model of format {FORMAT}")
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
    raise BadInput(f"{path} has no valid size and sha256 for {name}, got {str(raw)[:80]}")


def has_part(folder: Path, name: str) -> bool:
    """Whether an optional file exists and, where there is a manifest, is listed in it.

    Example:
        >>> has_part(Path("empty"), "map.safetensors")
        False
    """
    listed = read(folder / NAME) if (folder / NAME).is_file() else (name,)
    return name in listed and (folder / name).is_file()


def is_as_listed(path: Path, entry: Entry) -> bool:
    """Whether the file exists and has the size and the sha256 of its entry.

    Example:
        >>> path = Path("dogs.txt")
        >>> _ = path.write_bytes(b"a dog")
        >>> is_as_listed(path, Entry.of(b"a dog")), is_as_listed(path, Entry.of(b"a cat"))
        (True, False)
    """
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
    """The files of the folder that are missing or differ from its manifest.

    Example:
        >>> from textvae import loading
        >>> changed_files(loading.locate("article"))
        []
    """
    entries = read(folder / NAME)
    return [name for name, entry in entries.items() if not is_as_listed(folder / name, entry)]


def check(folder: Path) -> None:
    """Raise if a file differs from the manifest; a folder without a manifest is accepted.

    Raises:
        BadInput: a file is damaged, edited or of another model.

    Example:
        >>> from textvae import loading
        >>> check(loading.locate("article"))
    """
    if (folder / NAME).is_file() and (changed := changed_files(folder)):
        raise BadInput(
            f"{folder / changed[0]} differs from what {NAME} beside it lists: it is damaged,"
            f" edited or of another model; copy the folder again, or delete {NAME} if you"
            " changed the file yourself"
        )
