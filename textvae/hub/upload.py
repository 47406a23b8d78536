"""A model to the Hugging Face Hub, and the page around it as a Space.

Everything goes up in one commit, so no one ever fetches half a model. What is there already
stays as it is. Nothing here needs tensorflow.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textvae.errors import BadInput
from textvae.hub.deadlines import Heartbeat, hub_host, run_with_deadline
from textvae.hub.download import REPO, Address, explained
from textvae.runtime.resources import PACKAGE, SHIPPED, resource
from textvae.saving import manifest, model_card
from textvae.saving.space_card import space_card
from textvae.version import __version__

SLOWEST = 50_000  # bytes a second; the client does not say how far an upload has come
BESIDE_THE_PACKAGE = ("app.py", "requirements.txt", "LICENSE")  # in a Space
SUFFIXES = (".py", ".css", ".js", ".html", ".json", ".svg", ".typed")  # of the package's files


class Pushed(NamedTuple):
    """Where the model is now.

    Attributes:
        address: `hf://owner/repo@commit`, for `textvae.load`.
        url: its page.
        is_new: False when the Hub had the same model already, and nothing was changed.
    """

    address: str
    url: str
    is_new: bool


def check_name(repo: str) -> None:
    """Nothing, or `BadInput` if `repo` is no `owner/repo`."""
    if not REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise BadInput(f"a repository on the Hub is named owner/repo, got {repo!r}")


def push(files: Mapping[str, bytes], repo: str, *, private: bool = False) -> Pushed:
    """Upload a weights folder, given as bytes by name, to the model repository `owner/repo`.

    The repository is made if there is none. When its manifest is the same as that in `files`,
    so is the model, and nothing is changed, not even a card edited there by hand.

    Raises:
        BadInput: the name is none, the repository is public where `private` was asked for, or
            the Hub wants a token that may write there.
        Unavailable: the Hub or the network fails; what was there is untouched.
    """
    check_name(repo)
    try:
        return run_with_deadline(lambda pulse: _push(files, repo, private, pulse))
    except Exception as error:
        raise _explained(error, repo) from None


def _push(files: Mapping[str, bytes], repo: str, private: bool, pulse: Heartbeat) -> Pushed:
    api, commit = _api(), _made(repo, "model", private)
    if not _has(api, repo, commit, files[manifest.NAME]):
        pulse.beat(sum(map(len, files.values())) / SLOWEST)
        message = f"Upload by textvae {__version__}"
        done = api.create_commit(repo, _additions(files), commit_message=message)
        return Pushed(f"hf://{repo}@{done.oid}", _page(repo), True)
    return Pushed(f"hf://{repo}@{commit}", _page(repo), False)


def push_space(pushed: Pushed) -> Pushed:
    """Upload the page as a Space of the same name that shows the model at that commit.

    It is private when the model is. Its variable `TEXTVAE_WEIGHTS` names the model.

    Raises:
        BadInput: the Hub wants another token.
        Unavailable: the Hub or the network fails.
    """
    address = Address(*pushed.address.removeprefix("hf://").split("@"))
    files = space_files()
    try:
        return run_with_deadline(lambda pulse: _push_space(files, address, pulse))
    except Exception as error:
        raise _explained(error, address.repo) from None


def _push_space(files: dict[str, bytes], address: Address, pulse: Heartbeat) -> Pushed:
    api, repo = _api(), address.repo
    is_private = bool(api.model_info(repo).private)
    there = api.list_repo_files(repo, revision=address.revision)
    readme = space_card(
        repo,
        address.revision,
        sdk_version=pinned_version(files),
        is_private=is_private,
        parts=[name for name in manifest.OPTIONAL if name in there],
    )
    files = {**files, model_card.NAME: readme.encode()}
    before = _made(repo, "space", is_private)
    _set_variable(api, repo, "TEXTVAE_WEIGHTS", str(address))
    pulse.beat(sum(map(len, files.values())) / SLOWEST)
    done = api.create_commit(
        repo,
        [*_additions(files), *_deletions(api, repo, files)],
        commit_message=f"The page of textvae {__version__}",
        repo_type="space",
    )
    return Pushed(str(address), _page(f"spaces/{repo}"), done.oid != before)


def space_files() -> dict[str, bytes]:
    """The page's files by name: the package, `app.py` and what it needs; no weights."""
    package = {
        f"textvae/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in SUFFIXES and SHIPPED not in path.parents
    }
    return package | {name: resource(name).read_bytes() for name in BESIDE_THE_PACKAGE}


def pinned_version(files: Mapping[str, bytes], package: str = "gradio") -> str:
    """The version of `package` that `requirements.txt` pins."""
    text = files["requirements.txt"].decode()
    found = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
    if not found:
        raise BadInput(f"requirements.txt must pin {package}, as in {package}==1.2.3")
    return found[1]


# --- single steps --------------------------------------------------------------------------


def _api() -> Any:
    from huggingface_hub import HfApi

    return HfApi(library_name="textvae", library_version=__version__)


def _page(path: str) -> str:
    return f"https://huggingface.co/{path}"


def _made(repo: str, kind: str, private: bool) -> str:
    """The newest commit of the repository, which is made if there is none."""
    api = _api()
    sdk = "gradio" if kind == "space" else None
    api.create_repo(repo, repo_type=kind, private=private or None, exist_ok=True, space_sdk=sdk)
    info = api.repo_info(repo, repo_type=kind)
    if private and not info.private:
        raise BadInput(
            f"{repo} exists and is public; make it private in its settings, or choose another"
            " name"
        )
    return str(info.sha)


def _has(api: Any, repo: str, commit: str, wanted: bytes) -> bool:
    """Whether the repository holds the model with this manifest."""
    if not api.file_exists(repo, manifest.NAME, revision=commit):
        return False
    return (
        Path(api.hf_hub_download(repo, manifest.NAME, revision=commit)).read_bytes() == wanted
    )


def _additions(files: Mapping[str, bytes]) -> list[Any]:
    from huggingface_hub import CommitOperationAdd

    return [CommitOperationAdd(name, data) for name, data in sorted(files.items())]


def _deletions(api: Any, repo: str, files: Mapping[str, bytes]) -> Sequence[Any]:
    """Of the package in the Space, what this version no longer has."""
    from huggingface_hub import CommitOperationDelete

    names = api.list_repo_files(repo, repo_type="space")
    stale = (name for name in names if name.startswith("textvae/") and name not in files)
    return [CommitOperationDelete(name) for name in sorted(stale)]


def _set_variable(api: Any, repo: str, key: str, value: str) -> None:
    before = api.get_space_variables(repo).get(key)
    if before is None or before.value != value:  # a Space restarts when one is set
        api.add_space_variable(repo, key, value)


def _explained(error: Exception, repo: str) -> BadInput:
    """The cause and the way out; a refusal is about writing, where `explained` reads."""
    from huggingface_hub.errors import BadRequestError, HfHubHTTPError, LocalTokenNotFoundError

    if isinstance(error, LocalTokenNotFoundError):
        return BadInput(_token_needed(repo, "no token"))
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in (401, 403):
            return BadInput(_token_needed(repo, str(status)))
        if status in (400, 402) or isinstance(error, BadRequestError):
            reason = " ".join(str(error.server_message or error).split())
            return BadInput(f"{hub_host()} refuses {repo} ({status}): {reason}")
    return explained(error, Address(repo))


def _token_needed(repo: str, cause: str) -> str:
    return (
        f"{hub_host()} does not let you write to {repo} ({cause}); set HF_TOKEN to a token of"
        " yours with write access, from https://huggingface.co/settings/tokens"
    )
