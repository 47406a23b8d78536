"""Files of a repository in the cache that all Hub tools share.

Its layout is public: `blobs/` holds each content once, named by its hash on the Hub,
`snapshots/<commit>/` links to them under the names of the files, and `refs/` records which
commit a branch or tag points to. `textvae/` is our own: the names of all files of a commit.
https://huggingface.co/docs/huggingface_hub/guides/manage-cache
"""

import contextlib
import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from textvae.hub.heartbeat import Heartbeat, TransferError, hub_host
from textvae.hub.transfer import FileMetadata, fetch
from textvae.saving.files import named_path, write_file

BLOCK = 2**20
SHA256, GIT_HASH = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{40}")


class RepoCache:
    """The files of the repository `owner/repo` in the cache.

    Args:
        repo: its name.
        kind: `model` or `dataset`.

    Example:
        >>> RepoCache("me/pets").path("0a1b2c", "config.json").as_posix()
        '.../models--me--pets/snapshots/0a1b2c/config.json'
    """

    def __init__(self, repo: str, kind: str = "model") -> None:
        from huggingface_hub.constants import HF_HUB_CACHE
        from huggingface_hub.file_download import repo_folder_name

        self.repo, self.kind = repo, kind
        cache = named_path(HF_HUB_CACHE)
        self.folder: Path = cache / repo_folder_name(repo_id=repo, repo_type=kind)

    def path(self, commit: str, name: str) -> Path:
        """The path of a file of a commit, existing or not."""
        return self.folder / "snapshots" / commit / name

    def find(self, revision: str, name: str) -> Path | None:
        """A file of a branch, a tag or a commit; None if the cache does not have it."""
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(self.repo, name, repo_type=self.kind, revision=revision)
        return Path(found) if isinstance(found, str) else None

    def blob(self, name: str) -> Path:
        """The path of the content with this hash, existing or not."""
        return self.folder / "blobs" / name

    def listing(self, revision: str) -> Path:
        """The path of the list of all files of a branch, a tag or a commit, existing or not."""
        ref = self.folder / "refs" / revision
        commit = ref.read_text(encoding="utf-8").strip() if ref.is_file() else revision
        return self.folder / "textvae" / f"{commit}.json"

    def remember(self, revision: str, commit: str) -> None:
        """Record which commit a branch or tag points to."""
        if revision == commit:
            return
        ref = self.folder / "refs" / revision
        with contextlib.suppress(OSError):  # a read-only cache can still be used
            write_file(ref, commit.encode())

    def download(self, commit: str, name: str, max_bytes: int, heartbeat: Heartbeat) -> Path:
        """Download a file of a commit, replacing an earlier copy.

        Raises:
            TransferError: the Hub sends a file of another commit, or other bytes than
                announced.
            Exception: as `transfer.fetch` does.
        """
        from huggingface_hub import hf_hub_url

        url = hf_hub_url(self.repo, name, repo_type=self.kind, revision=commit)
        with self._unfinished(heartbeat) as file:
            metadata = fetch(url, file, max_bytes, heartbeat)
            file.close()
            path = Path(file.name)
            _check(path, name, commit, metadata, heartbeat)
            if SHA256.fullmatch(metadata.etag) or GIT_HASH.fullmatch(metadata.etag):
                path.replace(self.blob(metadata.etag))
                return self.link(metadata.etag, commit, name)
            place = self.path(commit, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
            return place

    def link(self, blob: str, commit: str, name: str) -> Path:
        """Link a blob of the cache as a file of a commit, replacing an earlier copy."""
        place, content = self.path(commit, name), self.blob(blob)
        place.parent.mkdir(parents=True, exist_ok=True)
        link = place.with_name(uuid.uuid4().hex)
        try:
            link.symlink_to(os.path.relpath(content, place.parent))
        except OSError:  # no links on this file system, or in Windows
            content.replace(place)
        else:
            link.replace(place)
        return place

    @contextlib.contextmanager
    def _unfinished(self, heartbeat: Heartbeat) -> Iterator[BinaryIO]:
        """An empty file next to the blobs, removed afterwards unless it was moved."""
        path = self.blob(f"{uuid.uuid4().hex}.incomplete")
        path.parent.mkdir(parents=True, exist_ok=True)
        heartbeat.unfinished = path
        try:
            with path.open("xb") as file:
                yield file
        finally:
            path.unlink(missing_ok=True)
            heartbeat.unfinished = None


def _check(
    path: Path, name: str, commit: str, metadata: FileMetadata, heartbeat: Heartbeat
) -> None:
    if metadata.commit not in ("", commit):
        raise TransferError(
            f"{hub_host()} answers with another commit, {metadata.commit!r:.60}"
        )
    if SHA256.fullmatch(metadata.etag):
        digest = hashlib.sha256()
    elif GIT_HASH.fullmatch(metadata.etag):
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    else:
        return
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            heartbeat.beat()
    if digest.hexdigest() != metadata.etag:
        raise TransferError(
            f"{name} is not what {hub_host()} announced: it was cut short or changed on the way"
        )
