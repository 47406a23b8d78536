"""Graceful shutdown: pending requests are answered in time, and no new ones accepted.

After SIGTERM or Ctrl-C, new requests are rejected with 503 and 'try again later'. The page
keeps listening until the end, since a client makes a request and fetches the response with the
next one. A second signal ends the page immediately.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from textvae.runtime.signals import heeded_signals
from textvae.web.i18n import english
from textvae.web.serving import gradio_queue

STEP = 0.05  # seconds between checks of what is left
ENDLESS = ("heartbeat", "health")  # kinds of requests that need not complete
CLOSING = 0.5  # seconds for the server to close
REFUSING = 1.5  # seconds of the deadline for rejecting what is left, and for closing


class Draining:
    """Whether the page is shutting down, and the requests in progress.

    Attributes:
        has_begun: new requests are no longer accepted.
        is_over: set when the remaining requests are rejected with 'try again later'.

    Example:
        >>> from types import SimpleNamespace
        >>> class IdleQueue(list):
        ...     pending_event_ids_session, get_active_worker_count = {}, lambda self: 0
        >>> draining = Draining()
        >>> draining.drain(SimpleNamespace(_queue=IdleQueue()), seconds=30), draining.has_begun
        (0, True)
    """

    def __init__(self) -> None:
        self.has_begun = False
        self.is_over = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._num_open = 0

    @contextmanager
    def answering(self, kind: str) -> Iterator[None]:
        """A context for answering a request, in the thread of the server's event loop."""
        self.loop = self.loop or asyncio.get_running_loop()
        counted = kind not in ENDLESS
        self._num_open += counted
        try:
            yield
        finally:
            self._num_open -= counted

    def is_idle(self, page: Any) -> bool:
        """Whether no request or event is in progress; undelivered answers do not count."""
        return self._num_open == 0 and gradio_queue.num_at_work(page) == 0

    def drain(self, page: Any, seconds: float) -> int:
        """Accept nothing new, and wait for the remaining requests.

        Called in a separate thread.

        Returns:
            The number of requests left at the deadline and rejected with 'try again later'.
        """
        self.has_begun = True
        end = time.monotonic() + max(0.0, seconds - REFUSING)
        while time.monotonic() < end:
            if self.is_idle(page) and not gradio_queue.has_uncollected(page):
                return 0
            time.sleep(STEP)
        left = max(self._num_open, gradio_queue.num_at_work(page))
        self._refuse_rest(page)
        return left

    def _refuse_rest(self, page: Any) -> None:
        def refuse() -> None:
            gradio_queue.answer_all(page)
            self.is_over.set()

        if self.loop is None:
            return
        self.loop.call_soon_threadsafe(refuse)
        end = time.monotonic() + REFUSING - CLOSING
        while self._num_open and time.monotonic() < end:
            time.sleep(STEP)


class Ending:
    """Ends a served page on a signal.

    Args:
        page: launched, with a `Draining` as its `draining`.
        seconds: from the signal to the end, at most.
        report: prints a message for the operator of the page.
        end: ends the process, even if the main thread is busy, if requested.
    """

    def __init__(
        self,
        page: Any,
        seconds: float,
        report: Callable[[str], None],
        end: Callable[[], None] | None = None,
    ) -> None:
        self.page, self.seconds, self.report, self.end = page, seconds, report, end
        self._thread: threading.Thread | None = None
        self._has_ended = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait until the page has ended, or for `seconds`; whether it has ended."""
        return self._has_ended.wait(seconds)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Within the block, both signals end the page, unless they were ignored before."""
        before: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():
            before = {one: signal.signal(one, self._handle) for one in heeded_signals()}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def _handle(self, *_: object) -> None:
        if self._thread is not None:
            self._finish()
            return
        self._thread = threading.Thread(target=self._end, daemon=True)
        self._thread.start()

    def _end(self) -> None:
        try:
            if not self.page.draining.is_idle(self.page):
                self.report(english.ENDING_SOON.format(seconds=self.seconds))
            left = self.page.draining.drain(self.page, self.seconds)
            if left:
                self.report(english.TOLD.format(count=left))
            # Gradio logs a traceback for each direct request that its event loop leaves
            # unfinished, so the process ends before the loop.
            if self.end is None or not left:
                close(self.page)
        finally:
            self._finish()

    def _finish(self) -> None:
        if self.end is not None:
            self.end()
        self._has_ended.set()


def close(page: Any) -> None:
    """Close the server of a page, if already started, waiting at most `CLOSING` seconds.

    `Blocks.close` waits for five, which may be longer than the deadline.
    """
    if not page.is_running:
        return
    page._queue.close()
    page.is_running = False
    page.server_app.stop_event.set()
    page.server.should_exit = True
    page.server.thread.join(CLOSING)
