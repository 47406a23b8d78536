"""A Space that shows the page of a model on the Hub, under the same name."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from textvae.errors import BadInput
from textvae.hub.addresses import Address, parse_address
from textvae.hub.client_hooks import monitored_client
from textvae.hub.deadlines import run_with_deadline
from textvae.hub.failures import explain_upload
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
from textvae.runtime.resources import PACKAGE, SHIPPED, resource
from textvae.saving import manifest, model_card
from textvae.saving.space_card import space_card
from textvae.version import __version__

REQUIREMENTS = "requirements.txt"
LOCK = "requirements.lock"
# The Hub installs this file by a separate command before `requirements.txt`. To the latter its
# builder adds packages without hashes, so pip would refuse a lock file there. Source:
# https://huggingface.co/docs/hub/spaces-dependencies
INSTALLED_FIRST = "pre-requirements.txt"
BESIDE_THE_PACKAGE = ("app.py", REQUIREMENTS, "LICENSE")  # in a Space
GPU_HARDWARE = "t4-small"  # suggested by the card; any GPU of the Hub will do
# Of the package's files; the last two are the font and its licence.
SUFFIXES = (".py", ".css", ".js", ".html", ".json", ".svg", ".typed", ".woff2", ".txt")


def push_space(pushed: Pushed, *, gpu: bool = False) -> Pushed:
    """Upload the page as a Space that shows the model at the commit in `pushed.address`.

    It is private if the model is. Its variable `TEXTVAE_WEIGHTS` names the model. With `gpu` it
    also installs the CUDA libraries, for GPU hardware.

    Raises:
        BadInput: the Hub requires another token, or refuses.
        Unavailable: the Hub or the network fails. The message mentions a Space that was created
            and is still empty.
    """
    address, files = parse_address(pushed.address), space_files(gpu=gpu)
    made: list[str] = []
    try:
        return run_with_deadline(
            lambda heartbeat: _push_space(files, address, gpu, made, heartbeat)
        )
    except Exception as error:
        failure = explain_upload(error, f"the Space {address.repo}")
    left = "".join(f"; {each} was created and is empty" for each in made)
    raise type(failure)(f"{failure}{left}; the model is at {pushed.url}")


def _push_space(
    files: dict[str, bytes],
    address: Address,
    gpu: bool,
    made: list[str],
    heartbeat: Heartbeat,
) -> Pushed:
    with monitored_client(heartbeat):
        api, repo = hub_api(), address.repo
        is_private = bool(api.model_info(repo).private)
        in_model = api.list_repo_files(repo, revision=address.revision)
        readme = space_card(
            repo,
            address.revision,
            sdk_version=pinned_version(files),
            is_private=is_private,
            parts=[name for name in manifest.OPTIONAL if name in in_model],
            hardware=GPU_HARDWARE if gpu else "cpu-basic",
        )
        files = {**files, model_card.NAME: readme.encode()}
        before = newest_commit(api, repo, "space", is_private)
        if before is None:
            create_repository(api, repo, "space", is_private)
            made.append(page_url(f"spaces/{repo}"))
            before = newest_commit(api, repo, "space", is_private)
        _set_variable(api, repo, "TEXTVAE_WEIGHTS", str(address))
        allow_for_upload(heartbeat, files)
        done = api.create_commit(
            repo,
            [*additions(files), *_deletions(api, repo, files)],
            commit_message=f"The page of textvae {__version__}",
            repo_type="space",
        )
        return Pushed(str(address), page_url(f"spaces/{repo}"), done.oid != before)


def space_files(*, gpu: bool = False) -> dict[str, bytes]:
    """The files of the page by name: the package, `app.py` and what it needs; no weights.

    The lock file, with the sha256 of every package, is installed first.

    Args:
        gpu: whether `requirements.txt` includes the CUDA libraries, which are not locked.

    Example:
        >>> sorted(name for name in space_files() if "/" not in name)
        ['LICENSE', 'app.py', 'pre-requirements.txt', 'requirements.txt']
    """
    package = {
        f"textvae/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in SUFFIXES and SHIPPED not in path.parents
    }
    beside = {name: resource(name).read_bytes() for name in BESIDE_THE_PACKAGE}
    beside[INSTALLED_FIRST] = resource(LOCK).read_bytes()
    if gpu:
        beside[REQUIREMENTS] = with_cuda(beside[REQUIREMENTS])
    return package | beside


def with_cuda(requirements: bytes) -> bytes:
    r"""`requirements.txt` with the CUDA libraries that its TensorFlow needs.

    Raises:
        BadInput: it does not pin TensorFlow.

    Example:
        >>> with_cuda(b"keras==3.15.1\ntensorflow==2.21.0\n")
        b'keras==3.15.1\ntensorflow[and-cuda]==2.21.0\n'
    """
    version = pinned_version({REQUIREMENTS: requirements}, "tensorflow").encode()
    plain = b"tensorflow==" + version
    return requirements.replace(plain, plain.replace(b"tensorflow", b"tensorflow[and-cuda]"))


def pinned_version(files: Mapping[str, bytes], package: str = "gradio") -> str:
    r"""The version of `package` that `requirements.txt` pins.

    Raises:
        BadInput: it does not pin one.

    Example:
        >>> pinned_version({"requirements.txt": b"gradio==6.31.0\n"})
        '6.31.0'
    """
    text = files[REQUIREMENTS].decode()
    found = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
    if not found:
        raise BadInput(f"{REQUIREMENTS} must pin {package}, as in {package}==1.2.3")
    return found[1]


def _deletions(api: Any, repo: str, files: Mapping[str, bytes]) -> Sequence[Any]:
    """The operations that delete files of the package that this version no longer has."""
    from huggingface_hub import CommitOperationDelete

    names = api.list_repo_files(repo, repo_type="space")
    stale = (name for name in names if name.startswith("textvae/") and name not in files)
    return [CommitOperationDelete(name) for name in sorted(stale)]


def _set_variable(api: Any, repo: str, key: str, value: str) -> None:
    before = api.get_space_variables(repo).get(key)
    if before is None or before.value != value:  # setting a variable restarts the Space
        api.add_space_variable(repo, key, value)
