"""Models from the Hugging Face Hub.

    hf://owner/repo             the newest version
    hf://owner/repo@revision    a branch, a tag, or a commit of 40 hexadecimal digits

Only files that `manifest.py` names are fetched, into the cache that all tools of the Hub share,
and they are used only after their sizes and sha256 are checked. A commit that is whole in the
cache is used without a request. Nothing here needs tensorflow.
"""

import contextlib
import errno
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from textvae.errors import BadInput, Unavailable
from textvae.hub.deadlines import Broken, Heartbeat, hub_host, run_with_deadline
from textvae.saving import manifest

PREFIX = "hf://"
MANIFEST_BYTES = 2**16  # ours has 600
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
ELSEWHERE = "try again later, or name a folder or a shipped model instead"
NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"
REPO = re.compile(f"{NAME}/{NAME}")
ADDRESS = re.compile(rf"{PREFIX}({NAME}/{NAME})(?:@([A-Za-z0-9][A-Za-z0-9._/-]*))?")
COMMIT = re.compile("[0-9a-f]{40}")


class Address(NamedTuple):
    """A model on the Hub: `owner/repo`, and a branch, a tag or a commit of it."""

    repo: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"{PREFIX}{self.repo}{'' if self.revision == 'main' else '@' + self.revision}"

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a commit, which never changes."""
        return COMMIT.fullmatch(self.revision) is not None


def parse(source: str) -> Address:
    """The address in `hf://owner/repo[@revision]`. Raises `BadInput` if it is none."""
    found = ADDRESS.fullmatch(source)
    if not found or ".." in source:
        raise BadInput(
            "a model on the Hub is named hf://owner/repo or hf://owner/repo@revision,"
            f" got {source!r}"
        )
    return Address(found[1], found[2] or "main")


class Fetched(NamedTuple):
    """A weights folder in the cache.

    Attributes:
        folder: all files of it are there and as its manifest lists them.
        revision: the commit that they are of.
        notice: why this is the cached copy and perhaps not the newest; else empty.
    """

    folder: Path
    revision: str
    notice: str = ""


def fetch(source: str) -> Fetched:
    """The weights folder of `hf://owner/repo[@revision]`, downloaded unless it is cached.

    A pinned revision that is whole in the cache is used without a request. Otherwise the Hub is
    asked, and where it fails, the copy that the cache has of this revision is used.

    Raises:
        BadInput: the address is wrong, or what is there is not a model of ours.
        Unavailable: the Hub, the network or the disk fails, and there is no cached copy.
    """
    address = parse(source)
    if address.is_pinned and (copy := cached(address)) and not copy.damaged:
        return Fetched(copy.folder, address.revision)
    try:
        folder = run_with_deadline(lambda pulse: _download(address, pulse))
        return Fetched(folder, folder.name)
    except Exception as error:
        trouble = explained(error, address)
    if (copy := cached(address)) is None:
        raise trouble
    if copy.damaged:
        damaged = copy.folder / copy.damaged[0]
        raise type(trouble)(f"the cached {damaged} is missing or damaged, and {trouble}")
    notice = f"using the cached copy of {address} (commit {copy.folder.name[:7]}): {trouble}"
    return Fetched(copy.folder, copy.folder.name, notice)


class Copy(NamedTuple):
    """What the cache has of a revision; `damaged` files are missing or not as listed."""

    folder: Path
    damaged: list[str]


def cached(address: Address) -> Copy | None:
    """What the cache has of this revision; None when not even the manifest is there."""
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(address.repo, manifest.NAME, revision=address.revision)
    if not isinstance(path, str):
        return None
    folder = Path(path).parent
    try:
        return Copy(folder, manifest.changed_files(folder))
    except (BadInput, OSError):
        return Copy(folder, [manifest.NAME])


def _download(address: Address, pulse: Heartbeat) -> Path:
    """Bring the cache up to date and give the folder in it, every file checked."""
    commit = Address(address.repo, _commit_of(address, pulse))
    copy = cached(commit)
    if copy is None or copy.damaged:
        # What is left of a copy that is not whole was cut short or tampered with, perhaps the
        # manifest itself: that is the first to be fetched anew.
        path = _get(commit, manifest.NAME, MANIFEST_BYTES, pulse, again=copy is not None)
        copy = Copy(path.parent, [])
        _get_listed(commit, copy.folder, pulse)
    _remember(address, copy.folder)
    return copy.folder


def _get_listed(commit: Address, folder: Path, pulse: Heartbeat) -> None:
    """The files that the manifest lists, those left out that are there already."""
    listed = manifest.read(folder / manifest.NAME)
    size = sum(entry.size for entry in listed.values())
    print(f"fetching {commit} ({size / 1e6:.1f} MB)", file=sys.stderr, flush=True)
    for name, entry in listed.items():
        path = folder / name
        if not manifest.is_as_listed(path, entry):
            path = _get(commit, name, entry.size, pulse, again=path.exists())
        if not manifest.is_as_listed(path, entry):
            raise BadInput(
                f"{name} of {commit} is not the file that its manifest lists: the model was"
                " damaged when it was pushed; push it again, or name another revision"
            )


def _commit_of(address: Address, pulse: Heartbeat) -> str:
    """The commit that the revision stands for: the one question that decides everything."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(address.repo, manifest.NAME, revision=address.revision)
    commit: str | None = get_hf_file_metadata(url, timeout=pulse.deadline).commit_hash
    if commit is None or not COMMIT.fullmatch(commit):
        raise Broken(f"{hub_host()} does not answer as the Hub does (see HF_ENDPOINT)")
    if address.is_pinned and commit != address.revision:
        raise Broken(f"{hub_host()} answers with another commit, {commit}")
    return commit


def _get(commit: Address, name: str, size: int, pulse: Heartbeat, *, again: bool) -> Path:
    """One file into the cache; `again` replaces what is there."""
    from huggingface_hub import hf_hub_download

    pulse.expect(size)
    path = hf_hub_download(
        commit.repo,
        name,
        revision=commit.revision,
        etag_timeout=pulse.deadline,
        force_download=again,
        tqdm_class=pulse.bar(),
    )
    return Path(path)


def _remember(address: Address, folder: Path) -> None:
    """Note which commit a branch or tag stands for, as the cache's own `refs/` do.

    Only when the folder is complete: until then the branch keeps its last complete copy.
    """
    if not address.is_pinned:
        ref = folder.parents[1] / "refs" / address.revision
        with contextlib.suppress(OSError):  # a cache that cannot be written still serves
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(folder.name)


# --- what went wrong, in one sentence ------------------------------------------------------


def explained(error: Exception, address: Address) -> BadInput:
    """The cause and the way out. An `Unavailable` may work another time as it is."""
    import httpx2
    from huggingface_hub import errors as hub

    if isinstance(error, hub.LocalEntryNotFoundError):
        error = error.__cause__ or error  # the client's summary hides what happened
    match error:
        case BadInput():
            return error
        case hub.HFValidationError():
            return BadInput(f"{address.repo!r} cannot be a name on the Hub: {_line(error)}")
        case hub.HfHubHTTPError():
            return _refused(error, address)
        case hub.OfflineModeIsEnabled():
            reason, way_out = "HF_HUB_OFFLINE is set", "unset it once to fetch the model"
        case OSError() if error.errno is not None:
            return _disk(error)
        case httpx2.TimeoutException():
            reason, way_out = f"{hub_host()} does not answer in time", ELSEWHERE
        case Broken():
            reason, way_out = str(error), ELSEWHERE
        case _:
            reason, way_out = f"cannot reach {hub_host()} ({_line(error)})", ELSEWHERE
    return Unavailable(f"{address} is not to be had: {reason}; {way_out}")


def _refused(error: Any, address: Address) -> BadInput:
    """What the Hub said no to."""
    from huggingface_hub import errors as hub

    repo, status = address.repo, error.response.status_code
    page = f"https://huggingface.co/{repo}"
    match error:
        case hub.GatedRepoError():
            text = f"{repo} is gated: ask for access at {page} and set HF_TOKEN to your token"
        case hub.RevisionNotFoundError():
            text = f"{repo} has no revision {address.revision!r}; see {page}/commits/main"
        case hub.EntryNotFoundError():
            name = error.response.url.path.rpartition("/")[2]
            text = (
                f"{address} has no {name}, so it is not a whole textvae model; check the name,"
                " or push the model with python -m textvae push"
            )
        case hub.RepositoryNotFoundError():
            text = (
                f"there is no {repo} on the Hub, or it is private; check the name, or set"
                " HF_TOKEN to a token that may read it"
            )
        case _ if status in (401, 403):
            text = f"{repo} is not yours to use ({status}): set HF_TOKEN to a token that may"
        case _:
            reason = f"{hub_host()} answers {status} ({_line(error)})"
            return Unavailable(f"{address} is not to be had: {reason}; {ELSEWHERE}")
    return BadInput(text)


def _disk(error: OSError) -> Unavailable:
    from huggingface_hub.constants import HF_HUB_CACHE

    cause = "is full" if error.errno in FULL else f"cannot be used ({error.strerror})"
    return Unavailable(
        f"the disk of the cache {HF_HUB_CACHE} {cause}; make room, or set HF_HOME to a folder"
        " on another disk"
    )


def _line(error: BaseException) -> str:
    """The first line of what it says, or what it is."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
