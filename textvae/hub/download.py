"""Models from the Hugging Face Hub.

Only files that `saving.manifest` names are downloaded, into the cache that all tools of the
Hub share, and they are used only after their sizes and sha256 are checked. A commit that is
complete in the cache is used without a request. Nothing here needs TensorFlow.
"""

import contextlib
import logging
from pathlib import Path
from typing import NamedTuple

from textvae.errors import BadInput
from textvae.hub.addresses import COMMIT, Address, parse_address
from textvae.hub.client_hooks import progress_bar
from textvae.hub.deadlines import run_with_deadline
from textvae.hub.failures import explain_download
from textvae.hub.heartbeat import Heartbeat, TransferError, hub_host
from textvae.saving import manifest

MANIFEST_BYTES = 2**16  # ours has 600
log = logging.getLogger(__name__)


class Fetched(NamedTuple):
    """A weights folder in the cache.

    Attributes:
        folder: it has all files that its manifest lists.
        revision: the commit that they belong to.
        notice: why this is the cached copy and perhaps not the newest version; else empty.
    """

    folder: Path
    revision: str
    notice: str = ""


def fetch(source: str) -> Fetched:
    """The weights folder of `hf://owner/repo[@revision]`, downloaded unless it is cached.

    A pinned revision that is complete in the cache is used without a request. Otherwise the Hub
    is asked, and if it fails, the copy of this revision in the cache is used.

    Raises:
        BadInput: the address is wrong, or what is there is not a textvae model.
        Unavailable: the Hub, the network or the disk fails, and there is no cached copy.
    """
    address = parse_address(source)
    if address.is_pinned and (copy := find_cached(address)) and not copy.damaged:
        return Fetched(copy.folder, address.revision)
    try:
        folder = run_with_deadline(lambda heartbeat: _download(address, heartbeat))
        return Fetched(folder, folder.name)
    except Exception as error:
        failure = explain_download(error, address)
    if (copy := find_cached(address)) is None:
        raise failure
    if copy.damaged:
        damaged = copy.folder / copy.damaged[0]
        raise type(failure)(f"the cached {damaged} is missing or damaged, and {failure}")
    notice = f"using the cached copy of {address} (commit {copy.folder.name[:7]}): {failure}"
    return Fetched(copy.folder, copy.folder.name, notice)


class CachedCopy(NamedTuple):
    """What the cache has of a revision; `damaged` files are missing or not as listed."""

    folder: Path
    damaged: list[str]


def find_cached(address: Address) -> CachedCopy | None:
    """What the cache has of this revision; None if it has not even the manifest."""
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(address.repo, manifest.NAME, revision=address.revision)
    if not isinstance(path, str):
        return None
    folder = Path(path).parent
    try:
        return CachedCopy(folder, manifest.changed_files(folder))
    except (BadInput, OSError):
        return CachedCopy(folder, [manifest.NAME])


def _download(address: Address, heartbeat: Heartbeat) -> Path:
    """Bring the cache up to date; its folder, with every file checked."""
    commit = Address(address.repo, _commit_of(address, heartbeat))
    copy = find_cached(commit)
    if copy is None or copy.damaged:
        # A damaged copy was cut short or tampered with, perhaps in the manifest itself, so that
        # is downloaded again first.
        path = _get(commit, manifest.NAME, MANIFEST_BYTES, heartbeat, again=copy is not None)
        copy = CachedCopy(path.parent, [])
        _get_listed(commit, copy.folder, heartbeat)
    _remember(address, copy.folder)
    return copy.folder


def _get_listed(commit: Address, folder: Path, heartbeat: Heartbeat) -> None:
    """Download the files that the manifest lists, except those already there."""
    listed = manifest.read(folder / manifest.NAME)
    size = sum(entry.size for entry in listed.values())
    log.info("fetching %s (%.1f MB)", commit, size / 1e6)
    for name, entry in listed.items():
        path = folder / name
        if not manifest.is_as_listed(path, entry):
            path = _get(commit, name, entry.size, heartbeat, again=path.exists())
        if not manifest.is_as_listed(path, entry):
            raise BadInput(
                f"{name} of {commit} is not the file that its manifest lists: the model was"
                " damaged when it was pushed; push it again, or name another revision"
            )


def _commit_of(address: Address, heartbeat: Heartbeat) -> str:
    """The commit that the revision stands for, by one request."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(address.repo, manifest.NAME, revision=address.revision)
    commit: str | None = get_hf_file_metadata(url, timeout=heartbeat.deadline).commit_hash
    if commit is None or not COMMIT.fullmatch(commit):
        raise TransferError(f"{hub_host()} does not answer as the Hub does (see HF_ENDPOINT)")
    if address.is_pinned and commit != address.revision:
        raise TransferError(f"{hub_host()} answers with another commit, {commit}")
    return commit


def _get(
    commit: Address, name: str, num_bytes: int, heartbeat: Heartbeat, *, again: bool
) -> Path:
    """One file in the cache; `again` replaces the one that is there."""
    from huggingface_hub import hf_hub_download

    heartbeat.expect(num_bytes)
    path = hf_hub_download(
        commit.repo,
        name,
        revision=commit.revision,
        etag_timeout=heartbeat.deadline,
        force_download=again,
        tqdm_class=progress_bar(heartbeat),
    )
    return Path(path)


def _remember(address: Address, folder: Path) -> None:
    """Note which commit a branch or tag stands for, as the cache's own `refs/` do.

    Only when the folder is complete: until then the branch keeps its last complete copy.
    """
    if not address.is_pinned:
        ref = folder.parents[1] / "refs" / address.revision
        with contextlib.suppress(OSError):  # a cache that cannot be written is still of use
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(folder.name)
