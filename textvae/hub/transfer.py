"""Download requests to the Hub, each with a deadline, retried if that may help.

The client retries failures for half a minute, accepts a byte per second as progress, and reads
any amount of data. Here a transfer must make progress, a busy Hub gets the time it asks for, a
broken transfer is resumed, and bytes are counted as they arrive. Requests use the client's
session, with the certificates, proxies and hooks that others have set, without changing it.
"""

import contextlib
import time
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple, TypeVar
from urllib.parse import urlsplit

from textvae.errors import BadInput
from textvae.hub.heartbeat import Heartbeat, TransferError, hub_host
from textvae.hub.refusals import RetryableError, check_status, host_of
from textvae.version import __version__

MAX_ATTEMPTS = 3  # of one transfer
MAX_HOPS = 10  # redirects
KNOWN_ENCODINGS = ("", "identity", "gzip", "deflate")
COMMIT_HEADER = "x-repo-commit"

Result = TypeVar("Result")


class FileMetadata(NamedTuple):
    """The Hub's metadata of a file, even if another host sends the file.

    Attributes:
        commit: the commit of the file; empty if the answer is not the Hub's.
        etag: the sha256 of a large file, the git hash of others; empty without one.
        content_type: such as `text/html`.

    Example:
        >>> FileMetadata("0a1b", "", "text/html").commit
        '0a1b'
    """

    commit: str
    etag: str
    content_type: str


def fetch_metadata(url: str, heartbeat: Heartbeat) -> FileMetadata:
    """The Hub's metadata of a file, without downloading it.

    Raises:
        TransferError: the Hub is busy for longer than the deadline, or its answer is invalid.
        HfHubHTTPError: it refuses.
        HTTPError: it cannot be reached.
    """

    def once() -> FileMetadata:
        response, metadata = _send("HEAD", url, heartbeat)
        response.close()
        return metadata

    return _with_retries(once, heartbeat)


def fetch(url: str, file: BinaryIO, max_bytes: int, heartbeat: Heartbeat) -> FileMetadata:
    """Download `url` to an empty file.

    Raises:
        BadInput: there are more than `max_bytes` bytes, as they arrive or unpacked.
        TransferError: the Hub is busy for longer than the deadline, its answer is invalid, or
            the transfer breaks off repeatedly.
        HfHubHTTPError: it refuses.
        HTTPError: it cannot be reached.
        OSError: the disk is full.
    """
    name = urlsplit(url).path.rpartition("/")[2]  # before any redirect

    def once() -> FileMetadata:
        start = file.tell()
        wanted = {"Range": f"bytes={start}-"} if start else {}
        response, metadata = _send("GET", url, heartbeat, wanted)
        with contextlib.closing(response):
            if not metadata.commit and "text/html" in metadata.content_type:
                raise TransferError(web_page(host_of(response)))
            if start and response.status_code == 206:
                _check_part(response, start)
            else:
                _empty(file)
            _receive(response, name, file, max_bytes, heartbeat)
        return metadata

    return _with_retries(once, heartbeat)


def web_page(host: str) -> str:
    """The reason of a failure: a web page instead of an answer.

    Example:
        >>> web_page("hub.example")
        'hub.example answers with a web page: a proxy or the login page of a network ...'
    """
    return (
        f"{host} answers with a web page: a proxy or the login page of a network is in between,"
        " or HF_ENDPOINT is not the address of a Hub"
    )


def no_hub() -> TransferError:
    """The failure for an answer that is not from a Hub.

    Example:
        >>> no_hub()
        TransferError('... does not answer as the Hub does (see HF_ENDPOINT)')
    """
    return TransferError(f"{hub_host()} does not answer as the Hub does (see HF_ENDPOINT)")


def _with_retries(once: Callable[[], Result], heartbeat: Heartbeat) -> Result:
    """The result of `once`, retried within the deadline as long as that may help."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return once()
        except RetryableError as error:
            heartbeat.last_failure = str(error)
            wait = float(attempt) if error.wait is None else max(error.wait, 1.0)
            is_last = error.wait is None and attempt == MAX_ATTEMPTS
            if is_last or wait >= heartbeat.remaining:
                raise
            time.sleep(wait)


def _send(
    method: str, url: str, heartbeat: Heartbeat, more: dict[str, str] | None = None
) -> tuple[Any, FileMetadata]:
    """An open response that is not a refusal, and the Hub's metadata of the file."""
    import httpx2
    from huggingface_hub import get_session
    from huggingface_hub.utils import build_hf_headers

    session, heartbeat.is_receiving = get_session(), False
    headers = {
        **build_hf_headers(library_name="textvae", library_version=__version__),
        "X-HF-Download-Counter": "1",
        "Accept-Encoding": "identity",
        **(more or {}),
    }
    # Longer than the deadline, so that the deadline passes first, but finite, so that an
    # abandoned thread ends.
    timeout = 2 * heartbeat.deadline
    request = session.build_request(method, url, headers=headers, timeout=timeout)
    metadata: FileMetadata | None = None
    for hop in range(MAX_HOPS):
        try:
            response = session.send(request, stream=True, follow_redirects=False)
        except httpx2.UnsupportedProtocol:
            if not hop:
                raise
            reason = (
                f"{hub_host()} redirects to {str(request.url)!r:.100}, which is not an address"
            )
            raise TransferError(reason) from None
        except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError) as error:
            host, what = request.url.netloc.decode(), str(error) or type(error).__name__
            raise RetryableError(f"{host} does not answer properly ({what})") from error
        is_last = not response.next_request
        if metadata is None and (is_last or COMMIT_HEADER in response.headers):
            metadata = _metadata(response)
        if metadata and is_last and not metadata.etag:
            metadata = metadata._replace(etag=_metadata(response).etag)
        if metadata and (is_last or method == "HEAD"):
            check_status(response, heartbeat)
            heartbeat.beat()
            return response, metadata
        response.close()
        request = response.next_request
    raise TransferError(f"{hub_host()} redirects more than {MAX_HOPS} times")


def _metadata(response: Any) -> FileMetadata:
    headers = response.headers
    etag = headers.get("x-linked-etag") or headers.get("etag") or ""
    return FileMetadata(
        headers.get(COMMIT_HEADER, ""),
        etag.removeprefix("W/").strip('"'),
        headers.get("content-type", "").lower(),
    )


def _check_part(response: Any, start: int) -> None:
    part = response.headers.get("content-range", "")
    if not part.startswith(f"bytes {start}-"):
        raise TransferError(
            f"{host_of(response)} sends another part of the file than was asked for"
        )


def _receive(
    response: Any, name: str, file: BinaryIO, max_bytes: int, heartbeat: Heartbeat
) -> None:
    import httpx2

    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in KNOWN_ENCODINGS:
        raise TransferError(
            f"{host_of(response)} sends {name} compressed as {encoding!r:.40}, unasked"
        )
    announced = file.tell() + int(response.headers.get("content-length", 0))
    if announced > max_bytes:
        raise BadInput(
            f"{name} has {announced:,} bytes, more than the {max_bytes:,} that it may have, so"
            " it is not downloaded"
        )
    heartbeat.is_receiving, num_raw = True, 0
    try:
        for piece in response.iter_bytes():
            heartbeat.received(response.num_bytes_downloaded - num_raw)
            num_raw = response.num_bytes_downloaded
            if max(num_raw, file.tell() + len(piece)) > max_bytes:
                raise BadInput(
                    f"{name} has more than the {max_bytes:,} bytes that it may have; the"
                    " download is stopped"
                )
            file.write(piece)
    except (httpx2.ReadError, httpx2.RemoteProtocolError) as error:
        arrived = f"{file.tell():,} of {announced:,}" if announced else f"{file.tell():,}"
        if encoding not in ("", "identity"):
            _empty(file)  # a compressed transfer cannot be resumed
        raise RetryableError(
            f"the transfer of {name} from {host_of(response)} keeps breaking off, the last time"
            f" after {arrived} bytes"
        ) from error
    heartbeat.is_receiving = False


def _empty(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()
