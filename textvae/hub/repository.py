"""Steps of writing to a repository on the Hub, shared by models and Spaces."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from textvae.errors import BadInput
from textvae.hub.heartbeat import Heartbeat
from textvae.version import __version__

SLOW_LINE = 50_000  # bytes per second, since the client does not report progress


class Pushed(NamedTuple):
    """The location of a pushed model.

    Attributes:
        address: `hf://owner/repo@commit`, for `textvae.load`.
        url: its page.
        is_new: False if the Hub already had the same model, so nothing was changed.

    Example:
        >>> pushed = Pushed("hf://me/model@0a1b2c3", page_url("me/model"), is_new=True)
        >>> pushed.url
        'https://huggingface.co/me/model'
    """

    address: str
    url: str
    is_new: bool


def hub_api() -> Any:
    """The client's interface, which names this package in its requests.

    Example:
        >>> hub_api().library_name
        'textvae'
    """
    from huggingface_hub import HfApi

    return HfApi(library_name="textvae", library_version=__version__)


def page_url(path: str) -> str:
    """The address of a page of the Hub.

    Example:
        >>> page_url("me/model")
        'https://huggingface.co/me/model'
    """
    return f"https://huggingface.co/{path}"


def newest_commit(api: Any, repo: str, kind: str, private: bool = False) -> str | None:
    """The newest commit of a repository; None if the token cannot see any.

    Raises:
        BadInput: it is public, and `private` is requested.

    Example:
        >>> from types import SimpleNamespace
        >>> info = SimpleNamespace(sha="0a1b2c3", private=False)
        >>> api = SimpleNamespace(repo_info=lambda repo, repo_type: info)
        >>> newest_commit(api, "me/pets", "model")
        '0a1b2c3'
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        info = api.repo_info(repo, repo_type=kind)
    except RepositoryNotFoundError:
        return None
    if private and not info.private:
        raise BadInput(
            f"{repo} exists and is public; make it private in its settings, or choose another"
            " name"
        )
    return str(info.sha)


def create_repository(api: Any, repo: str, kind: str, private: bool) -> None:
    """Create a repository; a Space gets the Gradio SDK."""
    sdk = "gradio" if kind == "space" else None
    api.create_repo(repo, repo_type=kind, private=private or None, exist_ok=True, space_sdk=sdk)


def additions(files: Mapping[str, bytes]) -> list[Any]:
    """The commit operations that add these files.

    Example:
        >>> files = {"report.json": b"{}", "config.json": b"{}"}
        >>> [operation.path_in_repo for operation in additions(files)]
        ['config.json', 'report.json']
    """
    from huggingface_hub import CommitOperationAdd

    return [CommitOperationAdd(name, data) for name, data in sorted(files.items())]


def allow_for_upload(heartbeat: Heartbeat, files: Mapping[str, bytes]) -> None:
    """Extend the deadline by the upload time of these files on a slow connection.

    Example:
        >>> heartbeat = Heartbeat(deadline=15.0)
        >>> allow_for_upload(heartbeat, {"model.safetensors": bytes(5_000_000)})
        >>> heartbeat.remaining > 60.0
        True
    """
    heartbeat.beat(sum(map(len, files.values())) / SLOW_LINE)
