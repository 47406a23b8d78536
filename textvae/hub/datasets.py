"""Files of captions from datasets on the Hugging Face Hub.

hf://datasets/owner/name                     its only folder of captions
hf://datasets/owner/name/data/train.parquet  a file, a folder, or a pattern
hf://datasets/owner/name@revision/...        of a branch, a tag, or a commit

Only files of kinds that `data.readers` supports are downloaded, into the cache that all Hub
tools share, with a deadline and a size limit. No code of a dataset is ever run.
"""

import contextlib
import fnmatch
import io
import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote

from textvae.checks import listed
from textvae.data.readers.sources import (
    EXTENSIONS,
    Source,
    extension_of,
    may_hold_captions,
    split_of,
)
from textvae.errors import BadInput, Unavailable
from textvae.hub.addresses import COMMIT, NAME, PREFIX, Address
from textvae.hub.cache import RepoCache
from textvae.hub.deadlines import run_with_deadline
from textvae.hub.failures import explain_dataset
from textvae.hub.heartbeat import Heartbeat
from textvae.hub.tokens import find_token
from textvae.hub.transfer import fetch, no_hub
from textvae.saving.files import json_bytes, write_file

KIND = "dataset"
DATASETS = f"{PREFIX}datasets/"
REVISION = r"refs/(?:convert/\w+|pr/\d+)|[A-Za-z0-9][A-Za-z0-9._-]*"
ADDRESS = re.compile(rf"{DATASETS}({NAME}/{NAME})(?:@({REVISION}))?(?:/(.+))?")
MAX_FILES = 64
MAX_FILE_BYTES = 2**31
MAX_LIST_BYTES = 2**24  # of the list of all files

log = logging.getLogger(__name__)


class DatasetAddress(NamedTuple):
    """Files of a dataset: `pattern` is a path, a folder or a pattern; empty for all.

    Example:
        >>> str(DatasetAddress("me/pets", "v1", "data/*.csv"))
        'hf://datasets/me/pets@v1/data/*.csv'
    """

    repo: str
    revision: str
    pattern: str

    def __str__(self) -> str:
        revision = "" if self.revision == "main" else f"@{self.revision}"
        return f"{DATASETS}{self.repo}{revision}" + (f"/{self.pattern}" if self.pattern else "")


def parse_dataset(source: str) -> DatasetAddress:
    """The address in `hf://datasets/owner/name[@revision][/file]`.

    Raises:
        BadInput: `source` has another form.

    Example:
        >>> parse_dataset("hf://datasets/me/pets/train.csv")
        DatasetAddress(repo='me/pets', revision='main', pattern='train.csv')
    """
    found = ADDRESS.fullmatch(source)
    if not found or ".." in source:
        raise BadInput(
            f"a dataset on the Hub is named {DATASETS}owner/name, {DATASETS}owner/name/file or"
            f" {DATASETS}owner/name@revision/file, got {source!r}"
        )
    return DatasetAddress(found[1], found[2] or "main", (found[3] or "").strip("/"))


def with_local_copies(files: Sequence[str]) -> list[str | Source]:
    """`files` with each address of a dataset replaced by its files in the cache.

    Raises:
        BadInput: an address is invalid, or has no captions.
        Unavailable: the Hub, the network or the disk fails, and there is no cached copy.

    Example:
        >>> with_local_copies(["dogs.txt", "captions/*.txt"])
        ['dogs.txt', 'captions/*.txt']
    """
    found: list[str | Source] = []
    for file in files:
        found.extend(fetch_dataset(file) if file.startswith(PREFIX) else [file])
    return found


def fetch_dataset(source: str) -> list[Source]:
    """The files of a dataset, downloaded unless they are cached.

    Cached files of a pinned commit are used without a request, and others if the Hub fails,
    provided that all files of the address are cached.

    Raises:
        BadInput: the address is invalid, or has no captions.
        Unavailable: the Hub, the network or the disk fails, and there is no cached copy.

    Example:
        >>> fetch_dataset("hf://me/pets")
        Traceback (most recent call last):
        textvae.errors.BadInput: a dataset on the Hub is named hf://datasets/owner/name, ...
    """
    from huggingface_hub.constants import is_offline_mode

    address = parse_dataset(source)
    needs_none = COMMIT.fullmatch(address.revision) or is_offline_mode()
    if needs_none and (copies := _cached(address)):
        return copies
    try:
        find_token()
        return run_with_deadline(lambda heartbeat: _download(address, heartbeat))
    except Exception as error:
        repository = Address(f"datasets/{address.repo}", address.revision)
        failure = explain_dataset(error, str(address), repository)
    if isinstance(failure, Unavailable) and (copies := _cached(address)):
        log.warning("using the cached copy of %s: %s", address, failure)
        return copies
    raise failure


def _download(address: DatasetAddress, heartbeat: Heartbeat) -> list[Source]:
    commit, names = _list_files(address, heartbeat)
    chosen = choose_files(names, address)
    log.info("fetching %s (%d files)", address, len(chosen))
    cache = RepoCache(address.repo, KIND)
    sources = []
    for name in chosen:
        path = cache.path(commit, name)
        if not path.is_file():
            cache.download(commit, name, MAX_FILE_BYTES, heartbeat)
        sources.append(_source(address, name, path))
    with contextlib.suppress(OSError):  # a read-only cache can still be used
        write_file(cache.listing(commit), json_bytes(names))
    cache.remember(address.revision, commit)
    return sources


def _list_files(address: DatasetAddress, heartbeat: Heartbeat) -> tuple[str, list[str]]:
    """The commit that the revision points to, and the names of its files."""
    from huggingface_hub.constants import ENDPOINT

    revision = quote(address.revision, safe="")
    body = io.BytesIO()
    fetch(
        f"{ENDPOINT}/api/datasets/{address.repo}/revision/{revision}",
        body,
        MAX_LIST_BYTES,
        heartbeat,
    )
    try:
        found = json.loads(body.getvalue())
        commit, names = found["sha"], [each["rfilename"] for each in found["siblings"]]
        if COMMIT.fullmatch(commit):
            return commit, [name for name in names if _is_inside(name)]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass
    raise no_hub()


def _is_inside(name: str) -> bool:
    """Whether a file name from the Hub stays within the folder where it is stored."""
    return "\\" not in name and not {"", ".", ".."} & set(name.split("/"))


def choose_files(names: Sequence[str], address: DatasetAddress) -> list[str]:
    """The files of a dataset, among these names, that an address refers to.

    Raises:
        BadInput: there are none or too many, or they are of several kinds or in several
            folders, so that one must be named.

    Example:
        >>> names = ["README.md", "data/test.csv", "data/train.csv"]
        >>> choose_files(names, parse_dataset("hf://datasets/me/pets"))
        ['data/test.csv', 'data/train.csv']
    """
    known = [name for name in sorted(names) if may_hold_captions(PurePosixPath(name).name)]
    pattern = address.pattern
    found = [
        name
        for name in known
        if not pattern
        or name == pattern
        or name.startswith(f"{pattern}/")
        or fnmatch.fnmatchcase(name, pattern)
    ]
    shown = listed(known, 5)
    if not found:
        raise BadInput(
            f"{address} has no file of captions"
            + (
                f" of this name; it has {shown}"
                if known
                else f": none ends in {', '.join(EXTENSIONS)}"
            )
        )
    places = {(str(PurePosixPath(name).parent), extension_of(name)) for name in found}
    if len(places) > 1 and not any(each in pattern for each in "*?["):
        raise BadInput(
            f"{address} has files of several kinds or folders; name one, such as"
            f" {DATASETS}{address.repo}/{found[0]}; it has {shown}"
        )
    if len(found) > MAX_FILES:
        raise BadInput(
            f"{address} has {len(found)} files, at most {MAX_FILES} can be read; name some by a"
            " pattern"
        )
    return found


def _source(address: DatasetAddress, name: str, path: Path) -> Source:
    return Source(str(address._replace(pattern=name)), path, split=split_of(name))


def _cached(address: DatasetAddress) -> list[Source]:
    """The cached copies of the files of an address; empty unless all are cached."""
    cache = RepoCache(address.repo, KIND)
    if address.pattern and (copy := cache.find(address.revision, address.pattern)):
        return [_source(address, address.pattern, copy)]
    try:
        names = json.loads(cache.listing(address.revision).read_bytes())
        chosen = choose_files(names, address)
    except (OSError, ValueError):  # no list is stored, or it has no such files
        return []
    found = [(name, cache.find(address.revision, name)) for name in chosen]
    copies = [_source(address, name, path) for name, path in found if path]
    return copies if len(copies) == len(found) else []
