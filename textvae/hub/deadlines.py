"""Work with the Hub's client under a deadline.

The client waits without limit where a host accepts a connection and never answers. So its work
is done in a thread that is abandoned when it shows no sign of life for `TEXTVAE_HUB_DEADLINE`
seconds.
"""

import contextlib
import importlib
import math
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from textvae.errors import BadInput
from textvae.hub.client_hooks import watched_client
from textvae.hub.heartbeat import Heartbeat, HubSilent, hub_host

DEADLINE = 15.0  # seconds without a sign of life

Result = TypeVar("Result")


def hub_deadline() -> float:
    """Seconds without a sign of life after which work with the Hub is abandoned.

    Raises:
        BadInput: `TEXTVAE_HUB_DEADLINE` is set, but not to a number of seconds above 0.

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
    """The result of `work`, run in a thread that must show signs of life.

    The thread is a daemon: one that hangs inside a system call cannot be ended, only left.

    Raises:
        HubSilent: there was no sign of life within the deadline.
        Exception: whatever `work` raises.
    """
    # Importing the client may take seconds, which say nothing about the Hub.
    importlib.import_module("huggingface_hub.hf_api")
    heartbeat = Heartbeat(hub_deadline())
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            with watched_client(heartbeat):
                result = work(heartbeat)
        except BaseException as error:  # whatever it is, the waiting thread has to know
            outcome.put((None, error))
        else:
            outcome.put((result, None))

    threading.Thread(target=run, name="textvae-hub", daemon=True).start()
    while (wait := heartbeat.silent_at - time.monotonic()) > 0:
        with contextlib.suppress(queue.Empty):
            result, error = outcome.get(timeout=wait)
            if error is not None:
                raise error
            return result  # type: ignore[no-any-return]
    heartbeat.is_abandoned = True
    raise HubSilent(f"{hub_host()} has not answered for {heartbeat.deadline:g} seconds")
