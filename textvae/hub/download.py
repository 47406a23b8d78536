"""Models from the Hugging Face Hub.

Only files that `saving.manifest` names are downloaded, into the cache that all Hub tools share,
and they are used only after their sizes and sha256 are checked. A commit that is complete in
the cache is used without a request. This module does not need TensorFlow.
"""

import logging
from pathlib import Path
from typing import NamedTuple

from textvae.errors import BadInput
from textvae.hub.addresses import COMMIT, Address, parse_address
from textvae.hub.cache import RepoCache
from textvae.hub.deadlines import run_with_deadline
from textvae.hub.failures import explain_download
from textvae.hub.heartbeat import Heartbeat, TransferError, hub_host
from textvae.hub.tokens import find_token
from textvae.hub.transfer import fetch_metadata, no_hub, web_page
from textvae.saving import manifest

log = logging.getLogger(__name__)


class Fetched(NamedTuple):
    """A weights folder in the cache.

    Attributes:
        folder: with all files that its manifest lists.
        revision: the commit of the files.
        notice: why this is a cached copy, perhaps not the newest version; else empty.
    """

    folder: Path
    revision: str
    notice: str = ""


def fetch(source: str) -> Fetched:
    """The weights folder of `hf://owner/repo[@revision]`, downloaded unless it is cached.

    A pinned revision that is complete in the cache is used without a request; with
    `HF_HUB_OFFLINE`, so is any complete copy. Otherwise the Hub is queried, and if it fails,
    the cached copy of this revision is used.

    Raises:
        BadInput: the address is invalid, or does not have a textvae model.
        Unavailable: the Hub, the network or the disk fails, and there is no cached copy.

    Example:
        >>> fetch("hf://pets")
        Traceback (most recent call last):
        textvae.errors.BadInput: a model on the Hub is named hf://owner/repo or ...
    """
    from huggingface_hub.constants import is_offline_mode

    address, is_offline = parse_address(source), is_offline_mode()
    if is_offline or address.is_pinned:
        copy = find_cached(address)
        if copy and not copy.damaged:
            return Fetched(copy.folder, copy.folder.name)
    try:
        find_token()
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
    """A revision in the cache; `damaged` files are missing or differ from the manifest."""

    folder: Path
    damaged: list[str]


def find_cached(address: Address) -> CachedCopy | None:
    """This revision in the cache; None if not even its manifest is there.

    Example:
        >>> find_cached(Address("me/not-downloaded-yet")) is None
        True
    """
    path = RepoCache(address.repo).find(address.revision, manifest.NAME)
    if path is None:
        return None
    try:
        return CachedCopy(path.parent, manifest.changed_files(path.parent))
    except (BadInput, OSError):
        return CachedCopy(path.parent, [manifest.NAME])


def _download(address: Address, heartbeat: Heartbeat) -> Path:
    """Update the cache; returns the folder, with every file checked."""
    commit, cache = _commit_of(address, heartbeat), RepoCache(address.repo)
    copy = find_cached(Address(address.repo, commit))
    folder = copy.folder if copy else cache.path(commit, manifest.NAME).parent
    if copy is None or copy.damaged:
        # A damaged copy was truncated or tampered with, perhaps even in the manifest, so that
        # is downloaded again first.
        path = cache.download(commit, manifest.NAME, manifest.MANIFEST_BYTES, heartbeat)
        _get_listed(cache, commit, manifest.read(path), heartbeat)
    # Only now: until then, the last complete copy is used.
    cache.remember(address.revision, commit)
    return folder


def _get_listed(
    cache: RepoCache, commit: str, listed: manifest.Manifest, heartbeat: Heartbeat
) -> None:
    """Download the files that the manifest lists, except those already there."""
    address = Address(cache.repo, commit)
    size = sum(entry.size for entry in listed.values())
    log.info("fetching %s (%.1f MB)", address, size / 1e6)
    for name, entry in listed.items():
        if manifest.is_as_listed(cache.path(commit, name), entry):
            continue
        if manifest.is_as_listed(cache.blob(entry.sha256), entry):  # of another commit
            cache.link(entry.sha256, commit, name)
            continue
        path = cache.download(commit, name, entry.size, heartbeat)
        if not manifest.is_as_listed(path, entry):
            raise BadInput(
                f"{name} of {address} is not the file that its manifest lists: the model was"
                " damaged when it was pushed; push it again, or name another revision"
            )


def _commit_of(address: Address, heartbeat: Heartbeat) -> str:
    """The commit that the revision points to, from one request."""
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(address.repo, manifest.NAME, revision=address.revision)
    metadata = fetch_metadata(url, heartbeat)
    if not COMMIT.fullmatch(metadata.commit):
        if "text/html" in metadata.content_type:
            raise TransferError(web_page(hub_host()))
        raise no_hub()
    if address.is_pinned and metadata.commit != address.revision:
        raise TransferError(f"{hub_host()} answers with another commit, {metadata.commit}")
    return metadata.commit
