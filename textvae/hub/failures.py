"""Explaining failures of the Hub, the network or the disk: the cause and the remedy."""

import errno
import json
import re
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from textvae.checks import first_line
from textvae.errors import BadInput, Unavailable
from textvae.hub.addresses import Address
from textvae.hub.heartbeat import TransferError, hub_host
from textvae.hub.refusals import server_words
from textvae.hub.repository import page_url
from textvae.hub.tokens import PAGE
from textvae.hub.transfer import no_hub

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PASSWORD = re.compile(r"(?<=://)[^/\s@]+@")  # in an address


def explain_download(error: Exception, address: Address) -> BadInput:
    """Why a model could not be downloaded; `Unavailable` if it may work later.

    Example:
        >>> explain_download(TransferError("the Hub answers 503"), Address("me/pets"))
        Unavailable('cannot load hf://me/pets: the Hub answers 503; try again later, or ...')
    """
    elsewhere = "try again later, or name a folder or a shipped model instead"
    return _explain_download(error, address, f"cannot load {address}", elsewhere)


def explain_dataset(error: Exception, source: str, address: Address) -> BadInput:
    """Why files of a dataset could not be downloaded; `address` names its repository.

    Example:
        >>> source, repository = "hf://datasets/me/pets/dogs.csv", Address("datasets/me/pets")
        >>> explain_dataset(OSError(28, "No space left on device"), source, repository)
        Unavailable('the disk of the cache ... is full; make room, or set HF_HOME to ...')
    """
    elsewhere = "try again later, or name a file on this machine instead"
    return _explain_download(error, address, f"cannot load {source}", elsewhere)


def explain_upload(error: Exception, place: str) -> BadInput:
    """Why the upload failed; `Unavailable` if it may work later.

    Example:
        >>> explain_upload(ValueError("the card has no licence"), "hf://me/pets")
        BadInput('cannot push to hf://me/pets: ... refuses it: the card has no licence')
    """
    from huggingface_hub.errors import HfHubHTTPError

    failure = f"cannot push to {place}"
    if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # the client wraps the failure of one file
    if isinstance(error, HfHubHTTPError):
        status, words = error.response.status_code, _quoted(server_words(error))
        if status in (401, 403):
            return BadInput(
                f"{failure}: {hub_host()} does not let you write there ({status}){words};"
                f" {token_advice('has write access to it')}"
            )
        if status < 500 and status not in (408, 429):
            refused = f"{hub_host()} refuses it ({status}){words or ': ' + reason_of(error)}"
            return BadInput(f"{failure}: {refused}")
    if isinstance(error, json.JSONDecodeError | LookupError | TypeError):
        error = no_hub()
    if isinstance(error, ValueError) and not isinstance(error, BadInput):
        words = " ".join(str(error).split())  # such as about an invalid card
        return BadInput(f"{failure}: {hub_host()} refuses it: {words:.300}")
    return _explain(error, failure, "try again later")


def token_advice(ability: str) -> str:
    """What to do if a token is missing or lacks permissions.

    Example:
        >>> token_advice("may read it")
        'set HF_TOKEN to a token that may read it, from https://huggingface.co/settings/tokens'
    """
    return f"set HF_TOKEN to a token that {ability}, from {PAGE}"


def _explain_download(
    error: Exception, address: Address, failure: str, way_out: str
) -> BadInput:
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if isinstance(error, HFValidationError):
        return BadInput(f"{address.repo!r} cannot be a name on the Hub: {reason_of(error)}")
    if isinstance(error, HfHubHTTPError) and (refusal := _refusal(error, address)):
        return BadInput(refusal)
    return _explain(error, failure, way_out)


def _explain(error: Exception, failure: str, way_out: str) -> BadInput:
    import httpx2
    from huggingface_hub import errors as hub

    match error:
        case BadInput():
            return error
        case hub.HfHubHTTPError():
            status = error.response.status_code
            reason = f"{hub_host()} answers {status}{_quoted(reason_of(error))}"
        case hub.OfflineModeIsEnabled():
            reason, way_out = "HF_HUB_OFFLINE is set", "unset it to use the network"
        case OSError() if error.errno is not None:
            return _explain_disk(error)
        case TransferError():
            reason = str(error)
        case httpx2.TransportError() | httpx2.InvalidURL() | httpx2.DecodingError():
            reason = _explain_network(error)
        case _:
            reason = reason_of(error)
    return Unavailable(f"{failure}: {reason}; {way_out}")


def _explain_network(error: Exception) -> str:
    """Why there was no valid answer."""
    import httpx2

    host, what = _host_of(error), reason_of(error)
    match error:
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
            return f"HF_ENDPOINT is not the address of a Hub ({what})"
        case httpx2.TimeoutException():
            return f"{host} does not answer in time"
        case httpx2.DecodingError():
            return f"{host} sends a file whose compression is damaged"
        case _ if "CERTIFICATE_VERIFY" in what:
            return f"{host} has a certificate that is not trusted here (see SSL_CERT_FILE)"
        case _ if "SSL" in what:
            return f"cannot connect securely to {host} ({what})"
    return f"cannot reach {host}{_by_proxy(error)} ({what})"


def _by_proxy(error: Any) -> str:
    """The proxy of a request, without its password."""
    try:
        url = error.request.url
    except (AttributeError, RuntimeError):
        return ""
    proxy = urlsplit(getproxies().get(url.scheme, ""))
    if not proxy.hostname or proxy_bypass(url.host):
        return ""
    port = f":{proxy.port}" if proxy.port else ""
    return f" by the proxy {proxy.hostname}{port} of {url.scheme.upper()}_PROXY"


def _host_of(error: Any) -> str:
    """The host that failed, possibly one that the Hub redirects to."""
    try:
        host: str = error.request.url.netloc.decode()
    except (AttributeError, RuntimeError):  # it has no request
        return hub_host()
    return host


def _refusal(error: Any, address: Address) -> str | None:
    """Why the Hub refuses and what to do; None if the user cannot fix it."""
    from huggingface_hub import errors as hub

    repo, status, words = address.repo, error.response.status_code, server_words(error)
    page = page_url(repo)
    has_token = "authorization" in error.response.request.headers
    match error:
        case hub.GatedRepoError():
            and_token = "" if has_token else " and set HF_TOKEN to your token"
            return f"{repo} is gated: ask for access at {page}{and_token}"
        case hub.DisabledRepoError():
            return f"{hub_host()} has disabled {repo}: {words}"
        case hub.RevisionNotFoundError():
            return f"{repo} has no revision {address.revision!r}; see {page}/commits/main"
        case hub.EntryNotFoundError():
            name = error.response.url.path.rpartition("/")[2]
            return (
                f"{address} has no {name}, so it is not a complete textvae model; check the"
                " name, or push the model with `textvae push`"
            )
        case hub.RepositoryNotFoundError() if _is_unknown(error):
            return (
                f"there is no {repo} on the Hub, or it is private; check the name, or set"
                " HF_TOKEN to a token that may read it"
            )
        case _ if status in (401, 403):
            advice = token_advice("may read it")
            if status == 403 and words:  # the Hub explains what is missing
                advice = f"see {page}"
            elif has_token:
                advice = f"check the token (HF_TOKEN, or `hf auth login`) at {PAGE}"
            return f"{hub_host()} denies access to {repo} ({status}){_quoted(words)}; {advice}"
    return None


def _is_unknown(error: Any) -> bool:
    """Whether the Hub reports that there is no such repository, or gives no reason.

    The client interprets every 401 like this, even one about an invalid token.
    """
    headers = error.response.headers
    return headers.get("x-error-code") == "RepoNotFound" or not server_words(error)


def _quoted(words: str) -> str:
    return f": “{words}”" if words else ""


def _explain_disk(error: OSError) -> Unavailable:
    from huggingface_hub.constants import HF_HUB_CACHE

    if error.errno in DISK_FULL:
        return Unavailable(
            f"the disk of the cache {HF_HUB_CACHE} is full; make room, or set HF_HOME to a"
            " folder on another disk"
        )
    return Unavailable(
        f"the cache {HF_HUB_CACHE} cannot be used ({error.strerror}); set HF_HOME to a folder"
        " that can be written"
    )


def reason_of(error: BaseException) -> str:
    """The first line of an error's message without passwords, or its type without one.

    Example:
        >>> reason_of(OSError("no route to https://me:secret@proxy.example"))
        'no route to https://proxy.example'
    """
    return PASSWORD.sub("", first_line(error))
