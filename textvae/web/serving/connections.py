"""Ends inactive connections.

Uvicorn waits without limit for the first request of a connection, for the rest of a request's
head, and for a client that does not read. `Connection` does not. The body of a request has a
separate deadline, in `gate`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

IDLE = 15.0  # seconds for the complete head of a request
STUCK = 60.0  # seconds in which a client must catch up with the data sent


class Connection(H11Protocol):
    """A connection that ends after `IDLE` seconds between requests, or `STUCK` within one."""

    _idle: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.app = _with_host(self.app)

    def connection_made(self, transport: Any) -> None:
        """Start, and wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Receive bytes; waiting ends if they complete the head of a request."""
        super().data_received(data)
        if self._is_busy():
            self._cancel("_idle")

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._wait()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client reads too slowly: start its deadline."""
        super().pause_writing()
        self._limit()

    def resume_writing(self) -> None:
        """The client has caught up, or the connection is lost: cancel its deadline."""
        super().resume_writing()
        self._cancel("_stuck")
        if self.transport.is_closing():
            self._limit()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel both deadlines."""
        self._cancel("_idle")
        self._cancel("_stuck")
        super().connection_lost(exc)

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._cancel("_idle")
        self._idle = self.loop.call_later(IDLE, self._end_if_idle)

    def _end_if_idle(self) -> None:
        # After a protocol upgrade, the connection is no longer ours.
        if self.transport.get_protocol() is not self or self._is_busy():
            return
        self.transport.close()
        if self._stuck is None:  # closing waits until the client has read all data
            self._limit()

    def _limit(self) -> None:
        """Give the client `STUCK` seconds to read the written data."""
        self._cancel("_stuck")
        self._stuck = self.loop.call_later(STUCK, self.transport.abort)

    def _cancel(self, name: str) -> None:
        timer = getattr(self, name)
        if timer is not None:
            timer.cancel()
            setattr(self, name, None)


def _with_host(app: Any) -> Any:
    """The application, with a Host for every request; HTTP/1.0 does not require one.

    Gradio reads it to check the origin of a request, and fails if it is missing.
    """

    async def named(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not any(name == b"host" for name, _ in scope["headers"]):
            scope["headers"].append((b"host", b"localhost"))
        await app(scope, receive, send)

    return named
