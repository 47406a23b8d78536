"""Resolving user input, such as `captions/*.txt` or `-`, to single files."""

import functools
import glob
import logging
import os
import re
import shlex
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

from textvae.checks import listed
from textvae.data.remote_files import fingerprint as remote_fingerprint
from textvae.data.remote_files import is_remote, matching
from textvae.data.unpacking import is_pipe, is_zip, members, without_packing
from textvae.errors import BadInput, naming

STANDARD_INPUT = "-"
TEXT_EXTENSIONS = (".txt", ".text")
TABLE_EXTENSIONS = (".csv", ".tsv")
JSON_LINES_EXTENSIONS = (".jsonl", ".ndjson")
EXTENSIONS = (
    *TEXT_EXTENSIONS,
    *TABLE_EXTENSIONS,
    ".json",
    *JSON_LINES_EXTENSIONS,
    ".parquet",
    ".token",
)
NOT_CAPTIONS = ("readme", "license", "licence", "changelog", "requirements", "dataset_info")
PART = re.compile(r"(?:^|[-_./])(train|valid|validation|val|dev|test)(?:ing)?(?:[-_./]|$)")
# Names of files and folders that are a split's, unlike dog-training.txt beside taste-tests.txt.
NAMED_SPLIT = re.compile(
    r"(?:^|/)(?:train|valid|validation|val|dev|test)(?:ing)?(?:[-_./]|$)"
    r"|[-_.](?:train|valid|validation|val|dev|test)\."
)
SPLITS = {"train": "train", "test": "test"}  # all other names mean validation

log = logging.getLogger(__name__)


class Source(NamedTuple):
    """One file of captions.

    Attributes:
        name: for messages.
        path: where it is.
        member: the file inside it, if it is a zip archive.
        split: the split that it contains, "train", "validation" or "test", if known.

    Example:
        >>> Source("dogs.txt", Path("dogs.txt")).extension
        '.txt'
    """

    name: str
    path: Path
    member: str = ""
    split: str = ""

    @property
    def extension(self) -> str:
        """The extension of its name, without that of its compression, in lower case."""
        return extension_of(self.member or self.name)


def extension_of(name: str) -> str:
    """The extension of a file's name, without that of its compression, in lower case.

    Example:
        >>> extension_of("captions.TXT.gz")
        '.txt'
    """
    return PurePosixPath(without_packing(name)).suffix.lower()


def split_of(name: str) -> str:
    """The split that a file contains according to its name; empty if unknown.

    Example:
        >>> split_of("data/train-00000-of-00001.parquet"), split_of("val.csv")
        ('train', 'validation')
    """
    for part in reversed(name.lower().split("/")):  # the file's own name is most specific
        if found := PART.search(part):
            return SPLITS.get(found[1], "validation")
    return ""


def find_sources(files: Sequence[Path | str | Source], stack: ExitStack) -> Iterator[Source]:
    r"""The files that the user names, including those of folders, patterns and archives.

    Args:
        files: paths of files and folders, patterns such as `captions/*.txt`, files in a zip
            archive such as `captions.zip/train.txt`, addresses that TensorFlow reads such as
            `gs://bucket/*.txt`, and `-` for standard input.
        stack: closing it removes the copies of standard input and of pipes.

    Raises:
        BadInput: a file does not exist, or an archive does not contain exactly one file.

    Example:
        >>> _ = Path("a.txt").write_text("A dog.\n"), Path("b.txt").write_text("A cat.\n")
        >>> with ExitStack() as stack:
        ...     [source.name for source in find_sources(["[ab].txt"], stack)]
        ['a.txt', 'b.txt']
    """
    for file in files:
        if not isinstance(file, Source) and not str(file).strip():
            raise BadInput("a file of captions has no name; check the command")
        if isinstance(file, Source):
            yield from _in_archive(file)
        elif str(file) == STANDARD_INPUT:
            yield from _in_archive(_copy(sys.stdin.buffer, "standard input", stack))
        elif str(file).startswith("hf://"):
            raise BadInput(f"{file} is not on this machine; download it first")
        elif is_remote(file):
            addresses = matching(str(file), _is_in_folder)
            for address, split in zip(addresses, _splits(addresses), strict=True):
                yield _remote(address)._replace(split=split)
        else:
            paths = _matching(Path(file))
            splits = _splits([path.as_posix() for path in paths])
            for path, split in zip(paths, splits, strict=True):
                yield from _in_archive(_local(path, stack)._replace(split=split))


def fingerprint(file: Path | str | Source) -> list[Any]:
    """Values that change with any of the files that `find_sources` finds.

    The values of standard input and pipes are new each time.

    Raises:
        BadInput: as `find_sources`.

    Example:
        >>> _ = Path("dogs.txt").write_text("A dog.")
        >>> fingerprint("dogs.txt")[0][:2]
        ['dogs.txt', 6]
    """
    if str(file) == STANDARD_INPUT or (not isinstance(file, Source) and is_pipe(Path(file))):
        return [uuid.uuid4().hex]
    found: list[Any] = []
    with ExitStack() as stack:
        for source in find_sources([file], stack):
            if is_remote(source.name):
                found.append(remote_fingerprint(source.name))
            elif source.path.exists():  # otherwise reading it reports the error
                stat = source.path.stat()
                found.append([source.name, stat.st_size, stat.st_mtime_ns, source.member])
    return found


def _splits(names: Sequence[str]) -> list[str]:
    """The split of each file of a folder or pattern; empty unless `train` is one of several.

    A single name is no evidence: `test.txt` may be a user's first trial.
    """
    start = os.path.commonprefix(names).rfind("/") + 1  # the common folder is no evidence
    rest = [name[start:].lower() for name in names]
    splits = [split_of(each) if NAMED_SPLIT.search(each) else "" for each in rest]
    if "train" not in splits or len({*splits, ""}) < 3:
        return [""] * len(names)
    return splits


def _remote(address: str) -> Source:
    if extension_of(address) == ".parquet" or address.lower().endswith(".zip"):
        raise BadInput(
            f"{address}: Parquet files and zip archives can only be read on this machine;"
            " download it first"
        )
    return Source(address, Path(address))


def _local(path: Path, stack: ExitStack) -> Source:
    """The file, or a copy if it is a pipe, since files are read several times."""
    if not is_pipe(path):
        return Source(str(path), path)
    with path.open("rb") as pipe:
        return _copy(pipe, str(path), stack)


def _copy(stream: BinaryIO, name: str, stack: ExitStack) -> Source:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="textvae-"))
    copy = Path(folder) / "copy"
    with naming(copy), copy.open("wb") as file:
        shutil.copyfileobj(stream, file)
    return Source(name, copy)


def _matching(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            return _in_folder(path)
        if path.exists() or not glob.has_magic(str(path)):
            return [path]
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from error
    # `Path.glob` takes no absolute pattern.
    found = [Path(each) for each in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
    if not found:
        raise BadInput(f"no file matches {path}; check the pattern")
    return [each for each in found if not each.is_dir()]


def _in_folder(folder: Path) -> list[Path]:
    found = [
        path for path in sorted(folder.iterdir()) if path.is_file() and _is_in_folder(path.name)
    ]
    if not found:
        raise BadInput(
            f"{folder} is a folder without a file of captions; give one with"
            f" {', '.join(EXTENSIONS)}{_pattern_below(folder)}"
        )
    names = {path.name for path in found}
    others = [each.name for each in sorted(folder.iterdir()) if each.name[:1] != "."]
    _note_others(folder, tuple(name for name in others if name not in names))
    return found


def _pattern_below(folder: Path) -> str:
    """The advice to name a pattern if the folders in this one have files of captions."""
    below = [path for path in folder.glob("*/*") if _is_in_folder(path.name)]
    if not below:
        return ""
    pattern = Path(glob.escape(str(folder)), "*", f"*{min(below).suffix}")
    return f"; for files in its folders, name a pattern: {shlex.quote(str(pattern))}"


@functools.cache  # once per process, since a folder is listed several times
def _note_others(folder: Path, names: tuple[str, ...]) -> None:
    if names:
        log.info(
            "%s: skipped, not recognised as caption files: %s; name them to use them",
            folder,
            listed(names, 5),
        )


def _is_in_folder(name: str) -> bool:
    """Whether a file is read if its folder is given."""
    return may_hold_captions(name) and not name.startswith(".")


def may_hold_captions(name: str) -> bool:
    """Whether a file may hold captions, judged by its name.

    Example:
        >>> list(map(may_hold_captions, ["dogs.csv.gz", "README.txt", "a.png"]))
        [True, False, False]
    """
    return extension_of(name) in EXTENSIONS and not name.lower().startswith(NOT_CAPTIONS)


def _in_archive(source: Source) -> Iterator[Source]:
    """The source itself, or the one file in it if it is a zip archive."""
    for parent in source.path.parents:  # captions.zip/train.txt
        if parent.is_file() and is_zip(parent):
            wanted = source.path.relative_to(parent).as_posix()
            listed = members(parent, str(parent))
            if wanted not in listed:
                raise BadInput(f"{parent} has no file {wanted}; it has {_listed(listed)}")
            yield source._replace(path=parent, member=wanted)
            return
    if not is_zip(source.path):
        yield source
        return
    listed = members(source.path, source.name)
    useful = [each for each in listed if may_hold_captions(PurePosixPath(each).name)] or listed
    useful.sort(key=lambda each: "caption" not in each.lower())
    if len(useful) != 1:
        example = f"; name one, such as {source.name}/{useful[0]}" if useful else ""
        raise BadInput(f"{source.name} holds {_listed(useful)}{example}")
    yield source._replace(member=useful[0])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (", ".join(names[:5]) or "no files") + more
