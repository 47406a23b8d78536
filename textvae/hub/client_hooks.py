"""Monitoring the Hub's client during an upload, without effect on other users of the client.

The client has one session and one logger for the whole process. It does not accept a session as
an argument, and `set_client_factory` would close the session that other threads are using and
replace their factory, which cannot be read back. So a hook is added to the session and a filter
to the log; both ignore other threads and are removed afterwards. Settings of others are not
changed.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from textvae.hub.heartbeat import Heartbeat, TransferError, hub_host
from textvae.hub.refusals import BUSY

CHANGING_HOOKS = threading.Lock()


@contextlib.contextmanager
def monitored_client(heartbeat: Heartbeat) -> Iterator[None]:
    """Within the block, responses to this thread are heartbeats and are not logged."""
    from huggingface_hub import get_session

    session, hook, is_of_another = get_session(), ResponseHook(heartbeat), _OtherThreads()
    handlers = list(logging.getLogger("huggingface_hub").handlers)
    _change_response_hooks(session, lambda hooks: [*hooks, hook])
    for handler in handlers:
        handler.addFilter(is_of_another)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(is_of_another)
        _change_response_hooks(session, lambda hooks: [each for each in hooks if each != hook])


def _change_response_hooks(session: Any, change: Callable[[list[Any]], list[Any]]) -> None:
    # A new list each time: another thread may be iterating over the old one.
    with CHANGING_HOOKS:
        hooks = session.event_hooks
        session.event_hooks = {**hooks, "response": change(hooks["response"])}


class _OtherThreads:
    """A log filter that drops the records of the thread that made it."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread != self.thread


class ResponseHook:
    """Counts each response to this thread as a heartbeat; ends the work if the Hub is busy.

    The client itself would silently retry requests to a busy Hub for half a minute.

    Example:
        >>> from types import SimpleNamespace
        >>> hook = ResponseHook(Heartbeat(deadline=15.0))
        >>> hook(SimpleNamespace(status_code=503))
        Traceback (most recent call last):
        textvae.hub.heartbeat.TransferError: ... answers 503
    """

    def __init__(self, heartbeat: Heartbeat) -> None:
        self.heartbeat, self.thread = heartbeat, threading.get_ident()

    def __call__(self, response: Any) -> None:
        """Called by the session for each response to any thread, before its body is read.

        Raises:
            TransferError: the Hub is busy, or the work is no longer wanted.
        """
        if threading.get_ident() != self.thread:
            return
        self.heartbeat.beat()
        if response.status_code in BUSY:
            raise TransferError(f"{hub_host()} answers {response.status_code}")
