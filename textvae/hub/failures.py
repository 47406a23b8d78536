"""What went wrong with the Hub, the network or the disk: the cause and what to do about it."""

import errno
from typing import Any

from textvae.errors import BadInput, Unavailable
from textvae.hub.addresses import Address
from textvae.hub.heartbeat import TransferError, hub_host

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def explain_download(error: Exception, address: Address) -> BadInput:
    """Why a model could not be downloaded. `Unavailable` if the same may work another time."""
    elsewhere = "try again later, or name a folder or a shipped model instead"
    return _explain(error, address, f"cannot load {address}", elsewhere)


def explain_dataset(error: Exception, source: str, address: Address) -> BadInput:
    """Why files of a dataset could not be downloaded; `address` names its repository."""
    elsewhere = "try again later, or name a file on this machine instead"
    return _explain(error, address, f"cannot load {source}", elsewhere)


def explain_upload(error: Exception, repo: str) -> BadInput:
    """Why a model could not be uploaded. `Unavailable` if the same may work another time."""
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
    return _explain(error, Address(repo), f"cannot push to {Address(repo)}", "try again later")


def _explain(error: Exception, address: Address, failure: str, way_out: str) -> BadInput:
    import httpx2
    from huggingface_hub import errors as hub

    if isinstance(error, hub.LocalEntryNotFoundError):
        error = error.__cause__ or error  # the client's summary hides what happened
    match error:
        case BadInput():
            return error
        case hub.HFValidationError():
            return BadInput(
                f"{address.repo!r} cannot be a name on the Hub: {_first_line(error)}"
            )
        case hub.HfHubHTTPError():
            if refusal := _refusal(error, address):
                return BadInput(refusal)
            status = error.response.status_code
            reason = f"{hub_host()} answers {status} ({_first_line(error)})"
        case hub.OfflineModeIsEnabled():
            reason, way_out = "HF_HUB_OFFLINE is set", "unset it to use the network"
        case OSError() if error.errno is not None:
            return _explain_disk(error)
        case httpx2.TimeoutException():
            reason = f"{hub_host()} does not answer in time"
        case TransferError():
            reason = str(error)
        case _:
            reason = f"cannot reach {hub_host()} ({_first_line(error)})"
    return Unavailable(f"{failure}: {reason}; {way_out}")


def _refusal(error: Any, address: Address) -> str | None:
    """What the Hub refuses and what to do; None if it is not for the user to put right."""
    from huggingface_hub import errors as hub

    repo, status = address.repo, error.response.status_code
    page = f"https://huggingface.co/{repo}"
    match error:
        case hub.GatedRepoError():
            return f"{repo} is gated: ask for access at {page} and set HF_TOKEN to your token"
        case hub.RevisionNotFoundError():
            return f"{repo} has no revision {address.revision!r}; see {page}/commits/main"
        case hub.EntryNotFoundError():
            name = error.response.url.path.rpartition("/")[2]
            return (
                f"{address} has no {name}, so it is not a whole textvae model; check the name,"
                " or push the model with `textvae push`"
            )
        case hub.RepositoryNotFoundError():
            return (
                f"there is no {repo} on the Hub, or it is private; check the name, or set"
                " HF_TOKEN to a token that may read it"
            )
        case _ if status in (401, 403):
            return f"access to {repo} is denied ({status}); set HF_TOKEN to a token that has it"
    return None


def _explain_disk(error: OSError) -> Unavailable:
    from huggingface_hub.constants import HF_HUB_CACHE

    cause = "is full" if error.errno in DISK_FULL else f"cannot be used ({error.strerror})"
    return Unavailable(
        f"the disk of the cache {HF_HUB_CACHE} {cause}; make room, or set HF_HOME to a folder"
        " on another disk"
    )


def _token_needed(repo: str, cause: str) -> str:
    return (
        f"{hub_host()} does not let you write to {repo} ({cause}); set HF_TOKEN to a token of"
        " yours with write access, from https://huggingface.co/settings/tokens"
    )


def _first_line(error: BaseException) -> str:
    """The first line of what it says, or what it is."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
