"""Watching what the Hub's client does for one thread, unnoticed by other users of the client.

The client has one session and one logger for the whole process. It takes no session as an
argument, and `set_client_factory` would close the session that other threads are using and
replace their factory, which cannot be read back. So a hook is added to the session and a filter
to the log; both ignore other threads and are removed when the work is done. Nothing that others
have set is changed.
"""

import collections
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from textvae.errors import BadInput
from textvae.hub.heartbeat import Heartbeat, TransferError, hub_host

MAX_ATTEMPTS = 3  # of one transfer; a connection that breaks off more often will do so again
CHANGING_HOOKS = threading.Lock()


@contextlib.contextmanager
def watched_client(heartbeat: Heartbeat) -> Iterator[None]:
    """Within, responses to this thread are heartbeats, and the client logs nothing for it."""
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
    # A new list each time: another thread may be going through the old one.
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
    """Makes each piece that arrives for this thread a heartbeat, and ends hopeless transfers.

    The client repeats what fails, for half a minute and without a word about the cause. Here an
    overloaded Hub, a connection that keeps breaking off and a response that is too large end
    the work at once, each with its cause.
    """

    def __init__(self, heartbeat: Heartbeat) -> None:
        self.heartbeat, self.thread = heartbeat, threading.get_ident()
        self.attempts: collections.Counter[str] = collections.Counter()

    def __call__(self, response: Any) -> None:
        """Called by the session for each response to any thread, before its body is read.

        Raises:
            TransferError: the transfer cannot succeed or is no longer wanted.
            BadInput: the response is larger than expected.
        """
        if threading.get_ident() != self.thread:
            return
        self.heartbeat.beat()
        if response.status_code == 429 or response.status_code >= 500:
            raise TransferError(f"{hub_host()} answers {response.status_code}")
        if response.request.method == "GET" and response.status_code < 300:
            self._check_transfer(response)
            response.stream = _beating(response.stream, self.heartbeat)

    def _check_transfer(self, response: Any) -> None:
        path = response.url.path
        self.attempts[path] += 1
        if self.attempts[path] > MAX_ATTEMPTS:
            raise TransferError(f"the transfer from {hub_host()} breaks off again and again")
        length = int(response.headers.get("content-length", 0))
        if length > self.heartbeat.max_bytes:
            raise BadInput(
                f"{path.rpartition('/')[2]} has {length:,} bytes, more than the"
                f" {self.heartbeat.max_bytes:,} that it may have; it is not downloaded"
            )


def _beating(stream: Any, heartbeat: Heartbeat) -> Any:
    """The same stream, each piece of which is a heartbeat."""
    import httpx2

    class BeatingStream(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for piece in stream:
                heartbeat.beat()
                yield piece

        def close(self) -> None:
            stream.close()

    return BeatingStream()


def progress_bar(heartbeat: Heartbeat) -> type[Any]:
    """The client's class of progress bars, whose every step is a heartbeat."""
    from huggingface_hub.utils import tqdm

    class BeatingBar(tqdm):
        def update(self, n: float | None = 1) -> Any:
            if n:
                heartbeat.beat()
            return super().update(n)

    return BeatingBar
