"""Inactive connections to `app.py` with its limits."""

import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from benchmarks.faults.tally import Row, Tally, Try
from benchmarks.page_process import running_app
from textvae.web.serving.connections import IDLE
from textvae.web.serving.gate import BODY_SECONDS

SLACK = 3.0  # seconds
EACH = 8  # connections of a kind
GET = b"GET %s HTTP/1.1\r\nHost: x\r\n%s"
POST = b"POST /gradio_api/run/generate HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n"
KINDS = {  # the data sent, and when the connection must have ended
    "nothing": (b"", IDLE),
    "half of a head": (GET % (b"/", b"X: "), IDLE),
    "no second request": (GET % (b"/healthz", b"\r\n"), IDLE),
    "half of a body": (POST + b"Content-Type: application/json\r\n\r\n{", BODY_SECONDS + IDLE),
}


def idle(this: Try) -> list[Row]:
    """Each kind, several at once."""
    tally = Tally("an idle connection to the page ends in time")
    kinds = list(this.share([kind for kind in KINDS for _ in range(EACH)]))
    with running_app() as (url, _), ThreadPoolExecutor(len(kinds)) as pool:
        at = urlsplit(url)

        def seconds(kind: str) -> float:
            address = (at.hostname or "", at.port or 0)
            with socket.create_connection(address, timeout=90) as connection:
                connection.sendall(KINDS[kind][0])
                begun = time.monotonic()
                with contextlib.suppress(ConnectionResetError):
                    while connection.recv(65536):
                        pass
                return time.monotonic() - begun

        for kind, found in zip(kinds, pool.map(seconds, kinds), strict=True):
            tally.note(found < KINDS[kind][1] + SLACK, f"{kind}: {found:.1f} s")
    return [tally.row()]
