"""Uploading a model to the Hugging Face Hub.

Everything is uploaded in one commit, so that no one downloads an incomplete model. Other files
of the repository are kept. This module does not need TensorFlow.
"""

import io
from collections.abc import Mapping

from textvae.errors import BadInput, Unavailable
from textvae.hub.addresses import Address, checked_repo_name
from textvae.hub.client_hooks import monitored_client
from textvae.hub.deadlines import run_with_deadline
from textvae.hub.failures import explain_upload, token_advice
from textvae.hub.heartbeat import Heartbeat
from textvae.hub.repository import (
    Pushed,
    additions,
    allow_for_upload,
    create_repository,
    hub_api,
    newest_commit,
    page_url,
)
from textvae.hub.tokens import find_token
from textvae.hub.transfer import fetch
from textvae.saving import manifest
from textvae.version import __version__


def check_can_push(repo: str) -> None:
    """Check that `repo` is a valid name and that there is a token, of any permissions.

    Raises:
        BadInput: the name has another form, or there is no token.

    Example:
        >>> check_can_push("model")
        Traceback (most recent call last):
        textvae.errors.BadInput: a repository on the Hub is named owner/repo, got 'model'
    """
    checked_repo_name(repo)
    if find_token() is None:
        advice = token_advice("has write access to it")
        raise BadInput(f"cannot push to {Address(repo)}: there is no token; {advice}")


def push(files: Mapping[str, bytes], repo: str, *, private: bool = False) -> Pushed:
    """Upload a weights folder, given as bytes by name, to the model repository `owner/repo`.

    The repository is created if it does not exist. If its manifest is the same as that in
    `files`, so is the model, and nothing is changed, not even a card edited by hand.

    Raises:
        BadInput: the name has another form, the repository is public and `private` is
            requested, or the Hub requires a token with write access.
        Unavailable: the Hub or the network fails; existing files are untouched. The message
            mentions a repository that was created and is still empty.

    Example:
        >>> push({"config.json": b"{}"}, "pets")
        Traceback (most recent call last):
        textvae.errors.BadInput: a repository on the Hub is named owner/repo, got 'pets'
    """
    check_can_push(repo)
    upload = _Upload(files, repo, private)
    try:
        return run_with_deadline(upload.run)
    except Exception as error:
        failure = explain_upload(error, str(Address(repo)))
    if isinstance(failure, Unavailable) and (pushed := upload.find_committed()):
        return pushed  # the answer was lost, not the commit
    left = f"; {page_url(repo)} was created and is empty" if upload.has_created else ""
    raise type(failure)(f"{failure}{left}")


class _Upload:
    """One upload and its progress."""

    def __init__(self, files: Mapping[str, bytes], repo: str, private: bool) -> None:
        self.files, self.repo, self.private = files, repo, private
        self.has_created = self.is_committing = False

    def run(self, heartbeat: Heartbeat) -> Pushed:
        with monitored_client(heartbeat):
            api = hub_api()
            commit = newest_commit(api, self.repo, "model", self.private)
            if commit is None:
                create_repository(api, self.repo, "model", self.private)
                self.has_created = True
                newest_commit(api, self.repo, "model", self.private)  # private, as requested
            elif self._is_at(commit, heartbeat):
                return self._pushed(commit, is_new=False)
            allow_for_upload(heartbeat, self.files)
            self.is_committing = True
            message = f"Upload by textvae {__version__}"
            done = api.create_commit(self.repo, additions(self.files), commit_message=message)
            return self._pushed(done.oid, is_new=True)

    def find_committed(self) -> Pushed | None:
        """The model on the Hub, if the upload arrived but the answer was lost."""
        if not self.is_committing:
            return None

        def find(heartbeat: Heartbeat) -> Pushed | None:
            with monitored_client(heartbeat):
                commit = newest_commit(hub_api(), self.repo, "model")
            if commit and self._is_at(commit, heartbeat):
                return self._pushed(commit, is_new=True)
            return None

        try:
            return run_with_deadline(find)
        except Exception:  # the failure that led here gives the reason
            return None

    def _is_at(self, commit: str, heartbeat: Heartbeat) -> bool:
        """Whether the repository holds the model with this manifest."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.errors import EntryNotFoundError

        wanted, found = self.files[manifest.NAME], io.BytesIO()
        url = hf_hub_url(self.repo, manifest.NAME, revision=commit)
        try:
            fetch(url, found, len(wanted), heartbeat)
        except (EntryNotFoundError, BadInput):  # no manifest, or of another size
            return False
        return found.getvalue() == wanted

    def _pushed(self, commit: str, *, is_new: bool) -> Pushed:
        return Pushed(str(Address(self.repo, commit)), page_url(self.repo), is_new)
