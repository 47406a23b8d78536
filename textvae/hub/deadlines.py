"""Running Hub requests under a deadline.

A host that never answers, a name that is never resolved, or an occasional byte can block a
thread forever. So the work is done in a thread that is abandoned if it makes no progress for
`TEXTVAE_HUB_DEADLINE` seconds.
"""

import contextlib
import importlib
import math
import os
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from textvae.errors import BadInput, Unavailable
from textvae.hub.heartbeat import MIN_SPEED, Heartbeat, HubTimeout, hub_host

DEADLINE = 15.0  # seconds without progress

Result = TypeVar("Result")


def hub_deadline() -> float:
    """Seconds without progress after which Hub requests are abandoned.

    Raises:
        BadInput: `TEXTVAE_HUB_DEADLINE` is set, but not to a positive number of seconds.

    Example:
        >>> hub_deadline() > 0.0
        True
    """
    text = os.environ.get("TEXTVAE_HUB_DEADLINE") or str(DEADLINE)
    with contextlib.suppress(ValueError):
        if 0.0 < float(text) < math.inf:
            return float(text)
    raise BadInput(f"TEXTVAE_HUB_DEADLINE must be seconds above 0, got {text!r}")


def run_with_deadline(work: Callable[[Heartbeat], Result]) -> Result:
    """The result of `work`, run in a thread that must keep making progress.

    The thread is a daemon: one that hangs in a system call cannot be ended, only abandoned.

    Raises:
        BadInput: `TEXTVAE_HUB_DEADLINE` is not a positive number of seconds.
        Unavailable: the certificates of this machine cannot be read.
        HubTimeout: there was no progress within the deadline.
        Exception: any exception of `work`.
    """
    # Importing the client and reading certificates may take seconds, independent of the Hub.
    importlib.import_module("huggingface_hub.file_download")
    _open_session()
    heartbeat = Heartbeat(hub_deadline())
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            result = work(heartbeat)
        except BaseException as error:  # any exception belongs to the waiting thread
            outcome.put((None, error))
        else:
            outcome.put((result, None))

    threading.Thread(target=run, name="textvae-hub", daemon=True).start()
    try:
        while (wait := heartbeat.remaining) > 0:
            with contextlib.suppress(queue.Empty):
                result, error = outcome.get(timeout=wait)
                if error is not None:
                    raise error
                return result  # type: ignore[no-any-return]
        raise HubTimeout(_silence(heartbeat))
    finally:  # also after Ctrl-C; no effect on finished work
        heartbeat.abandon()


def _open_session() -> None:
    """Make the client read its certificates; the system's error does not name the file."""
    try:
        importlib.import_module("huggingface_hub").get_session()
    except OSError as error:
        raise Unavailable(
            f"the certificates cannot be read ({error.strerror or error}); set SSL_CERT_FILE to"
            " a file of certificates, or unset it"
        ) from error


def _silence(heartbeat: Heartbeat) -> str:
    if heartbeat.last_failure:
        return heartbeat.last_failure
    if heartbeat.is_receiving:
        return (
            f"{hub_host()} has sent less than {MIN_SPEED:,} bytes a second for"
            f" {heartbeat.deadline:g} seconds"
        )
    return f"{hub_host()} has not answered for {heartbeat.deadline:g} seconds"
