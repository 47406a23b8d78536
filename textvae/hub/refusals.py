"""Refusals of the Hub: its status codes and messages."""

import contextlib
import json
from typing import Any

from textvae.hub.heartbeat import Heartbeat, TransferError

MAX_WORDS = 2**14  # bytes read of a refusal
BUSY = (408, 429, 500, 502, 503, 504)


class RetryableError(TransferError):
    """A transfer that may succeed if retried, after `wait` seconds if known.

    Example:
        >>> RetryableError("the Hub answers 503", wait=2.0).wait
        2.0
    """

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


def check_status(response: Any, heartbeat: Heartbeat) -> None:
    """Check the status of a response.

    Raises:
        RetryableError: the Hub is busy.
        HfHubHTTPError: it refuses.
        TransferError: the status code is not that of a valid answer.

    Example:
        >>> from httpx2 import ByteStream, Request, Response
        >>> request, stream = Request("GET", "https://hub.example"), ByteStream(b"")
        >>> busy = Response(503, headers={"retry-after": "2"}, stream=stream, request=request)
        >>> check_status(busy, Heartbeat(deadline=15.0))
        Traceback (most recent call last):
        textvae.hub.refusals.RetryableError: hub.example answers 503 and asks to wait 2 seconds
    """
    status = response.status_code
    if status in (200, 206) or (300 <= status < 400 and response.next_request):
        return
    heartbeat.last_failure = f"{host_of(response)} answers {status}"
    with contextlib.closing(response):
        if status < 400:
            raise TransferError(f"{heartbeat.last_failure}, which is not a valid answer")
        refusal = _refusal(response)
    if status not in BUSY:
        raise refusal
    wait, words = _retry_after(response), server_words(refusal)
    reason = heartbeat.last_failure + (f" ({words})" if words else "")
    asked = f" and asks to wait {wait:g} seconds" if wait is not None else ""
    raise RetryableError(reason + asked, wait)


def _refusal(response: Any) -> Any:
    """The client's exception for a refusal, from the first part of its body."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import hf_raise_for_status

    body = b""
    if not response.headers.get("content-encoding"):
        with contextlib.suppress(httpx2.HTTPError):
            for piece in response.iter_raw():
                body += piece
                if len(body) > MAX_WORDS:
                    break
    text = body[:MAX_WORDS].decode(errors="replace")
    with contextlib.suppress(ValueError):
        text = text if isinstance(json.loads(text), dict) else ""  # as the client requires
    ignored = ("content-encoding", "content-length", "transfer-encoding")
    headers = {key: value for key, value in response.headers.items() if key not in ignored}
    whole = httpx2.Response(
        response.status_code, headers=headers, content=text.encode(), request=response.request
    )
    try:
        hf_raise_for_status(whole)
    except HfHubHTTPError as error:
        return error
    raise AssertionError(f"{response.status_code} is no refusal")


def server_words(error: Any) -> str:
    r"""The Hub's own message for a refusal, in one line of at most 200 characters.

    Example:
        >>> from types import SimpleNamespace
        >>> server_words(SimpleNamespace(server_message="Access is\nrestricted"))
        'Access is restricted'
    """
    words = " ".join(str(error.server_message or "").split())
    return words if len(words) <= 200 else f"{words[:197]}..."


def _retry_after(response: Any) -> float | None:
    """Seconds to wait before a retry, according to the Hub; None if it gives none."""
    from huggingface_hub.utils import parse_ratelimit_headers

    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    limit = parse_ratelimit_headers(response.headers)
    return float(limit.reset_in_seconds) if limit and not limit.remaining else None


def host_of(response: Any) -> str:
    """The host that a response came from, for messages.

    Example:
        >>> import httpx2
        >>> request = httpx2.Request("GET", "https://hub.example/me/pets")
        >>> host_of(httpx2.Response(200, request=request))
        'hub.example'
    """
    host: str = response.url.netloc.decode()
    return host
