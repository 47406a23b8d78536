"""Connections on which nothing happens, which end.

Uvicorn waits without limit for the first request of a connection, for the rest of a request's
head, and for a client that reads nothing. `Connection` does not. The body of a request has a
deadline of its own, in `gate`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

IDLE = 15.0  # seconds until the head of a request is there, however slowly it comes
STUCK = 60.0  # seconds in which a client must read some of what it is sent


class Connection(H11Protocol):
    """A connection that ends after `IDLE` seconds between requests, or `STUCK` ones in one."""

    _idle: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin, and wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Bytes, which end the waiting if they complete the head of a request."""
        super().data_received(data)
        if self._is_busy():
            self._cancel("_idle")

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._wait()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is written to."""
        super().pause_writing()
        self._cancel("_stuck")
        self._stuck = self.loop.call_later(STUCK, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read, or the connection is lost."""
        super().resume_writing()
        self._cancel("_stuck")

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        self._cancel("_idle")
        self._cancel("_stuck")
        super().connection_lost(exc)

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._cancel("_idle")
        self._idle = self.loop.call_later(IDLE, self._end_if_idle)

    def _end_if_idle(self) -> None:
        # After an upgrade to another protocol, the connection is no longer ours.
        is_ours = self.transport.get_protocol() is self
        if is_ours and not self._is_busy() and not self.transport.is_closing():
            self.transport.close()

    def _cancel(self, name: str) -> None:
        timer = getattr(self, name)
        if timer is not None:
            timer.cancel()
            setattr(self, name, None)
