"""A model to the Hugging Face Hub.

Everything goes up in one commit, so that nobody ever downloads half a model. Files that are
there already are kept. Nothing here needs TensorFlow.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textvae.hub.addresses import Address, check_repo_name
from textvae.hub.deadlines import run_with_deadline
from textvae.hub.failures import explain_upload
from textvae.hub.heartbeat import Heartbeat
from textvae.hub.repository import (
    Pushed,
    additions,
    allow_for_upload,
    ensure_repository,
    hub_api,
    page_url,
)
from textvae.saving import manifest
from textvae.version import __version__


def push(files: Mapping[str, bytes], repo: str, *, private: bool = False) -> Pushed:
    """Upload a weights folder, given as bytes by name, to the model repository `owner/repo`.

    The repository is created if it does not exist. If its manifest is the same as that in
    `files`, so is the model, and nothing is changed, not even a card edited there by hand.

    Raises:
        BadInput: the name has another form, the repository is public and `private` is asked
            for, or the Hub wants a token that may write there.
        Unavailable: the Hub or the network fails; what was there is untouched.
    """
    check_repo_name(repo)
    try:
        return run_with_deadline(lambda heartbeat: _push(files, repo, private, heartbeat))
    except Exception as error:
        raise explain_upload(error, repo) from None


def _push(files: Mapping[str, bytes], repo: str, private: bool, heartbeat: Heartbeat) -> Pushed:
    api = hub_api()
    commit = ensure_repository(api, repo, "model", private)
    if _has(api, repo, commit, files[manifest.NAME]):
        return Pushed(str(Address(repo, commit)), page_url(repo), False)
    allow_for_upload(heartbeat, files)
    message = f"Upload by textvae {__version__}"
    done = api.create_commit(repo, additions(files), commit_message=message)
    return Pushed(str(Address(repo, done.oid)), page_url(repo), True)


def _has(api: Any, repo: str, commit: str, wanted: bytes) -> bool:
    """Whether the repository holds the model with this manifest."""
    if not api.file_exists(repo, manifest.NAME, revision=commit):
        return False
    path = api.hf_hub_download(repo, manifest.NAME, revision=commit)
    return Path(path).read_bytes() == wanted
